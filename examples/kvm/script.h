/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A script for the far end, one command in each line; # begins a comment.
 *
 *     expect TEXT    wait until the guest has sent TEXT, after the last match
 *     send TEXT
 *     sendfile PATH
 *     break          send a BREAK
 *     sleep MS
 *     rate BAUD      take the guest's output at this speed; 0: at once
 *     stall MS       take no output for this time
 *     full MS        take output only this long after it fills up, and then
 *                    little: even a slow guest is held up all the time
 *     gone, back     the far end goes away; it returns
 *     timeout S      for each expect that follows (default: 120)
 *     quit           end at once, whatever the guest does
 *
 * In TEXT \n, \r, \t, \\ and \xHH stand for a byte. It begins after one space
 * and ends with the line.
 */
#ifndef KVM_SCRIPT_H
#define KVM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command_kind {
    COMMAND_EXPECT,
    COMMAND_SEND,
    COMMAND_SENDFILE,
    COMMAND_BREAK,
    COMMAND_SLEEP,
    COMMAND_RATE,
    COMMAND_STALL,
    COMMAND_FULL,
    COMMAND_GONE,
    COMMAND_BACK,
    COMMAND_TIMEOUT,
    COMMAND_QUIT,
};

struct command {
    enum command_kind kind;
    unsigned int line;
    uint64_t number;
    uint8_t *text; /* bytes to expect or to send */
    size_t size;
};

struct script {
    const char *path;
    struct command *commands;
    size_t count;
};

/** Read and check a script. False: invalid, and the reason was printed. */
bool script_read(struct script *script, const char *path);

void script_free(struct script *script);

#endif
