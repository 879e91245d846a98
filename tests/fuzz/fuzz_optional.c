/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What an embedder may give to a device beside a backend: a clock, a register
 * page, deferred writes and DMA request lines, in any combination, taken away
 * and given again in the middle, under a guest and a host that do anything.
 *
 * After each step: the open page holds what an exit would read, the request
 * lines and interrupt outputs are those that were told, a tick leaves nothing
 * that is due, and a budget is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/deferred.h>
#include <vpl011/dma.h>
#include <vpl011/fifo.h>
#include <vpl011/page.h>
#include <vpl011/state.h>
#include <vpl011/time.h>
#include <vpl011/vpl011.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 400
#define ASKED_MAX 3
#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

struct world {
    const uint8_t *data;
    size_t size;
    size_t at;

    struct vpl011 uart;
    struct vpl011_fifo fifo;
    uint8_t in[64];
    uint8_t out[256];

    struct vpl011_time time;
    struct vpl011_time_config clock;
    bool has_clock;
    uint64_t now;       /* what the clock says */
    uint64_t latest;    /* that it ever said */
    unsigned int asked; /* for a tick, in this step */
    uint64_t budget_since;
    uint64_t sent_before;

    uint32_t page[PL011_WINDOW_SIZE / 4];
    bool has_page;
    bool page_open;
    bool page_asked;
    bool page_later; /* close answers "not yet" */

    uint32_t dma_lines;
    bool has_dma;
    bool dma_may_fall; /* this step may take a request back */

    uint32_t irq_lines;
};

static struct world *w;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static uint32_t take(void)
{
    return w->at < w->size ? w->data[w->at++] : 0;
}

static uint32_t take16(void)
{
    const uint32_t low = take();

    return low | take() << 8;
}

/*
 * The embedder
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    require(!((w->irq_lines ^ lines) & ~changed), "interrupts that changed");
    w->irq_lines = lines;
}

static void on_request(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    require(!((w->dma_lines ^ lines) & ~changed), "requests that changed");
    require(w->dma_may_fall || !(w->dma_lines & ~lines & VPL011_DMA_TX),
            "a request stays until it is answered");
    w->dma_lines = lines;
}

static void on_notify(void *ctx, uint32_t events)
{
    (void)ctx;
    w->asked += (events & VPL011_EVENT_TICK) != 0;
}

static uint64_t on_now(void *ctx)
{
    (void)ctx;
    w->latest = w->now > w->latest ? w->now : w->latest;
    return w->now;
}

static bool on_close(void *ctx)
{
    (void)ctx;
    require(w->page_open && !w->page_asked, "one close for each opening");
    if (w->page_later) {
        w->page_asked = true;
        return false;
    }
    w->page_open = false;
    return true;
}

static uint64_t sent(void)
{
    struct vpl011_counters counters;

    require(!vpl011_get_counters(&w->uart, &counters), "counters");
    return counters.tx_bytes;
}

static uint32_t reg(uint32_t offset)
{
    uint64_t value = 0;

    require(!vpl011_mmio_read(&w->uart, offset, 4, &value), "a register");
    return (uint32_t)value;
}

/*
 * What must hold
 */

/* As a guest reads it: little-endian. */
static uint32_t of_page(uint32_t offset)
{
    const uint8_t *const at = (const uint8_t *)w->page + offset;

    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

/* Nothing that is read here has a side effect while the page is open. */
static void check_page(void)
{
    static const uint16_t offsets[] = {
        PL011_UARTDR,    PL011_UARTRSR,  PL011_UARTFR,    PL011_UARTILPR,
        PL011_UARTIBRD,  PL011_UARTFBRD, PL011_UARTLCR_H, PL011_UARTCR,
        PL011_UARTIFLS,  PL011_UARTIMSC, PL011_UARTRIS,   PL011_UARTMIS,
        PL011_UARTDMACR,
    };
    size_t i;

    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        const uint32_t held = of_page(offsets[i]);

        require(reg(offsets[i]) == held, "the page holds what an exit reads");
    }
}

static void check_budget(void)
{
    const struct vpl011_time_config *const c = &w->clock;
    const uint64_t took = w->latest - w->budget_since;

    if (!w->has_clock || !(c->what & VPL011_TIME_BUDGET)) {
        return;
    }
    /* After a jump of the clock a FIFO of it leaves at once, too. */
    require(sent() - w->sent_before <=
                took / MS * c->budget / 1000 + c->budget / 1000 +
                    (c->burst ? c->burst : 1) + 2 * PL011_DEPTH_MAX + 1,
            "the budget");
}

/* However many accesses a step makes, at one moment. */
static void check_asked(void)
{
    require(!w->has_clock || w->asked <= ASKED_MAX, "ticks are asked for once");
}

