/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The sender's side of YMODEM, as far as a receiver without options needs. */
#include "ymodem.h"

#define SOH 0x01 /* a block of 128 bytes */
#define STX 0x02 /* a block of 1024 bytes */
#define EOT 0x04
#define ACK 0x06
#define NAK 0x15
#define PAD 0x1a

#define ANSWER_MS 10000u

static uint16_t crc16(const uint8_t *bytes, size_t count)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < count; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
        }
    }
    return (uint16_t)crc;
}

/* The receiver repeats its 'C' until it sees a block: older ones may wait. */
static int answer(struct session *s)
{
    int c;

    do {
        c = session_get(s, ANSWER_MS);
    } while (c == 'C');
    return c;
}

static void await_start(struct session *s)
{
    int c;

    do {
        c = session_get(s, ANSWER_MS);
        if (c < 0) {
            session_fail(s, "YMODEM", "the receiver does not start");
        }
    } while (c != 'C');
}

static unsigned int send_block(struct session *s, uint8_t number,
                               const uint8_t *data, size_t size)
{
    uint8_t block[3 + 1024 + 2];
    uint16_t crc = crc16(data, size);

    block[0] = size == 1024 ? STX : SOH;
    block[1] = number;
    block[2] = (uint8_t)~number;
    memcpy(block + 3, data, size);
    block[3 + size] = (uint8_t)(crc >> 8);
    block[4 + size] = (uint8_t)crc;
    for (unsigned int tries = 0; tries < 3; tries++) {
        session_send(s, block, size + 5);
        if (answer(s) == ACK) {
            return tries;
        }
    }
    session_fail(s, "YMODEM", "a block is refused");
}

unsigned int ymodem_send(struct session *s, const char *name,
                         const uint8_t *bytes, size_t count)
{
    static const uint8_t eot = EOT;
    uint8_t data[1024] = {0};
    unsigned int again = 0;
    uint8_t number = 1;
    int n;

    /* Block 0: the name, a NUL, the size. */
    n = snprintf((char *)data, 128, "%s", name);
    (void)snprintf((char *)data + n + 1, 127 - (size_t)n, "%zu", count);
    await_start(s);
    again += send_block(s, 0, data, 128);

    await_start(s);
    for (size_t done = 0; done < count; done += 1024) {
        size_t here = count - done < 1024 ? count - done : 1024;

        memset(data, PAD, sizeof(data));
        memcpy(data, bytes + done, here);
        again += send_block(s, number++, data, 1024);
    }

    /* A careful receiver refuses the first EOT. */
    do {
        session_send(s, &eot, 1);
        n = answer(s);
    } while (n == NAK);
    if (n != ACK) {
        session_fail(s, "YMODEM", "the end of the file is refused");
    }

    /* An empty block 0: no more files. */
    await_start(s);
    memset(data, 0, sizeof(data));
    again += send_block(s, 0, data, 128);
    return again;
}
