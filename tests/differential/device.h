/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * libvpl011, or its specification (tests/spec/), as close to QEMU's PL011 as
 * their configurations go: r1p1, 16 deep, no modem input asserted, a far end
 * that takes everything at once, and an embedder that calls vpl011_tick() after
 * each access.
 */
#ifndef DIFFERENTIAL_DEVICE_H
#define DIFFERENTIAL_DEVICE_H

#include <vpl011/state.h>
#include <vpl011/vpl011.h>

#include "../spec/spec.h"
#include "model.h"

struct device {
    struct vpl011_config config;
    struct vpl011_ops ops;
    struct vpl011_backend backend;
    bool is_spec;
    struct spec spec;
    struct vpl011 memory[2];
    struct vpl011 *uart; /* one of them */
    bool loading;
    bool irq;
    uint16_t line[MODEL_LINE_MAX];
    unsigned int line_fill;
    uint8_t out[MODEL_STORE_MAX];
    unsigned int out_fill;
    uint64_t written;    /* DR writes that the device accepted as such */
    const char *trouble; /* a broken promise, or NULL */
};

void device_init(struct device *d, bool is_spec, uint32_t flags);
uint64_t device_read(struct device *d, uint32_t offset, unsigned int size);
void device_write(struct device *d, uint32_t offset, unsigned int size,
                  uint64_t value);
void device_reset(struct device *d);
/* Save the device and go on with another one that has loaded the blob; the
 * specification goes on as it is. */
void device_move(struct device *d);
void device_line_in(struct device *d, const uint16_t *entries,
                    unsigned int count);
void device_tick(struct device *d);
unsigned int device_sent(struct device *d, uint8_t *bytes);
/* Whether no character was lost or doubled: the counters' two sums. */
bool device_adds_up(struct device *d);

#endif
