/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "support.h"

#include <stdlib.h>

unsigned int checks_made_;

/*
 * Cases
 */

void run_case_(void **state)
{
    const struct test_case *c = *state;

    checks_made_ = 0;
    c->run();
    if (checks_made_ == 0) {
        fail_msg("%s made no check", c->name);
    }
}

int run_cases_(const char *file, const struct CMUnitTest *cases, size_t count)
{
    const char *only = getenv("TEST_CASE");
    const char *name = strrchr(file, '/');
    size_t i;

    name = name ? name + 1 : file;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (!only) {
        return _cmocka_run_group_tests(name, cases, count, NULL, NULL);
    }
    for (i = 0; i < count; i++) {
        if (strcmp(cases[i].name, only) == 0) {
            return _cmocka_run_group_tests(name, &cases[i], 1, NULL, NULL);
        }
    }
    fprintf(stderr, "%s: no case %s\n", name, only);
    return 2;
}

/*
 * The far end
 */

/* Backend operations belong under the device lock. */
static void require_lock(const struct host *h, const char *what)
{
    if (h->locks && !h->locked) {
        fail_msg("%s was called outside the lock", what);
    }
}

static void record(struct host *h, enum host_call call, uint32_t a, uint32_t b)
{
    if (h->log_count < HOST_LOG_MAX) {
        h->log[h->log_count++] = (struct host_record){call, a, b};
    }
}

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct host *h = ctx;
    struct far_end *f = &h->far;
    size_t n = count < f->room ? count : f->room;

    require_lock(h, "backend write");
    if (count < 1 || count > 64) {
        fail_msg("backend write of %zu bytes", count);
    }
    f->writes++;
    if (count > f->largest_write) {
        f->largest_write = count;
    }
    if (f->sent_count + n > sizeof(f->sent)) {
        fail_msg("the far end got more than a test may send");
    }
    memcpy(f->sent + f->sent_count, bytes, n);
    f->sent_count += n;
    if (f->room != FAR_UNLIMITED) {
        f->room -= n;
    }
    *events |= f->write_event;
    return f->overstates ? count + 1000 : n;
}

static uint32_t far_put(void *ctx, uint8_t character)
{
    uint32_t events = 0;
    size_t taken = far_write(ctx, &character, 1, &events);

    return events | (taken > 0 ? VPL011_BACKEND_TAKEN : 0);
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct host *h = ctx;
    struct far_end *f = &h->far;
    size_t n = far_end_waiting(h);

    require_lock(h, "backend read");
    if (count < 1 || count > PL011_DEPTH_MAX) {
        fail_msg("backend read of %zu bytes", count);
    }
    f->reads++;
    if (count > f->largest_read) {
        f->largest_read = count;
    }
    n = n < count ? n : count;
    if (n > f->break_after) {
        n = f->break_after;
    }
    memcpy(bytes, f->input + f->input_first, n);
    f->input_first += n;
    if (f->break_after != SIZE_MAX) {
        f->break_after -= n;
        if (f->break_after == 0 && n < count) {
            *events |= VPL011_BACKEND_BREAK;
            f->break_after = SIZE_MAX;
        }
    }
    *events |= f->read_event;
    return f->overstates ? count + 1000 : n;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    struct host *h = ctx;

    require_lock(h, "backend poll");
    if (status->waiting || status->room || status->attached) {
        fail_msg("the status to fill was not zeroed");
    }
    h->far.polls++;
    status->waiting =
        far_end_waiting(h) + (h->far.break_after != SIZE_MAX ? 1 : 0);
    status->room = h->far.room;
    status->attached = h->far.attached;
    *events |= h->far.poll_event;
}

static void far_send_break(void *ctx, bool on)
{
    struct host *h = ctx;

    require_lock(h, "backend send_break");
    if (on == h->far.breaking) {
        fail_msg("send_break(%d) twice", on);
    }
    h->far.breaking = on;
    if (on) {
        h->far.breaks_begun++;
    } else {
        h->far.breaks_ended++;
    }
    record(h, HOST_BREAK, on, 0);
}

static size_t far_drop_oldest(void *ctx, size_t count)
{
    struct host *h = ctx;

    require_lock(h, "backend drop_oldest");
    h->far.dropped += count;
    if (h->far.room != FAR_UNLIMITED) {
        h->far.room += count;
    }
    return count;
}

