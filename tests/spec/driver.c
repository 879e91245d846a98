/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The driver has a stack of its own. When it makes an access it leaves that
 * stack by longjmp(), and is entered again by another one, perhaps after its
 * stack was replaced by a copy that was made at an earlier access.
 */
#undef _FORTIFY_SOURCE /* which mistakes this for a wild jump */
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK 16384u
/* More than the frame of park() has. */
#define FRAME 128u
/* What lies below the stack's end is cleared, so that the holes in new frames
 * do not remember what was there before. */
#define CLEARED 1024u

enum order { GO_ON, HANDLE, LOWER };

struct driver driver;
static _Alignas(64) uint8_t stack[STACK];
static jmp_buf scheduler;
static const struct persona *played;
static enum order order;
static unsigned int to_send;

/* All characters are alike, because no driver looks at them. */
static uint8_t text[256];

static __attribute__((noinline)) void park(void)
{
    driver.low = (uint8_t *)__builtin_frame_address(0) - FRAME;
    if (driver.low < stack + CLEARED) {
        abort(); /* the stack is too small */
    }
    memset(&driver.where, 0, sizeof(driver.where));
    if (_setjmp(driver.where) == 0) {
        _longjmp(scheduler, 1);
    }
}

static void run_interrupt(void)
{
    if (order == HANDLE) {
        driver.in_handler = true;
        played->irq(&driver.guest);
        driver.in_handler = false;
        driver.lower_due = played->lower != NULL;
    } else {
        driver.lower_due = false;
        driver.in_lower = true;
        played->lower(&driver.guest);
        driver.in_lower = false;
    }
}

/* Stop here until the access is to be made; interrupts come before. */
static void stop_before(enum request request, unsigned int reg,
                        unsigned int size, uint32_t value)
{
    for (;;) {
        driver.request = (uint8_t)request;
        driver.reg = (uint16_t)reg;
        driver.size = (uint8_t)size;
        driver.value = value;
        park();
        if (order == GO_ON) {
            return;
        }
        run_interrupt();
        if (request == IDLES) {
            return; /* it wakes up, and looks at what has changed */
        }
    }
}

uint32_t rd(struct guest *g, unsigned int reg, unsigned int size)
{
    (void)g;
    stop_before(READS, reg, size, 0);
    return driver.value;
}

void wr(struct guest *g, unsigned int reg, unsigned int size, uint32_t value)
{
    (void)g;
    stop_before(WRITES, reg, size, value);
}

void idle(struct guest *g)
{
    (void)g;
    stop_before(IDLES, 0, 0, 0);
}

void irq_off(struct guest *g)
{
    (void)g;
    driver.masked++;
}

/* The first one is at the end of init, and binds the handler. */
void irq_on(struct guest *g)
{
    (void)g;
    driver.masked = driver.bound ? (uint8_t)(driver.masked - 1) : 0;
    driver.bound = true;
    if (driver.masked == 0 && !driver.in_handler) {
        stop_before(PASSES, 0, 0, 0);
    }
}

void give_up(struct guest *g, const char *why)
{
    (void)why;
    driver.gave_up = true;
    for (;;) {
        idle(g);
    }
}

static void live(void)
{
    struct guest *const g = &driver.guest;
    const unsigned int first = to_send / 3;

    played->init(g);
    driver.bound = true;
    /* The second part begins with what the first left latched. */
    if (first > 0) {
        played->send(g, text, first);
    }
    if (to_send > first) {
        played->send(g, text, to_send - first);
    }
    driver.sent = true;
    if (played->recv) {
        played->recv(g);
    }
    for (;;) {
        idle(g);
    }
}

void driver_start(const struct persona *persona, bool sbsa, unsigned int sends)
{
    static ucontext_t context;

    memset(stack, 0, sizeof(stack));
    memset(&driver, 0, sizeof(driver));
    memset(text, 'A', sizeof(text));
    driver.guest.sbsa = sbsa;
    played = persona;
    to_send = sends;
    if (sends > sizeof(text) || getcontext(&context) != 0) {
        abort();
    }
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = sizeof(stack);
    makecontext(&context, live, 0);
    if (_setjmp(scheduler) == 0) {
        setcontext(&context);
    }
}

static void resume(enum order what)
{
    order = what;
    memset(driver.low - CLEARED, 0, CLEARED);
    if (_setjmp(scheduler) == 0) {
        _longjmp(driver.where, 1);
    }
}

void driver_go_on(void)
{
    resume(GO_ON);
}

void driver_handle(void)
{
    resume(HANDLE);
}

void driver_lower(void)
{
    resume(LOWER);
}

size_t driver_size(void)
{
    return sizeof(driver) + (size_t)(stack + sizeof(stack) - driver.low);
}

void driver_save(void *to)
{
    memcpy(to, &driver, sizeof(driver));
    memcpy((uint8_t *)to + sizeof(driver), driver.low,
           (size_t)(stack + sizeof(stack) - driver.low));
}

void driver_restore(const void *from)
{
    memcpy(&driver, from, sizeof(driver));
    memcpy(driver.low, (const uint8_t *)from + sizeof(driver),
           (size_t)(stack + sizeof(stack) - driver.low));
}
