/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The ring's notification rule (docs/notification.md), for Spin: that of the
 * shared page and of the in-process FIFO, whose host is PEER 3.
 *
 * A guest, the embedder's event loop and a console; two rings, four indices,
 * two doorbells, the device lock. Every load and store of a shared index is a
 * step of its own. A lost wake-up is a state in which everybody sleeps and not
 * everything has arrived; a livelock is a cycle in which no byte moves.
 *
 *   SEND, TYPE      bytes that the guest sends, that the console types
 *   OUT             the size of that ring
 *   PEER            0 the batching console of <vpl011/xencons.h>
 *                   1 one like xenconsoled: takes all it found, publishes,
 *                     rings and does not look again; rate-limited
 *                   2 one that publishes at once and looks again
 *                   3 a host that peeks, consumes and publishes, does not look
 *                     again, and calls the device after it got something
 *   DROP            the oldest is dropped where OUT is full (with PEER 3: the
 *                   page has no lock)
 *
 * Mutants, in which Spin must find the bug:
 *
 *   NO_REMIND           vpl011_data_avail() does not ring for what waits
 *   TOLD_FOR_EVER       what was told counts wherever the index has moved to
 *   NO_ORDER            publishing and looking are not ordered: the store
 *                       becomes visible some time later
 *   NO_ANSWER           the console does not ring after consumption
 *   NO_LOOK_AGAIN       the console sleeps on a full ring without a look
 *                       after its last publishing
 *   FORGET_FULL         the device rings for half a ring of room only if that
 *                       very read found it full
 *   DROP_IS_TOLD        what was told still counts after a drop
 *   NOT_WANTED          a host that finds a drop under way leaves no word
 *   REMIND_EACH_POLL    the device rings at each look that finds output: with
 *                       IDLE_ANSWER a livelock
 *
 *   IDLE_ANSWER         the console rings although it took nothing, which the
 *                       rule bears
 */
#ifndef SEND
#define SEND 4
#endif
#ifndef TYPE
#define TYPE 0
#endif
#ifndef PEER
#define PEER 0
#endif
#ifndef OUT
#define OUT 4 /* ring sizes */
#endif
#define IN 4
#define HALF_OUT (OUT / 2)
#define HALF_IN 2

/* The page. */
byte m_out_prod, m_out_cons, m_in_prod, m_in_cons;

/* Doorbells: they coalesce. The device greets at attach. */
bool console_bell = true;
bool device_bell;

/* The device, under its lock. */
bool locked;
byte out_prod, in_cons;
byte told, told_cons; /* a level, and the index that it is of */
bool in_was_full, dropped, owed;
byte tx; /* TX FIFO: 0 or 1, which is TXFF */
byte rx;
bool more_waits, refill_asked;

/* Who has what; and how much was typed at the terminal so far. */
byte sent, received, taken, typed, keys;

/* A key press, or a paste: only looked for where the last one fitted. */
#define key_press \
    keys == typed && keys < TYPE -> \
        if \
        :: keys++ \
        :: keys = TYPE \
        fi

#define take_lock atomic { !locked -> locked = true }
#define drop_lock locked = false

/*
 * Publishing. In order it is visible at once; else when it pleases, at the
 * latest before the next doorbell, which is a system call.
 */
#ifdef NO_ORDER
bool d_out_late, d_in_late, c_out_late, c_in_late;
byte d_out, d_in, c_out, c_in;

#define publish(word, late, held, value) \
    atomic { held = value; late = true }
#define flush(word, late, held) \
    atomic { late -> word = held; late = false }
#define device_orders \
    atomic { \
        if :: d_out_late -> m_out_prod = d_out; d_out_late = false \
        :: else fi; \
        if :: d_in_late -> m_in_cons = d_in; d_in_late = false :: else fi \
    }
#define console_orders \
    atomic { \
        if :: c_out_late -> m_out_cons = c_out; c_out_late = false \
        :: else fi; \
        if :: c_in_late -> m_in_prod = c_in; c_in_late = false :: else fi \
    }

active proctype store_buffers()
{
end:
    do
    :: flush(m_out_prod, d_out_late, d_out)
    :: flush(m_in_cons, d_in_late, d_in)
    :: flush(m_out_cons, c_out_late, c_out)
    :: flush(m_in_prod, c_in_late, c_in)
    od
}
#else
#define publish(word, late, held, value) word = value
#define device_orders skip
#define console_orders skip
#endif

