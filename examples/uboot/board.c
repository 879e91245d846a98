/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The processor: memory, PSCI, interrupts, and when to stop the guest. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "board.h"

/* Blocks of instructions after which the loop looks at the console in any case:
 * about a millisecond. */
#define BLOCKS_QUIET 100000u
/* The same once the UART raised an event. Long enough for a line of output to
 * collect, and for an interrupt handler that reads until the FIFO is empty to
 * leave: if the FIFO were refilled at once, it never would. */
#define BLOCKS_EVENT 1000u
/* This many FR reads in a row without a character mean that the guest polls. */
#define FR_POLLS_WAITING 64u

#define PSTATE_I (1u << 7)
#define PSTATE_EL1H_MASKED 0x3c5u /* EL1 on its own stack, DAIF set */
#define VECTOR_SYNC_EL1H 0x200u
#define VECTOR_IRQ_EL1H 0x280u
/* Data abort in the same EL, synchronous external abort. */
#define ESR_EXTERNAL_ABORT (0x25u << 26 | 1u << 25 | 0x10u)

#define EXCEPTION_SMC 13u
#define PSCI_VERSION 0x84000000u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_FEATURES 0x8400000au
#define PSCI_NOT_SUPPORTED UINT64_MAX

static void fault(struct board *b, const char *what, const char *why)
{
    if (b->state != BOARD_FAULT) {
        (void)snprintf(b->fault, sizeof(b->fault), "%s: %s", what, why);
        b->state = BOARD_FAULT;
    }
}

static uint64_t get(struct board *b, int reg)
{
    uint64_t value = 0;

    (void)uc_reg_read(b->uc, reg, &value);
    return value;
}

static void set(struct board *b, int reg, uint64_t value)
{
    (void)uc_reg_write(b->uc, reg, &value);
}

/*
 * The UART
 */

static void uart_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct board *b = ctx;

    (void)changed;
    b->irq = (lines & VPL011_IRQ_UARTINTR) != 0;
}

/* Only record them, because the guest is inside an access. The loop answers. */
static void uart_notify(void *ctx, uint32_t events)
{
    struct board *b = ctx;

    b->events |= events;
}

static bool is_polling(const struct board *b)
{
    return b->fr_polls >= FR_POLLS_WAITING;
}

static void count_access(struct board *b, uint64_t offset)
{
    if (offset == PL011_UARTFR) {
        b->fr_polls++;
    } else {
        b->fr_polls = 0;
        b->accesses++;
    }
}

/* A refused access reads as 0 and has no other effect. Another board might
 * raise a data abort instead. */
static uint64_t uart_read(uc_engine *uc, uint64_t offset, unsigned int size,
                          void *ctx)
{
    struct board *b = ctx;
    uint64_t value = 0;

    (void)uc;
    b->stats.uart_reads++;
    count_access(b, offset);
    (void)vpl011_mmio_read(&b->uart, offset, size, &value);
    return value;
}

static void uart_write(uc_engine *uc, uint64_t offset, unsigned int size,
                       uint64_t value, void *ctx)
{
    struct board *b = ctx;

    (void)uc;
    b->stats.uart_writes++;
    count_access(b, offset);
    (void)vpl011_mmio_write(&b->uart, offset, size, value);
}

int board_make_uart(struct board *b)
{
    struct vpl011_config config = {.clock_hz = BOARD_UART_CLOCK};
    struct vpl011_ops ops = {
        .ctx = b,
        .irq = uart_irq,
        .notify = uart_notify,
        .trace = b->trace,
    };

    return vpl011_init(&b->uart, &config, &ops);
}

static bool uart_init(struct board *b)
{
    struct vpl011_backend backend;
    int err = board_make_uart(b);

    if (!err) {
        err = vpl011_fifo_init(&b->fifo, b->input, sizeof(b->input), b->output,
                               sizeof(b->output));
    }
    if (!err) {
        err = vpl011_fifo_backend(&b->fifo, &backend);
    }
    if (!err) {
        err = vpl011_attach(&b->uart, &backend);
    }
    if (err) {
        fault(b, "UART", vpl011_strerror(err));
    }
    return err == 0;
}

/*
 * The processor
 */

/*
 * Called before each block of instructions: the only place where Unicorn can
 * be stopped and resumed exactly. Stopped inside an access to the UART, it
 * would run the instructions before it in the block a second time.
 */
