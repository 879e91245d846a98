/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The whole console in one structure: the device, the terminal, pty, socket or
 * descriptors at its far end, the queues between them, the lock, the doorbell
 * and the pacing of input. A virtual machine monitor adds an input of its
 * interrupt controller, and two calls where a vCPU accesses the UART's window:
 *
 *     static struct vpl011_console console;
 *     struct vpl011_console_config config = {.irq = irq};
 *
 *     vpl011_console_init(&console, &config);
 *     vpl011_console_start(&console);             // the loop, in a thread
 *
 *     vpl011_console_read(&console, offset, size, &value);
 *     vpl011_console_write(&console, offset, size, value);
 *
 *     vpl011_console_drain(&console, 1000);       // the guest is off
 *     vpl011_console_close(&console);
 *
 * A program that has a loop of its own does not start a thread:
 *
 *     struct pollfd fds[VPL011_CONSOLE_FDS];
 *     int timeout_ms = -1;
 *     int n = vpl011_console_pollfds(&console, fds, VPL011_CONSOLE_FDS,
 *                                    &timeout_ms);
 *
 *     poll(fds, n, timeout_ms);
 *     vpl011_console_serve(&console);
 *
 * It is written on top of the library's public functions only
 * (<vpl011/stream.h>, <vpl011/doorbell.h>), so that an embedder who needs more
 * can do the same. What holds for all of it:
 *
 * - Memory. The structure holds its queues, and the caller provides the
 *   history's memory: nothing is allocated. It must not be moved or copied
 *   after init.
 * - Threads. Every function may be called from any thread, but not from irq.
 *   Only vpl011_console_drain() waits for the far end, and _close() for the
 *   loop.
 * - A far end that goes away (hang-up, end of file, a pipe without reader) ends
 *   nothing: a pty may be opened again, a listening socket takes the next
 *   reader, descriptors may be replaced. Meanwhile the device's on_gone policy
 *   applies, or output goes to the history. No SIGPIPE is raised, and no call
 *   fails with EINTR.
 * - fork(). The console stays the parent's; in the child every function returns
 *   VPL011_ERR_UNSUPPORTED and does nothing. Descriptors are closed on exec.
 */
#ifndef VPL011_CONSOLE_H
#define VPL011_CONSOLE_H

#include <poll.h>
#include <pthread.h>
#include <sys/types.h>

#include <vpl011/stream.h>
#include <vpl011/time.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Entries that vpl011_console_pollfds() fills, at most. */
#define VPL011_CONSOLE_FDS 4

/** [bytes] that wait for the guest, at most. */
#define VPL011_CONSOLE_QUEUE_IN 4096
/** [bytes] of the guest that wait for the far end, at most. */
#define VPL011_CONSOLE_QUEUE_OUT 16384
/** [bytes] of an address: the path of a Unix socket, with its prefix. */
#define VPL011_CONSOLE_ADDRESS 128

/** What is at the far end. */
enum vpl011_console_end {
    /**
     * Standard input and output. A terminal is made raw: each key goes to the
     * guest, Ctrl-C too. Its mode is restored by vpl011_console_close(), at
     * exit(), on a signal that ends the program, and while SIGTSTP stops it.
     * For that, signals whose action is the default have a handler until close,
     * which restores the mode and then lets the signal act. Signals that the
     * program handles are left alone: see vpl011_console_restore_terminal().
     */
    VPL011_CONSOLE_END_STDIO = 0,
    /** `in_fd` and `out_fd`, one of which may be -1: a connected socket, pipes,
     * a file, the master of a pty. They stay the caller's. */
    VPL011_CONSOLE_END_FDS = 1,
    /** A new pty, in raw mode; vpl011_console_address() is its name. */
    VPL011_CONSOLE_END_PTY = 2,
    /**
     * A socket that readers connect to, one after the other: the next waits
     * until the one before has left or ended its input. `address` is
     * "unix:PATH" or "tcp:HOST:PORT", where HOST is a number ("127.0.0.1",
     * "[::1]") and PORT 0 means a free one. A Unix socket is for this user
     * alone (mode 0600); it replaces one that nobody listens to any more, but
     * nothing else of that name. Without `address`, `in_fd` is a listening
     * socket, which stays the caller's.
     */
    VPL011_CONSOLE_END_LISTEN = 3,
};