/*
 * The host's operations
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct host *h = ctx;

    require_lock(h, "irq");
    if (changed == 0 || ((lines ^ h->lines) != changed &&
                         !(h->loads && changed == VPL011_IRQ_ALL))) {
        fail_msg("irq(0x%x, changed 0x%x) while the levels were 0x%x", lines,
                 changed, h->lines);
    }
    if (vpl011_irq_lines(&h->uart) != lines) {
        fail_msg("irq tells 0x%x, vpl011_irq_lines() 0x%x", lines,
                 vpl011_irq_lines(&h->uart));
    }
    h->lines = lines;
    h->irqs++;
    record(h, HOST_IRQ, lines, changed);
}

static void on_irq_pending(void *ctx, uint32_t bits)
{
    struct host *h = ctx;

    require_lock(h, "irq_pending");
    if (bits == 0) {
        fail_msg("irq_pending without a bit");
    }
    h->pending = bits;
    h->pendings++;
    record(h, HOST_PENDING, bits, 0);
}

static void on_notify(void *ctx, uint32_t events)
{
    struct host *h = ctx;

    if (h->locked) {
        fail_msg("notify was called under the lock");
    }
    if (events == 0 || (events & ~(VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL |
                                   VPL011_EVENT_LINE | VPL011_EVENT_TICK |
                                   VPL011_EVENT_ROOM))) {
        fail_msg("notify(0x%x)", events);
    }
    h->notified |= events;
    h->notifies++;
    record(h, HOST_NOTIFY, events, 0);
    if (h->on_notify) {
        h->on_notify(h, events);
    }
}

static uintptr_t on_lock(void *ctx)
{
    struct host *h = ctx;

    if (h->locked) {
        fail_msg("the lock was taken twice");
    }
    h->locked = true;
    h->lock_count++;
    return (uintptr_t)0x5A5A0000u + h->lock_count;
}

static void on_unlock(void *ctx, uintptr_t saved)
{
    struct host *h = ctx;

    if (!h->locked) {
        fail_msg("unlock without lock");
    }
    if (saved != (uintptr_t)0x5A5A0000u + h->lock_count) {
        fail_msg("unlock did not get what lock returned");
    }
    h->locked = false;
    h->unlock_count++;
}

static void on_guest_error(void *ctx, const struct vpl011_guest_error *error)
{
    struct host *h = ctx;

    require_lock(h, "guest_error");
    h->guest_error = *error;
    h->guest_errors++;
    record(h, HOST_GUEST_ERROR, error->kind, (uint32_t)error->offset);
}

struct vpl011_ops host_ops(struct host *h, const struct host_options *options)
{
    struct vpl011_ops ops = {.ctx = h, .guest_error = on_guest_error};

    if (!options->no_irq) {
        ops.irq = on_irq;
    }
    if (options->pending) {
        ops.irq_pending = on_irq_pending;
    }
    if (!options->no_notify) {
        ops.notify = on_notify;
    }
    if (options->locks) {
        ops.lock = on_lock;
        ops.unlock = on_unlock;
    }
    return ops;
}

const struct host_options host_enabled = {.enabled = true};
const struct host_options host_sbsa = {
    .config = {.personality = VPL011_SBSA},
};

void host_init(struct host *h, const struct host_options *options)
{
    static const struct host_options defaults;
    struct vpl011_ops ops;

    if (!options) {
        options = &defaults;
    }
    memset(h, 0, sizeof(*h));
    h->far.room = FAR_UNLIMITED;
    h->far.attached = true;
    h->far.break_after = SIZE_MAX;
    h->far_backend = (struct vpl011_backend){
        .ctx = h,
        .write = far_write,
        .read = far_read,
        .poll = far_poll,
        .send_break = far_send_break,
        .drop_oldest = far_drop_oldest,
        .put = options->no_put ? NULL : far_put,
    };
    h->locks = options->locks;
    h->tells_irq = !options->no_irq;
    ops = host_ops(h, options);
    assert_result(vpl011_init(&h->uart, &options->config, &ops), VPL011_OK);
    if (!options->no_backend) {
        assert_result(vpl011_attach(&h->uart, &h->far_backend), VPL011_OK);
    }
    if (options->enabled) {
        guest_write(h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
        guest_write(h, PL011_UARTCR,
                    PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    }
    host_forget(h);
    checks_made_ = 0; /* setting up is no check */
}

void host_forget(struct host *h)
{
    h->log_count = 0;
    h->irqs = 0;
    h->pendings = 0;
    h->pending = 0;
    h->notifies = 0;
    h->notified = 0;
    h->guest_errors = 0;
    memset(&h->guest_error, 0, sizeof(h->guest_error));
}

