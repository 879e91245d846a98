/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Debian's unmodified U-Boot on the example board. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "session.h"
#include "ymodem.h"

static char *program;

static void start_with(struct session *s, char *option, char *another)
{
    char *const arguments[] = {program, "--stats", option, another, NULL};

    session_start(s, SESSION_PIPES, arguments);
}

static void start(struct session *s, char *option)
{
    start_with(s, option, NULL);
}

static void power_off(struct session *s)
{
    session_type(s, "poweroff\n");
    session_expect(s, "poweroff ...");
    session_expect_exit(s, 0);
}

static void nothing_is_lost(const struct session *s)
{
    static const char lost[] = "  lost";
    const char *at = strstr((const char *)s->err.bytes, lost);

    assert_non_null(at);
    assert_int_equal(strtoul(at + strlen(lost), NULL, 10), 0);
    at = strstr(at + 1, lost);
    assert_non_null(at);
    assert_int_equal(strtoul(at + strlen(lost), NULL, 10), 0);
}

static void boots_answers_version_and_powers_off(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "version\npoweroff\n");
    session_expect(&s, "U-Boot 20");
    session_expect(&s, "=> version\r\nU-Boot 20");
    session_expect(&s, "=> poweroff\r\npoweroff ...");
    session_expect_exit(&s, 0);
    session_print_figures(&s, "boot, version, poweroff");
    nothing_is_lost(&s);
    /* A mistake in the trigger of its interrupt would be seen here. */
    assert_int_equal(session_stat(&s, "interrupts taken"), 0);
}

/* G.A4: the IDs, as 32-bit words. */
static void reads_the_id_registers(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "md.l 09000fe0 8\n");
    session_expect(&s, "09000fe0: 00000011 00000010 00000034 00000000");
    session_expect(&s, "09000ff0: 0000000d 000000f0 00000005 000000b1");
    power_off(&s);
}

/* G.B3: what U-Boot sets for 115200 Bd at the clock of the device tree. */
static void programs_the_divisor_from_the_clock(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "md.l 09000024 2\n");
    session_expect(&s, "09000024: 0000000d 00000001");
    power_off(&s);
}

/* G.A1: bytes, words and longs, at the start of a register. */
static void takes_accesses_of_every_width(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "mw.b 09000000 41; mw.w 09000000 42; mw.l 09000000 43\n");
    session_expect(&s, "\nABC");
    session_type(&s, "md.b 09000fe8 1\n");
    session_expect(&s, "09000fe8: 34 ");
    session_type(&s, "md.w 09000fe8 1\n");
    session_expect(&s, "09000fe8: 0034 ");
    /* The board's bus is 32 bits wide: it makes two of it. */
    session_type(&s, "md.q 09000fe8 1\n");
    session_expect(&s, "09000fe8: 0000000000000034 ");
    power_off(&s);
    assert_int_equal(session_stat(&s, "refused"), 0);
}

static void an_access_inside_a_register_reads_as_0(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "md.b 09000fe8 4\n");
    session_expect(&s, "09000fe8: 34 00 00 00 ");
    session_type(&s, "mw.b 09000001 41\n");
    session_expect(&s, "=> ");
    power_off(&s);
    assert_int_equal(session_stat(&s, "refused"), 4);
}

/* 256 KiB arrive unharmed, and nothing had to be sent twice. */
static void upload(struct session *s)
{
    const size_t size = 256 * 1024;
    uint8_t *file = malloc(size);
    uint32_t seed = 256;
    unsigned int again;
    uint64_t begin;
    char line[64];

    assert_non_null(file);
    for (size_t i = 0; i < size; i++) {
        file[i] = (uint8_t)next_random(&seed);
    }
    session_expect(s, "=> ");
    session_type(s, "loady\n");
    session_expect(s, "Ready for binary (ymodem)");
    session_expect(s, "\n");
    begin = session_now();
    again = ymodem_send(s, "data.bin", file, size);
    printf("# ymodem: %zu bytes in %" PRIu64 " ms, %u blocks sent again\n",
           size, session_now() - begin, again);
    session_expect(s, "Total Size      = 0x00040000");
    session_expect(s, "=> ");
    session_type(s, "crc32 ${loadaddr} ${filesize}\n");
    (void)snprintf(line, sizeof(line), "==> %08" PRIx32,
                   session_crc32(file, size));
    session_expect(s, line);
    session_expect(s, "=> ");
    power_off(s);
    session_print_figures(s, "with the upload");
    free(file);
    assert_int_equal(again, 0);
    nothing_is_lost(s);
}

