# TRM table 3-1 (widths, read-only and reserved locations); BSA appendix B (access sizes)

case V.20 a byte read of UARTDR takes one character; one at 0x001 takes none
write UARTLCR_H FEN WLEN8
    events LINE
arrive "abc"
read8 UARTDR
    value 'a'
read8 0x001
    refused
    mistake bad-access
    value 0
read16 UARTDR
    value 'b'
read32 UARTDR
    value 'c'

case a byte write changes the byte that it addresses
write16 UARTCR 0xC301
    events LINE                 # RTSEN drives RTS now
    UARTCR UARTEN TXE RXE RTSEN CTSEN
write8 UARTCR 0x00
    UARTCR TXE RXE RTSEN CTSEN

case 64 bits, unaligned and outside the window: no effect, and an error for the embedder
arrive "a"
read64 UARTDR
    refused
    mistake bad-access
    value 0
read16 0x001
    refused
    mistake bad-access
    value 0
write 0x1000 0xFF
    refused
    mistake bad-access
read UARTDR
    value 'a'

case V.21 writes to read-only and reserved locations have no effect
write UARTFR 0xFFFFFFFF
    mistake read-only
    UARTFR TXFE RXFE CTS DSR DCD
write UARTRIS 0xFFFFFFFF
    mistake read-only
    UARTRIS none
write UARTMIS 0xFFFFFFFF
    mistake read-only
    UARTMIS none
write8 UARTFR 0xFF
    mistake read-only
write UARTPeriphID0 0xFFFFFFFF
    mistake read-only
    UARTPeriphID0 0x11
write UARTPCellID3 0xFFFFFFFF
    mistake read-only
    UARTPCellID3 0xB1
write 0x008 0xFFFFFFFF
    mistake reserved
read 0x008
    mistake reserved
    value 0
write 0xFD0 0xFFFFFFFF
    mistake reserved
read UARTICR
    mistake write-only
    value 0

case V.21 reserved bits are not stored
write UARTIMSC 0xFFFFFFFF
    UARTIMSC 0x7FF
write UARTIFLS 0xFFFFFFFF
    UARTIFLS 0x3F
write UARTCR 0x78
    UARTCR none
write UARTFBRD 0xFFFFFFFF
    UARTFBRD 0x3F
write UARTIBRD 0xFFFFFFFF
    UARTIBRD 0xFFFF
