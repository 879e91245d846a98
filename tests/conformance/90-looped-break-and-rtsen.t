# TRM 2.4.3 (loopback), 3.3.8 (UARTCR, RTSEN): a looped BREAK that fills the RX FIFO also takes RTS away

# FR.CTS and RIS.CTS were left as they were before the BREAK was stored.
case the BREAK that fills the FIFO leaves RTS, and so CTS, not asserted
modem none
    UARTRIS DCD DSR CTS
write UARTICR 0x7FF
    UARTRIS none
write UARTCR UARTEN TXE RXE RTSEN
    events LINE
write UARTLCR_H WLEN8 BRK
    break on
    events LINE
write UARTCR UARTEN TXE RXE RTSEN LBE
    break off
    events LINE
    UARTFR TXFE RXFF
    UARTRIS RX BE FE
