/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef TESTS_GUESTS_YMODEM_H
#define TESTS_GUESTS_YMODEM_H

#include "session.h"

/**
 * Send one file by YMODEM (1024-byte blocks, CRC-16) to a guest that is about
 * to receive it. Fails the test where a block is refused.
 *
 * @return  how many blocks had to be sent twice
 */
unsigned int ymodem_send(struct session *s, const char *name,
                         const uint8_t *bytes, size_t count);

#endif
