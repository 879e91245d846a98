/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The monitor's UART as a model for vpl011-judge, before and after: the judge
 * is its vCPU and its terminal. NAME is what the judge calls it.
 */
#include "uart.hpp"

#include <algorithm>
#include <deque>

#include "../../../tests/judge/model.h"

namespace
{

class Judge : public Host
{
  public:
    void set_irq(bool level) noexcept override
    {
        irq = level;
    }

    void emit(const uint8_t *bytes, size_t count) noexcept override
    {
        screen.insert(screen.end(), bytes, bytes + count);
    }

    void wake() noexcept override
    {
    }

    bool irq = false;
    uint64_t now = 0;
    std::deque<uint8_t> keys;
    std::deque<uint8_t> screen;
};

Judge judge;
std::unique_ptr<Uart> uart;

void turn()
{
    const std::deque<uint8_t> keys(judge.keys);

    for (const uint8_t key : keys) {
        if (uart->type(&key, 1) == 0) {
            break;
        }
        judge.keys.pop_front();
    }
    uart->serve(judge.now);
}

model made()
{
    model m{};

    std::copy_n(NAME, sizeof(NAME), m.name);
    m.outputs = VPL011_IRQ_UARTINTR;
    m.open = [](model *) -> const char * { return nullptr; };
    m.start = [](void *, const vpl011_config *config) {
        if (config->personality != VPL011_PL011 ||
            config->revision != VPL011_R1P1 || config->flags) {
            return false;
        }
        judge.irq = false;
        judge.keys.clear();
        judge.screen.clear();
        uart = std::make_unique<Uart>(judge);
        return true;
    };
    m.read = [](void *, uint64_t offset, unsigned int size) {
        return uart->read(offset, size);
    };
    m.write = [](void *, uint64_t offset, unsigned int size, uint64_t value) {
        uart->write(offset, size, value);
    };
    m.lines = [](void *) -> uint32_t {
        return judge.irq ? VPL011_IRQ_UARTINTR : 0;
    };
    m.push = [](void *, const uint16_t *entries, size_t count) {
        std::transform(
            entries, entries + count, std::back_inserter(judge.keys),
            [](uint16_t entry) { return static_cast<uint8_t>(entry); });
        turn();
        return count;
    };
    m.pop = [](void *, uint8_t *bytes, size_t size) {
        const size_t count = std::min(size, judge.screen.size());
        const auto end =
            judge.screen.begin() + static_cast<std::ptrdiff_t>(count);

        std::copy(judge.screen.begin(), end, bytes);
        judge.screen.erase(judge.screen.begin(), end);
        return count;
    };
    m.pass = [](void *, uint32_t us) {
        judge.now += us;
        turn();
    };
    return m;
}

} /* namespace */

model vpl011_judge_model = made();
