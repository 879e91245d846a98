# TRM 2.4.3 (FIFO operation), 3.3.9 (UARTIFLS), 3.3.11 (UARTRIS, transmit)

case V.2 enabling the UART and the interrupt before any data raises nothing
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN TXE
write UARTIMSC TX
    UARTRIS none
    UARTMIS none

case V.3 TXRIS is set by the character whose leaving reaches the level
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC TX
far-end holds
write UARTDR "abcdefghijklmnopqrst"
    UARTRIS none
    UARTFR  BUSY RXFE CTS DSR DCD
far-end takes 1
    sent "a"
    UARTRIS none            # 19 are left
far-end takes 1
    sent "b"
    UARTRIS none
far-end takes 1
    sent "c"
    UARTRIS none            # 17
far-end takes 1
    sent "d"
    irq UARTINTR UARTTXINTR
    UARTRIS TX              # 16: half of the FIFO

case V.4 TXRIS is cleared by the write that passes the level, not by the one that reaches it
write UARTLCR_H FEN WLEN8
    events LINE
far-end holds
write UARTDR "abcdefghijklmnopqrst"
    UARTRIS none
far-end takes 5
    sent "abcde"
    UARTRIS TX              # 15 are left
write UARTDR "1"
    UARTRIS TX              # 16
write UARTDR "2"
    UARTRIS none            # 17

case V.5 the second acknowledge clears TXRIS for good, until a character leaves
# A driver that acknowledges after it wrote UARTDR would otherwise acknowledge
# the interrupt for the character it has just written.
write UARTLCR_H FEN WLEN8
    events LINE
write UARTDR "a"
    sent "a"
    UARTRIS TX
write UARTICR TX
    UARTRIS TX
write UARTICR TX
    UARTRIS none
write UARTDR "b"
    sent "b"
    UARTRIS TX

case V.5 with strict interrupts the first acknowledge clears TXRIS, and draining further does not set it
device pl011 r1p5 strict-interrupts
write UARTLCR_H FEN WLEN8
    events LINE
far-end holds
write UARTDR "abcdefghijklmnopqrst"
    UARTRIS none
far-end takes 4
    sent "abcd"
    UARTRIS TX
write UARTICR TX
    UARTRIS none
far-end takes 4
    sent "efgh"
    UARTRIS none

case V.6 with FEN=0 a character that leaves at once sets TXRIS at once
write UARTLCR_H WLEN8
    events LINE
write UARTDR "a"
    sent "a"
    UARTFR  TXFE RXFE CTS DSR DCD
    UARTRIS TX

case V.7 with FEN=0 a far end that holds its input keeps the one character
write UARTLCR_H WLEN8
    events LINE
far-end holds
write UARTDR "a"
    UARTFR  TXFF BUSY RXFE CTS DSR DCD
    UARTRIS none
far-end takes all
    sent "a"
    UARTFR  TXFE RXFE CTS DSR DCD
    UARTRIS TX

case V.8 with strict enables nothing is sent before UARTEN, and then all of it in order
device pl011 r1p5 strict-enables
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR TXE
write UARTDR "hello"
    UARTFR BUSY RXFE CTS DSR DCD
write UARTCR UARTEN TXE
    sent "hello"
    UARTFR TXFE RXFE CTS DSR DCD

case by default nothing waits for UARTEN
write UARTDR "hello"
    sent "hello"