static void takes_a_ymodem_upload_of_256_kib(void)
{
    struct session s;

    start(&s, "--raw");
    upload(&s);
    assert_int_equal(session_stat(&s, "moves"), 0);
}

/* P.C36: saved and restored together with its FIFO, during a transfer. */
static void an_upload_goes_on_while_the_uart_moves(void)
{
    uint64_t with_input;
    struct session s;
    uint64_t moves;

    start_with(&s, "--raw", "--move");
    upload(&s);
    moves = session_stat(&s, "moves");
    with_input = session_stat(&s, "with input in it");
    printf("# moved %" PRIu64 " times, %" PRIu64
           " of them with input in its FIFO\n",
           moves, with_input);
    assert_true(moves >= 1000);
    assert_true(with_input >= 1000);
}

static void reset_boots_it_again(void)
{
    struct session s;

    start(&s, NULL);
    session_expect(&s, "=> ");
    /* The environment is the default one again, too. */
    session_type(&s, "setenv mark before\nreset\nprintenv mark\n");
    session_expect(&s, "resetting ...");
    session_expect(&s, "U-Boot 20");
    session_expect(&s, "\"mark\" not defined");
    power_off(&s);
    assert_int_equal(session_stat(&s, "resets"), 1);
}

/* The guest's own handler resets the board; the console goes on. */
static void an_access_to_nowhere_is_an_abort_of_the_guest(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "md.l 50000000 1\nmw.l 50000000 1\n");
    for (int i = 0; i < 2; i++) {
        session_expect(&s, "\"Synchronous Abort\" handler, esr 0x96000010");
        session_expect(&s, "resetting ...");
        session_expect(&s, "=> ");
    }
    power_off(&s);
    assert_int_equal(session_stat(&s, "resets"), 2);
}

/* 20 KiB at once: each of the lines is run, in order, once. */
static void pasted_lines_are_all_run(void)
{
    enum { LINES = 370 };
    struct session s;
    char *paste = malloc(LINES * 80);
    char line[80];
    size_t count = 0;

    assert_non_null(paste);
    for (int i = 0; i < LINES; i++) {
        count +=
            (size_t)sprintf(paste + count,
                            "echo %03d-abcdefghijklmnopqrstuvwxyz0123456789-"
                            "ABCDEFGHIJKLM\n",
                            i);
    }
    assert_true(count > 20 * 1024);
    start(&s, NULL);
    session_send(&s, paste, count);
    for (int i = 0; i < LINES; i++) {
        (void)sprintf(line,
                      "\n%03d-abcdefghijklmnopqrstuvwxyz0123456789-"
                      "ABCDEFGHIJKLM\r\n=> ",
                      i);
        session_expect(&s, line);
    }
    power_off(&s);
    printf("# pasted %zu bytes\n", count);
    session_print_figures(&s, "paste");
    free(paste);
    nothing_is_lost(&s);
}

/* Its commands look for Ctrl-C, and discard what they find. */
static void lines_behind_a_command_that_eats_input_are_kept(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "md.l 40000000 40\nsleep 1\necho first\nsleep 1\n"
                     "echo second\npoweroff\n");
    session_expect(&s, "\r\nfirst\r\n");
    session_expect(&s, "\r\nsecond\r\n");
    session_expect_exit(&s, 0);
}

/* A command that asks gets its answer: it is behind a prompt of its own. */
static void a_question_gets_the_next_line(void)
{
    struct session s;

    start(&s, NULL);
    session_type(&s, "editenv name\nsomebody\necho hello ${name}\n");
    session_expect(&s, "\r\nhello somebody\r\n");
    power_off(&s);
}