/** Standard input and output: leave the terminal's mode and the signals. */
#define VPL011_CONSOLE_FLAG_COOKED (1u << 0)

/** The configuration of a console. All zero is a PL011 at standard input and
 * output. Copied at init. */
struct vpl011_console_config {
    /** First argument of irq and key. */
    void *ctx;
    /**
     * The level of UARTINTR changed: set the input of your interrupt
     * controller. Called under the device lock, from the thread of a vCPU or of
     * the loop. NULL only with VPL011_CFG_NO_IRQ_OP in device.flags.
     */
    void (*irq)(void *ctx, bool high);
    /**
     * A key was typed after `escape`. Not called for b, which sends a BREAK,
     * nor for a second `escape`, which is sent to the guest. Called by the
     * loop; of the console it may call vpl011_console_wake() only. NULL: such
     * keys do nothing.
     */
    void (*key)(void *ctx, uint8_t key);
    /**
     * The device asked for something (VPL011_EVENT_*). An embedder needs it if
     * it follows the settings of the serial line (VPL011_EVENT_LINE), or if the
     * far end is its own: a backend, say a ring in shared memory, that it gave
     * to vpl011_attach() with vpl011_console_device(), both descriptors being
     * -1. FAR_END comes once output has collected, as for every far end. The
     * console answers REFILL and TICK itself, after this call. Called by the
     * loop and by vpl011_console_drain(). It may use the device; of the console
     * it may call vpl011_console_wake() only. NULL: not called.
     */
    void (*events)(void *ctx, uint32_t events);
    const char *address; /**< VPL011_CONSOLE_END_LISTEN, else NULL */
    /** [input_size bytes] memory for input that the guest has not read yet,
     * used instead of the console's own VPL011_CONSOLE_QUEUE_IN bytes. An
     * escape is seen only after no more input than this. NULL: the console's
     * own. Must live until vpl011_console_close(). */
    void *input;
    size_t input_size; /**< [bytes; a power of two] */
    /** [history_size bytes] memory for the last output of the guest, which is
     * shown once to each new reader, before anything else; NULL: none. Must
     * live until vpl011_console_close(). */
    void *history;
    size_t history_size;  /**< [bytes] */
    int in_fd;            /**< VPL011_CONSOLE_END_FDS, _LISTEN, else ignored */
    int out_fd;           /**< VPL011_CONSOLE_END_FDS, else ignored */
    uint32_t end;         /**< enum vpl011_console_end */
    uint32_t flags;       /**< VPL011_CONSOLE_FLAG_* */
    uint32_t escape;      /**< a byte, as 0x1D for Ctrl-]; 0: none */
    uint32_t reserved[5]; /**< zero */
    struct vpl011_config device; /**< the UART itself */
    /** What takes time (<vpl011/time.h>): say a budget for what the guest
     * sends. `now` is NULL, because the console has its own clock. All zero:
     * nothing takes time. */
    struct vpl011_time_config time;
};

/**
 * A console. Public so that it can be static or embedded, private in its
 * members.
 */
struct vpl011_console {
    /** @privatesection */
    uint32_t guard;
    uint32_t state;
    pid_t owner; /**< the process that made it: a child has another */
    struct vpl011 device;
    pthread_mutex_t device_lock;
    void *ctx;
    void (*irq)(void *ctx, bool high);
    void (*key)(void *ctx, uint8_t key);
    void (*told)(void *ctx, uint32_t events);

    /** Under events_lock. */
    pthread_mutex_t events_lock;
    uint32_t events; /**< not answered yet */
    int doorbell;

