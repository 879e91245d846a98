/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Time: the receive timeout, the speed of the serial line, and a budget for
 * output.
 *
 * Without this header's functions a device has no time: the receive timeout is
 * over at once, characters leave as fast as the backend takes them, and input
 * comes as fast as the guest reads it. With a clock from the embedder each of
 * these can take the time that it takes on a board, and the embedder can limit
 * how much a guest sends.
 *
 *     static struct vpl011_time time;
 *     const struct vpl011_time_config config = {
 *         .now = my_nanoseconds,
 *         .what = VPL011_TIME_BUDGET, .budget = 10000, .burst = 4096,
 *     };
 *
 *     vpl011_time_set(&uart, &time, &config);
 *
 *     in the loop, for VPL011_EVENT_TICK:
 *         uint64_t when;
 *         if (vpl011_time_next(&uart, &when) == 1) {
 *             set a timer that calls vpl011_tick(&uart) at `when`;
 *         }
 *
 * The device has no timer. It asks what time it is where that matters, in any
 * call, and raises VPL011_EVENT_TICK where something has to happen although
 * nobody calls. Each access of the guest first does what is due, but for input,
 * which vpl011_tick() and vpl011_data_avail() bring: a late tick delays input,
 * and the interrupts and output of a guest that makes no access meanwhile. What
 * was due is then done at once, but never more than a FIFO of it. Where the
 * clock goes backwards the device takes the latest time that it has seen.
 *
 * Deviation from the TRM: a character reaches the far end when its start bit
 * would be sent, not after its last stop bit. UARTFR.BUSY, TXRIS and the rate
 * are as on the part.
 */
#ifndef VPL011_TIME_H
#define VPL011_TIME_H

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * vpl011_time_config.what: what takes time. The bit period is that of the
 * divisor and UARTCLK (TRM 3.3.6), or 1 / config.baud with SBSA. While it is
 * unknown (UARTIBRD or config.clock_hz is 0) the line takes no time.
 */
/** While IMSC.RTIM is set and data waits, RTRIS is set 32 bit periods after the
 * latest of these: a character came, UARTICR.RTIC was written, RTIM was set
 * (TRM 2.8, UARTRTINTR). With VPL011_CFG_STRICT_INTERRUPTS, UARTICR.RTIC does
 * not count. Without VPL011_TIME_RX_TIMEOUT the timeout is over at once. */
#define VPL011_TIME_RX_TIMEOUT (1u << 0)
/** Characters leave at the rate of the line: one frame (start bit, data,
 * parity, stop bits) for each. UARTFR.BUSY shows until the last stop bit. */
#define VPL011_TIME_TX (1u << 1)
/** Input arrives at the rate of the line, in place of the rest that the device
 * gives the guest after 64 characters. With VPL011_CFG_UNTHROTTLED the line
 * does not wait: it overruns where the guest does not read. */
#define VPL011_TIME_RX (1u << 2)
/** The guest may send `budget` characters a second, and `burst` at once. */
#define VPL011_TIME_BUDGET (1u << 3)

struct vpl011_time_calls;

/** Copied; zero what is not used. */
struct vpl011_time_config {
    /** First argument of now. */
    void *ctx;

    /**
     * The time now [ns], since any moment, steadily. Required. Called under the
     * device lock; it may not call the device. CLOCK_MONOTONIC is good.
     */
    uint64_t (*now)(void *ctx);

    uint32_t what;   /**< VPL011_TIME_* */
    uint32_t budget; /**< [characters/s]; 0: nothing is sent */
    uint32_t burst;  /**< [characters] that may leave at once; 0: 1 */
    /** enum vpl011_policy, for what exceeds the budget. DEFAULT and STALL: it
     * waits, and TXFF pushes back on the guest. DROP_NEWEST: it is discarded,
     * and counted in tx_dropped. */
    uint32_t over_budget;
    uint32_t reserved[4]; /**< zero */
};

/** A sequence of moments that are equally far apart, without drift: the next is
 * at + part / parts, and the distance step + step_part / parts [ns]. */