/* Each access does first what is due, but for input. */
static void check_time(void)
{
    uint64_t when;

    if (w->has_clock && !(w->clock.what & VPL011_TIME_RX) &&
        vpl011_time_next(&w->uart, &when) == 1) {
        require(when > w->latest, "nothing is due after an access");
    }
}

static void check(void)
{
    uint32_t mis = reg(PL011_UARTMIS); /* output that waits is offered anew */

    mis = reg(PL011_UARTMIS);
    require(mis == (reg(PL011_UARTRIS) & reg(PL011_UARTIMSC)),
            "MIS is RIS & IMSC");
    require(!mis == !(w->irq_lines & VPL011_IRQ_UARTINTR), "UARTINTR");
    require(vpl011_irq_lines(&w->uart) == w->irq_lines, "outputs are told");
    require(vpl011_dma_lines(&w->uart) == (w->has_dma ? w->dma_lines : 0),
            "request lines are told");
    if (w->page_open && !w->page_asked) {
        check_page();
    }
    check_budget();
    check_time();
    check_asked();
}

/*
 * Steps
 */

static uint32_t take_offset(void)
{
    static const uint16_t offsets[] = {
        PL011_UARTDR,   PL011_UARTDR,   PL011_UARTDR,    PL011_UARTRSR,
        PL011_UARTIBRD, PL011_UARTFBRD, PL011_UARTLCR_H, PL011_UARTCR,
        PL011_UARTIFLS, PL011_UARTIMSC, PL011_UARTICR,   PL011_UARTTCR,
        PL011_UARTTDR,  PL011_UARTITOP, PL011_UARTDMACR, PL011_UARTFR,
    };

    return offsets[take() % (sizeof(offsets) / sizeof(offsets[0]))];
}

static void guest_writes(void)
{
    const uint32_t offset = take_offset();
    const unsigned int size = 1u << take() % 3;

    (void)vpl011_mmio_write(&w->uart, offset, size, take16());
}

static void guest_reads(void)
{
    uint64_t value;

    (void)vpl011_mmio_read(&w->uart, take_offset(), 1u << take() % 3, &value);
}

static void guest_types(void)
{
    uint32_t count = take() % 80;

    while (count-- > 0) {
        (void)vpl011_mmio_write(&w->uart, PL011_UARTDR, 4, count & 0xFF);
    }
}

/* As many as may wait, handed over together, change nothing that it can see. */
static void guest_defers(void)
{
    uint8_t run[128] = {0};
    const uint32_t wanted = take() % sizeof(run);
    const int room = vpl011_deferrable(&w->uart);
    const uint32_t count = room < (int)wanted ? (uint32_t)room : wanted;
    const uint64_t before = sent();
    const uint32_t flags = reg(PL011_UARTFR);
    const uint32_t ris = reg(PL011_UARTRIS);

    require(room >= 0, "room");
    require(!vpl011_write_deferred(&w->uart, run, count), "a run");
    if (room > 0) {
        require(sent() - before == count, "all of a run has left");
        require(reg(PL011_UARTFR) == flags && reg(PL011_UARTRIS) == ris,
                "a run is not seen");
    }
}

static void time_passes(void)
{
    static const uint64_t units[] = {1000, MS, 20 * MS, SECOND};
    const uint32_t how = take();
    const uint64_t step = take16() * units[how % 4] / 16;

    if (how & 0x80) {
        w->now -= step < w->now ? step : w->now;
    } else {
        w->now += step;
    }
}

static void tick(void)
{
    const int result = vpl011_tick(&w->uart);

    require(result >= 0 || (result == VPL011_ERR_PAGE && w->page_asked),
            "a tick");
}

/* Each tick at its moment: in bounded rounds nothing is due any more. */
static void ticks_come(void)
{
    uint64_t when = 0;
    uint64_t last;
    int rounds;

    if (!w->has_clock) {
        tick();
        return;
    }
    w->now = w->latest;
    for (rounds = take() % 32; rounds > 0; rounds--) {
        if (vpl011_time_next(&w->uart, &when) != 1) {
            return;
        }
        last = w->now;
        w->asked = 0;
        w->now = when > w->now ? when : w->now;
        tick();
        require(vpl011_time_next(&w->uart, &when) != 1 || when > w->now ||
                    w->now > last,
                "a tick gets on");
    }
}

static void far_end_moves(void)
{
    uint8_t bytes[64] = {0};
    const uint32_t how = take();
    const size_t count = take() % sizeof(bytes);

    if (how % 4 == 0) {
        (void)vpl011_fifo_pop(&w->fifo, bytes, sizeof(bytes));
    } else if (how % 4 == 1) {
        vpl011_fifo_push_break(&w->fifo);
    } else if (how % 4 == 2) {
        vpl011_fifo_set_attached(&w->fifo, count % 4 != 0);
    } else {
        (void)vpl011_fifo_push(&w->fifo, bytes, count);
    }
    if (how & 0x10) {
        (void)vpl011_data_avail(&w->uart);
    }
}

