/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The rest of the monitor: a loop for the terminal, and a vCPU thread, which
 * runs the interrupt handler of a guest that sends back what was typed.
 */
#include "uart.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <vpl011/regs.h>

class Monitor : public Host
{
  public:
    void set_irq(bool level) noexcept override
    {
        const std::lock_guard guard(lock);

        irq = level;
        changed.notify_all();
    }

    void emit(const uint8_t *bytes, size_t count) noexcept override
    {
        std::fwrite(bytes, 1, count, stdout);
        emitted += count;
    }

    void wake() noexcept override
    {
        const char byte = 0;

        (void)!::write(bell[1], &byte, 1); /* full: it is awake */
    }

    /* The vCPU: false when the guest is off. */
    bool wait_for_irq()
    {
        std::unique_lock guard(lock);

        changed.wait(guard, [this] { return irq || off; });
        return irq;
    }

    void power_off()
    {
        const std::lock_guard guard(lock);

        off = true;
        changed.notify_all();
    }

    int bell[2] = {-1, -1};
    std::atomic<size_t> emitted{0};

  private:
    std::mutex lock;
    std::condition_variable changed;
    bool irq = false;
    bool off = false;
};

static void guest(Uart &uart, Monitor &monitor, std::atomic<size_t> &received)
{
    uart.write(PL011_UARTLCR_H, 4, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    uart.write(PL011_UARTCR, 4, PL011_UARTCR_FIRMWARE);
    uart.write(PL011_UARTIMSC, 4, PL011_INT_RX | PL011_INT_RT);
    while (monitor.wait_for_irq()) {
        while (!(uart.read(PL011_UARTFR, 4) & PL011_FR_RXFE)) {
            const uint64_t character = uart.read(PL011_UARTDR, 4);

            received++;
            while (uart.read(PL011_UARTFR, 4) & PL011_FR_TXFF) {
            }
            uart.write(PL011_UARTDR, 4, character);
        }
        uart.write(PL011_UARTICR, 4, PL011_INT_RX | PL011_INT_RT);
    }
}

static constexpr uint64_t patience_us = 10000000;

static uint64_t now()
{
    using namespace std::chrono;

    return static_cast<uint64_t>(
        duration_cast<microseconds>(steady_clock::now().time_since_epoch())
            .count());
}

int main()
{
    Monitor monitor;
    size_t typed = 0;
    std::atomic<size_t> received{0};
    uint8_t keys[64];
    size_t waiting = 0;
    bool ended = false;
    uint64_t quiet = now();

    if (::pipe2(monitor.bell, O_NONBLOCK) != 0) {
        return 1;
    }
    Uart uart(monitor);
    std::thread vcpu(guest, std::ref(uart), std::ref(monitor),
                     std::ref(received));
    uint64_t next = Uart::never;

    /* It ends when all that was typed came back, or nothing moves any more. */
    while (!ended || (monitor.emitted < typed && now() < quiet + patience_us)) {
        pollfd fds[] = {{monitor.bell[0], POLLIN, 0},
                        {STDIN_FILENO, POLLIN, 0}};
        const uint64_t at = now();
        const int wait = next == Uart::never ? 20
                         : next > at ? static_cast<int>((next - at) / 1000 + 1)
                                     : 0;

        poll(fds, !ended && waiting == 0 ? 2 : 1, waiting > 0 ? 1 : wait);
        if (fds[0].revents & POLLIN) {
            uint8_t rung[64];

            (void)!::read(monitor.bell[0], rung, sizeof(rung));
            quiet = now();
        }
        if (!ended && waiting == 0 && fds[1].revents) {
            const ssize_t n = ::read(STDIN_FILENO, keys, sizeof(keys));

            ended = n <= 0;
            waiting = ended ? 0 : static_cast<size_t>(n);
            typed += waiting;
            quiet = now();
        }
        if (waiting > 0) {
            const size_t taken = uart.type(keys, waiting);

            for (size_t i = taken; i < waiting; i++) {
                keys[i - taken] = keys[i];
            }
            waiting -= taken;
        }
        next = uart.serve(now());
    }
    monitor.power_off();
    vcpu.join();
    std::fprintf(stderr, "the guest received %zu of %zu characters\n",
                 received.load(), typed);
    return received != typed;
}
