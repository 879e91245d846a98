/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Runs a transcript (*.t): what a guest and a far end do, line by line, and
 * everything that may be seen of it.
 *
 *   # comment; the first line names the section that the file encodes
 *   case V.2 a title                    begins with a new device
 *   device pl011 r1p5 strict-enables    before the first action; or: sbsa,
 *                                       ring, clock 24000000, timed-rt,
 *                                       timed-tx, timed-rx (vpl011/time.h), ...
 *
 * Actions stand at the left edge:
 *
 *   read UARTDR            also read8, read16, read64; or an offset, 0x001
 *   read UARTDR 5          five times
 *   write UARTDR "text"    one write for each character
 *   write UARTCR UARTEN TXE RXE
 *   arrive "text"          at the far end, for the guest; or: arrive 16,
 *                          arrive break
 *   line 'a' PE            one character with errors, past the far end
 *   poll                   the embedder calls vpl011_data_avail()
 *   far-end holds          takes nothing; or: takes 3, takes all, goes, comes
 *   modem CTS DSR          the modem inputs
 *   reset
 *   ring in_prod 1025      the peer stores an index, and the device is told
 *   wait 43125             so many nanoseconds pass, with each tick in time
 *   nothing                look at the state only
 *
 * Under each action, indented, everything that it causes, and nothing else:
 *
 *       value 'a' FE       what was read
 *       text "abcde"       by several reads
 *       irq UARTINTR UARTTXINTR    the outputs that are high from now on; none
 *       sent "text"        reached the far end; or a count of characters
 *       break on           the far end saw a BREAK begin; off: end
 *       events REFILL LINE what the device asks of its embedder
 *       mistake read-only  what the guest did wrong
 *       refused            the access returned VPL011_ERR_ACCESS
 *       taken 3            of `line`
 *
 * and what of the state matters, in any number:
 *
 *       UARTRIS TX RT      a register that can be read without an effect
 *       waiting 3          characters that the far end still has
 *       baud 115246        as the line is set up
 *       format 8N1
 *       ring in_cons 0
 *       next 43125         nanoseconds until the next tick; none
 */
#include <inttypes.h>
#include <string.h>

#include "transcript.h"
#include "transcript_host.h"
#include "transcript_line.h"
#include "transcript_words.h"

static unsigned int line_number;

static struct host host;
static bool device_started;
static char title[256];
static unsigned int case_line;
static unsigned int case_checks;
static unsigned int case_seen; /* of them, what can be seen on this device */
static bool case_failed;

/* Of the action under way. */
static unsigned int action_line;
static bool matched[EFFECTS_MAX];

static void complain(unsigned int line, const char *what, const char *text)
{
    transcript_complains(line, what, text);
    case_failed = true;
}

static void mismatch(const char *expected, const char *actual)
{
    char text[2 * EFFECT_SIZE + 64];

    snprintf(text, sizeof(text), "expected: %s\n    actual:   %s", expected,
             actual);
    complain(line_number, "", text);
}

/*
 * Effects and state
 */

/* The indented line as an effect in its one spelling; false if it is none. */
static bool effect_text(char *text, size_t size)
{
    static const char *const kinds[] = {"irq",     "break", "events", "mistake",
                                        "refused", "taken", "error"};
    uint64_t value;
    size_t fill;
    unsigned int i;

    if (line_is(0, "value") && line_value(1, PL011_UARTDR, &value)) {
        snprintf(text, size, "value 0x%03" PRIx64, value);
        return true;
    }
    if ((line_is(0, "sent") || line_is(0, "text")) && word_count == 2) {
        snprintf(text, size, words[1].quoted ? "%s \"%s\"" : "%s %s",
                 words[0].text, words[1].text);
        return true;
    }
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (line_is(0, kinds[i])) {
            break;
        }
    }
    if (i == sizeof(kinds) / sizeof(kinds[0])) {
        return false;
    }
    fill = 0;
    for (i = 0; i < word_count; i++) {
        fill += (size_t)snprintf(text + fill, size - fill, "%s%s", i ? " " : "",
                                 words[i].text);
        if (fill >= size) {
            return false;
        }
    }
    return true;
}

/* Effects of one kind come in their order; kinds may be told in any. */
static void check_effect(const char *text)
{
    const size_t kind = strcspn(text, " ");
    unsigned int i;

    for (i = 0; i < host.effect_count; i++) {
        if (!matched[i] && strncmp(host.effects[i], text, kind) == 0) {
            matched[i] = true;
            if (strcmp(host.effects[i], text) != 0) {
                mismatch(text, host.effects[i]);
            }
            return;
        }
    }
    mismatch(text, "nothing of the kind");
}

