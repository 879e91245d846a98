/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device of a transcript, and a far end that follows it. This library's is
 * in transcript_host.c; tests/judge has one for any PL011, which cannot show
 * everything.
 */
#ifndef TRANSCRIPT_HOST_H
#define TRANSCRIPT_HOST_H

#include <vpl011/time.h>

#define EFFECTS_MAX 32
#define EFFECT_SIZE 160
#define FAR_END_SIZE 4096u

#define HOST_BREAK 0x100u

struct host {
    struct vpl011_config config;
    uint32_t timed; /* VPL011_TIME_*; 0: there is no clock */
    bool with_ring;
    uint32_t ring_index; /* where the ring's four indices begin */

    /* Set where this device cannot do what an action wants. */
    bool cannot;

    /* Effects of the action under way. */
    char effects[EFFECTS_MAX][EFFECT_SIZE];
    unsigned int effect_count;
    char sent[FAR_END_SIZE + 1];
    size_t sent_count;
    uint32_t events;
};

/* transcript_effects.c */

/* Begin an action: forget the effects of the one before. */
void host_begin(struct host *h);
/* End it: what was gathered becomes effects, each a line of text. */
void host_end(struct host *h);
void host_effect(struct host *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void host_sent(struct host *h, const uint8_t *bytes, size_t count);

/* What a host is. [negative] error of the library, or 0. */

int host_start(struct host *h);
int host_read(struct host *h, uint64_t offset, unsigned int size,
              uint64_t *value);
int host_write(struct host *h, uint64_t offset, unsigned int size,
               uint64_t value);
/* A register whose reading has no effect; looking is none either. */
uint64_t host_look(struct host *h, uint32_t offset);
/* One character with errors, past the far end. */
int host_rx_push(struct host *h, uint16_t entry);
int host_set_modem(struct host *h, uint32_t inputs);
int host_poll(struct host *h);
int host_reset(struct host *h);
int host_get_line(struct host *h, struct vpl011_line *line);
/* So many nanoseconds pass, and each tick that is asked for comes in time. */
void host_wait(struct host *h, uint64_t ns);
/* [ns] from now until the next tick; UINT64_MAX: none. */
uint64_t host_next(struct host *h);

/* The far end takes so many characters more; goes, or comes. */
void host_far_takes(struct host *h, size_t takes);
void host_far_attached(struct host *h, bool attached);
/* Characters, or HOST_BREAK, wait at the far end; then the device is told.
 * Returns false where they do not fit. */
bool host_arrive(struct host *h, const uint16_t *entries, size_t count);
/* What the far end has and the device did not take. */
size_t host_waiting(struct host *h);
/* An index of the ring's page by its name; NULL if there is none such. */
uint32_t *host_ring_index(struct host *h, const char *name);
/* The action is over; the far end takes what it was not told of. */
void host_collect(struct host *h);

/* Whether an effect, or a state, that a transcript tells can be seen here; the
 * text of an effect becomes what of it can. */
bool host_shows(struct host *h, char *text, size_t size);

/* transcript_actions.c: the line under way as a device, or as an action on it;
 * false where it makes no sense. */
bool action_device(struct host *h);
bool action_do(struct host *h);

#endif
