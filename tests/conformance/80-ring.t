# Xen's public/io/console.h (struct xencons_interface), as the far end

case V.23 an index that claims more than the ring holds: nothing is delivered, no index is written
device pl011 r1p5 ring
write UARTLCR_H FEN WLEN8
    events LINE
ring in_prod 1025
    UARTFR TXFE RXFE CTS DSR DCD
    ring in_cons 0
    ring in_prod 1025
write UARTDR "still sends"
    sent "still sends"
    events FAR_END
    ring out_prod 11

case V.24 both directions pass 2^32
device pl011 r1p5 ring index 0xFFFFFFF0
write UARTLCR_H FEN WLEN8
    events LINE
write UARTDR "0123456789abcdefghijklmnopqrstuvwxyz+-*/"
    sent "0123456789abcdefghijklmnopqrstuvwxyz+-*/"
    events FAR_END
    ring out_prod 24
arrive 40
    UARTFR TXFE RXFF CTS DSR DCD
    waiting 8
    ring in_prod 24
    ring in_cons 16
read UARTDR 32
    text "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"
    events REFILL
poll
    waiting 0
    ring in_cons 24
read UARTDR 8
    text "GHIJKLMN"
    UARTFR TXFE RXFE CTS DSR DCD
