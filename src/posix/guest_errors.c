/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A guest's mistakes as lines, limited for each kind. */
#include <vpl011/guest_errors.h>

#include <inttypes.h>

#include "names.h"

#define MINUTE UINT64_C(60000000000) /* [ns] */

static const char *const kinds[VPL011_GUEST_ERROR_KINDS] = {
    [VPL011_GUEST_BAD_ACCESS] = "no access that a bus allows",
    [VPL011_GUEST_RESERVED] = "no register there",
    [VPL011_GUEST_READ_ONLY] = "the register is read-only",
    [VPL011_GUEST_WRITE_ONLY] = "the register is write-only",
    [VPL011_GUEST_TX_OVERFLOW] = "the TX FIFO was full",
};

size_t vpl011_guest_errors_sizeof(void)
{
    return sizeof(struct vpl011_guest_errors);
}

int vpl011_guest_errors_init_sized(struct vpl011_guest_errors *errors,
                                   size_t errors_size, uint32_t burst,
                                   uint32_t per_minute)
{
    if (!errors) {
        return VPL011_ERR_NULL;
    }
    if (errors_size < sizeof(*errors)) {
        return VPL011_ERR_ABI;
    }
    if (burst == 0 || burst > VPL011_GUEST_ERROR_BURST_MAX || per_minute == 0) {
        return VPL011_ERR_RANGE;
    }
    *errors = (struct vpl011_guest_errors){.period = MINUTE / per_minute};
    errors->ahead = (burst - 1) * errors->period;
    return VPL011_OK;
}

int vpl011_guest_error_text(struct vpl011_guest_errors *errors, uint64_t now,
                            const struct vpl011_guest_error *what, char *line,
                            size_t size)
{
    struct text t = {.out = line, .size = size};
    uint32_t kind;

    if (!errors || !what || !line) {
        return VPL011_ERR_NULL;
    }
    if (size == 0) {
        return VPL011_ERR_SIZE;
    }
    kind = what->kind < VPL011_GUEST_ERROR_KINDS ? what->kind : 0;
    if (errors->next[kind] > now && errors->next[kind] - now > errors->ahead) {
        errors->held[kind]++;
        return 0;
    }
    if (errors->next[kind] < now) {
        errors->next[kind] = now;
    }
    errors->next[kind] += errors->period;
    vpl011_text_add_(&t, "guest %s 0x%03" PRIx64 ", %" PRIu64 " byte%s",
                     what->write ? "write at" : "read at", what->offset,
                     what->size, what->size == 1 ? "" : "s");
    if (what->write) {
        vpl011_text_add_(&t, ", 0x%" PRIx64, what->value);
    }
    vpl011_text_add_(&t, ": %s", kinds[kind] ? kinds[kind] : "a mistake");
    if (errors->held[kind] > 0) {
        vpl011_text_add_(&t, " (%" PRIu64 " more before)", errors->held[kind]);
        errors->held[kind] = 0;
    }
    return (int)t.length;
}
