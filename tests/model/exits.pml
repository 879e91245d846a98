/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Output without exits (<vpl011/page.h>, <vpl011/deferred.h>, src/kvm/), for
 * Spin: a guest, KVM's slot and coalesced ring, the monitor's loop, and input.
 *
 * Each store that another thread can see, or the guest without an exit, is a
 * step of its own. What a guest must never see is asserted where it reads:
 * UARTDR from the page although a character waits, or a UARTFR that is older
 * than the interrupt that it was told, or than its own write. Characters have
 * numbers, and leave in their order. Once everybody sleeps, all that was sent is
 * out, all that was typed is read, and no timer runs.
 *
 *   SEND       characters that the guest sends; it reads UARTFR before each
 *   TYPE       characters that are typed, at any moment
 *   LOOP       one more is sent in loopback at the end, and read back
 *   MODEM      CTS rises at any moment
 *   OTHER      another vCPU makes so many accesses that exit
 *   TICKS      how often the time passes until a page may be opened again
 *   LATER      VPL011_KVM_CLOSE_LATER: the close op leaves closing to the loop
 *
 * Mutants, in which Spin must find the bug:
 *
 *   ADMIT_FIRST  input is admitted before the page is closed
 *   LINE_FIRST   the interrupt output moves before the page is stored
 *   NOT_STEADY   writes may wait although the device loops them back
 *   NO_DRAIN     an exit does not deliver first what waits
 *   NO_TIMER     the loop sleeps although the zone is open
 *   NO_PAUSE     a page is opened again at once
 *   NO_CLEAN     what is stored in the open page stays in the CPU's cache
 *   NO_WAKE      a close that has to wait wakes nobody
 *   SHUT_ONLY    a zone is closed, and what waits in it is left there
 */
#ifndef SEND
#define SEND 3
#endif
#ifndef TYPE
#define TYPE 1
#endif
#ifndef OTHER
#define OTHER 0
#endif
#ifndef TICKS
#define TICKS 1
#endif
#ifdef LOOP
#define LOOPED 1
#else
#define LOOPED 0
#endif
#define RING 2 /* entries of the coalesced ring */

/* Who has a lock. */
#define NOBODY 0
#define VCPU 1
#define VCPU2 2
#define LOOP_THREAD 3
#define HOST 4
#define acquire(lock, me) atomic { lock == NOBODY -> lock = me }
#define release(lock) lock = NOBODY

/* KVM: whether the slot serves reads, and the zone takes writes of UARTDR. */
bool slot, zone;
byte ring[RING];
byte waiting;

/* The page's UARTFR: as it was stored, and as a guest reads it. */
byte stored, visible;

/* The device, under its lock. */
#define RX_WAITS 1
#define TX_WAITS 2
#define CTS 4
#define fr \
    ((rx > 0 -> RX_WAITS : 0) + (tx > 0 -> TX_WAITS : 0) + (cts -> CTS : 0))
byte device_lock;
byte rx, tx;  /* in the FIFOs; what waits in that of TX does for loopback */
byte backend; /* input that waits there */
bool cts, cts_interrupt, loopback;
bool open, closing; /* FLAG_PAGE, FLAG_PAGE_CLOSING */
bool refill;        /* VPL011_EVENT_REFILL */
bool line;          /* the interrupt output */

/* libvpl011-kvm, under its mutex but for `asked` and `wake`. */
byte mutex;
bool asked, wake;
bool page_on, zone_on, zone_follows;
bool came;  /* characters, since the loop looked last */
bool early; /* it was closed, and may not be opened again yet */

/* Ghosts: characters at the far end, and read by the guest. */
byte out, got, openings, ticks;

/* vpl011_settle_() */
inline settle()
{
#ifdef LINE_FIRST
    line = rx > 0 || cts_interrupt;
#endif
    if
    :: open && stored != fr ->
        stored = fr;
#ifndef NO_CLEAN
        visible = stored
#endif
    :: else
    fi;
    line = rx > 0 || cts_interrupt
}

/* After the page it starts no pause of its own. */
#define end_zone \
    zone = false; \
    d_step { zone_on = false; early = early || page_on }

#define page_gone d_step { open = false; closing = false }
#define slot_gone \
    slot = false; \
    d_step { page_on = false; early = true }

