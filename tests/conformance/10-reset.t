# TRM 2.4.1 (reset), table 3-1 (registers and their reset values)

case V.1 the reset state of a PL011 r1p5
nothing
    UARTRSR   none
    UARTFR    TXFE RXFE CTS DSR DCD     # the modem inputs are asserted by default
    UARTILPR  0
    UARTIBRD  0
    UARTFBRD  0
    UARTLCR_H none
    UARTCR    TXE RXE
    UARTIFLS  0x12
    UARTIMSC  none
    UARTRIS   none
    UARTMIS   none
    UARTDMACR 0
    UARTPeriphID0 0x11
    UARTPeriphID1 0x10
    UARTPeriphID2 0x34
    UARTPeriphID3 0x00
    UARTPCellID0 0x0D
    UARTPCellID1 0xF0
    UARTPCellID2 0x05
    UARTPCellID3 0xB1
read UARTDR
    value 0
read UARTICR
    value 0
    mistake write-only

case the revision is in UARTPeriphID2
device pl011 r1p1
nothing
    UARTPeriphID2 0x14

case reset undoes everything that was written
device pl011 r1p5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC TX RX RT
write UARTCR UARTEN TXE RXE
write UARTIFLS 0x24
write UARTDR "x"
    sent "x"
    irq UARTINTR UARTTXINTR
arrive "abc"
    irq UARTINTR UARTTXINTR UARTRTINTR
reset
    irq none
    events LINE
    UARTFR    TXFE RXFE CTS DSR DCD
    UARTLCR_H none
    UARTCR    TXE RXE
    UARTIFLS  0x12
    UARTIMSC  none
    UARTRIS   none
