/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the tests share: a recording fake host around one device, a scripted
 * far end, the guest's accesses, and assertions that name what they look at.
 *
 *     static void txfe_is_set_after_reset(void)
 *     {
 *         struct host h;
 *
 *         host_init(&h, NULL);
 *         assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
 *     }
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest cases[] = {CASE(txfe_is_set_after_reset)};
 *
 *         return run_cases(cases);
 *     }
 *
 * A case that makes no check fails. TEST_CASE=<name> in the environment runs
 * that case alone. An id in a comment, such as V.10 or G.E4, is a line of
 * tests/conformance/ids/ids.txt, where a test for each is asked for.
 *
 * The fake host checks the contract of every callback as it happens: irq only
 * on change and with the levels that vpl011_irq_lines() tells, lock and unlock
 * in pairs, irq and backend under the lock, notify outside it.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

/*
 * Cases
 */

struct test_case {
    void (*run)(void);
    const char *name;
};

void run_case_(void **state);
int run_cases_(const char *file, const struct CMUnitTest *cases, size_t count);

#define CASE(function) \
    { \
#function, run_case_, NULL, NULL, &(struct test_case) \
        { \
            function, #function \
        } \
    }
#define run_cases(cases) \
    run_cases_(__FILE__, cases, sizeof(cases) / sizeof((cases)[0]))

/* Every assertion of cmocka counts itself, so that none at all is noticed. */
extern unsigned int checks_made_;
#define _assert_true(...) (checks_made_++, _assert_true(__VA_ARGS__))
#define _assert_return_code(...) \
    (checks_made_++, _assert_return_code(__VA_ARGS__))
#define _assert_int_equal(...) (checks_made_++, _assert_int_equal(__VA_ARGS__))
#define _assert_int_not_equal(...) \
    (checks_made_++, _assert_int_not_equal(__VA_ARGS__))
#define _assert_string_equal(...) \
    (checks_made_++, _assert_string_equal(__VA_ARGS__))
#define _assert_string_not_equal(...) \
    (checks_made_++, _assert_string_not_equal(__VA_ARGS__))
#define _assert_memory_equal(...) \
    (checks_made_++, _assert_memory_equal(__VA_ARGS__))
#define _assert_memory_not_equal(...) \
    (checks_made_++, _assert_memory_not_equal(__VA_ARGS__))
#define _assert_in_range(...) (checks_made_++, _assert_in_range(__VA_ARGS__))
#define _assert_not_in_range(...) \
    (checks_made_++, _assert_not_in_range(__VA_ARGS__))
#define _assert_in_set(...) (checks_made_++, _assert_in_set(__VA_ARGS__))
#define _assert_not_in_set(...) \
    (checks_made_++, _assert_not_in_set(__VA_ARGS__))

/* A reproducible stream: the same numbers on every machine. */
static inline uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/*
 * The far end: a backend that does as the test says
 */

#define FAR_UNLIMITED SIZE_MAX

struct far_end {
    /* Script. */
    size_t room;          /* [bytes] taken before it holds; FAR_UNLIMITED */
    bool attached;        /* what poll says */
    bool overstates;      /* write and read claim more than they were asked */
    uint32_t write_event; /* ORed into events by write, read and poll */
    uint32_t read_event;
    uint32_t poll_event;
    size_t break_after; /* read: a BREAK after so many more bytes; SIZE_MAX */

    /* What the guest sent, and what the guest is to receive. */
    uint8_t sent[8192];
    size_t sent_count;
    size_t dropped; /* by drop_oldest */
    uint8_t input[8192];
    size_t input_first;
    size_t input_end;

    /* Record. */
    unsigned int writes;
    unsigned int reads;
    unsigned int polls;
    size_t largest_write;
    size_t largest_read;
    unsigned int breaks_begun;
    unsigned int breaks_ended;
    bool breaking;
};

/*
 * The host: one device and everything it called
 */

enum host_call {
    HOST_IRQ,         /* a: lines, b: changed */
    HOST_PENDING,     /* a: bits */
    HOST_NOTIFY,      /* a: events */
    HOST_GUEST_ERROR, /* a: kind, b: offset */
    HOST_BREAK,       /* a: on */
};

struct host_record {
    enum host_call call;
    uint32_t a;
    uint32_t b;
};

#define HOST_LOG_MAX 512

struct host {
    struct vpl011 uart;
    struct far_end far;
    struct vpl011_backend far_backend; /* operations of `far` */

    struct host_record log[HOST_LOG_MAX]; /* the first so many calls */
    size_t log_count;

    /* Totals, and the last of each. */
    unsigned int irqs;
    unsigned int pendings;
    unsigned int notifies;
    unsigned int guest_errors;
    uint32_t lines;    /* as irq told */
    uint32_t pending;  /* of the last irq_pending */
    uint32_t notified; /* ORed since host_forget() */
    struct vpl011_guest_error guest_error;

