# TRM 2.4.3 (receive FIFO, overrun), 3.3.1 (UARTDR), 3.3.2 (UARTRSR), 3.3.11 (receive interrupts)

case V.9 RXRIS is set by the character that reaches the level and cleared by the read that leaves it
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN TXE RXE
write UARTIMSC RX RT
arrive 15
    irq UARTINTR UARTRTINTR
    UARTRIS RT
write UARTIMSC none
    irq none
arrive 1
    UARTRIS RX
read UARTDR
    value 'A'
    UARTRIS none

case V.10 RXRIS is a level: it stays while the characters do, whatever UARTICR says
write UARTLCR_H FEN WLEN8
    events LINE
arrive 16
    UARTRIS RX
write UARTICR RX
    UARTRIS RX

case V.10 with strict interrupts UARTICR clears RXRIS, and one character more does not set it
device pl011 r1p5 strict-interrupts
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC RT
arrive 15
    irq UARTINTR UARTRTINTR
write UARTIMSC none
    irq none
arrive 1
    UARTRIS RX
write UARTICR RX
    UARTRIS none
arrive 1
    UARTRIS none
write UARTIMSC RT
    irq UARTINTR UARTRTINTR     # the timeout announces them
    UARTRIS RT

case V.11 RTRIS needs RTIM, is there at once, and goes with the last character
write UARTLCR_H FEN WLEN8
    events LINE
arrive "k"
    UARTRIS none
write UARTIMSC RT
    irq UARTINTR UARTRTINTR
    UARTRIS RT
    UARTMIS RT
read UARTDR
    value 'k'
    irq none
    UARTRIS none
    UARTMIS none

case V.12 on a line that cannot be throttled the newest characters are lost, and the next one says so
device pl011 r1p5 unthrottled
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC OE
arrive 32
    UARTFR  TXFE RXFF CTS DSR DCD
    UARTRSR none
arrive "yz"
    irq UARTINTR UARTEINTR
    UARTRSR OE
    UARTRIS RX OE
read UARTDR
    value 'A'                   # the first 32 are intact, without OE
    UARTRSR OE
arrive "n"
    UARTFR  TXFE RXFF CTS DSR DCD
read UARTDR
    value 'B'
write UARTICR OE
    irq none
write UARTLCR_H WLEN8           # empties both FIFOs
    UARTFR TXFE RXFE CTS DSR DCD

case V.12 the character after the gap carries OE, once
device pl011 r1p5 unthrottled
arrive "a"                      # FEN=0: one character is all that fits
    UARTFR  TXFE RXFF CTS DSR DCD
arrive "b"
    UARTRSR OE
read UARTDR
    value 'a'
arrive "c"
read UARTDR
    value 'c' OE
arrive "d"
read UARTDR
    value 'd'

case by default a full FIFO holds the line, and nothing is lost
write UARTLCR_H FEN WLEN8
    events LINE
arrive 34
    UARTFR  TXFE RXFF CTS DSR DCD
    UARTRSR none
    waiting 2

case V.13 UARTECR clears UARTRSR, UARTICR the interrupt, each on its own
device pl011 r1p5 unthrottled
arrive "a"
arrive "b"
    UARTRSR OE
    UARTRIS RX OE
write UARTECR 0
    UARTRSR none
    UARTRIS RX OE
write UARTICR OE
    UARTRIS RX

case V.14 errors stay with their character, and UARTRSR follows the last one read
write UARTLCR_H FEN WLEN8
    events LINE
line 'a'
    taken 1
line 'b' PE FE
    taken 1
    UARTRIS PE FE
    UARTRSR none                # not before it is read
line 'c'
    taken 1
read UARTDR
    value 'a'
    UARTRSR none
read UARTDR
    value 'b' PE FE
    UARTRSR PE FE
read UARTDR
    value 'c'
    UARTRSR none
    UARTRIS PE FE               # until UARTICR

case V.15 a BREAK is one entry, with BE and FE, and both interrupts
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC BE
arrive break
    irq UARTINTR UARTEINTR
    UARTRIS BE FE
read UARTDR
    value BE FE
    UARTRSR BE FE
    UARTFR TXFE RXFE CTS DSR DCD
write UARTICR BE FE
    irq none
    UARTRIS none

case V.15 a BREAK has the wrong parity where parity is odd
write UARTLCR_H FEN WLEN8 PEN
    events LINE
arrive break
    UARTRIS BE FE PE
read UARTDR
    value BE FE PE

case a BREAK keeps its place among the characters
write UARTLCR_H FEN WLEN8
    events LINE
arrive "a"
arrive break
    UARTRIS BE FE
arrive "b"
read UARTDR
    value 'a'
read UARTDR
    value BE FE
read UARTDR
    value 'b'