static bool check_state(void)
{
    char expected[EFFECT_SIZE];
    char actual[EFFECT_SIZE];
    struct vpl011_line line;
    uint32_t offset;
    uint64_t value;
    uint64_t now = 0;

    if (words_register(words[0].text, &offset) && words_pure(offset)) {
        if (!line_value(1, offset, &value)) {
            return false;
        }
        now = host_look(&host, offset);
        if (now != value) {
            words_show(offset, (uint32_t)value, expected, sizeof(expected));
            words_show(offset, (uint32_t)now, actual, sizeof(actual));
            mismatch(expected, actual);
        }
        return true;
    }
    if (host_get_line(&host, &line) != VPL011_OK || word_count < 2) {
        return false;
    }
    if (line_is(0, "format") && word_count == 2) {
        snprintf(actual, sizeof(actual), "%u%c%u", line.data_bits,
                 "NOEMS"[line.parity], line.stop_bits);
        if (strcmp(words[1].text, actual) != 0) {
            mismatch(words[1].text, actual);
        }
        return true;
    }
    if (line_is(1, "none")) {
        value = UINT64_MAX;
    } else if (!words_number(words[word_count - 1].text, &value)) {
        return false;
    }
    if (line_is(0, "waiting") && word_count == 2) {
        now = host_waiting(&host);
    } else if (line_is(0, "baud") && word_count == 2) {
        now = line.baud;
    } else if (line_is(0, "next") && word_count == 2) {
        now = host_next(&host);
    } else if (line_is(0, "ring") && word_count == 3 &&
               host_ring_index(&host, words[1].text)) {
        now = *host_ring_index(&host, words[1].text);
    } else {
        return false;
    }
    if (now != value) {
        snprintf(expected, sizeof(expected), "%s %" PRIu64, words[0].text,
                 value);
        snprintf(actual, sizeof(actual), "%" PRIu64, now);
        mismatch(expected, actual);
    }
    return true;
}

static void end_action(void)
{
    unsigned int i;

    for (i = 0; action_line && i < host.effect_count; i++) {
        if (!matched[i] && !case_failed) {
            complain(action_line, "this also causes: ", host.effects[i]);
        }
    }
    action_line = 0;
}

static void end_case(void)
{
    end_action();
    if (!title[0]) {
        return;
    }
    if (case_checks == 0 && !host.cannot) {
        complain(case_line, "this case expects nothing: ", title);
    }
    if (case_checks > 0 && case_seen == 0) {
        host.cannot = true;
    }
    transcript_ended(title, host.cannot   ? CASE_CANNOT
                            : case_failed ? CASE_FAILS
                                          : CASE_HOLDS);
    title[0] = '\0';
}

static void begin_case(const char *text)
{
    end_case();
    snprintf(title, sizeof(title), "%s", text);
    memset(&host, 0, sizeof(host));
    device_started = false;
    case_line = line_number;
    case_checks = 0;
    case_seen = 0;
    case_failed = false;
}

static void left_edge(const char *line)
{
    int err = VPL011_OK;

    end_action();
    if (case_failed || host.cannot) {
        return;
    }
    if (!title[0]) {
        begin_case("(no case)");
        complain(line_number, "an action before the first case: ", line);
    } else if (line_is(0, "device") && !device_started) {
        if (!action_device(&host)) {
            complain(line_number, "no such device: ", line);
        }
    } else {
        if (!device_started) {
            device_started = true;
            err = host_start(&host);
        }
        if (err && !host.cannot) {
            complain(line_number,
                     "the device is refused: ", vpl011_strerror(err));
        }
        if (err) {
            return;
        }
        action_line = line_number;
        memset(matched, 0, sizeof(matched));
        host_begin(&host);
        if (!action_do(&host) && !host.cannot) {
            complain(line_number, "not understood: ", line);
        }
        host_end(&host);
    }
}

static void indented(const char *line)
{
    char text[EFFECT_SIZE];

    if (case_failed || host.cannot) {
        return;
    }
    case_checks++;
    if (!action_line) {
        complain(line_number, "an effect of no action: ", line);
    } else if (effect_text(text, sizeof(text))) {
        if (host_shows(&host, text, sizeof(text))) {
            case_seen++;
            check_effect(text);
        }
    } else if (host_shows(&host, words[0].text, sizeof(words[0].text))) {
        case_seen++;
        if (!check_state()) {
            complain(line_number, "not understood: ", line);
        }
    }
}

void transcript_run(FILE *file)
{
    char line[512];

    line_number = 0;
    while (fgets(line, sizeof(line), file)) {
        line_number++;
        line[strcspn(line, "\n")] = '\0';
        if (line_number == 1 && strncmp(line, "# ", 2) != 0) {
            begin_case("the file names what it encodes");
            complain(1, "the first line is to name a section", "");
        }
        if (strncmp(line, "case ", 5) == 0) {
            begin_case(line + 5);
        } else if (!line_split(line)) {
            complain(line_number, "not understood: ", line);
        } else if (word_count > 0 && line[0] == ' ') {
            indented(line);
        } else if (word_count > 0) {
            left_edge(line);
        }
    }
    end_case();
}