static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *ctx)
{
    struct board *b = ctx;
    unsigned int limit = b->events ? BLOCKS_EVENT : BLOCKS_QUIET;

    (void)address;
    (void)size;
    b->blocks++;
    if (b->blocks >= limit || is_polling(b) ||
        (b->stop_every && b->accesses >= b->stop_every) ||
        (b->irq && !(get(b, UC_ARM64_REG_PSTATE) & PSTATE_I))) {
        b->stopping = true;
        (void)uc_emu_stop(uc);
    }
}

static void psci_call(struct board *b)
{
    uint64_t result = PSCI_NOT_SUPPORTED;

    switch ((uint32_t)get(b, UC_ARM64_REG_X0)) {
    case PSCI_VERSION:
        result = 0x00010000;
        break;
    case PSCI_FEATURES:
        switch ((uint32_t)get(b, UC_ARM64_REG_X1)) {
        case PSCI_VERSION:
        case PSCI_SYSTEM_OFF:
        case PSCI_SYSTEM_RESET:
        case PSCI_FEATURES:
            result = 0;
            break;
        default:
            break;
        }
        break;
    case PSCI_SYSTEM_OFF:
        b->state = BOARD_OFF;
        break;
    case PSCI_SYSTEM_RESET:
        b->state = BOARD_RESET;
        break;
    default:
        break;
    }
    set(b, UC_ARM64_REG_X0, result);
}

static void on_exception(uc_engine *uc, uint32_t number, void *ctx)
{
    struct board *b = ctx;
    char where[64];

    if (number == EXCEPTION_SMC) {
        psci_call(b);
    } else {
        (void)snprintf(where, sizeof(where),
                       "exception %" PRIu32 " at 0x%" PRIx64, number,
                       get(b, UC_ARM64_REG_PC));
        fault(b, "guest", where);
    }
    if (b->state != BOARD_RUNNING) {
        b->stopping = true;
        (void)uc_emu_stop(uc);
    }
}

/* Take an interrupt, which Unicorn leaves to its user. */
static void take_exception(struct board *b, uint64_t vector)
{
    uc_arm64_cp_reg spsr = {.crn = 4, .crm = 0, .op0 = 3, .op1 = 0, .op2 = 0};

    spsr.val = get(b, UC_ARM64_REG_PSTATE);
    (void)uc_reg_write(b->uc, UC_ARM64_REG_CP_REG, &spsr);
    set(b, UC_ARM64_REG_ELR_EL1, get(b, UC_ARM64_REG_PC));
    set(b, UC_ARM64_REG_PSTATE, PSTATE_EL1H_MASKED);
    set(b, UC_ARM64_REG_PC, get(b, UC_ARM64_REG_VBAR_EL1) + vector);
}

static void take_interrupt(struct board *b)
{
    if (b->irq && !(get(b, UC_ARM64_REG_PSTATE) & PSTATE_I)) {
        take_exception(b, VECTOR_IRQ_EL1H);
        b->stats.interrupts++;
    }
}

/* Where there is no device, the bus answers with an error. */
static bool on_unmapped(uc_engine *uc, uc_mem_type type, uint64_t address,
                        int size, int64_t value, void *ctx)
{
    struct board *b = ctx;

    (void)uc;
    (void)type;
    (void)size;
    (void)value;
    b->fault_address = address;
    return false;
}

static void take_abort(struct board *b)
{
    set(b, UC_ARM64_REG_FAR_EL1, b->fault_address);
    set(b, UC_ARM64_REG_ESR_EL1, ESR_EXTERNAL_ABORT);
    take_exception(b, VECTOR_SYNC_EL1H);
}

