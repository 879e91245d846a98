/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The device of a transcript, and a far end that follows it. */
#ifndef TRANSCRIPT_HOST_H
#define TRANSCRIPT_HOST_H

#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#define EFFECTS_MAX 32
#define EFFECT_SIZE 160
#define FAR_END_SIZE 4096u

struct host {
    struct vpl011 uart;
    struct vpl011_config config;

    /* The far end, unless the ring is used. */
    uint16_t in[FAR_END_SIZE]; /* 0x100 is a BREAK */
    size_t in_fill;
    size_t takes; /* characters it will still take */
    bool attached;

    bool with_ring;
    struct vpl011_xencons ring;
    struct vpl011_xencons_page page;

    /* Effects of the action under way. */
    char effects[EFFECTS_MAX][EFFECT_SIZE];
    unsigned int effect_count;
    char sent[FAR_END_SIZE + 1];
    size_t sent_count;
    uint32_t events;
};

/* [negative] error of the library, or 0 */
int host_start(struct host *h);
/* Begin an action: forget the effects of the one before. */
void host_begin(struct host *h);
/* End it: what was gathered becomes effects, each a line of text. */
void host_end(struct host *h);
void host_effect(struct host *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Characters, or 0x100 for a BREAK, wait at the far end; then the device is
 * told. Returns false where they do not fit. */
bool host_arrive(struct host *h, const uint16_t *entries, size_t count);
/* What the far end has and the device did not take. */
size_t host_waiting(const struct host *h);

/* An index of the ring's page by its name; NULL if there is none such. */
uint32_t *host_ring_index(struct host *h, const char *name);

/* transcript_actions.c: the line under way as a device, or as an action on it;
 * false where it makes no sense. */
bool action_device(struct host *h);
bool action_do(struct host *h);

#endif
