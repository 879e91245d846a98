# TRM 3.3.5 and 3.3.6 (divisor), 3.3.7 (frame), 3.3.3 (BUSY), 2.8 (interrupts): with a clock (vpl011/time.h)

case characters leave one frame apart, at the divisor of the TRM's example
# TRM 3.3.6 (bit period), 3.3.3 (BUSY until the last stop bit)
device pl011 r1p5 clock 4000000 timed-tx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
    baud 231884
    format 8N1
write UARTCR UARTEN TXE
write UARTDR "abc"
    sent "a"
    events TICK
    UARTFR BUSY RXFE CTS DSR DCD
    next 43125                  # 10 bits of 16 * (1 + 5/64) / 4 MHz
wait 43124
    UARTFR BUSY RXFE CTS DSR DCD
wait 1
    sent "b"
    events TICK
    next 43125
wait 43125
    sent "c"
    events TICK
    UARTFR BUSY TXFE RXFE CTS DSR DCD
wait 43124
    UARTFR BUSY TXFE RXFE CTS DSR DCD
wait 1
    UARTFR TXFE RXFE CTS DSR DCD    # after the last stop bit
    next none

case parity and a second stop bit make the frame longer, a shorter word makes it shorter
# TRM 3.3.7 (frame)
device pl011 r1p5 clock 4000000 timed-tx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN7 PEN EPS STP2
    events LINE
    format 7E2
write UARTCR UARTEN TXE
write UARTDR "ab"
    sent "a"
    events TICK
    next 47437                  # 11 bits: half a nanosecond is kept for the next
wait 47437
    sent "b"
    events TICK
    next 47438
write UARTLCR_H FEN
    events LINE
    format 5N1
    next 47438                  # what is on the line ends as it began
wait 47438
    next none
write UARTDR "c"
    sent "c"
    events TICK
    next 30187                  # 7 bits

case TXRIS comes when the line has taken as much as UARTIFLS asks
# TRM 2.8 (UARTTXINTR), 3.3.9 (UARTIFLS)
device pl011 r1p5 clock 4000000 timed-tx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN TXE
write UARTIMSC TX
write UARTDR "0123456789abcdefgh"
    sent "0"
    irq UARTINTR UARTTXINTR
    irq none
    events TICK
    UARTRIS none
wait 43124
    UARTRIS none
wait 1
    sent "1"
    irq UARTINTR UARTTXINTR
    events TICK
    UARTRIS TX

case with FEN=0 BUSY and TXFF last as long as the frame
# TRM 2.4.3 (a FIFO of one), 3.3.3 (BUSY)
device pl011 r1p5 clock 4000000 timed-tx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H WLEN8
    events LINE
write UARTCR UARTEN TXE
write UARTDR "a"
    sent "a"
    events TICK
    UARTFR BUSY TXFE RXFE CTS DSR DCD
write UARTDR "b"
    UARTFR BUSY TXFF RXFE CTS DSR DCD
wait 43125
    sent "b"
    events TICK
    UARTFR BUSY TXFE RXFE CTS DSR DCD
wait 43125
    UARTFR TXFE RXFE CTS DSR DCD

case the receive timeout is 32 bit periods after the last character
# TRM 2.8 (UARTRTINTR)
device pl011 r1p5 clock 4000000 timed-rt
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
write UARTIMSC RT
arrive "k"
    events TICK
    UARTRIS none
    next 138000
wait 137999
    UARTRIS none
arrive "l"
    UARTRIS none
    next 138000                 # it begins anew
wait 138000
    irq UARTINTR UARTRTINTR
    UARTRIS RT
    next none
read UARTDR
    value 'k'
    UARTRIS RT
read UARTDR
    value 'l'
    irq none
    UARTRIS none

case UARTICR.RTIC and RTIM begin the receive timeout anew
# TRM 2.8 (UARTRTINTR): cleared by UARTICR, and set again; see docs/registers.md
device pl011 r1p5 clock 4000000 timed-rt
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
write UARTIMSC RT
arrive "k"
    events TICK
wait 138000
    irq UARTINTR UARTRTINTR
write UARTICR RT
    irq none
    events TICK
    next 138000
wait 138000
    irq UARTINTR UARTRTINTR
write UARTIMSC none
    irq none
    UARTRIS none
write UARTIMSC RT
    events TICK
    UARTRIS none
    next 138000
wait 138000
    irq UARTINTR UARTRTINTR

case a FIFO that is read empty has no timeout
# TRM 2.8 (UARTRXINTR, UARTRTINTR)
device pl011 r1p5 clock 4000000 timed-rt
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
write UARTIMSC RX RT
arrive 16
    irq UARTINTR UARTRXINTR
    events TICK
    UARTRIS RX                  # a burst is one interrupt at the trigger
read UARTDR 16
    text "ABCDEFGHIJKLMNOP"
    irq none
    next none
wait 138000
    UARTRIS none

case input arrives one frame apart
# TRM 3.3.6 (bit period), 3.3.7 (frame)
device pl011 r1p5 clock 4000000 timed-rx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
arrive "abc"
    events TICK
    UARTFR TXFE CTS DSR DCD
    waiting 2
    next 43125
wait 43124
    waiting 2
wait 1
    events TICK
    waiting 1
wait 43125
    waiting 0
    next none
read UARTDR 3
    text "abc"
    UARTFR TXFE RXFE CTS DSR DCD

case a burst is one interrupt at the trigger, and one timeout for what is below it
# TRM 2.8 (UARTRXINTR, UARTRTINTR), 3.3.9 (UARTIFLS)
device pl011 r1p5 clock 4000000 timed-rt timed-rx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
write UARTIMSC RX RT
arrive 18
    events TICK
wait 646874
    events TICK
    UARTRIS none
    waiting 3                   # the 16th comes after 15 frames
wait 1
    irq UARTINTR UARTRXINTR
    events TICK
    UARTRIS RX
    waiting 2
read UARTDR 16
    text "ABCDEFGHIJKLMNOP"
    irq none
wait 86250
    events TICK
    UARTRIS none
    waiting 0
    next 138000
wait 137999
    UARTRIS none
wait 1
    irq UARTINTR UARTRTINTR
    UARTRIS RT
    next none

case with strict interrupts UARTICR.RTIC ends the receive timeout until a character comes
# TRM 2.8 (UARTRTINTR), to the letter
device pl011 r1p5 strict-interrupts clock 4000000 timed-rt
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
write UARTIMSC RT
arrive "k"
    events TICK
wait 138000
    irq UARTINTR UARTRTINTR
write UARTICR RT
    irq none
    next none
wait 1000000
    UARTRIS none
arrive "l"
    events TICK
    next 138000
wait 138000
    irq UARTINTR UARTRTINTR

case a line that cannot be throttled overruns where nobody reads, a frame after the FIFO is full
# TRM 2.4.3 (overrun), 3.3.1 (OE)
device pl011 r1p5 unthrottled clock 4000000 timed-rx
write UARTIBRD 1
write UARTFBRD 5
write UARTLCR_H FEN WLEN8
    events LINE
write UARTCR UARTEN RXE
arrive 33
    events TICK
wait 1336875                    # 31 frames
    events TICK
    UARTFR TXFE RXFF CTS DSR DCD
    UARTRIS RX
    waiting 1
wait 43124
    UARTRIS RX
wait 1
    UARTRIS RX OE
    waiting 0
