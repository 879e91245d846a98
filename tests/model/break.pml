/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A BREAK in the ring of the in-process FIFO (docs/notification.md), for Spin:
 * a word that says so, and the index that it comes before. What it shares with
 * the rule of xencons.pml is here only as far as a BREAK needs it.
 *
 * Each load and store of a shared word is a step of its own. Bytes are told
 * apart by their index. The ghosts: `at_of`, where each BREAK was accepted, and
 * `seen`, how many arrived. Whoever takes bytes asserts that no BREAK before
 * them has not arrived; whoever takes a BREAK, that all before it did, and
 * nothing behind it. Once everybody sleeps, all that was accepted has arrived.
 *
 *   SEND, BREAKS    bytes and BREAKs that the sender has, in any order
 *   RING            the size of the ring
 *   INPUT           to the guest; else from it
 *   DROP            the oldest is dropped where the ring is full (from it)
 *
 * Mutants, in which Spin must find the bug:
 *
 *   FLAG_FIRST      the receiver looks for the BREAK before the bytes
 *   EARLY_FLAG      the sender says that there is one before it says where
 *   NOT_REFUSED     a second one goes over one that still waits
 *   ANYWHERE        the receiver takes it where it finds it
 *   NOT_ENDED       the receiver leaves it there
 *   NOT_OWED        the far end is not told of it by itself
 *   DROP_FORGETS    a drop goes past it and leaves it behind
 *   NOT_COUNTED     it does not count as input that waits
 */
#ifndef SEND
#define SEND 3
#endif
#ifndef BREAKS
#define BREAKS 2
#endif
#ifndef RING
#define RING 2
#endif
#define HALF (RING / 2)
#define PLACES 2 /* of the guest's RX FIFO */

/* Shared. */
byte m_prod, m_cons, m_at;
bool m_valid;

/* Doorbells: they coalesce. */
bool console_bell, device_bell;

byte sent, broken; /* bytes and BREAKs that the sender is done with */

/* Ghosts */
byte accepted, seen;
byte at_of[BREAKS + 1];
byte behind; /* behind the last byte that was taken */

#define bytes_taken(first, count) \
    if \
    :: count > 0 -> \
        assert(seen == accepted || at_of[seen] >= first + count); \
        behind = first + count \
    :: else \
    fi

#define break_taken(next) \
    assert(seen < accepted); \
    assert(at_of[seen] <= next && behind <= at_of[seen]); \
    seen++

/* vpl011_fifo_push_break(), fifo_send_break(). */
inline send_break(prod, news)
{
    news = false;
#ifndef NOT_REFUSED
    if
    :: m_valid
    :: else ->
#endif
        d_step { at_of[accepted] = prod; accepted++ };
#ifdef EARLY_FLAG
        m_valid = true;
        m_at = prod;
#else
        m_at = prod;
        m_valid = true;
#endif
        news = true
#ifndef NOT_REFUSED
    fi
#endif
}

/* The device's lock; a drop's and the host's. */
bool locked;
#define take_lock atomic { !locked -> locked = true }
#define drop_lock locked = false

#ifdef INPUT
byte rx; /* entries of the RX FIFO */
byte in_cons;
bool in_was_full, more_waits, refill_asked;

