/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "accepted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const quirk_names[QUIRKS] = {
    [RX_TRIGGER_ONE] = "rx-trigger-one",
    [RX_INTERRUPT_LATCHED] = "rx-interrupt-latched",
    [NO_RECEIVE_TIMEOUT] = "no-receive-timeout",
    [TX_ACKNOWLEDGED_AT_ONCE] = "tx-acknowledged-at-once",
    [TX_INTERRUPT_EVERY_WRITE] = "tx-interrupt-every-write",
    [FLUSH_KEEPS_RX_INTERRUPT] = "flush-keeps-rx-interrupt",
    [FLUSH_KEEPS_FLAGS] = "flush-keeps-flags",
    [FLUSH_LOSES_TYPE_AHEAD] = "flush-loses-type-ahead",
    [EMPTY_READ_STALE] = "empty-read-stale",
    [RECEIVE_ENABLE_IGNORED] = "receive-enable-ignored",
    [TRANSMIT_ENABLE_IGNORED] = "transmit-enable-ignored",
    [FEEDS_WHILE_INTERRUPTING] = "feeds-while-interrupting",
    [NO_LOOPBACK] = "no-loopback",
    [LOOPBACK_SENDS_TOO] = "loopback-sends-too",
    [LOOPBACK_OVERFILLS] = "loopback-overfills",
    [LOOPBACK_LOSES_INPUT] = "loopback-loses-input",
    [LOOPBACK_COPIES_MODEM_LEVELS] = "loopback-copies-modem-levels",
    [LOOPBACK_BREAK_ON_WRITE] = "loopback-break-on-write",
    [NO_CTS_FLOW_CONTROL] = "no-cts-flow-control",
    [BREAK_DOES_NOT_HOLD_TX] = "break-does-not-hold-tx",
    [BREAK_ENTRY_WITHOUT_FE] = "break-entry-without-fe",
    [NO_ERROR_INTERRUPTS] = "no-error-interrupts",
    [BREAK_JUMPS_THE_QUEUE] = "break-jumps-the-queue",
    [REGISTERS_UNMASKED] = "registers-unmasked",
    [DIVISOR_UNMASKED] = "divisor-unmasked",
    [DIVISOR_MASKS_SWAPPED] = "divisor-masks-swapped",
    [NARROW_WRITE_CLEARS_REST] = "narrow-write-clears-rest",
    [SUB_WORD_ALIASES] = "sub-word-aliases",
    [WIDE_ACCESS_SPLITS] = "wide-access-splits",
    [NO_TEST_REGISTERS] = "no-test-registers",
    [NO_RESET] = "no-reset",
    [RESET_KEEPS_INTERRUPT_LINE] = "reset-keeps-interrupt-line",
};

/*
 * The form of the list: "# ..." is a comment. An entry begins with its name at
 * the left edge; its fields follow in order, each of which may go on in lines
 * that are indented further.
 */
static const char *const fields[] = {
    "    qemu: ", "    seen: ", "    here: ", "    reason: ", "    spec: "};
#define FIELDS ((int)(sizeof(fields) / sizeof(fields[0])))

bool accepted_read(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    bool good = true;
    int field = FIELDS;
    int entries = 0;
    int number = 0;

    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof(line), file)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        if (line[0] != ' ') {
            good = field == FIELDS && entries < QUIRKS &&
                   strcmp(line, quirk_names[entries]) == 0;
            field = 0;
            entries++;
        } else if (field < FIELDS &&
                   strncmp(line, fields[field], strlen(fields[field])) == 0) {
            field++;
        } else {
            good = field > 0 && strncmp(line, "        ", 8) == 0;
        }
    }
    if (good && (field != FIELDS || entries != QUIRKS)) {
        number++;
        good = false;
    }
    if (!good) {
        fprintf(stderr,
                "%s:%d: expected an entry for each of the model's switches, in "
                "their order, with all fields; entry %d is to be %s\n",
                path, number, entries,
                entries > 0 && entries <= QUIRKS ? quirk_names[entries - 1]
                                                 : "none");
    }
    fclose(file);
    return good;
}
