# TRM 2.4.3 (loopback), 3.3.8 (UARTCR), 4.5.2 (which output feeds which input)

case V.19 in loopback RTS is CTS: its change is latched, and stays acknowledged
write UARTCR UARTEN TXE RXE LBE
    UARTFR TXFE RXFE            # the pins are not seen any more
    UARTRIS DCD DSR CTS
write UARTICR 0x7FF
    UARTRIS none
write UARTCR UARTEN TXE RXE LBE RTS
    events LINE
    UARTFR TXFE RXFE CTS
    UARTRIS CTS
write UARTICR CTS
    UARTRIS none
    UARTFR TXFE RXFE CTS
write UARTCR UARTEN TXE RXE LBE
    events LINE
    UARTFR TXFE RXFE
    UARTRIS CTS

case each output feeds its input
write UARTCR LBE DTR
    events LINE
    UARTFR TXFE RXFE DSR
write UARTCR LBE OUT1
    events LINE
    UARTFR TXFE RXFE DCD
write UARTCR LBE OUT2
    events LINE
    UARTFR TXFE RXFE RI

case what is sent in loopback is received, and never leaves
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN TXE RXE LBE
    UARTFR TXFE RXFE
write UARTDR "ok"
    UARTFR TXFE
    UARTRIS TX DCD DSR CTS
read UARTDR
    value 'o'
read UARTDR
    value 'k'

case a full FIFO overruns in loopback
write UARTCR UARTEN TXE RXE LBE
    UARTFR TXFE RXFE
write UARTDR "ab"
    UARTRSR OE
    UARTRIS RX TX OE DCD DSR CTS
read UARTDR
    value 'a'
