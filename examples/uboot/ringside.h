/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The far end of the UART in another process: a ring to vpl011-consoled. */
#ifndef UBOOT_RINGSIDE_H
#define UBOOT_RINGSIDE_H

#include "board.h"
#include "options.h"

/**
 * Run the guest until it is off, with its console at options->ring. The daemon
 * may be late, be killed and come back: meanwhile the ring holds what fits.
 *
 * @return  the exit status
 */
int ringside_run(struct board *board, const struct options *options);

#endif
