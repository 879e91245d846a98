/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Save and restore, as for a migration, inside one program: the UART is saved
 * to a blob, its backend too where it has a saved form, and the guest goes on
 * with fresh ones that are loaded with that. It must not notice.
 */
#ifndef KVM_MOVE_H
#define KVM_MOVE_H

#include "farend.h"
#include "uart.h"

/** While no vCPU runs, by the console thread. Returns VPL011_OK, or why not:
 * then the UART cannot be used any more. */
int move_uart(struct uart *uart, struct farend *farend);

#endif