/* vpl011_close_page_(), vpl011_kvm_on_close_() */
inline close_page(me)
{
    if
    :: open && !closing ->
        closing = true;
        asked = true;
        if
#ifndef LATER
        :: mutex == me ->
            slot_gone;
            d_step { asked = false; zone_follows = zone_on };
            page_gone
        :: atomic { mutex == NOBODY -> mutex = me };
            if
            :: page_on ->
                slot_gone;
                d_step { asked = false; zone_follows = zone_on };
                page_gone
            :: else
            fi;
            release(mutex)
#endif
        :: else
        fi;
#ifndef NO_WAKE
        if
        :: open -> wake = true
        :: else
        fi
#endif
    :: else
    fi
}

/*
 * vpl011_data_avail(), and what was written in loopback: where a character is
 * to be received the page is closed first. Then vpl011_settle_().
 */
#define has_input (backend > 0 && rx == 0 && !loopback)
inline receive(me)
{
    if
    :: tx > 0 || has_input ->
#ifdef ADMIT_FIRST
        d_step {
            if
            :: has_input -> rx++; backend--
            :: else
            fi
        };
        settle();
#endif
        close_page(me);
        if
        :: !open ->
            d_step {
                rx = rx + tx;
                tx = 0;
                if
                :: has_input -> rx++; backend--
                :: else
                fi
            }
        :: else
        fi
    :: else
    fi;
    settle()
}

#define leaves(number) \
    if \
    :: loopback -> tx++ \
    :: else -> assert(number == out + 1); out++ \
    fi

/* vpl011_kvm_drain_() */
inline drain(me)
{
    if
    :: waiting > 0 ->
        acquire(device_lock, me);
        d_step {
            i = 0;
            do
            :: i < waiting -> leaves(ring[i]); i++
            :: else -> break
            od;
            waiting = 0;
            i = 0;
            came = true
        };
        receive(me);
        release(device_lock)
    :: else
    fi
}

/* page_is_closed() */
inline page_closed(me)
{
    acquire(device_lock, me);
    page_gone;
    receive(me);
    release(device_lock);
    asked = false
}

/*
 * What is done before a vCPU or the loop goes on: the page is closed that the
 * device wants closed, and the zone where the device is not in its steady state
 * any more, which is what is left here of vpl011_deferrable(); the loop closes it
 * in silence and after the page as well (vpl011_kvm_settle_(),
 * vpl011_kvm_check_zone_(), vpl011_kvm_serve()).
 */
#ifdef NOT_STEADY
#define is_steady true
#else
#define is_steady (loopback == 0 && tx == 0)
#endif
inline close_what_must(me, ends)
{
    if
    :: asked && open ->
        if
        :: page_on -> slot_gone
        :: else
        fi;
        page_closed(me);
        zone_follows = zone_on
    :: else
    fi;
    if
    :: zone_on && (ends || !is_steady) ->
        end_zone;
#ifndef SHUT_ONLY
        drain(me)
#endif
    :: else
    fi
}

/* vpl011_kvm_open_() */
inline open_both(me)
{
    if
    :: !page_on ->
        acquire(device_lock, me);
        if
        :: rx == 0 && !closing -> open = true; stored = fr
        :: else
        fi;
        settle();
        release(device_lock);
        if
        :: open && !asked ->
            visible = stored; /* all of it is cleaned */
            slot = true;
            d_step { page_on = true; openings++ };
            wake = true;
            assert(openings <= 1 + ticks)
        :: else
        fi
    :: else
    fi;
    if
    :: page_on && !zone_on && is_steady ->
        zone = true;
        zone_on = true;
        wake = true
    :: else
    fi
}

#ifdef NO_PAUSE
#define may_open true
#else
#define may_open !early
#endif

mtype = {READ_UARTFR, READ_UARTDR, WRITE_UARTDR, WRITE_UARTICR, WRITE_LBE};

/* vpl011_kvm_exit() */
inline exits(me)
{
    acquire(mutex, me);
#ifndef NO_DRAIN
    if
    :: zone_on -> drain(me)
    :: else
    fi;
#endif
    acquire(device_lock, me);
    d_step {
        if
        :: access == READ_UARTFR -> value = fr
        :: access == READ_UARTDR && rx > 0 -> rx--; got++
        :: access == WRITE_UARTDR -> leaves(sent + 1)
        :: access == WRITE_UARTICR -> cts_interrupt = false
        :: access == WRITE_LBE -> loopback = !loopback
        :: else
        fi;
        refill = refill || (backend > 0 && rx == 0 && !loopback)
    };
    receive(me);
    release(device_lock);
    if
    :: access == WRITE_UARTDR ->
        came = true;
        if
        :: may_open && !(page_on && zone_on) -> open_both(me)
        :: else
        fi
    :: else
    fi;
    close_what_must(me, false);
    release(mutex)
}