    /** Under lock. */
    pthread_mutex_t lock;
    pthread_cond_t left; /**< a thread returned from poll() */
    struct vpl011_stream stream;
    struct vpl011_time time;
    uint64_t batch_until; /**< [ns] output is collected; 0: it is not */
    uint64_t tick_at;     /**< [ns] when a tick is due; 0: none */
    uint64_t listen_at;   /**< [ns] no accept() before; 0: at once */
    uint64_t readers;
    uint32_t inside;  /**< threads of the library that may be in poll() */
    uint32_t polling; /**< 1: a thread of the embedder may be, too */
    uint32_t started;
    pthread_t thread;
    pthread_t poller;
    int owned;    /**< descriptor at the far end, to be closed; -1 */
    int listener; /**< -1: none */
    uint32_t listener_owned;
    uint32_t raw;   /**< the terminal */
    uint32_t bound; /**< a Unix socket is to be removed */
    int error;      /**< errno of the listener */
    uint64_t bound_device;
    uint64_t bound_inode;
    char address[VPL011_CONSOLE_ADDRESS];
    uint8_t in[VPL011_CONSOLE_QUEUE_IN];
    uint8_t out[VPL011_CONSOLE_QUEUE_OUT];
    uint64_t reserved[8];
};

/** The size of the library's `struct vpl011_console`. [bytes] */
VPL011_API size_t vpl011_console_sizeof(void);

/** vpl011_console_init() with explicit structure sizes, for bindings. */
VPL011_API int vpl011_console_init_sized(
    struct vpl011_console *console, size_t console_size,
    const struct vpl011_console_config *config, size_t config_size);

/**
 * Make a console, with its device in reset state and its far end open. Nothing
 * moves until the loop runs.
 *
 * @param console  the caller's memory, which must not move from now on
 * @return         VPL011_OK
 * @errors         VPL011_ERR_NULL; VPL011_ERR_ABI: see docs/abi.md;
 *                 VPL011_ERR_FLAGS, VPL011_ERR_RANGE: flags, end or escape;
 *                 VPL011_ERR_SIZE: a history or input without a size or the
 *                 reverse, input that is no power of two, or an address that
 *                 is too long; VPL011_ERR_UNSUPPORTED: an address that is not
 *                 understood, or a clock of the caller's; those of
 *                 vpl011_init() and vpl011_time_set();
 *                 VPL011_ERR_SYSTEM: the far end could not be opened, errno
 *                 says why (EBUSY: another console has the terminal). On error
 *                 nothing is held, and the console is unusable.
 * @context        any thread; nobody else may use it yet
 * @since          0.1
 */
static inline int vpl011_console_init(
    struct vpl011_console *console, const struct vpl011_console_config *config)
{
    return vpl011_console_init_sized(console, sizeof(*console), config,
                                     sizeof(*config));
}

/** The guest reads from the window: vpl011_mmio_read() on the console's UART.
 */
static inline int vpl011_console_read(struct vpl011_console *console,
                                      uint64_t offset, unsigned int size,
                                      uint64_t *value)
{
    return vpl011_mmio_read(&console->device, offset, size, value);
}

/** The guest writes to the window: vpl011_mmio_write() on the console's UART.
 */
static inline int vpl011_console_write(struct vpl011_console *console,
                                       uint64_t offset, unsigned int size,
                                       uint64_t value)
{
    return vpl011_mmio_write(&console->device, offset, size, value);
}

/**
 * The console's UART, for everything else that <vpl011/vpl011.h> offers. It has
 * lock operations, so that any thread may use it.
 *
 * It remains after vpl011_console_close(), with nobody at its far end, so that
 * vCPUs that still run do no harm.
 *
 * @return   NULL for a console that was never made
 * @context  any thread
 * @since    0.1
 */
VPL011_API struct vpl011 *vpl011_console_device(struct vpl011_console *console);

/**
 * What a reader opens or connects to: a pty's name, or an address in the form
 * of the configuration, with the actual port.
 *
 * @return   a string that belongs to the console, "" if there is none
 * @context  any thread
 * @since    0.1
 */
