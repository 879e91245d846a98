/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef UBOOT_STATS_H
#define UBOOT_STATS_H

#include "board.h"

/** Print the board's and the UART's counters on standard error, aligned. */
void stats_print(struct board *board, uint64_t elapsed_ms);

#endif
