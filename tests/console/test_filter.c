/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The filter of escape sequences: what it lets through, wherever it is cut. */
#include "support.h"

#include <string.h>

#include "filter.h"

#define MAX 1024u

struct text {
    uint8_t bytes[MAX + FILTER_HELD];
    size_t count;
};

static void add(struct filter *f, struct text *to, const void *bytes,
                size_t count)
{
    assert_true(to->count + count <= MAX);
    to->count += filter_bytes(f, bytes, count, to->bytes + to->count);
}

/* Filter it whole, and cut in two at each place. */
static struct text filtered(enum filter_level level, const void *bytes,
                            size_t count)
{
    struct filter f = {.level = level};
    struct text whole = {.count = 0};
    size_t at;

    add(&f, &whole, bytes, count);
    for (at = 0; at <= count; at++) {
        struct filter g = {.level = level};
        struct text parts = {.count = 0};

        add(&g, &parts, bytes, at);
        add(&g, &parts, (const uint8_t *)bytes + at, count - at);
        assert_int_equal(parts.count, whole.count);
        assert_memory_equal(parts.bytes, whole.bytes, whole.count);
        assert_int_equal(filter_is_idle(&g), filter_is_idle(&f));
    }
    return whole;
}

static void check(enum filter_level level, const char *sequence, bool passes)
{
    char in[MAX];
    char out[MAX];
    struct text got;

    snprintf(in, sizeof(in), "before%sbehind\n", sequence);
    snprintf(out, sizeof(out), "before%sbehind\n", passes ? sequence : "");
    got = filtered(level, in, strlen(in));
    got.bytes[got.count] = '\0';
    assert_string_equal((char *)got.bytes, out);
}

static void passes(const char *sequence)
{
    check(FILTER_SHOWN, sequence, true);
    check(FILTER_REPLAYED, sequence, true);
}

static void is_left_out(const char *sequence)
{
    check(FILTER_SHOWN, sequence, false);
    check(FILTER_REPLAYED, sequence, false);
}

static void passes_in_a_replay_only(const char *sequence)
{
    check(FILTER_SHOWN, sequence, false);
    check(FILTER_REPLAYED, sequence, true);
}

static void text_and_its_controls_pass(void)
{
    passes("");
    passes("\a\b\t\n\v\f\r\x0e\x0f\x7f");
    passes("\x18\x1a\x1c\x1d");
    passes("\xc3\xa9 \xc3\x9b \xe2\x82\xac \xe4\xb8\xad \xf0\x9f\x98\x80");
    /* of another character set, or cut */
    passes("\xe9t\xe9 \xa4");
    passes("\xe2\xa2");
    passes("\xff\xfe\xc0\xc1");
}

static void colours_and_movement_pass(void)
{
    passes("\x1b[m\x1b[0;1;31m\x1b[38;5;208m\x1b[48;2;1;2;3m\x1b[4:3m");
    passes(
        "\x1b[H\x1b[12;40H\x1b[A\x1b[99B\x1b[C\x1b[D\x1b[5G\x1b[3d\x1b[7;1f");
    passes("\x1b[J\x1b[0J\x1b[1J\x1b[2J\x1b[K\x1b[1K\x1b[3X\x1b[L\x1b[M\x1b["
           "P\x1b[@\x1b[3S");
    passes("\x1b[2T\x1b[9b\x1b[2;20r\x1b[r\x1b[s\x1b[u\x1b[4h\x1b[4l\x1b[2 q");
    passes("\x1b[?25l\x1b[?25h\x1b[?7h\x1b[?1049h\x1b[?47l\x1b[?25;7h");
    passes("\x1b"
           "7\x1b"
           "8\x1b"
           "D\x1b"
           "E\x1b"
           "M");
    passes("\x1b(0\x1b(B\x1b)A");
}

static void questions_are_left_out(void)
{
    /* who are you */
    is_left_out("\x05");
    is_left_out("\x1b[c\x1b[0c\x1b[>c\x1b[=c\x1bZ\x1b[>q\x1b[>0q");
    /* state, cursor, settings, modes, window, keyboard, graphics, checksum */
    is_left_out("\x1b[5n\x1b[6n\x1b[?6n\x1b[?15n\x1b[x\x1b[1x\x1b[?996n");
    is_left_out("\x1b[?25$p\x1b[4$p\x1b[18t\x1b[21t\x1b[11t\x1b[?u\x1b[?4m");
    is_left_out("\x1b[?1;1;0S\x1b[1$w\x1b[1$u\x1b[1;1;1;1;1;1*y\x1b[2&u");
    is_left_out("\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b]4;1;?\a\x1b]10;?\x1b\\");
    is_left_out(
        "\x1b]52;c;?\a\x1b[?1004h\x1b[?2031h\x1b[?2048h\x1b[1;2;3;4;5T");
    is_left_out("\x1b F\x1b G");
}