/* ring_read(), once; all there is room for. */
inline device_read()
{
    byte prod, given;
    bool brk;

#ifdef FLAG_FIRST
    brk = m_valid;
    prod = m_prod;
#else
    prod = m_prod;
    brk = m_valid;
#endif
    given = prod - in_cons;
    if
    :: given > PLACES - rx -> given = PLACES - rx
    :: else
    fi;
#ifndef ANYWHERE
    if
    :: brk && m_at >= in_cons && given > m_at - in_cons ->
        given = m_at - in_cons
    :: else
    fi;
#endif
    if
    :: given > 0 ->
        d_step {
            bytes_taken(in_cons, given);
            in_cons = in_cons + given
        };
        m_cons = in_cons;
        prod = m_prod;
        d_step {
            if
            :: prod - (in_cons - given) == RING -> in_was_full = true
            :: else
            fi;
            if
            :: in_was_full && prod - in_cons <= HALF ->
                in_was_full = false;
                console_bell = true
            :: else
            fi;
            rx = rx + given
        }
    :: else
    fi;
    if
#ifdef ANYWHERE
    :: brk && rx < PLACES ->
#else
    :: brk && rx < PLACES && m_at == in_cons ->
#endif
        d_step {
            break_taken(in_cons);
            rx++
        };
#ifndef NOT_ENDED
        m_valid = false
#else
        skip
#endif
    :: else
    fi
}

/* look_for_input(), and REFILL where there is room for what waits. */
inline device_looks()
{
    byte waiting;

    waiting = m_prod - in_cons;
#ifndef NOT_COUNTED
    waiting = waiting + m_valid;
#endif
    d_step {
        more_waits = waiting > 0;
        if
        :: more_waits && rx < PLACES && !refill_asked ->
            refill_asked = true;
            device_bell = true
        :: else
        fi
    }
}

active proctype guest()
{
end:
    do
    :: rx > 0 ->
        take_lock;
        d_step {
            rx--;
            if
            :: more_waits && !refill_asked ->
                refill_asked = true;
                device_bell = true
            :: else
            fi
        };
        drop_lock
    od
}

active proctype event_loop()
{
end:
    do
    :: device_bell ->
        device_bell = false;
        take_lock;
        refill_asked = false;
        device_read();
        device_looks();
        drop_lock
    od
}

active proctype console()
{
    byte cons;
    bool news, is_full;

end:
    do
    :: broken < BREAKS ->
        send_break(sent, news);
        broken++;
        if
        :: news -> device_bell = true
        :: else
        fi
    :: sent < SEND && !is_full ->
        cons = m_cons;
        if
        :: sent - cons == RING -> is_full = true
        :: else ->
            sent++;
            m_prod = sent;
            device_bell = true
        fi
    :: console_bell -> console_bell = false; is_full = false
    od
}

#define all_is_there \
    (sent == SEND && broken == BREAKS && rx == 0 && in_cons == SEND)

#else /* output */

byte out_prod, read; /* the device's, the host's */
byte told, told_cons;
bool owed, dropped, wanted, out_lock;
byte tx; /* TX FIFO: 0 or 1 */

/* ring_poll(): for a write that was short, or for a look. */
inline poll(was_short)
{
    byte level, poll_cons;

    poll_cons = m_cons;
    d_step {
        level = (out_prod != poll_cons -> 1 : 0);
        if
        :: was_short && out_prod - poll_cons == RING -> level = 2
        :: else
        fi;
        if
        :: told_cons != poll_cons -> told = 0
        :: dropped && !was_short -> told = 0
        :: else
        fi;
        if
        :: !was_short -> dropped = false
        :: else
        fi;
        if
        :: level > told || owed ->
            told = level;
            told_cons = poll_cons;
            owed = false;
            console_bell = true
        :: else
        fi
    }
}

#ifdef DROP
inline drop_oldest()
{
    if
    :: atomic { !out_lock -> out_lock = true };
        cons = m_cons;
        if
        :: out_prod == cons /* the host has it all by now */
        :: else ->
#ifndef DROP_FORGETS
            if
            :: m_at == cons -> m_at = cons + 1
            :: else
            fi;
#endif
            d_step {
                if
                :: told_cons == cons -> told_cons++
                :: else
                fi;
                m_cons = cons + 1
            }
        fi;
        dropped = true;
        out_lock = false;
        if
        :: wanted -> wanted = false; owed = true
        :: else
        fi
    :: else
    fi
}
#else
#define drop_oldest() skip
#endif

