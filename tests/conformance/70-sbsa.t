# BSA appendix B (Generic UART)

case V.22 there are no modem lines: UARTIMSC keeps its bits, and nothing comes of them
device sbsa
write UARTIMSC 0x7FF
    UARTIMSC 0x7FF
    UARTFR TXFE RXFE
    UARTRIS none
modem CTS
    error not supported by this personality or backend

case it is enabled from the start, with FIFOs of 32
device sbsa
write UARTDR "hello"
    sent "hello"
    UARTRIS TX
arrive 40
    UARTFR TXFE RXFF
    UARTRIS RX TX
    waiting 8

case the registers of the PL011 that it lacks read as 0
device sbsa
read UARTCR
    mistake reserved
    value 0
write UARTDMACR 0
    mistake reserved
read UARTPeriphID0
    mistake reserved
    value 0
