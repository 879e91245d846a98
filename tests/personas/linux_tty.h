/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What Linux's AMBA (16-bit accesses) and SBSA (32-bit) ttys share. */
#ifndef PERSONAS_LINUX_TTY_H
#define PERSONAS_LINUX_TTY_H

#include "guest.h"

/* Probe on the AMBA bus, then what console setup programs. */
void linux_amba_probe(struct guest *g);
void linux_amba_init(struct guest *g);
void linux_amba_close(struct guest *g);
void linux_irq_amba(struct guest *g);

void linux_discard(struct guest *g, unsigned int size, unsigned int limit);
void linux_send(struct guest *g, unsigned int size, const uint8_t *bytes,
                size_t n);
void linux_send_lines(struct guest *g, unsigned int size, const uint8_t *bytes,
                      size_t n);
void linux_irq(struct guest *g, unsigned int size);

#endif
