/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the judge knows of a PL011. docs/judge.md shows how to plug in another
 * one: a shared object that exports `struct model vpl011_judge_model`.
 */
#ifndef JUDGE_MODEL_H
#define JUDGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values of enum vpl011_personality, enum vpl011_revision and enum
 * vpl011_config_flags, and the outputs VPL011_IRQ_*. */
#include <vpl011/vpl011.h>

/* An entry of push() that is a BREAK and no character. */
#define MODEL_BREAK 0x100u

struct model {
    /* What it is called, with its version; open() may complete it. */
    char name[64];
    void *ctx;
    uint32_t outputs; /* VPL011_IRQ_*: which of them lines() shows */

    /* Called once. Returns NULL, or why the model is not to be had here. */
    const char *(*open)(struct model *m);
    /* A new device of this personality, revision and flags, as after power-on,
     * with nothing on its way. Returns false if the model is no such device. */
    bool (*start)(void *ctx, const struct vpl011_config *config);
    /* The guest's accesses; size is 1, 2, 4 or 8 [bytes]. */
    uint64_t (*read)(void *ctx, uint64_t offset, unsigned int size);
    void (*write)(void *ctx, uint64_t offset, unsigned int size,
                  uint64_t value);
    uint32_t (*lines)(void *ctx);
    /* The far end sends. Returns how many entries were accepted, by the device
     * or by what is between it and the far end. */
    size_t (*push)(void *ctx, const uint16_t *entries, size_t count);
    /* The far end takes what was sent to it. Returns the number of bytes. */
    size_t (*pop)(void *ctx, uint8_t *bytes, size_t size);
    /* So much time passes: the host's loop turns at least once. */
    void (*pass)(void *ctx, uint32_t us);

    /* What a model may lack: NULL. */

    /* From now on the far end takes so many characters and no more; SIZE_MAX:
     * all. It takes all after start(). */
    void (*hold)(void *ctx, size_t takes);
    /* One character with the error bits of UARTDR, which cannot be held back.
     * Returns whether it was received. */
    bool (*receive)(void *ctx, uint16_t entry);
    /* The modem inputs, as bits of UARTFR. */
    void (*modem)(void *ctx, uint32_t inputs);
    /* The reset input. */
    void (*reset)(void *ctx);
    /* Whether push() takes MODEL_BREAK. */
    bool breaks;
};

/* builtin.c, qemu_model.c */
extern struct model model_library, model_specification, model_qemu;

#endif
