/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The device as readable text: a trace with the names of registers and bits,
 * the state and the counters as a page.
 *
 *     static struct vpl011_trace_text text;    // vpl011_trace_text_init()
 *
 *     static void trace(void *ctx, const struct vpl011_trace *what)
 *     {
 *         char line[VPL011_TRACE_TEXT_MAX];
 *
 *         if (vpl011_trace_text(&text, what, line, sizeof(line)) > 0) {
 *             queue_for_printing(line);        // the device lock is held
 *         }
 *     }
 *
 * The wording is for reading and may change with any version.
 */
#ifndef VPL011_TEXT_H
#define VPL011_TEXT_H

#include <vpl011/export.h>
#include <vpl011/state.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Colours, as SGR sequences: for a terminal. */
#define VPL011_TEXT_COLOUR (1u << 0)

/** Enough for any line of a trace, with its end. [bytes] */
#define VPL011_TRACE_TEXT_MAX 1024
/** Enough for a state or the counters, with its end. [bytes] */
#define VPL011_TEXT_MAX 8192

/** What a text trace remembers from one record to the next; private. */
struct vpl011_trace_text {
    /** @privatesection */
    struct vpl011_counters counters; /**< as of the last SETTLED */
    uint32_t irq_lines;
    uint32_t flags;
};

/** The size of the library's `struct vpl011_trace_text`. [bytes] */
VPL011_API size_t vpl011_trace_text_sizeof(void);

/** vpl011_trace_text_init() with the sizes of the caller's structures [bytes]:
 * VPL011_ERR_ABI where text_size is less than vpl011_trace_text_sizeof(). */
VPL011_API int vpl011_trace_text_init_sized(
    struct vpl011_trace_text *text, size_t text_size,
    const struct vpl011_counters *counters, size_t counters_size,
    uint32_t flags);

/**
 * Begin a text trace. Only what is counted from now on is reported.
 *
 * @param counters  their present values; NULL: the device is new
 * @param flags     VPL011_TEXT_*
 * @return          VPL011_OK; VPL011_ERR_NULL: text; VPL011_ERR_FLAGS
 * @context         any thread
 * @since           0.1
 */
static inline int vpl011_trace_text_init(struct vpl011_trace_text *text,
                                         const struct vpl011_counters *counters,
                                         uint32_t flags)
{
    return vpl011_trace_text_init_sized(text, sizeof(*text), counters,
                                        sizeof(*counters), flags);
}

/**
 * Format a record as a line, without a line feed. An access shows the names of
 * the register and its bits; a SETTLED shows what moved, was lost or changed.
 *
 * @param line  filled and terminated, truncated to size
 * @param size  [bytes] of it, > 0
 * @return      the line's full length; 0: a SETTLED with nothing to report
 * @errors      VPL011_ERR_NULL, VPL011_ERR_SIZE: 0
 * @context     any thread, the trace op; makes no system call
 * @since       0.1
 */
VPL011_API int vpl011_trace_text(struct vpl011_trace_text *text,
                                 const struct vpl011_trace *what, char *line,
                                 size_t size);

/**
 * Format a state: a line for each member, with the names of its bits, and the
 * contents of the FIFOs.
 *
 * @param flags  VPL011_TEXT_*
 * @param page   filled and terminated, truncated to size
 * @param size   [bytes] of it, > 0; VPL011_TEXT_MAX is always enough
 * @return       the full length
 * @errors       VPL011_ERR_NULL, VPL011_ERR_SIZE: 0, VPL011_ERR_FLAGS
 * @context      any thread; makes no system call
 * @since        0.1
 */
VPL011_API int vpl011_state_text(const struct vpl011_state *state,
                                 uint32_t flags, char *page, size_t size);

/**
 * Format the counters: a line for each, with those that count losses marked.
 *
 * Parameters, result and context as vpl011_state_text().
 *
 * @since 0.1
 */
VPL011_API int vpl011_counters_text(const struct vpl011_counters *counters,
                                    uint32_t flags, char *page, size_t size);

#ifdef __cplusplus
}
#endif

#endif
