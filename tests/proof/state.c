/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Arbitrary saved state: any plain state, loaded into a device in any state.
 */
#include "device.c"

/* What set accepts, it has checked itself: nothing is assumed of it. */
static void set_any(struct vpl011 *d, uint32_t lcr_h, size_t size)
{
    struct vpl011_state s;

    any_bytes(&s, sizeof(s));
    any_state(d);
    s.lcr_h = lcr_h;
    if (vpl011_state_set_sized(d, &s, size)) {
        check(d);
    } else {
        check(d);
    }
}

static void call_set(struct vpl011 *d)
{
    struct vpl011_state s;

    set_any(d, any_lcr_h(0), sizeof(s));
    set_any(d, any_lcr_h(PL011_LCR_H_FEN), sizeof(s));
    set_any(d, any_u64(256, UINT32_MAX), sizeof(s));
    set_any(d, any_u32(), any_u64(0, sizeof(s) - 1));
    any_state(d);
    vpl011_state_set(d, NULL);
}

void proof_set(void)
{
    each_kind(call_set);
}

/* A device of its own, on the stack. */
static void call_default(void)
{
    struct vpl011_config config;
    struct vpl011_state s;

    any_bytes(&config, sizeof(config));
    vpl011_state_default(any_bool() ? &config : NULL, &s);
}

static void call_get(struct vpl011 *d)
{
    struct vpl011_state s;
    struct vpl011_state other;

    any_state(d);
    vpl011_state_get(d, &s);
    check(d);
    any_bytes(&s, sizeof(s));
    any_bytes(&other, sizeof(other));
    vpl011_state_diff(&s, &other);
    call_default();
}

void proof_get(void)
{
    each_kind(call_get);
}
