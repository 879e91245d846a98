/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A driver persona is a program with a driver's behaviour, which blocks and
 * spins as the driver does. It may access registers, mask interrupts, wait for
 * one, and deliver what it received. Between any two of its accesses the host
 * acts and interrupts come.
 */
#ifndef PERSONAS_GUEST_H
#define PERSONAS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/regs.h>

/* Registers by their short names, so that a persona reads as a trace does. */
enum {
    DR = PL011_UARTDR,
    RSR = PL011_UARTRSR,
    ECR = PL011_UARTECR,
    FR = PL011_UARTFR,
    IBRD = PL011_UARTIBRD,
    FBRD = PL011_UARTFBRD,
    LCR_H = PL011_UARTLCR_H,
    CR = PL011_UARTCR,
    IFLS = PL011_UARTIFLS,
    IMSC = PL011_UARTIMSC,
    RIS = PL011_UARTRIS,
    MIS = PL011_UARTMIS,
    ICR = PL011_UARTICR,
    DMACR = PL011_UARTDMACR,
    PID0 = PL011_UARTPeriphID0,
    PID2 = PL011_UARTPeriphID2,
    CID0 = PL011_UARTPCellID0,
};

/* FR, then the interrupt bits, then CR. */
#define BUSY PL011_FR_BUSY
#define RXFE PL011_FR_RXFE
#define TXFF PL011_FR_TXFF
#define RXFF PL011_FR_RXFF
#define TXFE PL011_FR_TXFE
#define RX PL011_INT_RX
#define TX PL011_INT_TX
#define RT PL011_INT_RT
#define MODEM PL011_INT_MODEM
#define ERRORS PL011_INT_ERROR
#define UARTEN PL011_CR_UARTEN
#define LBE PL011_CR_LBE
#define TXE PL011_CR_TXE
#define RXE PL011_CR_RXE
#define FEN PL011_LCR_H_FEN

/* The driver's own variables; what they are is said where they are used. */
struct guest {
    const uint8_t *tx; /* what the tty layer still has to send */
    size_t tx_left;
    uint32_t imsc;  /* a shadow, where the driver keeps one */
    uint32_t depth; /* of the FIFO, where the driver works it out */
    uint32_t saved;
    uint32_t ring; /* characters that the driver keeps until they are fetched */
    bool busy;
    bool sbsa; /* bound through a device-tree or ACPI SBSA entry */
};

uint32_t rd(struct guest *g, unsigned int reg, unsigned int size);
void wr(struct guest *g, unsigned int reg, unsigned int size, uint32_t value);

/* Spinlocks with interrupts off, and the handler's entry; they nest. */
void irq_off(struct guest *g);
void irq_on(struct guest *g);
/* Wait for an interrupt. */
void idle(struct guest *g);
/* Characters of the far end that were neither handed over nor lost so far. */
size_t rx_wanted(struct guest *g);
/* The driver hands a character, just read from DR, to the layer above. */
void rx_char(struct guest *g, uint32_t c);
/* The driver finds the device not to be what it needs, and gives up. */
void give_up(struct guest *g, const char *why);

static inline uint32_t r1(struct guest *g, unsigned int reg)
{
    return rd(g, reg, 1);
}

static inline uint32_t r2(struct guest *g, unsigned int reg)
{
    return rd(g, reg, 2);
}

static inline uint32_t r4(struct guest *g, unsigned int reg)
{
    return rd(g, reg, 4);
}

static inline void w1(struct guest *g, unsigned int reg, uint32_t value)
{
    wr(g, reg, 1, value);
}

static inline void w2(struct guest *g, unsigned int reg, uint32_t value)
{
    wr(g, reg, 2, value);
}

static inline void w4(struct guest *g, unsigned int reg, uint32_t value)
{
    wr(g, reg, 4, value);
}

/* What many drivers have word for word. */
static inline void read_all(struct guest *g)
{
    while (!(r4(g, PL011_UARTFR) & PL011_FR_RXFE)) {
        rx_char(g, r4(g, PL011_UARTDR));
    }
}

static inline void send_polled(struct guest *g, const uint8_t *bytes, size_t n)
{
    while (n-- > 0) {
        while (r4(g, PL011_UARTFR) & PL011_FR_TXFF) {
        }
        w4(g, PL011_UARTDR, *bytes++);
    }
}

/* The next character of the transmit queue. */
static inline uint8_t tx_next(struct guest *g)
{
    g->tx_left--;
    return *g->tx++;
}

/* Give the driver something to send, before it is started. */
static inline void tx_queue(struct guest *g, const uint8_t *bytes, size_t n)
{
    g->tx = bytes;
    g->tx_left = n;
}

/* What a persona can do and where it can run. */
#define ON_PL011 (1u << 0)
#define ON_SBSA (1u << 1)
#define SEND_ONLY (1u << 2)
/* Throws away or flushes what came in while it was opening; or turns off FIFOs
 * that firmware turned on, which empties them. */
#define DISCARDS (1u << 3)
#define FLUSHES (1u << 8)
/* Receives into a ring that can be full. */
#define BOUNDED (1u << 9)
/* Differs from another persona in one thing: less is tried with it. */
#define BESIDE (1u << 10)
/* Reads DR before it writes it: what came in meanwhile is eaten. */
#define EATS (1u << 4)
/* Writes without looking, whatever there is room for. */
#define BLIND (1u << 5)
/* Has the interrupt configured for rising edges of the line, or can do with
 * nothing but levels, whatever the setup says. */
#define RISING (1u << 6)
#define LEVELS (1u << 7)

struct persona {
    const char *name;
    const char *qemu_like; /* accesses / interrupts for 1000 characters there */
    uint32_t traits;
    /* Bind and open. Runs with interrupts off; they come on at its end. */
    void (*init)(struct guest *g);
    /* Send; returns once all of it was written to DR. */
    void (*send)(struct guest *g, const uint8_t *bytes, size_t n);
    /* Receive until rx_wanted() is 0. NULL: wait for interrupts. */
    void (*recv)(struct guest *g);
    /* The interrupt handler. NULL: a polled driver. */
    void (*irq)(struct guest *g);
    /* What runs after the handler, as soon as no interrupt is pending: a
     * software interrupt, or the program that reads. NULL: nothing. */
    void (*lower)(struct guest *g);
    /* Close, before another driver takes over. NULL: it just stops. */
    void (*close)(struct guest *g);
};

#endif
