# TRM 3.3.5 to 3.3.7 (UARTIBRD, UARTFBRD, UARTLCR_H), 2.4.3 (FEN)

case V.16 the divisor is latched by the write to UARTLCR_H
device pl011 r1p5 clock 24000000
write UARTIBRD 13
    UARTIBRD 13
    baud 0
write UARTFBRD 1
    UARTFBRD 1
    baud 0
write UARTLCR_H FEN WLEN8
    events LINE
    baud 115246
    format 8N1
write UARTIBRD 156
write UARTFBRD 16
    UARTIBRD 156
    UARTFBRD 16
    baud 115246
write UARTLCR_H FEN WLEN8
    events LINE
    baud 9600

case the line format
write UARTLCR_H WLEN5
    format 5N1
write UARTLCR_H WLEN6 STP2
    events LINE
    format 6N2
write UARTLCR_H WLEN7 PEN
    events LINE
    format 7O1
write UARTLCR_H WLEN8 PEN EPS
    events LINE
    format 8E1
write UARTLCR_H WLEN8 PEN SPS
    events LINE
    format 8M1
write UARTLCR_H WLEN8 PEN EPS SPS
    events LINE
    format 8S1

case V.17 a write to UARTLCR_H that leaves FEN as it is disturbs no character
write UARTLCR_H FEN WLEN8
    events LINE
far-end holds
write UARTDR "abc"
    UARTFR BUSY RXFE CTS DSR DCD
arrive "xyz"
    UARTFR BUSY CTS DSR DCD
write UARTLCR_H FEN WLEN7 BRK
    break on
    events LINE
    UARTFR BUSY CTS DSR DCD
write UARTLCR_H FEN WLEN8
    break off
    events LINE
far-end takes all
    sent "abc"
read UARTDR
    value 'x'

case V.17 characters wait while a BREAK is sent
write UARTLCR_H FEN WLEN8
    events LINE
write UARTLCR_H FEN WLEN8 BRK
    break on
    events LINE
write UARTDR "abc"
    UARTFR BUSY RXFE CTS DSR DCD
write UARTLCR_H FEN WLEN8
    break off
    sent "abc"
    events LINE

case V.18 a change of FEN empties both FIFOs; RX and RT go with the characters, TX is not set
write UARTLCR_H FEN WLEN8
    events LINE
write UARTIMSC RX RT
far-end holds
write UARTDR "abc"
    UARTFR BUSY RXFE CTS DSR DCD
arrive 20
    irq UARTINTR UARTRXINTR UARTRTINTR
    UARTRIS RX RT
write UARTLCR_H WLEN8
    irq none
    UARTFR TXFE RXFE CTS DSR DCD
    UARTRIS none
far-end takes all
    UARTRIS none
