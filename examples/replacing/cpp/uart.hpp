/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The UART of a monitor in C++, as its vCPU threads and its loop see it. The
 * same with the monitor's own model (before.cpp) and the library (after.cpp).
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

/* What the UART needs of the monitor. Called from any of its threads. */
class Host
{
  public:
    virtual ~Host() = default;
    virtual void set_irq(bool level) noexcept = 0;
    virtual void emit(const uint8_t *bytes, size_t count) noexcept = 0;
    virtual void wake() noexcept = 0; /* let the loop call serve() */
};

class Uart
{
  public:
    static constexpr uint64_t never = std::numeric_limits<uint64_t>::max();

    explicit Uart(Host &host);
    ~Uart();

    /* vCPU threads. */
    uint64_t read(uint64_t offset, unsigned int size);
    void write(uint64_t offset, unsigned int size, uint64_t value);

    /* The loop. type() returns how many characters were taken; serve() when it
     * is to be called again at the latest [us]. */
    size_t type(const uint8_t *bytes, size_t count);
    uint64_t serve(uint64_t now);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl;
};
