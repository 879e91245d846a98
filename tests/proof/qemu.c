/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Any section of QEMU's stream, and any state, each translated to the other. */
#include "any.h"

#include <vpl011/qemu_state.h>

void proof_qemu(void)
{
    struct vpl011_qemu_state section;
    struct vpl011_state state;
    int result;

    any_bytes(&section, sizeof(section));
    any_bytes(&state, sizeof(state));
    state.rx_count = 0; /* it stays on an error */
    result = vpl011_state_from_qemu(&state, &section);
    /*@ assert left: result <= 15; */
    /*@ assert received: state.rx_count <= 16; */
    (void)result;

    any_bytes(&section, sizeof(section));
    any_bytes(&state, sizeof(state));
    vpl011_state_to_qemu(&state, &section);
}
