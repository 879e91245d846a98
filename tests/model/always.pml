/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * VPL011_RING_ALWAYS (docs/notification.md), for Spin: one event for each
 * transfer that moved something, beside the rule of xencons.pml, for a console
 * that does not ring when it has consumed.
 *
 * So nothing that is in the ring is left behind by a console that sleeps. That
 * the guest may wait at TXFF then is what the slow tick is for: the watcher is
 * it, once everybody sleeps, and at the end all has arrived.
 *
 *   SEND, TYPE      bytes that the guest sends, that the console types
 *   RING            the size of each ring
 *
 * Mutants, in which Spin must find the bug:
 *
 *   NOT_ALWAYS          only what the rule of xencons.pml asks for
 *   NOT_FOR_INPUT       not for a transfer of input
 *   FOR_NOTHING         for one that moved nothing, too
 *   REMIND_EACH_LOOK    for each look that finds output, too
 */
#ifndef SEND
#define SEND 3
#endif
#ifndef TYPE
#define TYPE 2
#endif
#ifndef RING
#define RING 2
#endif
#define HALF (RING / 2)
#define PLACES 2 /* of each of the guest's FIFOs */

/* Shared. */
byte m_out_prod, m_out_cons, m_in_prod, m_in_cons;

/* Doorbells: they coalesce. */
bool console_bell = true;
bool device_bell;

/* The device, under its lock. */
bool locked;
byte out_prod, in_cons;
byte told, told_cons;
bool in_was_full, more_waits, refill_asked;
byte tx, rx;

byte sent, taken, typed, received;

/* Ghost: transfers that moved something, less events of transfers. */
short lacking;

#define take_lock atomic { !locked -> locked = true }
#define drop_lock locked = false

#define ring_for_transfer \
    d_step { lacking--; console_bell = true }

/* ring_poll(). An event of it has a cause of its own: the console has moved
 * since what it was told, or a write is short now and was not. */
inline poll(was_short)
{
    byte level, at;

    at = m_out_cons;
    d_step {
        level = (out_prod != at -> 1 : 0);
        if
        :: was_short && out_prod - at == RING -> level = 2
        :: else
        fi;
#ifdef REMIND_EACH_LOOK
        if
        :: level > 0 ->
            assert(told_cons != at || level > told);
#else
        if
        :: told_cons != at -> told = 0
        :: else
        fi;
        if
        :: level > told ->
            assert(told_cons != at || level == 2);
#endif
            told = level;
            told_cons = at;
            console_bell = true
        :: else
        fi
    }
}

/* ring_write(), all that fits; ring_poll() where that is not all. */
inline drain()
{
    byte cons, n;

    if
    :: tx == 0
    :: tx > 0 ->
        cons = m_out_cons;
        d_step {
            n = RING - (out_prod - cons);
            if
            :: n > tx -> n = tx
            :: else
            fi;
            out_prod = out_prod + n;
            tx = tx - n
        };
        if
        :: n > 0 ->
            m_out_prod = out_prod;
            lacking++;
            cons = m_out_cons;
#ifdef NOT_ALWAYS
            if
            :: cons != out_prod - n
            :: else ->
#endif
                ring_for_transfer;
                told = 1;
                told_cons = cons
#ifdef NOT_ALWAYS
            fi
#endif
        :: else
#ifdef FOR_NOTHING
            -> ring_for_transfer
#endif
        fi;
        if
        :: tx > 0 -> poll(true)
        :: else
        fi
    fi
}

/* ring_read() */
inline device_read()
{
    byte given;

    prod = m_in_prod;
    given = prod - in_cons;
    if
    :: given > PLACES - rx -> given = PLACES - rx
    :: else
    fi;
    if
    :: given > 0 ->
        d_step { in_cons = in_cons + given; rx = rx + given };
        m_in_cons = in_cons;
        lacking++;
        prod = m_in_prod;
        d_step {
            if
            :: prod - (in_cons - given) == RING -> in_was_full = true
            :: else
            fi;
#ifdef NOT_FOR_INPUT
            if
            :: in_was_full && prod - in_cons <= HALF ->
#else
            if
            :: true ->
#endif
                in_was_full = false;
                lacking--;
                console_bell = true
            :: else
            fi
        }
    :: else
    fi
}

active proctype guest()
{
end:
    do
    :: sent < SEND && tx < PLACES ->
        take_lock;
        d_step { tx++; sent++ };
        drain();
        drop_lock
    :: rx > 0 ->
        take_lock;
        d_step {
            rx--;
            received++;
            if
            :: more_waits && !refill_asked ->
                refill_asked = true;
                device_bell = true
            :: else
            fi
        };
        drain();
        drop_lock
    od
}

active proctype event_loop()
{
    byte prod;

end:
    do
    :: device_bell ->
        device_bell = false;
        take_lock;
        refill_asked = false;
        device_read();
        prod = m_in_prod;
        d_step {
            more_waits = prod != in_cons;
            if
            :: more_waits && rx < PLACES && !refill_asked ->
                refill_asked = true;
                device_bell = true
            :: else
            fi
        };
        poll(false);
        drain();
        drop_lock
    od
}

/* It takes all it found, and neither looks again nor rings for that; for what
 * it types it rings. */
active proctype console()
{
    byte cons, prod;
    bool is_full;

end:
    do
    :: console_bell ->
        console_bell = false;
        is_full = false;
        prod = m_out_prod;
        taken = prod;
        m_out_cons = taken
    :: typed < TYPE && !is_full ->
        cons = m_in_cons;
        if
        :: typed - cons == RING -> is_full = true
        :: else ->
            typed++;
            m_in_prod = typed;
            device_bell = true
        fi
    od
}

/* Everybody sleeps. */
active proctype watcher()
{
end:
    do
    :: timeout ->
        assert(m_out_prod == taken && lacking == 0);
        if
        :: tx > 0 -> device_bell = true /* the slow tick */
        :: else -> break
        fi
    od;
    assert(sent == SEND && taken == SEND);
    assert(typed == TYPE && received == TYPE)
}