inline drain()
{
    byte cons;

    if
    :: tx == 0
    :: tx > 0 ->
        cons = m_cons;
        if
        :: out_prod - cons == RING ->
            poll(true);
            drop_oldest();
            cons = m_cons
        :: else
        fi;
        if
        :: out_prod - cons == RING
        :: else ->
            d_step { out_prod++; tx-- };
            m_prod = out_prod;
            cons = m_cons;
            d_step {
                if
                :: cons == out_prod - 1 || owed ->
                    told = 1;
                    told_cons = cons;
                    owed = false;
                    console_bell = true
                :: else
                fi
            }
        fi
    fi
}

active proctype guest()
{
    bool news;

    do
    :: sent < SEND && tx == 0 ->
        take_lock;
        d_step { tx = 1; sent++ };
        drain();
        drop_lock
    :: broken < BREAKS ->
        take_lock;
        send_break(out_prod, news);
        broken++;
#ifndef NOT_OWED
        owed = owed || news;
#endif
        poll(false);
        drop_lock
    :: sent == SEND && broken == BREAKS -> break
    od
}

active proctype event_loop()
{
end:
    do
    :: device_bell ->
        device_bell = false;
        take_lock;
        poll(false);
        drain();
        drop_lock
    od
}

inline try_lock(got)
{
    got = false;
    if
    :: atomic { !out_lock -> out_lock = true }; got = true
    :: else ->
        wanted = true;
        if
        :: atomic { !out_lock -> out_lock = true }; got = true
        :: else
        fi
    fi
}

/* far_place(): a drop may have gone past what was read. */
#define find_place \
    if \
    :: m_cons > read -> read = m_cons \
    :: else \
    fi

/* A host that peeks, takes BREAKs, consumes and publishes, and does not look
 * again; it calls the device after it got something. */
active proctype console()
{
    byte prod, first, peeked;
    bool got, brk, again, ring;

end:
    do
    :: console_bell ->
        console_bell = false;
        again = true;
        do
        :: !again -> break
        :: else ->
            again = false;
            /* ..._peek(), and consume() */
            try_lock(got);
            if
            :: got ->
#ifdef FLAG_FIRST
                brk = m_valid;
                prod = m_prod;
#else
                prod = m_prod;
                brk = m_valid;
#endif
                d_step {
                    find_place;
                    first = read;
                    peeked = prod - read;
#ifndef ANYWHERE
                    if
                    :: brk && m_at >= read && peeked > m_at - read ->
                        peeked = m_at - read
                    :: else
                    fi;
#endif
                    bytes_taken(first, peeked);
                    ring = ring || peeked > 0;
                    out_lock = false
                };
                d_step {
                    if
                    :: read < first + peeked -> read = first + peeked
                    :: else
                    fi
                }
            :: else
            fi;
            /* ..._pop_break() */
            try_lock(got);
            if
            :: got ->
                prod = m_prod;
                brk = m_valid;
                d_step {
                    find_place;
#ifndef ANYWHERE
                    brk = brk && m_at == read;
#endif
                    if
                    :: brk ->
                        break_taken(read);
                        again = true
                    :: else
                    fi
                };
#ifndef NOT_ENDED
                if
                :: brk -> m_valid = false
                :: else
                fi;
#endif
                out_lock = false
            :: else
            fi
        od;
        /* ..._publish() */
        try_lock(got);
        if
        :: got ->
            find_place;
            if
            :: read != m_cons -> m_cons = read; ring = true
            :: else
            fi;
            out_lock = false
        :: else
        fi;
        if
        :: ring -> ring = false; device_bell = true
        :: else
        fi
    od
}

#define all_is_there \
    (sent == SEND && broken == BREAKS && tx == 0 && m_cons == SEND)
#endif

/* Everybody sleeps: then all of it must have arrived. */
active proctype watcher()
{
    timeout;
    assert(all_is_there);
    assert(seen == accepted && !m_valid)
}