static void page_moves(void)
{
    const struct vpl011_page page = {.registers = w->page, .close = on_close};
    const uint32_t how = take() % 8;
    int result;

    w->page_later = take() % 2;
    if (how == 0) {
        result = vpl011_page_set(&w->uart, w->has_page ? NULL : &page);
        require(!result == !w->page_open,
                "a page is changed once it is closed");
        w->has_page ^= !result;
    } else if (how < 4 && w->page_open) {
        w->page_open = false;
        w->page_asked = false;
        (void)vpl011_page_closed(&w->uart);
    } else if (w->has_page && !w->page_open) {
        w->page_open = true; /* it may be closed before this returns */
        result = vpl011_page_open(&w->uart);
        if (result != 1) {
            w->page_open = false;
        }
    }
}

static void clock_moves(void)
{
    w->clock = (struct vpl011_time_config){
        .now = on_now,
        .what = take() % 16,
        .budget = take16(),
        .burst = take(),
        .over_budget = take() % 2 ? VPL011_POLICY_DROP_NEWEST : 0,
    };
    w->has_clock = take() % 4 != 0;
    w->now = w->latest;
    require(
        !vpl011_time_set(&w->uart, w->has_clock ? &w->time : NULL, &w->clock),
        "a clock");
    w->budget_since = w->latest;
    w->sent_before = sent();
}

static void dma_moves(void)
{
    const struct vpl011_dma dma = {.request = on_request};
    int result;

    if (take() % 2) {
        (void)vpl011_dma_clear(&w->uart, take() % 16);
        return;
    }
    w->dma_lines = 0; /* those that are up are told anew */
    result = vpl011_dma_set(&w->uart, w->has_dma ? NULL : &dma);
    if (!result) {
        w->has_dma = !w->has_dma;
    }
    require(!result || result == VPL011_ERR_UNSUPPORTED, "request lines");
}

static void state_moves(void)
{
    static uint8_t blob[4096];
    const uint32_t how = take();
    const int saved = vpl011_state_save(&w->uart, blob, sizeof(blob));
    int result;

    require(saved > 0, "it is saved");
    if (how % 2) {
        result = vpl011_state_load(&w->uart, blob, (size_t)saved);
        require(!result || (result == VPL011_ERR_PAGE && w->page_asked),
                "what was saved loads");
    } else if (how % 16 == 0) {
        require(!vpl011_reset(&w->uart), "reset");
    } else {
        (void)vpl011_set_clock(&w->uart, take16() * 1000);
        (void)vpl011_set_modem(&w->uart, take() & PL011_FR_MODEM);
    }
}

static void step(void)
{
    const uint32_t what = take() % 16;

    w->dma_may_fall = what < 3 || what > 12;
    w->asked = 0;
    switch (what) {
    case 0:
    case 1:
    case 2:
        guest_writes();
        break;
    case 3:
    case 4:
        guest_reads();
        break;
    case 5:
        guest_types();
        break;
    case 6:
        guest_defers();
        break;
    case 7:
    case 8:
        time_passes();
        break;
    case 9:
        ticks_come();
        break;
    case 10:
    case 11:
        far_end_moves();
        break;
    case 12:
        page_moves();
        break;
    case 13:
        clock_moves();
        break;
    case 14:
        dma_moves();
        break;
    default:
        state_moves();
        break;
    }
}

static void begin(void)
{
    const uint32_t how = take();
    const struct vpl011_config config = {
        .personality = how & 1 ? VPL011_SBSA : VPL011_PL011,
        .flags = (how & 2 ? VPL011_CFG_FIRMWARE_INIT : 0) |
                 (how & 4 ? VPL011_CFG_STRICT_INTERRUPTS : 0) |
                 (how & 8 ? VPL011_CFG_UNTHROTTLED : 0),
        .clock_hz = how & 16 ? 24000000 : 0,
    };
    const struct vpl011_ops ops = {.irq = on_irq, .notify = on_notify};
    struct vpl011_backend backend;

    require(!vpl011_init(&w->uart, &config, &ops), "init");
    require(!vpl011_fifo_init(&w->fifo, w->in, sizeof(w->in), w->out,
                              sizeof(w->out)),
            "the FIFO");
    require(!vpl011_fifo_backend(&w->fifo, &backend), "its backend");
    require(!vpl011_attach(&w->uart, &backend), "attach");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int steps = 0;

    w = calloc(1, sizeof(*w));
    if (!w) {
        return 0;
    }
    w->data = data;
    w->size = size;
    begin();
    while (w->at < w->size && steps++ < STEPS_MAX) {
        step();
        check();
    }
    free(w);
    return 0;
}
