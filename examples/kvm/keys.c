/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */

bool keys_init(struct keys *k, bool is_special)
{
    memset(k, 0, sizeof(*k));
    k->is_special = is_special;
    return pipe2(k->pipe, O_CLOEXEC | O_NONBLOCK) == 0;
}

static void keep(struct keys *k, uint8_t byte)
{
    k->bytes[k->count++] = byte;
}

static void obey(struct keys *k, uint8_t key)
{
    switch (key) {
    case 'q':
        k->request = REQUEST_QUIT;
        break;
    case 'r':
        k->request = REQUEST_RESET;
        break;
    case 's':
        k->request = REQUEST_STATS;
        break;
    case 'z':
        k->request = REQUEST_SUSPEND;
        break;
    case 'b':
        k->breaks++;
        break;
    case KEY_ESCAPE:
        keep(k, key);
        break;
    default:
        k->request = REQUEST_HELP;
        break;
    }
}

static void close_end(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static void take(struct keys *k)
{
    uint8_t typed[sizeof(k->bytes)];
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    ssize_t n;

    if (poll(&fd, 1, 0) <= 0) {
        return;
    }
    n = read(STDIN_FILENO, typed, sizeof(typed));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n <= 0) {
        /* An error too: a terminal that was hung up says EIO. */
        close_end(&k->pipe[1]);
        return;
    }
    k->count = 0;
    k->done = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (k->in_escape) {
            k->in_escape = false;
            obey(k, typed[i]);
        } else if (k->is_special && typed[i] == KEY_ESCAPE) {
            k->in_escape = true;
        } else {
            keep(k, typed[i]);
        }
    }
}

int keys_wait(const struct keys *k, struct pollfd *fd)
{
    if (k->pipe[1] < 0) {
        return 0;
    }
    if (k->done < k->count) {
        *fd = (struct pollfd){.fd = k->pipe[1], .events = POLLOUT};
    } else {
        *fd = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    }
    return 1;
}

void keys_pump(struct keys *k)
{
    ssize_t n;

    if (k->pipe[1] >= 0 && k->done == k->count) {
        take(k);
    }
    if (k->pipe[1] >= 0 && k->done < k->count) {
        n = write(k->pipe[1], k->bytes + k->done, k->count - k->done);
        k->done += n > 0 ? (size_t)n : 0;
    }
}

void keys_close(struct keys *k)
{
    close_end(&k->pipe[0]);
    close_end(&k->pipe[1]);
}