static void what_changes_the_terminal_is_left_out(void)
{
    /* title, clipboard, colours, link */
    is_left_out("\x1b]0;title\a\x1b]2;title\x1b\\\x1bktitle\x1b\\");
    is_left_out("\x1b]52;c;aGVsbG8=\a\x1b]4;1;red\a\x1b]8;;http://x/\x1b\\");
    is_left_out("\x1b[22;0t\x1b[23t\x1b[8;10;10t\x1b[3;0;0t\x1b[2t");
    /* strings: user-defined keys, graphics, privacy, application */
    is_left_out(
        "\x1bP0;1|17/17\x1b\\\x1bPq#0;2\x1b\\\x1b^x\x1b\\\x1b_Gx\x1b\\");
    is_left_out("\x1bX x \x1b\\");
    /* printer, lights, reset, levels, keyboards */
    is_left_out("\x1b[i\x1b[5i\x1b[4i\x1b[?5i\x1b[1q\x1b[!p\x1b[61;1\"p");
    is_left_out("\x1b[>4;2m\x1b[>1u\x1b[<u\x1b[=1u\x1b[2h\x1b[2l\x1b[12h");
    /* stops, character sets, memory lock, alignment */
    is_left_out("\x1bH\x1b[3g\x1b%G\x1b%@\x1bl\x1bm\x1bn\x1bo\x1b|\x1b}\x1b~");
    is_left_out("\x1b#8\x1b(K\x1b*0\x1b[?3h\x1b[?25;3h\x1b[?9999h\x1b[?h");
    is_left_out("\x1b\\");
}

static void what_keys_send_passes_only_in_a_replay(void)
{
    /* erases what has scrolled out of the screen */
    passes_in_a_replay_only("\x1b[3J\x1b[03J\x1b[2;3J\x1b[;3J\x1b"
                            "c");
    passes_in_a_replay_only("\x1b=\x1b>\x1b[?1h\x1b[?1l\x1b[?2004h\x1b[20h");
    passes_in_a_replay_only("\x1b[?1000h\x1b[?1006l\x1b[?66h\x1b[?25;1h");
}

/* In UTF-8 a control of 8 bits is a character, which some terminals obey;
 * others obey the byte alone. */
static void controls_of_8_bits_are_left_out(void)
{
    is_left_out("\x9b"
                "5n\xc2\x9b"
                "6n\xc2\x9b"
                "31m");
    is_left_out("\x9d"
                "0;title\a\xc2\x9d"
                "0;title\x1b\\\x90qx\x1b\\");
    is_left_out("\x9a\xc2\x9a\x85\x84\x8d\xc2\x85\xc2\x9c\x9c");
}

static void becomes(const char *in, const char *out)
{
    struct text got = filtered(FILTER_SHOWN, in, strlen(in));

    got.bytes[got.count] = '\0';
    assert_string_equal((char *)got.bytes, out);
}

static void a_sequence_that_is_cut_ends_as_in_a_terminal(void)
{
    becomes("\x1b]0;title\nnext", "\nnext");
    becomes("\x1bPq#0;2\x1b[31mred", "\x1b[31mred");
    becomes("\x1b]0;title\x18text\x1b[3\x1atext", "texttext");
    becomes("\x1b[3\x1b[1mx", "\x1b[1mx");
    becomes("\x1b[3\xc3\xa9m\x1b\xc3\xa9", "\xc3\xa9m\xc3\xa9");
    becomes("\x1b]0;50 %\r51 %\r", "\r51 %\r");
    becomes("\x1b[3", "");
    becomes("\x1b", "");
}

/* ESC ] R and ESC ] P with a colour set Linux's palette, and no string follows:
 * a prompt does, without the end of a line. */
static void the_palette_of_linux_hides_no_text(void)
{
    becomes("\x1b]Rlogin: ", "login: ");
    becomes("\x1b]P3fF00aAlogin: ", "login: ");
    becomes("\x1b]P3fF00aA\x1b]R\x1b[1mx", "\x1b[1mx");
    becomes("\x1b]P3fxyz", "xyz");
    becomes("\x1b]P3f\nxyz", "\nxyz");
    becomes("\x1b]R\x9b"
            "5nx",
            "x");
}

