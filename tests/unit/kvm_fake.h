/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A KVM that is none: memory slots, coalesced zones and their ring, and
 * ioeventfds, as the kernel has them, and a guest that reads and writes through
 * them.
 */
#ifndef TESTS_KVM_FAKE_H
#define TESTS_KVM_FAKE_H

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>

#include <vpl011/deferred.h>
#include <vpl011/kvm.h>
#include <vpl011/page.h>
#include <vpl011/state.h>

#include "support.h"

#define BASE UINT64_C(0x09000000)
#define PAGE_MAX 65536u
#define MS UINT64_C(1000000)

/* A call of KVM, for what fails and what is watched. */
enum call {
    SLOT_ON,
    SLOT_OFF,
    ZONE_ON,
    ZONE_OFF,
    REPEATS_ON,
    REPEATS_OFF,
    CALLS,
};

struct fake {
    struct host h;
    struct vpl011_kvm_vm vm;
    struct vpl011_kvm kvm;
    size_t host_page;

    /* KVM */
    pthread_mutex_t kernel;                  /* for tests with threads */
    _Alignas(8) uint64_t ring[PAGE_MAX / 8]; /* i686: 8, not 4 */
    bool no_slots;                           /* capabilities that are missing */
    bool no_zones;
    struct kvm_userspace_memory_region slot; /* memory_size 0: none */
    bool zone;
    struct kvm_ioeventfd repeats; /* len 0: none */
    bool no_repeats;              /* a capability, too */
    unsigned int calls[CALLS];
    unsigned int fail[CALLS]; /* so many of them fail */
    size_t rx_when_removed;

    /* Once, from inside the next call of that kind. */
    void (*during[CALLS])(struct fake *f);

    /* The monitor */
    uint64_t now;
    unsigned int wakes;
    unsigned int cleans;
    size_t cleaned; /* [bytes] of the last one */
    bool slot_when_cleaned;
    unsigned int others;
    uint64_t other_address;
    void (*in_other)(struct fake *f);

    /* The guest */
    unsigned int exits;
    unsigned int from_page;
};

extern struct fake fake;
extern uint8_t fake_memory[2 * PAGE_MAX];

/* Host page, capabilities and queue as set in `f` and `config`. */
void fake_init(struct fake *f, const struct host_options *options,
               struct vpl011_kvm_config config);
/* As fake_init() with defaults: 4 KiB, all there is. */
void fake_start(struct fake *f);
/* fake_start(), and a burst that opens both. */
void fake_open(struct fake *f);
struct vpl011_kvm_vm_config fake_vm_config(struct fake *f);
struct vpl011_kvm_config fake_config(void);
uint8_t *fake_page(const struct fake *f);

struct kvm_coalesced_mmio_ring *fake_ring(struct fake *f);
uint32_t fake_waiting(struct fake *f);
/* As the kernel: false where the ring is full. */
bool fake_push(struct fake *f, uint64_t address, uint32_t size, uint64_t data);

uint32_t fake_read(struct fake *f, uint32_t offset, unsigned int size);
void fake_write(struct fake *f, uint32_t offset, unsigned int size,
                uint32_t value);
/* Characters to UARTDR without looking. */
void fake_sends(struct fake *f, const char *text);
void fake_sends_count(struct fake *f, size_t count);
/* vpl011_kvm_serve(): the wait. */
uint64_t fake_serve(struct fake *f);
/* The same, `ns` later. */
uint64_t fake_serve_after(struct fake *f, uint64_t ns);
struct vpl011_kvm_status fake_status(struct fake *f);

#endif