size_t host_logged(const struct host *h, enum host_call call)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < h->log_count; i++) {
        count += h->log[i].call == call;
    }
    return count;
}

void far_end_takes(struct host *h, size_t room)
{
    h->far.room = room;
    if (vpl011_data_avail(&h->uart) < 0) {
        fail_msg("vpl011_data_avail() failed");
    }
}

void far_end_holds(struct host *h)
{
    h->far.room = 0;
}

void far_end_queues(struct host *h, const void *bytes, size_t count)
{
    struct far_end *f = &h->far;

    if (f->input_end + count > sizeof(f->input)) {
        fail_msg("the far end was given more than a test may type");
    }
    memcpy(f->input + f->input_end, bytes, count);
    f->input_end += count;
}

int far_end_types_bytes(struct host *h, const void *bytes, size_t count)
{
    far_end_queues(h, bytes, count);
    return vpl011_data_avail(&h->uart);
}

int far_end_types(struct host *h, const char *text)
{
    return far_end_types_bytes(h, text, strlen(text));
}

int far_end_types_count(struct host *h, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)('a' + i % 26);

        far_end_queues(h, &byte, 1);
    }
    return vpl011_data_avail(&h->uart);
}

size_t far_end_waiting(const struct host *h)
{
    return h->far.input_end - h->far.input_first;
}

/*
 * The guest
 */

uint32_t guest_read_sized(struct host *h, uint32_t reg, unsigned int size)
{
    uint64_t value = UINT64_MAX;
    int err = vpl011_mmio_read(&h->uart, reg, size, &value);

    if (err != VPL011_OK) {
        fail_msg("%u-byte read of %s: %s", size, reg_name(reg),
                 vpl011_strerror(err));
    }
    if (value >> 8 * size) {
        fail_msg("%u-byte read of %s gave 0x%llx", size, reg_name(reg),
                 (unsigned long long)value);
    }
    return (uint32_t)value;
}

uint32_t guest_read(struct host *h, uint32_t reg)
{
    return guest_read_sized(h, reg, 4);
}

void guest_write_sized(struct host *h, uint32_t reg, unsigned int size,
                       uint32_t value)
{
    int err = vpl011_mmio_write(&h->uart, reg, size, value);

    if (err != VPL011_OK) {
        fail_msg("%u-byte write of 0x%x to %s: %s", size, value, reg_name(reg),
                 vpl011_strerror(err));
    }
}

void guest_write(struct host *h, uint32_t reg, uint32_t value)
{
    guest_write_sized(h, reg, 4, value);
}

void guest_sends(struct host *h, const char *text)
{
    for (; *text; text++) {
        guest_write_sized(h, PL011_UARTDR, 1, (uint8_t)*text);
    }
}

void guest_sends_count(struct host *h, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        guest_write_sized(h, PL011_UARTDR, 1, (uint8_t)('a' + i % 26));
    }
}

size_t guest_receives(struct host *h, char *text, size_t max)
{
    size_t count = 0;

    while (count < max && !(guest_read(h, PL011_UARTFR) & PL011_FR_RXFE)) {
        uint32_t entry = guest_read(h, PL011_UARTDR);

        if (entry & ~PL011_DR_DATA) {
            fail_msg("UARTDR gave 0x%03x, a character without errors expected",
                     entry);
        }
        text[count++] = (char)entry;
    }
    return count;
}

void guest_drains(struct host *h)
{
    unsigned int i;

    for (i = 0; i < PL011_DEPTH_MAX; i++) {
        guest_read(h, PL011_UARTDR);
    }
    if (!(guest_read(h, PL011_UARTFR) & PL011_FR_RXFE)) {
        fail_msg("UARTFR.RXFE clear after a whole FIFO was read");
    }
}

/*
 * Assertions
 */