/* The host and a drop: one takes the lock, the other leaves a word. */
bool out_lock, wanted;

/* ring_poll(): told are a level and an index. */
inline poll(was_short, event)
{
    cons = m_out_cons;
    d_step {
        level = 0;
        if
        :: out_prod == cons -> skip
        :: out_prod != cons && was_short && out_prod - cons == OUT -> level = 2
        :: else ->
#ifndef NO_REMIND
            level = 1
#else
            skip
#endif
        fi;
        if
#ifndef TOLD_FOR_EVER
        :: told_cons != cons -> told = 0
#endif
#ifdef REMIND_EACH_POLL
        :: !was_short -> told = 0
#endif
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
            told_cons = cons;
            owed = false;
            event = true
        :: else
        fi
    }
}

#ifdef DROP
/* ring_drop_oldest(), for one character; what was told stays told for a write
 * that is short, so that there is not an event for each. */
inline drop_oldest()
{
    if
    :: atomic { !out_lock -> out_lock = true };
        d_step {
            if
            :: m_out_cons == out_prod /* the host has it all by now */
            :: else ->
                if
                :: told_cons == m_out_cons -> told_cons++
                :: else
                fi;
                m_out_cons++
            fi;
            cons = m_out_cons;
#ifndef DROP_IS_TOLD
            dropped = true
#endif
        };
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

/* settle.c: drain(), with ring_write(). */
inline drain(event)
{
    if
    :: tx == 0
    :: tx > 0 ->
        cons = m_out_cons;
        if
        :: out_prod - cons == OUT ->
            poll(true, event);
            drop_oldest()
        :: else
        fi;
        if
        :: out_prod - cons == OUT
        :: else ->
progress_sent:
            d_step { out_prod++; tx-- };
            publish(m_out_prod, d_out_late, d_out, out_prod);
            cons = m_out_cons;
            d_step {
                if
                :: cons == out_prod - 1 || owed ->
                    told = 1;
                    told_cons = cons;
                    owed = false;
                    event = true
                :: else
                fi
            }
        fi
    fi
}

/* ring_read(), for one character. */
inline device_read(event)
{
    if
    :: rx == 0 ->
        prod = m_in_prod;
        if
        :: prod != in_cons ->
            d_step { in_cons++; rx = 1 };
            publish(m_in_cons, d_in_late, d_in, in_cons);
            prod = m_in_prod;
            d_step {
#ifdef FORGET_FULL
                in_was_full = false;
#endif
                if
                :: prod - (in_cons - 1) == IN -> in_was_full = true
                :: else
                fi;
                if
                :: in_was_full && prod - in_cons <= HALF_IN ->
                    in_was_full = false;
                    event = true
                :: else
                fi
            }
        :: else
        fi
    :: else
    fi
}

inline ring_console(event)
{
    if
    :: event -> device_orders; event = false; console_bell = true
    :: else
    fi
}

active proctype guest()
{
    byte cons, level;
    bool event;

    do
    :: sent < SEND && tx == 0 ->
        take_lock;
        d_step { tx = 1; sent++ };
        drain(event);
        drop_lock;
        ring_console(event)
    :: rx == 1 ->
        take_lock;
progress_received:
        d_step {
            rx = 0;
            received++;
            if
            :: more_waits && !refill_asked ->
                refill_asked = true;
                device_bell = true
            :: else
            fi
        };
        drain(event);
        drop_lock;
        ring_console(event)
    :: sent == SEND && received == TYPE -> break
    od
}

active proctype event_loop()
{
    byte cons, prod, level;
    bool event;

end:
    do
    :: device_bell ->
        device_bell = false;
        take_lock;
        refill_asked = false;
        device_read(event);
        prod = m_in_prod;
        more_waits = prod != in_cons;
        poll(false, event);
        drain(event);
        d_step {
            if
            :: more_waits && rx == 0 && !refill_asked ->
                refill_asked = true;
                device_bell = true
            :: else
            fi
        };
        drop_lock;
        ring_console(event)
    od
}

/* vpl011_xencons_console_write(), as many as fit. */
inline console_types(ring)
{
    do
    :: typed == keys -> break
    :: typed < keys ->
        cons = m_in_cons;
        if
        :: typed - cons == IN -> break
        :: else ->
progress_typed:
            typed = cons + IN;
            if
            :: typed > keys -> typed = keys
            :: else
            fi;
            publish(m_in_prod, c_in_late, c_in, typed);
            ring = true
#ifdef NO_LOOK_AGAIN
            ;
            break
#endif
        fi
    od
}

inline ring_device(ring)
{
    if
    :: ring -> console_orders; ring = false; device_bell = true
    :: else
    fi
}

#if PEER == 1
/* As xenconsoled: a service costs a token, and without one it must wait. */
active proctype console()
{
    byte cons, prod;
    byte tokens = 1;
    bool ring;

end:
    do
    :: key_press;
        console_types(ring);
        ring_device(ring)
    :: console_bell && tokens == 0 -> tokens = 1 /* the period is over */
    :: console_bell && tokens > 0 ->
        console_bell = false;
        if
        :: tokens = 0
        :: skip
        fi;
        prod = m_out_prod;
        if
#ifdef IDLE_ANSWER
        :: prod != taken -> ring = true /* its own buffer is full */
#endif
        :: prod != taken ->
progress_taken:
            taken = prod;
            publish(m_out_cons, c_out_late, c_out, taken);
#ifndef NO_ANSWER
            ring = true
#endif
        :: else
        fi;
        ring_device(ring);
        console_types(ring);
        ring_device(ring)
    od
}
#elif PEER == 3
inline try_lock(got)
{
    got = false;
    if
    :: atomic { !out_lock -> out_lock = true }; got = true
    :: else ->
#ifndef NOT_WANTED
        wanted = true;
        if
        :: atomic { !out_lock -> out_lock = true }; got = true
        :: else
        fi
#else
        skip
#endif
    fi
}

active proctype console()
{
    byte cons, prod, peeked;
    bool got, ring;

end:
    do
    :: console_bell ->
        console_bell = false;
        goto pass
    :: key_press;
        goto pass
    od;
pass:
    /* ..._peek() */
    peeked = 0;
    try_lock(got);
    if
    :: got ->
        prod = m_out_prod;
        d_step {
            if
            :: m_out_cons > taken -> taken = m_out_cons
            :: else
            fi;
            peeked = prod - taken;
            out_lock = false
        }
    :: else
    fi;
    /* ..._consume(), its own word only, and ..._publish() */
    if
    :: peeked > 0 || taken > m_out_cons ->
progress_taken:
        taken = taken + peeked;
        ring = peeked > 0;
        try_lock(got);
        if
        :: got ->
            if
            :: taken > m_out_cons -> m_out_cons = taken; ring = true
            :: else
            fi;
            out_lock = false
        :: else
        fi
    :: else
    fi;
    console_types(ring);
    ring_device(ring);
    goto end
}
#else
active proctype console()
{
    byte cons, prod, published;
    bool now, held, more, ring;

end:
    do
    :: console_bell ->
        console_bell = false;
        goto pass
    :: held -> /* the timer */
        held = false;
        now = true;
        goto pass
    :: key_press;
        goto pass
    od;
pass:
    /* ..._read() */
    prod = m_out_prod;
    taken = prod;
    /* ..._publish() */
    more = false;
    prod = m_out_prod;
    if
    :: taken == published -> more = prod != taken; held = false
    :: taken != published && PEER == 0 && !now && prod - published < HALF_OUT ->
        held = true
    :: else ->
progress_taken:
        published = taken;
        held = false;
        publish(m_out_cons, c_out_late, c_out, published);
        prod = m_out_prod;
        more = prod != taken;
#ifndef NO_ANSWER
        ring = true
#endif
    fi;
    now = false;
    console_types(ring);
    ring_device(ring);
    if
    :: more -> goto pass
    :: else -> goto end
    fi
}
#endif

#ifndef IDLE_ANSWER /* which loses wake-ups too */
/* Everybody sleeps: then all of it must have arrived. */
active proctype watcher()
{
    timeout;
    assert(sent == SEND && tx == 0 && m_out_cons == SEND);
    assert(typed == TYPE && received == TYPE)
}
#endif
