/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A PL011 as monitors have it: all registers, a deque for input that grows
 * without bound, an RX interrupt that is latched by the first character, and
 * output that is written while the vCPU waits.
 */
#include "uart.hpp"

#include <deque>
#include <mutex>

#include <vpl011/regs.h>

struct Uart::Impl {
    Host &host;
    std::mutex lock;
    std::deque<uint8_t> input;
    uint32_t ibrd = 0;
    uint32_t fbrd = 0;
    uint32_t lcr_h = 0;
    uint32_t cr = PL011_UARTCR_RESET;
    uint32_t ifls = PL011_UARTIFLS_RESET;
    uint32_t imsc = 0;
    uint32_t ris = 0;
    uint32_t dmacr = 0;

    explicit Impl(Host &to) : host(to)
    {
    }

    void update()
    {
        host.set_irq((ris & imsc) != 0);
    }

    uint32_t read_data()
    {
        if (input.empty()) {
            return 0;
        }
        const uint8_t character = input.front();

        input.pop_front();
        if (input.empty()) {
            ris &= ~PL011_INT_RX;
            update();
        }
        return character;
    }

    uint32_t flags() const
    {
        return PL011_FR_TXFE | (input.empty() ? PL011_FR_RXFE : 0) |
               (input.size() >= 16 ? PL011_FR_RXFF : 0);
    }
};

Uart::Uart(Host &host) : impl(std::make_unique<Impl>(host))
{
}

Uart::~Uart() = default;

uint64_t Uart::read(uint64_t offset, unsigned int size)
{
    static const uint8_t id[] = {0x11, 0x10, 0x14, 0x00,
                                 0x0D, 0xF0, 0x05, 0xB1};
    const std::lock_guard guard(impl->lock);

    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        return impl->read_data();
    case PL011_UARTFR:
        return impl->flags();
    case PL011_UARTIBRD:
        return impl->ibrd;
    case PL011_UARTFBRD:
        return impl->fbrd;
    case PL011_UARTLCR_H:
        return impl->lcr_h;
    case PL011_UARTCR:
        return impl->cr;
    case PL011_UARTIFLS:
        return impl->ifls;
    case PL011_UARTIMSC:
        return impl->imsc;
    case PL011_UARTRIS:
        return impl->ris;
    case PL011_UARTMIS:
        return impl->ris & impl->imsc;
    case PL011_UARTDMACR:
        return impl->dmacr;
    default:
        return offset >= PL011_UARTPeriphID0 && offset % 4 == 0
                   ? id[(offset - PL011_UARTPeriphID0) / 4 % 8]
                   : 0;
    }
}

void Uart::write(uint64_t offset, unsigned int size, uint64_t value)
{
    const std::lock_guard guard(impl->lock);
    const auto word = static_cast<uint32_t>(value);
    const auto character = static_cast<uint8_t>(value);

    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        impl->host.emit(&character, 1);
        impl->ris |= PL011_INT_TX;
        break;
    case PL011_UARTIBRD:
        impl->ibrd = word;
        break;
    case PL011_UARTFBRD:
        impl->fbrd = word;
        break;
    case PL011_UARTLCR_H:
        impl->lcr_h = word;
        break;
    case PL011_UARTCR:
        impl->cr = word;
        break;
    case PL011_UARTIFLS:
        impl->ifls = word;
        break;
    case PL011_UARTIMSC:
        impl->imsc = word;
        break;
    case PL011_UARTICR:
        impl->ris &= ~word;
        break;
    case PL011_UARTDMACR:
        impl->dmacr = word;
        break;
    default:
        break;
    }
    impl->update();
}

size_t Uart::type(const uint8_t *bytes, size_t count)
{
    const std::lock_guard guard(impl->lock);

    for (size_t i = 0; i < count; i++) {
        impl->input.push_back(bytes[i]);
        if (impl->input.size() == 1) {
            impl->ris |= PL011_INT_RX;
        }
    }
    impl->update();
    return count;
}

uint64_t Uart::serve(uint64_t now)
{
    (void)now;
    return never;
}
