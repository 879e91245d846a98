/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Save and restore inside one program, as for a migration: the UART is saved to
 * a blob, and its backend if that can be saved. The guest continues with a new
 * console around a new backend, or with the same one after a reset, loaded from
 * there. It must not notice.
 */
#ifndef KVM_MOVE_H
#define KVM_MOVE_H

#include "farend.h"
#include "uart.h"

/** Called by the console thread while no vCPU runs. Returns VPL011_OK, or an
 * error, after which the UART cannot be used any more. */
int move_uart(struct uart *uart, struct farend *farend);

#endif
