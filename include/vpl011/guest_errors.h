/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * A guest's mistakes as lines of a log, of which a guest cannot make too many.
 *
 *     static struct vpl011_guest_errors errors;   // vpl011_guest_errors_init()
 *
 *     static void guest_error(void *ctx, const struct vpl011_guest_error *what)
 *     {
 *         char line[VPL011_GUEST_ERROR_TEXT_MAX];
 *
 *         if (vpl011_guest_error_text(&errors, nanoseconds(), what, line,
 *                                     sizeof(line)) > 0) {
 *             queue_for_the_log(line);            // the device lock is held
 *         }
 *     }
 *
 * Each kind of mistake has a burst and a rate of its own, so that one which the
 * guest makes without end does not hide another. Lines that were held back are
 * counted in the next line of their kind.
 */
#ifndef VPL011_GUEST_ERRORS_H
#define VPL011_GUEST_ERRORS_H

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Enough for any line, with its end. [bytes] */
#define VPL011_GUEST_ERROR_TEXT_MAX 128

/** The largest burst. [lines] */
#define VPL011_GUEST_ERROR_BURST_MAX 1000000u

/** Kinds of mistakes, those of enum vpl011_guest_error_kind and unknown ones.
 */
#define VPL011_GUEST_ERROR_KINDS 6

/** What was let through and held back; private. */
struct vpl011_guest_errors {
    /** @privatesection */
    uint64_t period; /**< [ns] between two lines of a kind */
    uint64_t ahead;  /**< [ns] by which a burst may be ahead of that */
    uint64_t next[VPL011_GUEST_ERROR_KINDS]; /**< [ns] due without a burst */
    uint64_t held[VPL011_GUEST_ERROR_KINDS]; /**< since the last line */
};

/** The size of the library's `struct vpl011_guest_errors`. [bytes] */
VPL011_API size_t vpl011_guest_errors_sizeof(void);

/** vpl011_guest_errors_init() with the size of the caller's structure [bytes]:
 * VPL011_ERR_ABI where it is less than vpl011_guest_errors_sizeof(). */
VPL011_API int vpl011_guest_errors_init_sized(
    struct vpl011_guest_errors *errors, size_t errors_size, uint32_t burst,
    uint32_t per_minute);

/**
 * Begin to limit.
 *
 * @param burst       [lines] of a kind that come at once, 1 to
 *                    VPL011_GUEST_ERROR_BURST_MAX
 * @param per_minute  [lines] of a kind after that, > 0
 * @return            VPL011_OK; VPL011_ERR_NULL; VPL011_ERR_RANGE
 * @context           any thread
 * @since             0.1
 */
static inline int vpl011_guest_errors_init(struct vpl011_guest_errors *errors,
                                           uint32_t burst, uint32_t per_minute)
{
    return vpl011_guest_errors_init_sized(errors, sizeof(*errors), burst,
                                          per_minute);
}

/**
 * Format a mistake as a line, without a line feed, unless too many came.
 *
 * @param now   [ns] of a clock that does not run backwards
 * @param line  filled and terminated, truncated to size; untouched where the
 *              line is held back
 * @param size  [bytes] of it, > 0
 * @return      the line's full length; 0: held back
 * @errors      VPL011_ERR_NULL, VPL011_ERR_SIZE: 0
 * @context     any thread, the guest_error op; makes no system call
 * @since       0.1
 */
VPL011_API int vpl011_guest_error_text(struct vpl011_guest_errors *errors,
                                       uint64_t now,
                                       const struct vpl011_guest_error *what,
                                       char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