static void the_end_of_input_ends_a_guest_that_waits(void)
{
    struct session s;

    start(&s, "--linger=3");
    session_type(&s, "version\n");
    session_close_input(&s);
    session_expect_exit(&s, 3);
    assert_non_null(strstr((char *)s.err.bytes, "the input has ended"));
    assert_int_equal(session_count(&s, "=> "), 2);
    session_print_figures(&s, "3 s idle");
    /* Idle is idle: most of the time it slept. */
    assert_true(session_stat(&s, "wall time [ms]") >= 3000);
    assert_true(s.cpu_ms < 2 * session_stat(&s, "wall time [ms]") / 3);
}

static void a_closed_output_ends_it(void)
{
    struct session s;

    start(&s, NULL);
    session_expect(&s, "U-Boot");
    (void)close(s.from);
    s.from = -1;
    session_expect_exit(&s, 1);
    assert_non_null(strstr((char *)s.err.bytes, "standard output is closed"));
}

static void expect_one_error(char *option, int status, const char *text)
{
    char *const arguments[] = {program, option, NULL};
    struct session s;
    char *end;

    session_start(&s, SESSION_PIPES, arguments);
    session_expect_exit(&s, status);
    assert_int_equal(s.out.count, 0);
    assert_true(s.err.count > 0);
    s.err.bytes[s.err.count - 1] = '\0';
    assert_non_null(strstr((char *)s.err.bytes, text));
    end = strchr((char *)s.err.bytes, '\n');
    assert_null(end);
}

/* What U-Boot was asked and what it answered is in the trace, in words, and
 * tells as many accesses as were counted. */
static void trace_tells_every_access(void)
{
    char path[] = "/tmp/vpl011-trace-XXXXXX";
    char option[sizeof(path) + 8];
    char line[256];
    uint64_t accesses = 0;
    unsigned int echoes = 0;
    struct session s;
    FILE *trace;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    snprintf(option, sizeof(option), "--trace=%s", path);
    start(&s, option);
    power_off(&s);
    trace = fdopen(fd, "r");
    assert_non_null(trace);
    while (fgets(line, sizeof(line), trace)) {
        accesses += strncmp(line, "  ->", 4) != 0;
        echoes += strcmp(line, "write  UARTDR        0x00000077  'w'\n") == 0;
    }
    fclose(trace);
    unlink(path);
    assert_int_equal(accesses, session_stat(&s, "UART reads") +
                                   session_stat(&s, "UART writes"));
    assert_true(echoes >= 2); /* "poweroff", typed and echoed */
}

static void mistakes_get_one_line(void)
{
    expect_one_error("--trace=/nowhere/trace", 1,
                     "/nowhere/trace: No such file");
    expect_one_error("--image=/nowhere/u-boot.bin", 1,
                     "/nowhere/u-boot.bin: No such file");
    expect_one_error("--image=/dev/null", 1, "image: empty");
    expect_one_error("--image=/dev/zero", 1, "larger than the memory");
    expect_one_error("--linger=-1", 2, "--linger takes");
    expect_one_error("--linger=1x", 2, "--linger takes");
    expect_one_error("what", 2, "what is \"what\"?");
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(boots_answers_version_and_powers_off),
        CASE(reads_the_id_registers),
        CASE(programs_the_divisor_from_the_clock),
        CASE(takes_accesses_of_every_width),
        CASE(an_access_inside_a_register_reads_as_0),
        CASE(takes_a_ymodem_upload_of_256_kib),
        CASE(an_upload_goes_on_while_the_uart_moves),
        CASE(reset_boots_it_again),
        CASE(an_access_to_nowhere_is_an_abort_of_the_guest),
        CASE(pasted_lines_are_all_run),
        CASE(lines_behind_a_command_that_eats_input_are_kept),
        CASE(a_question_gets_the_next_line),
        CASE(the_end_of_input_ends_a_guest_that_waits),
        CASE(a_closed_output_ends_it),
        CASE(trace_tells_every_access),
        CASE(mistakes_get_one_line),
    };

    (void)session_program("UBOOT_IMAGE", "no u-boot.bin (u-boot-qemu)");
    program = session_program("UBOOT_PROGRAM", "no Unicorn or no libfdt");
    return run_cases(cases);
}