const char *reg_name(uint32_t offset)
{
    static const struct {
        uint32_t offset;
        const char *name;
    } names[] = {
        {PL011_UARTDR, "UARTDR"},
        {PL011_UARTRSR, "UARTRSR/ECR"},
        {PL011_UARTFR, "UARTFR"},
        {PL011_UARTILPR, "UARTILPR"},
        {PL011_UARTIBRD, "UARTIBRD"},
        {PL011_UARTFBRD, "UARTFBRD"},
        {PL011_UARTLCR_H, "UARTLCR_H"},
        {PL011_UARTCR, "UARTCR"},
        {PL011_UARTIFLS, "UARTIFLS"},
        {PL011_UARTIMSC, "UARTIMSC"},
        {PL011_UARTRIS, "UARTRIS"},
        {PL011_UARTMIS, "UARTMIS"},
        {PL011_UARTICR, "UARTICR"},
        {PL011_UARTDMACR, "UARTDMACR"},
        {PL011_UARTTCR, "UARTTCR"},
        {PL011_UARTITIP, "UARTITIP"},
        {PL011_UARTITOP, "UARTITOP"},
        {PL011_UARTTDR, "UARTTDR"},
        {PL011_UARTPeriphID0, "UARTPeriphID0"},
        {PL011_UARTPeriphID1, "UARTPeriphID1"},
        {PL011_UARTPeriphID2, "UARTPeriphID2"},
        {PL011_UARTPeriphID3, "UARTPeriphID3"},
        {PL011_UARTPCellID0, "UARTPCellID0"},
        {PL011_UARTPCellID1, "UARTPCellID1"},
        {PL011_UARTPCellID2, "UARTPCellID2"},
        {PL011_UARTPCellID3, "UARTPCellID3"},
    };
    static char other[32];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].offset == offset) {
            return names[i].name;
        }
    }
    snprintf(other, sizeof(other), "offset 0x%03x", offset);
    return other;
}

void assert_reg_(struct host *h, uint32_t reg, uint32_t mask, uint32_t expected,
                 const char *file, int line)
{
    uint32_t actual = guest_read(h, reg);

    checks_made_++;
    if ((actual & mask) != expected) {
        if (mask == 0xFFFFFFFFu) {
            print_error("%s is 0x%03x, expected 0x%03x\n", reg_name(reg),
                        actual, expected);
        } else {
            print_error("%s is 0x%03x, expected 0x%03x in bits 0x%03x\n",
                        reg_name(reg), actual, expected, mask);
        }
        _fail(file, line);
    }
}

static const char *lines_text(uint32_t lines, char *text, size_t size)
{
    static const char *const names[] = {
        " UARTINTR", " MSINTR", " RXINTR", " TXINTR", " RTINTR", " EINTR",
    };
    size_t used = 0;
    size_t i;

    text[0] = '\0';
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((lines >> i & 1) && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s", names[i]);
        }
    }
    return used ? text : " none";
}

void assert_lines_(struct host *h, uint32_t expected, const char *file,
                   int line)
{
    uint32_t actual = vpl011_irq_lines(&h->uart);
    char a[80], b[80];

    checks_made_++;
    if (h->tells_irq && h->lines != actual) {
        print_error("irq told%s, vpl011_irq_lines() tells%s\n",
                    lines_text(h->lines, a, sizeof(a)),
                    lines_text(actual, b, sizeof(b)));
        _fail(file, line);
    }
    if (actual != expected) {
        print_error("outputs high:%s, expected:%s\n",
                    lines_text(actual, a, sizeof(a)),
                    lines_text(expected, b, sizeof(b)));
        _fail(file, line);
    }
}

void assert_sent_(struct host *h, const void *bytes, size_t count,
                  const char *file, int line)
{
    const struct far_end *f = &h->far;

    checks_made_++;
    if (f->sent_count != count || memcmp(f->sent, bytes, count) != 0) {
        print_error("the far end got %zu bytes \"%.*s\", expected %zu "
                    "\"%.*s\"\n",
                    f->sent_count, (int)f->sent_count, (const char *)f->sent,
                    count, (int)count, (const char *)bytes);
        _fail(file, line);
    }
}

void assert_receives_(struct host *h, const char *text, const char *file,
                      int line)
{
    char got[PL011_DEPTH_MAX + 1];
    size_t count = guest_receives(h, got, PL011_DEPTH_MAX);

    got[count] = '\0';
    checks_made_++;
    if (count != strlen(text) || memcmp(got, text, count) != 0) {
        print_error("the guest received \"%s\", expected \"%s\"\n", got, text);
        _fail(file, line);
    }
}

void assert_result_(int result, int expected, const char *what,
                    const char *file, int line)
{
    checks_made_++;
    if (result != expected) {
        print_error("%s is %d (%s), expected %d (%s)\n", what, result,
                    result < 0 ? vpl011_strerror(result) : "-", expected,
                    expected < 0 ? vpl011_strerror(expected) : "-");
        _fail(file, line);
    }
}

void assert_count_(uint64_t actual, uint64_t expected, const char *what,
                   const char *file, int line)
{
    checks_made_++;
    if (actual != expected) {
        print_error("counter %s is %llu, expected %llu\n", what,
                    (unsigned long long)actual, (unsigned long long)expected);
        _fail(file, line);
    }
}