static uc_err power_on(struct board *b)
{
    /* Unicorn starts in EL1 with SCR_EL3.RW = 0. Its page walker then takes EL1
     * for AArch32, and the guest dies when it turns the MMU on. */
    uc_arm64_cp_reg scr_el3 = {
        .crn = 1, .crm = 1, .op0 = 3, .op1 = 6, .op2 = 0, .val = 0x400};
    uc_hook hook;
    uc_err err = uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &b->uc);

    if (err) {
        b->uc = NULL;
        return err;
    }
    err = uc_reg_write(b->uc, UC_ARM64_REG_CP_REG, &scr_el3);
    if (!err) {
        err = uc_mem_map(b->uc, BOARD_IMAGE_BASE, BOARD_RAM_SIZE, UC_PROT_ALL);
    }
    if (!err) {
        err = uc_mem_map(b->uc, BOARD_RAM_BASE, BOARD_RAM_SIZE, UC_PROT_ALL);
    }
    if (!err) {
        err = uc_mmio_map(b->uc, BOARD_UART_BASE, 0x1000, uart_read, b,
                          uart_write, b);
    }
    if (!err) {
        err = uc_mem_write(b->uc, BOARD_IMAGE_BASE, b->image, b->image_size);
    }
    if (!err) {
        err = uc_mem_write(b->uc, BOARD_RAM_BASE, b->device_tree,
                           sizeof(b->device_tree));
    }
    if (!err) {
        err =
            uc_hook_add(b->uc, &hook, UC_HOOK_BLOCK, (void *)on_block, b, 1, 0);
    }
    if (!err) {
        err =
            uc_hook_add(b->uc, &hook,
                        UC_HOOK_MEM_READ_UNMAPPED | UC_HOOK_MEM_WRITE_UNMAPPED,
                        (void *)on_unmapped, b, 1, 0);
    }
    if (!err) {
        err = uc_hook_add(b->uc, &hook, UC_HOOK_INTR, (void *)on_exception, b,
                          1, 0);
    }
    if (!err) {
        set(b, UC_ARM64_REG_X0, BOARD_RAM_BASE);
        set(b, UC_ARM64_REG_PC, BOARD_IMAGE_BASE);
    }
    return err;
}

static void power_off(struct board *b)
{
    if (b->uc) {
        (void)uc_close(b->uc);
        b->uc = NULL;
    }
}

static bool start(struct board *b)
{
    uc_err err = power_on(b);

    b->state = BOARD_RUNNING;
    b->in_wfi = false;
    b->fr_polls = 0;
    if (err) {
        power_off(b);
        fault(b, "Unicorn", uc_strerror(err));
    }
    return err == UC_ERR_OK;
}

bool board_init(struct board *b, const void *image, size_t image_size,
                void (*trace)(void *board, const struct vpl011_trace *what),
                void *to)
{
    memset(b, 0, sizeof(*b));
    b->trace = trace;
    b->trace_to = to;
    b->image = image;
    b->image_size = image_size;
    if (image_size == 0 || image_size > BOARD_RAM_SIZE) {
        fault(b, "image", "empty, or larger than the memory");
        return false;
    }
    if (!board_write_device_tree(b->device_tree, sizeof(b->device_tree))) {
        fault(b, "device tree", "does not fit");
        return false;
    }
    return uart_init(b) && start(b);
}

bool board_reset(struct board *b)
{
    power_off(b);
    (void)vpl011_reset(&b->uart);
    b->stats.resets++;
    return start(b);
}

bool board_waits(const struct board *b)
{
    return (is_polling(b) || (b->in_wfi && !b->irq)) &&
           !(b->events & (VPL011_EVENT_REFILL | VPL011_EVENT_TICK));
}

void board_serve(struct board *b)
{
    const uint32_t events = b->events;

    b->events = 0;
    if ((events & VPL011_EVENT_TICK) && (is_polling(b) || b->in_wfi)) {
        /* The guest waits: letting a millisecond pass would gain nothing. */
        (void)vpl011_tick(&b->uart);
    } else {
        b->events = events & VPL011_EVENT_TICK;
        (void)vpl011_data_avail(&b->uart);
    }
}

void board_run(struct board *b)
{
    char where[96];
    uc_err err;

    if (b->state != BOARD_RUNNING) {
        return;
    }
    take_interrupt(b);
    b->blocks = 0;
    b->accesses = 0;
    b->fr_polls = 0;
    b->stopping = false;
    b->in_wfi = false;
    b->stats.runs++;
    err = uc_emu_start(b->uc, get(b, UC_ARM64_REG_PC), UINT64_MAX, 0, 0);
    /* Without a vector table the interrupt cannot be taken. */
    if ((err == UC_ERR_READ_UNMAPPED || err == UC_ERR_WRITE_UNMAPPED) &&
        get(b, UC_ARM64_REG_VBAR_EL1) != 0) {
        take_abort(b);
        b->stopping = true;
    } else if (err) {
        (void)snprintf(where, sizeof(where), "%s at 0x%" PRIx64,
                       uc_strerror(err), get(b, UC_ARM64_REG_PC));
        fault(b, "guest", where);
    }
    /* Besides the hooks only WFI stops the guest. */
    b->in_wfi = !b->stopping;
}

void board_destroy(struct board *b)
{
    power_off(b);
}
