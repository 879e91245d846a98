/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the console daemon, its devices and its viewers say to each other over
 * one Unix socket (SOCK_SEQPACKET: a message is a packet, 1 type byte first).
 * vpl011-console-protocol(7) has the same as prose.
 *
 *     device  REGISTER name + 3 descriptors   OK or ERROR text, then BREAK
 *             BREAK name
 *     viewer  ATTACH flags name               OK or ERROR text, then DATA,
 *             DATA typed, BREAK               MODE, LOST, DEVICE, BREAK, SAY
 *     anyone  LIST                            ENTRY ..., END
 *             SAY name text                   OK or ERROR text
 */
#ifndef CONSOLE_PROTOCOL_H
#define CONSOLE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* [bytes] of a packet, with its type. */
#define PROTOCOL_MAX 4096

/* [bytes] of a console's name, with its end. */
#define PROTOCOL_NAME_MAX 64

/* [bytes] of a ring's page, and what REGISTER carries. */
#define PROTOCOL_PAGE_SIZE 4096u
enum { PROTOCOL_PAGE, PROTOCOL_KICK, PROTOCOL_CALL, PROTOCOL_FDS };

enum protocol_type {
    PROTOCOL_REGISTER = 'R', /* name, NUL, what more the device takes; page,
                              * doorbell to the daemon, and back */
    PROTOCOL_ATTACH = 'A',   /* PROTOCOL_ATTACH_* byte, name */
    PROTOCOL_LIST = 'L',
    PROTOCOL_DATA = 'D',   /* bytes */
    PROTOCOL_BREAK = 'B',  /* for the guest: see vpl011-console-protocol(7) */
    PROTOCOL_SAY = 'S',    /* name or nothing, NUL, text; to viewers: text */
    PROTOCOL_OK = 'O',     /* name, or as MODE and what more the daemon takes */
    PROTOCOL_ERROR = 'E',  /* text; the connection is closed */
    PROTOCOL_MODE = 'M',   /* 'w' or 'r': this viewer may type, or not */
    PROTOCOL_LOST = 'X',   /* decimal: bytes that this viewer missed */
    PROTOCOL_DEVICE = 'V', /* '1' or '0': the device is there, or not */
    PROTOCOL_ENTRY = 'I',  /* text: see vpl011-console-protocol(7) */
    PROTOCOL_END = 'Z',
};

/* Behind a device's answer to a BREAK and a NUL: it had no room for it. */
#define PROTOCOL_BREAK_LOST 'L'

/* [bytes] of what is said to viewers. */
#define PROTOCOL_SAY_MAX 400

#define PROTOCOL_ATTACH_READ_ONLY (1u << 0)
#define PROTOCOL_ATTACH_FORCE (1u << 1)     /* take typing from who has it */
#define PROTOCOL_ATTACH_NO_REPLAY (1u << 2) /* only what comes from now on */

/* Where the socket is unless told: in $XDG_RUNTIME_DIR; without it in /run for
 * root, and for others in a directory in /tmp, which the daemon makes. */
const char *protocol_default_path(void);

/* Letters, digits and "._:-", not beginning with '.': safe in a path. */
bool protocol_is_name(const char *name);

/* Whether nobody else than this user and root can write to the directory that
 * path is in: else others could put a socket of theirs there. */
bool protocol_is_safe_place(const char *path);

/* Be the only daemon for this path: a descriptor to be kept, with a lock on
 * PATH.lock. -1: errno says why (EADDRINUSE: there is another). */
int protocol_lock(const char *path);

/* A listening socket of this type at path, of this user alone; what a dead
 * daemon left there is replaced. -1: errno says why (EADDRINUSE: alive,
 * ENOTSOCK: something else is there). */
int protocol_listen(const char *path, int type);

/* Remove a socket, and nothing else. */
void protocol_remove(const char *path);

/* Whether the other end of a connection belongs to this user, or to root. */
bool protocol_is_trusted(int fd);

/* -1: errno says why (EPERM: the daemon there belongs to another user). Non-
 * blocking and closed on exec. */
int protocol_connect(const char *path);

/* Send a packet, with descriptors. Never blocks; false: errno says why. */
bool protocol_send(int fd, enum protocol_type type, const void *bytes,
                   size_t count, const int *fds, size_t fd_count);

/*
 * Receive a packet into bytes (PROTOCOL_MAX + 1, so that it can be ended with
 * a NUL). Descriptors that come along are closed unless fds is given; fewer
 * than PROTOCOL_FDS are an error then, EMFILE where the limit cut them off.
 *
 * returns its size, 0 at the end, -1: errno says why
 */
ssize_t protocol_receive(int fd, char *bytes, int *fds, bool *has_fds);

#endif
