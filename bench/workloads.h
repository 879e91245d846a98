/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The workloads, written once and included for each subject with
 *     SUBJECT   a prefix for the functions made here
 *     READ, WRITE, ARRIVED, LOOK  its register accesses, and how to tell it of
 *               input and of changes at the far end
 * so that each subject is called directly, as an embedder calls it. It is
 * included several times, so it has no include guard.
 */
#define NAME_(a, b) a##_##b
#define NAME2_(a, b) NAME_(a, b)
#define NAME(workload) NAME2_(SUBJECT, workload)

/* W1, per character sent: read FR, write DR. The console takes 1 KiB at a time,
 * as a batching one does. */
static void NAME(w1)(struct bench *b, unsigned long count)
{
    unsigned long i;
    uint64_t value;

    for (i = 0; i < count; i++) {
        READ(PL011_UARTFR, 4, &value);
        WRITE(PL011_UARTDR, 4, 'x');
        if (i % 1024 == 1023) {
            console_takes(b);
        }
    }
}

/* W2, per round of a transmit interrupt: half a FIFO, then the handler's
 * status reads and its acknowledge. */
static void NAME(w2)(struct bench *b, unsigned long count)
{
    unsigned long i;
    unsigned int k;
    uint64_t value;

    WRITE(PL011_UARTIMSC, 4, PL011_INT_TX);
    for (i = 0; i < count; i++) {
        for (k = 0; k < 16; k++) {
            WRITE(PL011_UARTDR, 4, 'x');
        }
        READ(PL011_UARTRIS, 4, &value);
        READ(PL011_UARTMIS, 4, &value);
        WRITE(PL011_UARTICR, 4, PL011_INT_TX);
        if (i % 64 == 63) {
            console_takes(b);
        }
    }
}

/* W2L, per character sent by Linux from its TX interrupt, lines of 64
 * characters, 16-bit accesses (tests/personas/linux_tty.c has the driver). Each
 * line sets TXIM; the handler writes ICR without TX, writes half a FIFO without
 * reading FR, and reads UARTRIS again; when nothing is left it masks TX, and
 * the flush after it does so once more. */
static void NAME(w2l)(struct bench *b, unsigned long count)
{
    const uint64_t idle = PL011_INT_RX | PL011_INT_RT;
    unsigned long i;
    unsigned int load;
    unsigned int k;
    uint64_t value;

    for (i = 0; i < count; i += 64) {
        WRITE(PL011_UARTIMSC, 2, idle | PL011_INT_TX);
        READ(PL011_UARTRIS, 2, &value);
        for (load = 0; load < 4; load++) {
            WRITE(PL011_UARTICR, 2, 0);
            for (k = 0; k < 16; k++) {
                WRITE(PL011_UARTDR, 2, 'x');
            }
            if (load == 3) {
                WRITE(PL011_UARTIMSC, 2, idle);
            }
            READ(PL011_UARTRIS, 2, &value);
        }
        WRITE(PL011_UARTIMSC, 2, idle);
        if (i % 1024 == 960) {
            console_takes(b);
        }
    }
}

/* W3, per character received: read FR, read DR. The console gives 1 KiB at a
 * time; the host refills each empty FIFO. */
static void NAME(w3)(struct bench *b, unsigned long count)
{
    unsigned long i;
    uint64_t value;

    for (i = 0; i < count; i++) {
        if (i % 1024 == 0) {
            console_gives(b);
        }
        if (i % 32 == 0) {
            ARRIVED();
        }
        READ(PL011_UARTFR, 4, &value);
        READ(PL011_UARTDR, 4, &value);
    }
}

/* A fixed random order of register accesses. */
static inline void NAME(random)(struct bench *b, const struct access *accesses,
                                unsigned long count)
{
    unsigned long i;
    uint64_t value;

    for (i = 0; i < count; i++) {
        const struct access *a = &accesses[i % ACCESSES];

        if (a->write) {
            WRITE(a->offset, 4, a->value);
        } else {
            READ(a->offset, 4, &value);
        }
    }
}

/* W4, per register access: reads and writes of every register but DR. */
static void NAME(w4)(struct bench *b, unsigned long count)
{
    NAME(random)(b, b->accesses, count);
}

/* W4S, the same of those that a Generic UART has. */
static void NAME(w4s)(struct bench *b, unsigned long count)
{
    NAME(random)(b, b->sbsa_accesses, count);
}

/* DA: vpl011_data_avail() when nothing has moved. */
static void NAME(da)(struct bench *b, unsigned long count)
{
    unsigned long i;

    for (i = 0; i < count; i++) {
        LOOK();
    }
}

#undef NAME
#undef NAME2_
#undef NAME_