VPL011_API const char *vpl011_console_address(
    const struct vpl011_console *console);

/**
 * Get what to wait for before vpl011_console_serve().
 *
 * @param fds         receives entries for poll()
 * @param count       entries that there is room for, at least
 *                    VPL011_CONSOLE_FDS
 * @param timeout_ms  [ms] is lowered if something is due earlier; -1 is for
 *                    ever. An idle console leaves it alone, except for a pty
 *                    that nobody has open, which is checked each 100 ms.
 * @return            how many entries were filled
 * @errors            VPL011_ERR_NULL, VPL011_ERR_UNSUPPORTED (after fork());
 *                    VPL011_ERR_UNINIT: it was closed; VPL011_ERR_SIZE: count
 * @context           one loop at a time. vpl011_console_serve() must follow,
 *                    whatever poll() said.
 * @since             0.1
 */
VPL011_API int vpl011_console_pollfds(struct vpl011_console *console,
                                      struct pollfd *fds, size_t count,
                                      int *timeout_ms);

/**
 * Move what can be moved now, both ways, without blocking, and answer the
 * device's events. Call it when poll() returns, even without events.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNSUPPORTED (after fork());
 *           VPL011_ERR_UNINIT: it was closed; leave your loop
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_console_serve(struct vpl011_console *console);

/**
 * Let the poll() of the console's loop return, for a loop of your own that has
 * something else to do.
 *
 * @context  any thread
 * @since    0.1
 */
VPL011_API void vpl011_console_wake(struct vpl011_console *console);

/**
 * Run the loop in a thread of its own, until vpl011_console_close(). The thread
 * takes no signals.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNINIT; VPL011_ERR_UNSUPPORTED: it runs
 *           already, or after fork(); VPL011_ERR_SYSTEM: EAGAIN, no more
 *           threads
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_console_start(struct vpl011_console *console);

/** How vpl011_console_drain() ended. */
enum vpl011_console_drain {
    VPL011_CONSOLE_DRAIN_DONE = 0,     /**< all output has been given */
    VPL011_CONSOLE_DRAIN_NOBODY = 1,   /**< nobody is there to take it */
    VPL011_CONSOLE_DRAIN_DEADLINE = 2, /**< the far end did not take it */
};

/**
 * Wait until all that the guest has sent so far is given to the far end. It
 * serves the console meanwhile, in addition to the loop if one runs. It does
 * not wait for what a backend of the embedder's own holds.
 *
 * @param timeout_ms  how long at most [ms; 0 or more]
 * @return            enum vpl011_console_drain
 * @errors            VPL011_ERR_NULL, VPL011_ERR_UNSUPPORTED (after fork());
 *                    VPL011_ERR_UNINIT: it is closed, or was meanwhile;
 *                    VPL011_ERR_RANGE: timeout_ms
 * @context           any thread; waits
 * @since             0.1
 */
VPL011_API int vpl011_console_drain(struct vpl011_console *console,
                                    int timeout_ms);

/**
 * End the loop, wherever it runs, and wait for it; then close the far end and
 * restore the terminal's mode. What was not drained is lost. A second close
 * does nothing.
 *
 * A loop of your own gets VPL011_ERR_UNINIT. The call waits for the
 * vpl011_console_serve() that follows each vpl011_console_pollfds().
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNINIT: it was never made;
 *           VPL011_ERR_UNSUPPORTED (after fork())
 * @context  any thread; waits for the loop, not for the far end
 * @since    0.1
 */
VPL011_API int vpl011_console_close(struct vpl011_console *console);

/**
 * Put other descriptors at the far end, for VPL011_CONSOLE_END_FDS.
 *
 * @param in_fd   to read from, or -1
 * @param out_fd  to write to, or -1; may be the same
 * @return        VPL011_OK; the old ones are not used any more
 * @errors        VPL011_ERR_NULL, VPL011_ERR_UNINIT; VPL011_ERR_UNSUPPORTED:
 *                the console opened its far end itself (a pty, a listening
 *                socket, a terminal at standard output), or after fork();
 *                VPL011_ERR_SYSTEM: EBADF. On error nothing changes.
 * @context       any thread. A loop of your own may still have the old ones in
 *                its poll(): close them after the next vpl011_console_serve().
 * @since         0.1
 */