struct vpl011_pace {
    uint64_t at;        /**< [ns] the next, rounded down */
    uint64_t part;      /**< what was cut off: less than parts */
    uint64_t step;      /**< [ns] the distance, rounded down */
    uint64_t step_part; /**< what was cut off */
    uint64_t parts;     /**< into which a nanosecond is divided */
};

/**
 * What a device keeps while it has a clock. The caller's memory; its members
 * are private.
 */
struct vpl011_time {
    /** @privatesection */
    const struct vpl011_time_calls *calls; /**< of the library */
    void *ctx;
    uint64_t (*now)(void *ctx);
    uint64_t last;    /**< [ns] the latest that now has returned */
    uint64_t when;    /**< [ns] when something happens next */
    uint64_t told;    /**< [ns] for when the embedder was asked for a tick */
    uint64_t rest;    /**< [ns] when a rest from input ends */
    uint64_t rest_of; /**< which rest: characters read before it */
    struct vpl011_pace tx;     /**< when the next frame may begin */
    struct vpl011_pace rx;     /**< when the next character arrives */
    struct vpl011_pace budget; /**< when the next would be due without burst */
    uint64_t burst;            /**< [ns] by which the budget may be ahead */
    uint64_t timeout;          /**< [ns] 32 bit periods */
    uint64_t timeout_at;       /**< [ns] when RTRIS is set */
    uint64_t line;             /**< clock, divisor and format of the above */
    uint64_t received;         /**< arrivals up to the last settle */
    uint32_t what;             /**< VPL011_TIME_* */
    bool timeout_runs;         /**< RTRIS is not set yet */
    bool tx_waits;             /**< a character waits for line or budget */
    bool rx_waits;             /**< input waits for the line */
    bool rx_taken;             /**< the backend was asked in this call */
    bool frame;                /**< a frame is being sent: UARTFR.BUSY */
    bool drop;                 /**< what exceeds the budget is discarded */
};

/** vpl011_time_set() with explicit structure sizes [bytes], for bindings. */
VPL011_API int vpl011_time_set_sized(struct vpl011 *dev,
                                     struct vpl011_time *memory,
                                     size_t memory_size,
                                     const struct vpl011_time_config *config,
                                     size_t config_size);

/**
 * Give the device a clock, in place of the one there was.
 *
 * Nothing waits from before: the line is idle, the budget's burst is whole, and
 * a receive timeout that runs begins anew.
 *
 * @param memory  the caller's, aligned as a struct vpl011_time, valid until
 *                another is set; the device may be moved meanwhile, the memory
 *                may not. NULL: no clock, and config is not looked at.
 * @param config  what takes time
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL, _UNINIT, _REENTRY: dev, or config.
 *                VPL011_ERR_SIZE: memory is misaligned.
 *                VPL011_ERR_OP_MISSING: now is NULL.
 *                VPL011_ERR_FLAGS: unknown bits in what.
 *                VPL011_ERR_POLICY: over_budget is none of those named.
 *                VPL011_ERR_ABI: a member that is not known is set.
 * @context       any thread, notify
 * @since         0.1
 */
static inline int vpl011_time_set(struct vpl011 *dev,
                                  struct vpl011_time *memory,
                                  const struct vpl011_time_config *config)
{
    return vpl011_time_set_sized(dev, memory, sizeof(*memory), config,
                                 sizeof(*config));
}

/**
 * When to call vpl011_tick(). VPL011_EVENT_TICK says that the moment has
 * changed: it is earlier now, or the last one has passed and there is another.
 * A tick before the moment does not replace the one at it, and raises no new
 * event: keep the timer.
 *
 * @param when  [ns] of the embedder's clock; untouched unless 1 is returned
 * @return      1: at *when. 0: nothing waits for time.
 * @errors      VPL011_ERR_NULL, _UNINIT, _REENTRY;
 *              VPL011_ERR_UNSUPPORTED: the device has no clock
 * @context     any thread, notify
 * @since       0.1
 */
VPL011_API int vpl011_time_next(struct vpl011 *dev, uint64_t *when);

/** The size of the library's `struct vpl011_time` [bytes], for bindings. */
VPL011_API size_t vpl011_time_sizeof(void);

#ifdef __cplusplus
}
#endif

#endif
