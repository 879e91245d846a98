/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* One step of a random sequence: the action, and what can be observed. */
#ifndef DIFFERENTIAL_STEP_H
#define DIFFERENTIAL_STEP_H

#include "device.h"
#include "model.h"

enum step_kind {
    STEP_READ,
    STEP_WRITE,
    STEP_LINE,  /* characters arrive */
    STEP_BREAK, /* a BREAK arrives */
    STEP_RESET,
    STEP_MOVE, /* libvpl011 is saved and loaded: nobody may notice */
};

#define STEP_LINE_MAX 20u

struct step {
    enum step_kind kind;
    uint32_t offset;
    unsigned int size;
    uint64_t value;
    uint16_t line[STEP_LINE_MAX];
    unsigned int line_count;
};

struct seen {
    uint64_t value;
    bool irq;           /* when the access was done */
    unsigned int taken; /* then taken from the line */
    bool irq_after;     /* and UARTINTR once more */
    unsigned int sent_count;
    uint8_t sent[MODEL_STORE_MAX];
};

/* A deterministic source of numbers: the same on every machine. */
struct dice {
    uint64_t state;
};
uint32_t dice_roll(struct dice *d, uint32_t sides);

void step_choose(struct step *s, struct dice *d, unsigned int line_room,
                 bool break_fits);
void step_model(const struct step *s, struct model *m, struct seen *seen);
void step_device(const struct step *s, struct device *d, struct seen *seen);
bool seen_same(const struct seen *a, const struct seen *b);
void step_text(const struct step *s, char *text, size_t size);

#endif