VPL011_API int vpl011_console_attach(struct vpl011_console *console, int in_fd,
                                     int out_fd);

/**
 * Send a BREAK to the guest, in order with the input that was read so far.
 *
 * @return   1: it will be received; 0: an earlier one still waits
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNINIT, VPL011_ERR_UNSUPPORTED (after
 *           fork())
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_console_break(struct vpl011_console *console);

/**
 * Write everything that the far end is given to a log as well, once and in
 * order, as vpl011_stream_log() does.
 *
 * @param fd     to write to, or -1 for none; stays the caller's
 * @param flags  VPL011_STREAM_LOG_*, or 0
 * @return       VPL011_OK
 * @errors       VPL011_ERR_NULL, VPL011_ERR_UNINIT, VPL011_ERR_FLAGS;
 *               VPL011_ERR_UNSUPPORTED (after fork()); VPL011_ERR_SYSTEM:
 *               EBADF. On error nothing changes.
 * @context      any thread
 * @since        0.1
 */
VPL011_API int vpl011_console_log(struct vpl011_console *console, int fd,
                                  unsigned int flags);

/** The status of a console. Members are only ever added at the end. */
struct vpl011_console_status {
    uint32_t attached; /**< 1: somebody takes the output */
    /** 1: no more input, until the next far end */
    uint32_t input_ended;
    int error;          /**< errno that ended the far end, or of the listener;
                             0: none, or a hang-up */
    uint32_t reserved;  /**< 0 */
    uint64_t waiting;   /**< [bytes] that the guest sent and nobody has taken */
    uint64_t in_bytes;  /**< read */
    uint64_t out_bytes; /**< written, including history that was shown */
    uint64_t readers;   /**< accepted by VPL011_CONSOLE_END_LISTEN */
    uint64_t log_lost;  /**< [bytes] not logged: it failed, or would block */
    int log_error;      /**< errno of that; 0: the last write went */
    uint32_t reserved2; /**< 0 */
};

/** vpl011_console_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_console_get_status_sized(
    struct vpl011_console *console, struct vpl011_console_status *status,
    size_t size);

/**
 * Get the status of a console.
 *
 * @param status  filled on success, untouched on error
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL, VPL011_ERR_UNINIT, VPL011_ERR_UNSUPPORTED
 *                (after fork())
 * @context       any thread
 * @since         0.1
 */
static inline int vpl011_console_get_status(
    struct vpl011_console *console, struct vpl011_console_status *status)
{
    return vpl011_console_get_status_sized(console, status, sizeof(*status));
}

/**
 * Make the terminal at standard input raw, as VPL011_CONSOLE_END_STDIO does,
 * and have its mode restored in the same cases. For a program that moves the
 * bytes itself. Does nothing if standard input is not a terminal.
 *
 * @return   1: it is raw; 0: it is not a terminal
 * @errors   VPL011_ERR_SYSTEM: errno says why (EBUSY: a console, or an earlier
 *           call, has it)
 * @context  one thread at a time
 * @since    0.1
 */
VPL011_API int vpl011_console_take_terminal(void);

/**
 * Undo vpl011_console_take_terminal(): restore the mode and the signals. Does
 * nothing if the terminal was not taken, or belongs to a console, whose
 * vpl011_console_close() restores it.
 *
 * @context  one thread at a time
 * @since    0.1
 */
VPL011_API void vpl011_console_leave_terminal(void);

/**
 * Restore the terminal's mode now, if this process has made it raw: for a
 * program's own signal handler, before _exit().
 *
 * @context  any thread, a signal handler
 * @since    0.1
 */
VPL011_API void vpl011_console_restore_terminal(void);

#ifdef __cplusplus
}
#endif

#endif
