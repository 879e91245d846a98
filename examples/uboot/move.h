/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The UART moves, as for a guest that is moved to another host: it is saved
 * together with what is under way at its far end, cleared, and restored from
 * what was saved. The guest must not notice.
 */
#ifndef UBOOT_MOVE_H
#define UBOOT_MOVE_H

#include "board.h"
#include "link.h"

/* How often the guest is stopped. No multiple of what a guest takes at once, so
 * that most moves find characters in the UART's FIFO, at each of its fills. */
#define MOVE_EVERY 13u

/** Whether a character passed the UART since the last move; otherwise a move
 * has nothing to lose. */
bool move_is_due(struct board *board);

/**
 * Move the UART and its FIFO.
 *
 * @return  true; false: board->fault says why, and the board is stopped
 */
bool move_with_fifo(struct board *board);

/** Move the UART and its side of a ring, while the ring's page stays. */
bool move_beside_page(struct board *board, struct link *link);

/** The counters of the UART, over all moves. */
bool move_counters(struct board *board, struct vpl011_counters *counters);

#endif
