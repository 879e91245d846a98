/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Guests that move between QEMU's own PL011 and this library while they send
 * and receive: QEMU writes its migration stream, the library takes over, and
 * gives back to another QEMU what it made of it. No guest may notice.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vpl011/qemu_state.h>

#include "../differential/qemu.h"
#include "builtin.h"
#include "trial.h"

#define MOVES 10u
#define STREAM_MAX (4u << 20)
#define WORDS (sizeof(struct vpl011_qemu_state) / 4)

static struct qemu *machine; /* of model_qemu */
static struct {
    bool in_library;
    uint32_t every; /* [accesses] between two moves */
    uint32_t until;
    unsigned int moves;
    unsigned int with_input, with_tx; /* moves with these on their way */
    uint8_t carried[256]; /* sent before a move, and not yet taken */
    size_t carried_count;
    char trouble[160];

    char file[128];
    uint8_t *stream; /* as QEMU wrote it last */
    size_t stream_size;
    size_t section; /* where the UART's words are in it */
} here;

__attribute__((format(printf, 1, 2))) static void trouble(const char *format,
                                                          ...)
{
    va_list args;

    if (!here.trouble[0]) {
        va_start(args, format);
        vsnprintf(here.trouble, sizeof(here.trouble), format, args);
        va_end(args);
    }
}

/*
 * The stream
 */

/* The section's name with its length, an instance, and the version. */
static bool find_section(void)
{
    static const uint8_t name[] = {5, 'p', 'l', '0', '1', '1', 0,
                                   0, 0,   0,   0,   0,   0,   2};
    size_t i;

    for (i = 0; i + sizeof(name) + WORDS * 4 < here.stream_size; i++) {
        if (memcmp(here.stream + i, name, sizeof(name)) == 0) {
            here.section = i + sizeof(name);
            return true;
        }
    }
    return false;
}

static bool read_stream(struct vpl011_qemu_state *state)
{
    FILE *file = fopen(here.file, "rb");
    uint32_t words[WORDS];
    size_t i;

    if (!file) {
        return false;
    }
    here.stream_size = fread(here.stream, 1, STREAM_MAX, file);
    fclose(file);
    if (!find_section()) {
        return false;
    }
    for (i = 0; i < WORDS; i++) {
        const uint8_t *at = here.stream + here.section + 4 * i;

        words[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
                   (uint32_t)at[2] << 8 | at[3];
    }
    memcpy(state, words, sizeof(words));
    return true;
}

static bool write_stream(const struct vpl011_qemu_state *state)
{
    FILE *file = fopen(here.file, "wb");
    uint32_t words[WORDS];
    bool good;
    size_t i;

    if (!file) {
        return false;
    }
    memcpy(words, state, sizeof(words));
    for (i = 0; i < WORDS; i++) {
        uint8_t *at = here.stream + here.section + 4 * i;

        at[0] = (uint8_t)(words[i] >> 24);
        at[1] = (uint8_t)(words[i] >> 16);
        at[2] = (uint8_t)(words[i] >> 8);
        at[3] = (uint8_t)words[i];
    }
    good = fwrite(here.stream, 1, here.stream_size, file) == here.stream_size;
    return fclose(file) == 0 && good;
}

/*
 * Moves
 */

static const struct model *now(void)
{
    return here.in_library ? &model_library : &model_qemu;
}

static void to_library(void)
{
    const struct vpl011_config config = {.revision = VPL011_R1P1};
    struct vpl011_qemu_state qemu;
    struct vpl011_state state;

    if (!qemu_save(machine, here.file) || !read_stream(&qemu)) {
        trouble("QEMU's stream cannot be read");
        return;
    }
    qemu_stop(machine);
    here.with_input += qemu.read_count > 0;
    here.with_tx += (qemu.int_level & PL011_INT_TX) != 0;
    model_library.start(model_library.ctx, &config);
    if (vpl011_state_default(&config, &state) ||
        vpl011_state_from_qemu(&state, &qemu) || vpl011_pause(builtin_uart()) ||
        vpl011_state_set(builtin_uart(), &state)) {
        trouble("what QEMU saved does not load");
    }
    if (model_library.lines(model_library.ctx)) {
        trouble("a line moved before the machine resumed");
    }
    vpl011_resume(builtin_uart());
    here.in_library = true;
}

static void to_qemu(void)
{
    const bool high = model_library.lines(model_library.ctx) != 0;
    struct vpl011_qemu_state qemu;
    struct vpl011_state state;
    struct qemu_reply reply;
    const char *missing;

    if (vpl011_pause(builtin_uart()) ||
        vpl011_state_get(builtin_uart(), &state) ||
        vpl011_state_to_qemu(&state, &qemu) || !write_stream(&qemu)) {
        trouble("what the library saved does not go into QEMU's stream");
        return;
    }
    here.with_input += qemu.read_count > 0;
    here.with_tx += (qemu.int_level & PL011_INT_TX) != 0;
    missing = qemu_start_from(machine, here.file);
    if (missing) {
        trouble("QEMU does not take its stream back: %s", missing);
        return;
    }
    /* QEMU leaves the line to the interrupt controller's own state. A line that
     * is high there has to have a reason here. */
    if (high && !(qemu.int_level & qemu.int_enabled)) {
        trouble("UARTINTR is high without a reason after the move");
    }
    qemu_post_write(machine, PL011_UARTIMSC, 4, qemu.int_enabled);
    qemu_collect(machine, &reply);
    here.in_library = false;
}

/* What a guest can read without an effect, but for the modem inputs. */
static void registers(uint32_t *values)
{
    static const uint16_t offsets[] = {
        PL011_UARTRSR,  PL011_UARTFR,    PL011_UARTILPR, PL011_UARTIBRD,
        PL011_UARTFBRD, PL011_UARTLCR_H, PL011_UARTCR,   PL011_UARTIFLS,
        PL011_UARTIMSC, PL011_UARTDMACR,
    };
    size_t i;

    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        values[i] = (uint32_t)now()->read(now()->ctx, offsets[i], 4);
    }
    values[1] &= ~PL011_FR_MODEM;
}