static void what_has_no_end_hides_a_bounded_part(void)
{
    static const char *const begins[] = {
        "\x1b]0;", "\x1b]", "\x1bP", "\x1bX", "\x1b^",    "\x1b_",    "\x1bk",
        "\x1b[",   "\x9b",  "\x90",  "\x98",  "\xc2\x9d", "\xc2\x9b",
    };
    uint8_t in[FILTER_LEFT_OUT + 100];
    uint8_t out[sizeof(in) + FILTER_HELD];
    size_t i;

    for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        struct filter f = {.level = FILTER_SHOWN};
        size_t n;

        memset(in, '1', sizeof(in));
        memcpy(in, begins[i], strlen(begins[i]));
        n = filter_bytes(&f, in, sizeof(in), out);
        assert_in_range(n, 1, 100);
        assert_memory_equal(out, in + sizeof(in) - n, n);
        assert_true(filter_is_idle(&f));
    }
}

static void controls_within_a_sequence_come_before_it(void)
{
    becomes("\x1b[3\a\n1m", "\a\n\x1b[31m");
    becomes("\x1b[3\x05\x7f"
            "1m",
            "\x1b[31m");
}

static void characters_that_are_none_hide_no_control(void)
{
    becomes("\xe0\x82\x9b"
            "5nx",
            "\xe0x");
    becomes("\xc2\xc2\x9b"
            "5nx",
            "\xc2x");
    becomes("\xf0\x82\x82\x9b"
            "5nx",
            "\xf0x");
    becomes("\xe2\x1b[5nx", "\xe2x");
    becomes("\xed\xa0\x80x\xf4\x91\xa0\xa0x", "\xed\xa0x\xf4\xa0\xa0x");
}

static void what_is_too_long_is_left_out(void)
{
    char in[128] = "\x1b[";

    is_left_out("\x1b[10000C\x1b[99999999999999999999b\x1b[1;10000H");
    passes("\x1b[9999C");
    while (strlen(in) < FILTER_HELD - 1) {
        strcat(in, "1");
        strcat(in, strlen(in) < FILTER_HELD - 1 ? ";" : "");
    }
    strcat(in, "m");
    assert_int_equal(strlen(in), FILTER_HELD);
    passes(in);
    in[FILTER_HELD - 1] = ';';
    strcat(in, "m");
    is_left_out(in);
    strcat(in, "text");
    becomes(in, "text");
}

/* What came out goes through a filter unchanged, so that nothing that was left
 * out made a sequence of what was around it. */
static void no_input_makes_a_sequence_of_its_parts(void)
{
    static const char alphabet[] =
        "\x1b\x1b\x1b[[]P\\;?>0123456789mmhlcnqtJ (k^_X\a\n\x05\x18\x7f"
        "\x90\x9b\x9c\x9d\xc2\xc2\xc3\xe0\xe2\xed\xf0\xf4\xa0\x82\xbf\xff";
    uint32_t random = 1;
    unsigned int turn;

    for (turn = 0; turn < 20000; turn++) {
        enum filter_level level = turn & 1 ? FILTER_REPLAYED : FILTER_SHOWN;
        struct filter f = {.level = level};
        struct filter g = {.level = level};
        struct text out = {.count = 0};
        struct text again = {.count = 0};
        uint8_t in[40];
        size_t i;

        for (i = 0; i < sizeof(in) - 1; i++) {
            random = random * 1664525u + 1013904223u;
            in[i] = (uint8_t)alphabet[(random >> 8) % (sizeof(alphabet) - 1)];
        }
        in[i] = '\n';
        add(&f, &out, in, sizeof(in));
        add(&g, &again, out.bytes, out.count);
        assert_int_equal(again.count, out.count);
        assert_memory_equal(again.bytes, out.bytes, out.count);
        assert_null(memchr(out.bytes, 0x05, out.count));
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(text_and_its_controls_pass),
        CASE(colours_and_movement_pass),
        CASE(questions_are_left_out),
        CASE(what_changes_the_terminal_is_left_out),
        CASE(what_keys_send_passes_only_in_a_replay),
        CASE(controls_of_8_bits_are_left_out),
        CASE(a_sequence_that_is_cut_ends_as_in_a_terminal),
        CASE(the_palette_of_linux_hides_no_text),
        CASE(what_has_no_end_hides_a_bounded_part),
        CASE(controls_within_a_sequence_come_before_it),
        CASE(characters_that_are_none_hide_no_control),
        CASE(what_is_too_long_is_left_out),
        CASE(no_input_makes_a_sequence_of_its_parts),
    };

    return run_cases(cases);
}
