/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The same with libvpl011: the device under a std::mutex, between it and the
 * loop a FIFO, and the events that wake the loop.
 */
#include "uart.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static constexpr uint64_t tick_us = 1000;

struct Uart::Impl {
    Host &host;
    std::mutex lock;
    vpl011 device{};
    vpl011_fifo fifo{};
    std::array<uint8_t, 256> in{}; /* powers of two */
    std::array<uint8_t, 4096> out{};
    std::atomic<uint32_t> events{0};
    uint64_t tick = never; /* the loop's alone */

    explicit Impl(Host &to);
};

static void check(int err)
{
    if (err < 0) {
        throw std::runtime_error(vpl011_strerror(err));
    }
}

/* None of these may throw: C calls them. */
template <class Impl> static vpl011_ops ops_of(Impl *impl)
{
    vpl011_ops ops{};

    ops.ctx = impl;
    ops.irq = [](void *ctx, uint32_t lines, uint32_t) {
        static_cast<Impl *>(ctx)->host.set_irq(lines & VPL011_IRQ_UARTINTR);
    };
    ops.notify = [](void *ctx, uint32_t events) {
        static_cast<Impl *>(ctx)->events |= events;
        static_cast<Impl *>(ctx)->host.wake();
    };
    ops.lock = [](void *ctx) -> uintptr_t {
        static_cast<Impl *>(ctx)->lock.lock();
        return 0;
    };
    ops.unlock = [](void *ctx, uintptr_t) {
        static_cast<Impl *>(ctx)->lock.unlock();
    };
    return ops;
}

Uart::Impl::Impl(Host &to) : host(to)
{
    const vpl011_ops ops = ops_of(this);
    vpl011_config config{};
    vpl011_backend backend{};

    config.revision = VPL011_R1P1;
    check(vpl011_init(&device, &config, &ops));
    check(
        vpl011_fifo_init(&fifo, in.data(), in.size(), out.data(), out.size()));
    check(vpl011_fifo_backend(&fifo, &backend));
    check(vpl011_attach(&device, &backend));
}

Uart::Uart(Host &host) : impl(std::make_unique<Impl>(host))
{
}

Uart::~Uart() = default;

uint64_t Uart::read(uint64_t offset, unsigned int size)
{
    uint64_t value;

    vpl011_mmio_read(&impl->device, offset, size, &value); /* or 0 */
    return value;
}

void Uart::write(uint64_t offset, unsigned int size, uint64_t value)
{
    vpl011_mmio_write(&impl->device, offset, size, value);
}

size_t Uart::type(const uint8_t *bytes, size_t count)
{
    const size_t taken = vpl011_fifo_push(&impl->fifo, bytes, count);

    vpl011_data_avail(&impl->device);
    return taken;
}

uint64_t Uart::serve(uint64_t now)
{
    const uint32_t events = impl->events.exchange(0);
    std::array<uint8_t, 512> text;
    size_t n;

    while ((n = vpl011_fifo_pop(&impl->fifo, text.data(), text.size())) > 0) {
        impl->host.emit(text.data(), n);
        vpl011_data_avail(&impl->device);
    }
    if (events & VPL011_EVENT_REFILL) {
        vpl011_data_avail(&impl->device);
    }
    if (now >= impl->tick) {
        impl->tick = never;
        vpl011_tick(&impl->device);
    }
    if (events & VPL011_EVENT_TICK) {
        impl->tick = now + tick_us;
    }
    return impl->tick;
}
