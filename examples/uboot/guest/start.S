/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Entry at EL1 with the MMU off, the vector table, and what C cannot say. */

    .section .text.start, "ax"
    .global start
start:
    ldr x0, =stack_top
    mov sp, x0
    ldr x0, =vectors
    msr vbar_el1, x0
    isb
    bl guest_main
    /* guest_main returned: power off. */
    .global power_off
power_off:
    ldr w0, =0x84000008
    smc #0
    b power_off

    /* PSCI SYSTEM_RESET */
    .global power_cycle
power_cycle:
    ldr w0, =0x84000009
    smc #0
    b power_cycle

    /* An interrupt that is pending already ends the WFI, masked or not. */
    .global irq_wait
irq_wait:
    wfi
    ret

    .global irq_enable
irq_enable:
    msr daifclr, #2
    ret

    .global irq_disable
irq_disable:
    msr daifset, #2
    ret

/* An exception that nothing here should cause. */
unexpected:
    wfi
    b unexpected

    .macro vector target
    .balign 0x80
    b \target
    .endm

    .balign 0x800
vectors:
    vector unexpected /* EL1 on SP_EL0 */
    vector unexpected
    vector unexpected
    vector unexpected
    vector unexpected /* EL1 on SP_EL1: synchronous */
    vector irq
    vector unexpected
    vector unexpected
    vector unexpected /* EL0 */
    vector unexpected
    vector unexpected
    vector unexpected
    vector unexpected
    vector unexpected
    vector unexpected
    vector unexpected

/* What a C function may change; the guest uses no vector registers. */
irq:
    stp x0, x1, [sp, #-160]!
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    bl uart_irq
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    ldp x0, x1, [sp], #160
    eret