static void move(void)
{
    uint32_t before[10];
    uint32_t after[10];

    here.carried_count +=
        now()->pop(now()->ctx, here.carried + here.carried_count,
                   sizeof(here.carried) - here.carried_count);
    registers(before);
    if (here.in_library) {
        to_qemu();
    } else {
        to_library();
    }
    here.moves++;
    here.until = here.every;
    if (!here.trouble[0]) {
        registers(after);
        if (memcmp(before, after, sizeof(before)) != 0) {
            trouble("the registers differ after move %u", here.moves);
        }
    }
}

/* Whether what the far end sent is in the device, and not on its way to it. */
static bool has_arrived(void)
{
    return here.in_library ? builtin_waiting() == 0 : !machine->sending;
}

/*
 * The model
 */

static bool moving_start(void *ctx, const struct vpl011_config *config)
{
    (void)ctx;
    if (here.in_library) {
        qemu_start(machine);
        here.in_library = false;
    }
    here.moves = 0;
    here.until = here.every;
    here.carried_count = 0;
    return model_qemu.start(model_qemu.ctx, config);
}

static uint64_t moving_read(void *ctx, uint64_t offset, unsigned int size)
{
    (void)ctx;
    return now()->read(now()->ctx, offset, size);
}

static void moving_write(void *ctx, uint64_t offset, unsigned int size,
                         uint64_t value)
{
    (void)ctx;
    now()->write(now()->ctx, offset, size, value);
}

static uint32_t moving_lines(void *ctx)
{
    (void)ctx;
    return now()->lines(now()->ctx);
}

static size_t moving_push(void *ctx, const uint16_t *entries, size_t count)
{
    (void)ctx;
    return has_arrived() && count > 0 ? now()->push(now()->ctx, entries, 1) : 0;
}

static size_t moving_pop(void *ctx, uint8_t *bytes, size_t size)
{
    const size_t count = here.carried_count;

    (void)ctx;
    if (count == 0) {
        return now()->pop(now()->ctx, bytes, size);
    }
    memcpy(bytes, here.carried, count);
    here.carried_count = 0;
    return count;
}

static void moving_pass(void *ctx, uint32_t us)
{
    (void)ctx;
    now()->pass(now()->ctx, us);
    here.until -= here.until > 0;
    if (here.until == 0 && here.moves < MOVES && has_arrived() &&
        !here.trouble[0]) {
        move();
    }
}

static struct model model_moving = {
    .name = "moving",
    .outputs = VPL011_IRQ_UARTINTR,
    .start = moving_start,
    .read = moving_read,
    .write = moving_write,
    .lines = moving_lines,
    .push = moving_push,
    .pop = moving_pop,
    .pass = moving_pass,
};

int main(void)
{
    /* 16 and 1 deep, with RX and RT and with RX alone, polled, and with TXIM
     * left on or waited for. Each another distance between its moves. */
    static const char *const guests[] = {"linux-amba", "linux-sbsa", "netbsd",
                                         "op-tee",     "u-boot",     "xen",
                                         "freebsd"};
    const char *missing = model_qemu.open(&model_qemu);
    unsigned int failed = 0;
    unsigned int with_input = 0;
    unsigned int with_tx = 0;
    size_t count = sizeof(guests) / sizeof(guests[0]);
    size_t i;
    int fd;

    if (missing) {
        printf("1..0 # SKIP %s\n", missing);
        return 0;
    }
    machine = model_qemu.ctx;
    snprintf(here.file, sizeof(here.file), "/tmp/vpl011-moves-XXXXXX");
    fd = mkstemp(here.file);
    here.stream = malloc(STREAM_MAX);
    if (fd < 0 || !here.stream) {
        printf("Bail out! no file for the stream\n");
        return 1;
    }
    close(fd);
    for (i = 0; i < count; i++) {
        struct judgement j;
        bool good;

        here.every = 37 + 3 * (uint32_t)i;
        here.trouble[0] = '\0';
        j = trial_run(&model_moving, persona_find(guests[i]), BOTH);
        good = j.verdict == WORKS && here.moves == MOVES && !here.trouble[0];
        failed += !good;
        with_input += here.with_input;
        with_tx += here.with_tx;
        here.with_input = here.with_tx = 0;
        printf("%s %zu - %s sends and receives, and moves %u times (%s)\n",
               good ? "ok" : "not ok", i + 1, guests[i], here.moves,
               good ? "between QEMU and libvpl011" : j.why);
        if (!good) {
            printf("# %s\n", here.trouble);
            trace_print(trial_trace(), 20, stderr);
        }
        fflush(stdout);
    }
    printf("%s %zu - some moves have input (%u) and a pending TX (%u)\n",
           with_input && with_tx ? "ok" : "not ok", count + 1, with_input,
           with_tx);
    printf("1..%zu\n", count + 1);
    unlink(here.file);
    free(here.stream);
    return failed || !with_input || !with_tx;
}