/* What the guest is at. Its handler reads while something waits, and
 * acknowledges the modem interrupt. */
mtype = {REST, HANDLE, TAKE, SEND_ONE, SET_LBE, LOOP_ONE, LOOK, END_LBE};

active proctype guest()
{
    mtype at = REST;
    mtype access = READ_UARTFR;
    byte sent, value, i;
    bool saw_rx, saw_cts;

end:
    do
    :: if
       :: atomic {
              at == REST && line ->
              saw_rx = rx > 0;
              saw_cts = cts_interrupt;
              access = READ_UARTFR;
              at = HANDLE
          }
       :: atomic {
              at == REST && !line && sent < SEND ->
progress:     access = READ_UARTFR;
              at = SEND_ONE
          }
#ifdef LOOP
       :: atomic {
              at == REST && !line && sent == SEND ->
              access = WRITE_LBE;
              at = SET_LBE
          }
#endif
       :: at != REST
       fi;
       if
       :: atomic { access == READ_UARTFR && slot -> value = visible }
       :: atomic { access == READ_UARTDR && slot -> assert(rx == 0) }
       :: atomic {
              access == WRITE_UARTDR && zone && waiting < RING ->
              ring[waiting] = sent + 1;
              waiting++
          }
       :: else -> exits(VCPU)
       fi;
       d_step {
           if
           :: at == HANDLE ->
               assert(!saw_rx || (value & RX_WAITS));
               assert(!saw_cts || (value & CTS));
               if
               :: value & RX_WAITS -> access = READ_UARTDR; at = TAKE
               :: !(value & RX_WAITS) && saw_cts ->
                   access = WRITE_UARTICR;
                   saw_cts = false;
                   at = TAKE
               :: else -> at = REST
               fi
           :: at == TAKE -> at = REST
           :: at == SEND_ONE && access == READ_UARTFR -> access = WRITE_UARTDR
           :: at == SEND_ONE && access == WRITE_UARTDR -> sent++; at = REST
           :: at == SET_LBE -> access = WRITE_UARTDR; at = LOOP_ONE
           :: at == LOOP_ONE && access == WRITE_UARTDR -> access = READ_UARTFR
           :: at == LOOP_ONE && access == READ_UARTFR ->
               assert(value & (RX_WAITS | TX_WAITS));
               at = LOOK
           :: at == LOOK && access == READ_UARTFR && (value & RX_WAITS) ->
               access = READ_UARTDR
           :: at == LOOK && access == READ_UARTDR ->
               access = WRITE_LBE;
               at = END_LBE
           :: at == END_LBE -> sent++; at = REST
           :: else
           fi;
           if
           :: at == REST -> saw_rx = false; saw_cts = false; value = 0
           :: else
           fi
       }
    od
}

#if OTHER
active proctype other_vcpu()
{
    mtype access = READ_UARTFR;
    byte count, sent, value, i;

end:
    do
    :: count < OTHER ->
        exits(VCPU2);
        d_step { count++; value = 0 }
    od
}
#endif

/* The monitor's loop, vpl011_kvm_serve(): it sleeps unless it was woken, or the
 * zone is open. */
active proctype loop()
{
    byte i;
    bool ends;
end:
    do
    :: refill ->
        refill = false;
        acquire(device_lock, LOOP_THREAD);
        receive(LOOP_THREAD);
        release(device_lock)
#ifdef NO_TIMER
    :: wake ->
#else
    :: wake || zone_on ->
#endif
        wake = false;
        acquire(mutex, LOOP_THREAD);
        drain(LOOP_THREAD);
        if
        :: zone_follows -> zone_follows = false; ends = true
        :: true -> ends = !came /* in silence; the page is gone too shortly */
        fi;
        close_what_must(LOOP_THREAD, ends);
        came = false;
        release(mutex)
    od
}

/* Whoever has the far end, and the modem's pins. */
active proctype host()
{
    byte typed;
end:
    do
    :: typed < TYPE ->
        acquire(device_lock, HOST);
        d_step { backend++; typed++ };
        receive(HOST);
        release(device_lock)
#ifdef MODEM
    :: !cts ->
        acquire(device_lock, HOST);
        d_step { cts = true; cts_interrupt = true };
        settle();
        release(device_lock)
#endif
    od
}

active proctype clock()
{
end:
    do
    :: atomic { early && ticks < TICKS -> early = false; ticks++ }
    od
}

active proctype watcher()
{
    timeout;
    assert(out == SEND && got == TYPE + LOOPED);
    assert(waiting == 0 && tx == 0 && !zone_on)
}
