/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Two ends that send known streams to each other through a device and its ring,
 * and sleep only on the doorbell (and the console on its batching timer), so
 * that a lost wake-up fails the test.
 *
 * A byte is a function of its position, and the position is the ring's index,
 * so that a console which takes over from a killed one can check what it reads.
 */
#ifndef TESTS_XENCONS_PUMP_H
#define TESTS_XENCONS_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

/* Longer than any scheduler makes a process wait. */
#define PUMP_LOST_MS 30000

/* Shared by both ends, and by whoever watches them. */
struct pump {
    struct vpl011_xencons_page page;
    uint32_t start;      /* all four indices at the beginning */
    uint32_t total;      /* [bytes] each way */
    uint32_t console_at; /* index up to which a console has read */
    uint32_t repeated;   /* bytes that a later console read again */
    uint32_t gap;        /* a console began beyond what was read */
    uint32_t events;     /* device to console */
    uint32_t answers;    /* console to device */
    int to_console;      /* doorbells */
    int to_device;
};

uint8_t pump_out_byte(uint32_t position);
uint8_t pump_in_byte(uint32_t position);

/* In shared memory, with doorbells; NULL if the system has none. */
struct pump *pump_new(uint32_t start, uint32_t total);
void pump_free(struct pump *p);

void pump_ring(int doorbell);
/* Wait for a doorbell; false after timeout_ms. */
bool pump_wait(int doorbell, int timeout_ms);
/* Bind the calling thread to one processor. */
void pump_pin(unsigned int cpu);

/* Each returns 0, or a number that tells what went wrong. */
int pump_guest(struct pump *p);
int pump_console(struct pump *p);

#endif
