/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The host's mistakes, which the headers promise to refuse by a name. */
#include "misuse.h"

#include <vpl011/state.h>

#define REFUSED(call, error) \
    do { \
        if ((call) != (error)) { \
            return #call; \
        } \
    } while (0)

const char *all_refused(struct vpl011 *d, int error,
                        const struct vpl011_backend *backend)
{
    const uint16_t entry = 'x';
    struct vpl011_counters counters;
    struct vpl011_line line;
    struct vpl011_state state;
    uint64_t value = 1;

    REFUSED(vpl011_mmio_read(d, PL011_UARTDR, 4, &value), error);
    REFUSED(value, 0);
    value = 1;
    REFUSED(vpl011_mmio_read(d, PL011_UARTIMSC, 1, &value), error);
    REFUSED(value, 0);
    REFUSED(vpl011_mmio_write(d, PL011_UARTDR, 4, 'x'), error);
    REFUSED(vpl011_mmio_write(d, PL011_UARTIMSC, 4, 0), error);
    REFUSED(vpl011_data_avail(d), error);
    REFUSED(vpl011_tick(d), error);
    REFUSED(vpl011_remind(d), error);
    REFUSED(vpl011_pause(d), error);
    REFUSED(vpl011_resume(d), error);
    REFUSED(vpl011_reset(d), error);
    REFUSED(vpl011_attach(d, backend), error);
    REFUSED(vpl011_attach(d, NULL), error);
    REFUSED(vpl011_set_clock(d, 1), error);
    REFUSED(vpl011_set_modem(d, 0), error);
    REFUSED(vpl011_rx_push(d, &entry, 1), error);
    REFUSED(vpl011_rx_room(d), error);
    REFUSED(vpl011_tx_waiting(d), error);
    REFUSED(vpl011_get_line(d, &line), error);
    REFUSED(vpl011_get_counters(d, &counters), error);
    REFUSED(vpl011_state_get(d, &state), error);
    REFUSED((int)vpl011_take_events(d), 0);
    return NULL;
}

const char *misuse(struct vpl011 *d, const struct vpl011_backend *backend)
{
    static struct vpl011 never_initialised;
    static const uint16_t entry = 'x';
    static const uint16_t no_entry = 0x800;
    /* With a member that this library does not know. */
    const struct {
        struct vpl011_backend known;
        uint64_t more;
    } newer = {*backend, 1};
    struct vpl011_backend b = *backend;
    uint64_t value;
    const char *wrong = all_refused(NULL, VPL011_ERR_NULL, backend);

    if (!wrong) {
        wrong = all_refused(&never_initialised, VPL011_ERR_UNINIT, backend);
    }
    if (wrong) {
        return wrong;
    }
    /* Not among these: it is allowed in callbacks. */
    REFUSED(vpl011_mmio_read(NULL, PL011_UARTFR, 4, &value), VPL011_ERR_NULL);
    REFUSED(vpl011_mmio_read(&never_initialised, PL011_UARTFR, 4, &value),
            VPL011_ERR_UNINIT);
    REFUSED((int)vpl011_irq_lines(NULL), 0);
    REFUSED(vpl011_mmio_read(d, PL011_UARTDR, 4, NULL), VPL011_ERR_NULL);
    REFUSED(vpl011_mmio_read(d, PL011_UARTIMSC, 4, NULL), VPL011_ERR_NULL);
    REFUSED(vpl011_set_modem(d, PL011_FR_RI << 1), VPL011_ERR_RANGE);
    REFUSED(vpl011_rx_push(d, NULL, 1), VPL011_ERR_NULL);
    REFUSED(vpl011_rx_push(d, &entry, (size_t)INT32_MAX + 1), VPL011_ERR_RANGE);
    REFUSED(vpl011_rx_push(d, &no_entry, 1), VPL011_ERR_RANGE);
    REFUSED(vpl011_get_line(d, NULL), VPL011_ERR_NULL);
    REFUSED(vpl011_get_counters(d, NULL), VPL011_ERR_NULL);
    b.write = NULL;
    REFUSED(vpl011_attach(d, &b), VPL011_ERR_OP_MISSING);
    b = *backend;
    b.read = NULL;
    REFUSED(vpl011_attach(d, &b), VPL011_ERR_OP_MISSING);
    REFUSED(vpl011_attach_sized(d, &newer.known, sizeof(newer)),
            VPL011_ERR_ABI);
    b = *backend;
    b.poll = NULL;
    REFUSED(vpl011_attach(d, &b), VPL011_ERR_OP_MISSING);
    return NULL;
}