    bool loads; /* irq may tell all outputs as changed: a state is loaded */
    bool locks; /* lock ops are given */
    bool tells_irq;
    bool locked;
    unsigned int lock_count;
    unsigned int unlock_count;

    /* Called from notify, if set: a host that answers at once. */
    void (*on_notify)(struct host *h, uint32_t events);
};

struct host_options {
    struct vpl011_config config;
    bool locks;      /* give lock and unlock */
    bool no_irq;     /* do not give irq */
    bool pending;    /* give irq_pending */
    bool no_notify;  /* events are left for vpl011_take_events() */
    bool no_backend; /* attach nothing: the far end is gone */
    bool no_put;     /* the backend has no op for a single character */
    bool enabled;    /* CR = 0x301, LCR_H = 0x70 as a driver writes them */
};

/* .enabled, and nothing else. */
extern const struct host_options host_enabled;
/* An SBSA Generic UART. */
extern const struct host_options host_sbsa;

/* A device with a far end that takes everything. NULL: all defaults. */
void host_init(struct host *h, const struct host_options *options);
/* The ops that host_init() would give. */
struct vpl011_ops host_ops(struct host *h, const struct host_options *options);
/* Clear the log, the totals and `notified`; levels stay. */
void host_forget(struct host *h);
/* How many records of one kind are in the log. */
size_t host_logged(const struct host *h, enum host_call call);
/* Let the far end take this many more bytes (FAR_UNLIMITED: all), and tell the
 * device. */
void far_end_takes(struct host *h, size_t room);
/* The far end holds everything from now on. */
void far_end_holds(struct host *h);
/* Queue input at the far end, without telling the device. */
void far_end_queues(struct host *h, const void *bytes, size_t count);
/* Queue text and call vpl011_data_avail(): returns what it took. */
int far_end_types(struct host *h, const char *text);
int far_end_types_bytes(struct host *h, const void *bytes, size_t count);
/* How much queued input the device has not taken. */
size_t far_end_waiting(const struct host *h);
/* So many characters 'a', 'b', ... */
int far_end_types_count(struct host *h, size_t count);

/*
 * The guest
 */

uint32_t guest_read(struct host *h, uint32_t reg);
uint32_t guest_read_sized(struct host *h, uint32_t reg, unsigned int size);
void guest_write(struct host *h, uint32_t reg, uint32_t value);
void guest_write_sized(struct host *h, uint32_t reg, unsigned int size,
                       uint32_t value);
/* Write characters to DR without looking at FR. */
void guest_sends(struct host *h, const char *text);
void guest_sends_count(struct host *h, size_t count);
/* Read DR until RXFE, at most max: returns how many. */
size_t guest_receives(struct host *h, char *text, size_t max);
/* Empty the RX FIFO. */
void guest_drains(struct host *h);

/*
 * Assertions. They print the name of what they looked at.
 */

const char *reg_name(uint32_t offset);

#define assert_reg(h, reg, expected) \
    assert_reg_(h, reg, 0xFFFFFFFFu, expected, __FILE__, __LINE__)
/* Only the bits of mask. */
#define assert_reg_bits(h, reg, mask, expected) \
    assert_reg_(h, reg, mask, expected, __FILE__, __LINE__)
/* All six outputs, both as irq reported them and from vpl011_irq_lines(). */
#define assert_lines(h, expected) assert_lines_(h, expected, __FILE__, __LINE__)
/* Everything that the far end ever got. */
#define assert_sent(h, text) \
    assert_sent_(h, text, strlen(text), __FILE__, __LINE__)
#define assert_sent_bytes(h, bytes, count) \
    assert_sent_(h, bytes, count, __FILE__, __LINE__)
/* What the guest reads from DR until RXFE, without error bits. */
#define assert_receives(h, text) assert_receives_(h, text, __FILE__, __LINE__)
/* A result of the library, by name. */
#define assert_result(result, expected) \
    assert_result_(result, expected, #result, __FILE__, __LINE__)
/* One member of vpl011_get_counters(). */
#define assert_counter(h, member, expected) \
    do { \
        struct vpl011_counters now_; \
        assert_result(vpl011_get_counters(&(h)->uart, &now_), VPL011_OK); \
        assert_count_(now_.member, expected, #member, __FILE__, __LINE__); \
    } while (0)

void assert_reg_(struct host *h, uint32_t reg, uint32_t mask, uint32_t expected,
                 const char *file, int line);
void assert_lines_(struct host *h, uint32_t expected, const char *file,
                   int line);
void assert_sent_(struct host *h, const void *bytes, size_t count,
                  const char *file, int line);
void assert_receives_(struct host *h, const char *text, const char *file,
                      int line);
void assert_result_(int result, int expected, const char *what,
                    const char *file, int line);
void assert_count_(uint64_t actual, uint64_t expected, const char *what,
                   const char *file, int line);

#endif
