/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Names of registers and bits, as the TRM spells them. */
#ifndef VPL011_POSIX_NAMES_H
#define VPL011_POSIX_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Text under construction: truncated at `size`, while `length` counts on. */
struct text {
    char *out;
    size_t size;
    size_t length;
};

void vpl011_text_add_(struct text *t, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* A set of named bits. */
struct bit_name {
    uint32_t mask;
    const char *name;
};

struct bit_set {
    const struct bit_name *names; /* up to one with mask 0 */
};

extern const struct bit_set vpl011_events_names_;
extern const struct bit_set vpl011_irq_names_;
extern const struct bit_set vpl011_flags_names_;
extern const struct bit_set vpl011_latches_names_;
extern const struct bit_set vpl011_acks_names_;
extern const struct bit_set vpl011_cr_names_;
extern const struct bit_set vpl011_fr_names_;
extern const struct bit_set vpl011_int_names_;
extern const struct bit_set vpl011_rsr_names_;
extern const struct bit_set vpl011_dmacr_names_;
extern const struct bit_set vpl011_tcr_names_;
extern const struct bit_set vpl011_itip_names_;

/* Append the names of the set bits, separated by '|'; those without a name in
 * hexadecimal. */
void vpl011_text_bits_(struct text *t, const struct bit_set *set,
                       uint32_t value);
/* A character as a C constant, 'x'. */
void vpl011_text_char_(struct text *t, unsigned int c);
/* UARTLCR_H and UARTIFLS have fields besides bits. */
void vpl011_text_lcr_h_(struct text *t, uint32_t value);
void vpl011_text_ifls_(struct text *t, uint32_t value);
/* An entry of the RX FIFO, or what UARTDR is written. */
void vpl011_text_entry_(struct text *t, uint32_t value);

/* The name of a register, NULL where there is none. */
const char *vpl011_register_name_(uint64_t offset);
/* Append what a value of it means; nothing if the value says it all. */
void vpl011_text_register_(struct text *t, uint64_t offset, uint32_t value);

#endif
