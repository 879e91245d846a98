/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The console in one structure: a loop around the device and a stream. Its
 * locks, in the order in which they are taken:
 *
 *     lock         the loop's work, whichever thread does it
 *     device_lock  the device
 *     events_lock  the events that the device raised
 */
#include <vpl011/console.h>
#include <vpl011/doorbell.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "listener.h"
#include "terminal.h"

#define CONSOLE_READY 0x434F4E53u

/* vpl011_console.state */
enum state {
    OPEN,
    CLOSING, /* until nobody is in poll() any more */
    CLOSED,
};

#define MS 1000000u /* [ns] */

/* How long output is collected before it is moved. Otherwise the loop would be
 * woken for each character of a guest that is slower than the far end. */
#define BATCH (1 * MS)
/* What VPL011_EVENT_TICK asks for. */
#define TICK (1 * MS)
/* How long to wait after accept() failed, perhaps for want of descriptors. */
#define LISTEN_AGAIN (100 * MS)

static int check(const struct vpl011_console *c)
{
    if (!c) {
        return VPL011_ERR_NULL;
    }
    if (c->guard != CONSOLE_READY) {
        return VPL011_ERR_UNINIT;
    }
    /* In a child the locks may be held by a thread that does not exist there.
     */
    return c->owner == getpid() ? VPL011_OK : VPL011_ERR_UNSUPPORTED;
}

static uint64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* Lower a timeout [ms; -1: for ever] to the time that is left, rounded up. */
static void wake_at(int *timeout_ms, uint64_t at, uint64_t time)
{
    uint64_t left = at > time ? (at - time + MS - 1) / MS : 0;

    if (*timeout_ms < 0 || left < (uint64_t)*timeout_ms) {
        *timeout_ms = (int)left;
    }
}

/* Take the lock of an open console. */
static int enter(struct vpl011_console *c)
{
    int err = check(c);

    if (err) {
        return err;
    }
    (void)pthread_mutex_lock(&c->lock);
    if (c->state != OPEN) {
        (void)pthread_mutex_unlock(&c->lock);
        return VPL011_ERR_UNINIT;
    }
    return VPL011_OK;
}

static void leave(struct vpl011_console *c)
{
    (void)pthread_mutex_unlock(&c->lock);
}

/*
 * The device's operations
 */

static uintptr_t lock_device(void *ctx)
{
    struct vpl011_console *c = ctx;

    (void)pthread_mutex_lock(&c->device_lock);
    return 0;
}

static void unlock_device(void *ctx, uintptr_t saved)
{
    struct vpl011_console *c = ctx;

    (void)saved;
    (void)pthread_mutex_unlock(&c->device_lock);
}

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    const struct vpl011_console *c = ctx;

    if (changed & VPL011_IRQ_UARTINTR) {
        c->irq(c->ctx, (lines & VPL011_IRQ_UARTINTR) != 0);
    }
}

/* Runs inside a guest's access: only record the events, and wake the loop once.
 */
static void on_events(void *ctx, uint32_t events)
{
    struct vpl011_console *c = ctx;

    (void)pthread_mutex_lock(&c->events_lock);
    if ((events & ~c->events) && c->doorbell >= 0) {
        (void)vpl011_doorbell_ring(c->doorbell);
    }
    c->events |= events;
    (void)pthread_mutex_unlock(&c->events_lock);
}

/* Take the events to answer; FAR_END only when output is no longer collected.
 */
static uint32_t take_events(struct vpl011_console *c, uint64_t time)
{
    uint32_t taken;

    (void)vpl011_doorbell_take(c->doorbell);
    (void)pthread_mutex_lock(&c->events_lock);
    if ((c->events & VPL011_EVENT_FAR_END) && c->batch_until == 0) {
        c->batch_until = time + BATCH;
    }
    taken = c->events;
    if (time < c->batch_until) {
        taken &= ~VPL011_EVENT_FAR_END;
    } else {
        c->batch_until = 0;
    }
    c->events &= ~taken;
    (void)pthread_mutex_unlock(&c->events_lock);
    return taken;
}

/*
 * The far end
 */

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* Close a reader's connection. Its unread input is discarded first; otherwise
 * TCP resets the connection, and the reader loses the guest's last output. */
static void drop_reader(struct vpl011_console *c)
{
    char bytes[4096];
    int i;

    vpl011_stream_detach(&c->stream);
    (void)shutdown(c->owned, SHUT_WR);
    for (i = 0; i < 64; i++) {
        if (recv(c->owned, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0) {
            break;
        }
    }
    close_fd(&c->owned);
}

static bool is_passing(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR ||
           why == ECONNABORTED || why == EPROTO;
}

/* Whether the next reader is accepted: there is none, or its input has ended.
 */
static bool has_place(const struct vpl011_console *c)
{
    struct vpl011_stream_status status;

    (void)vpl011_stream_get_status(&c->stream, &status);
    return c->owned < 0 || !status.attached || status.input_ended;
}

static bool accept_reader(struct vpl011_console *c, uint64_t time)
{
    const int on = 1;
    int fd;

    if (c->listener < 0 || time < c->listen_at || !has_place(c)) {
        return false;
    }
    c->listen_at = 0;
    fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (!is_passing(errno)) {
            c->error = errno;
            c->listen_at = time + LISTEN_AGAIN;
        }
        return false;
    }
    if (c->owned >= 0) {
        drop_reader(c);
    }
    /* Of TCP; a Unix socket refuses. */
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    c->owned = fd;
    c->error = 0;
    c->readers++;
    return vpl011_stream_attach(&c->stream, fd, fd) == VPL011_OK;
}

/* Both directions have ended, so that closing loses nothing. */
static void look_after_reader(struct vpl011_console *c)
{
    struct vpl011_stream_status status;

    if (c->listener < 0 || c->owned < 0) {
        return;
    }
    (void)vpl011_stream_get_status(&c->stream, &status);
    if (!status.attached && status.input_ended) {
        drop_reader(c);
    }
}

static void on_key(void *ctx, uint8_t key)
{
    struct vpl011_console *c = ctx;

    if (key == 'b') {
        (void)vpl011_stream_break(&c->stream);
    } else if (c->key) {
        c->key(c->ctx, key);
    }
}

/*
 * A terminal that is full blocks a write, and O_NONBLOCK is shared with the
 * programs that started this one. Opening the terminal again gives a descriptor
 * with a flag of its own. If that is refused, the terminal is used as it is.
 */
static int open_terminal(void)
{
    char name[32];

    /* isatty() is true for the master of a pty, which opened again is another.
     */
    if (!isatty(STDOUT_FILENO) ||
        !ptsname_r(STDOUT_FILENO, name, sizeof(name))) {
        return -1;
    }
    return open("/proc/self/fd/1",
                O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int open_stdio(struct vpl011_console *c,
                      const struct vpl011_console_config *config)
{
    int err;

    c->owned = open_terminal();
    err = vpl011_stream_attach(&c->stream, STDIN_FILENO,
                               c->owned >= 0 ? c->owned : STDOUT_FILENO);
    if (!err && !(config->flags & VPL011_CONSOLE_FLAG_COOKED) &&
        isatty(STDIN_FILENO)) {
        c->raw = vpl011_terminal_make_raw_();
        err = c->raw ? VPL011_OK : VPL011_ERR_SYSTEM;
    }
    return err;
}

static int open_pty(struct vpl011_console *c)
{
    struct termios mode;

    c->owned = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (c->owned < 0 || grantpt(c->owned) || unlockpt(c->owned) ||
        ptsname_r(c->owned, c->address, sizeof(c->address)) ||
        tcgetattr(c->owned, &mode)) {
        return VPL011_ERR_SYSTEM;
    }
    /* Raw before anybody opens it, because its echo would be the guest's input.
     */
    vpl011_raw_mode_(&mode);
    if (tcsetattr(c->owned, TCSANOW, &mode)) {
        return VPL011_ERR_SYSTEM;
    }
    return vpl011_stream_attach(&c->stream, c->owned, c->owned);
}

static int open_listener(struct vpl011_console *c,
                         const struct vpl011_console_config *config)
{
    struct listener_file file = {0};
    socklen_t length = sizeof(int);
    int listens = 0;

    if (!config->address) {
        if (getsockopt(config->in_fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
                       &length)) {
            return VPL011_ERR_SYSTEM;
        }
        c->listener = config->in_fd;
        return listens ? VPL011_OK : VPL011_ERR_UNSUPPORTED;
    }
    c->listener = vpl011_listener_open_(config->address, c->address,
                                        sizeof(c->address), &file);
    if (c->listener < 0) {
        return c->listener;
    }
    c->listener_owned = 1;
    c->bound = 1;
    c->bound_device = file.device;
    c->bound_inode = file.inode;
    return VPL011_OK;
}

static int open_far_end(struct vpl011_console *c,
                        const struct vpl011_console_config *config)
{
    switch (config->end) {
    case VPL011_CONSOLE_END_STDIO:
        return open_stdio(c, config);
    case VPL011_CONSOLE_END_FDS:
        return vpl011_stream_attach(&c->stream, config->in_fd, config->out_fd);
    case VPL011_CONSOLE_END_PTY:
        return open_pty(c);
    default:
        return open_listener(c, config);
    }
}

static void close_far_end(struct vpl011_console *c)
{
    const struct listener_file file = {c->bound_device, c->bound_inode};
    int why = errno;

    if (c->listener >= 0 && c->owned >= 0) {
        drop_reader(c);
    }
    vpl011_stream_detach(&c->stream);
    close_fd(&c->owned);
    if (c->bound) {
        vpl011_listener_remove_(c->address, &file);
    }
    if (c->listener_owned) {
        close_fd(&c->listener);
    }
    c->listener = -1;
    if (c->raw) {
        vpl011_terminal_leave_();
        c->raw = 0;
    }
    errno = why;
}

/*
 * The loop
 */

/* Locked. */
static int fill(struct vpl011_console *c, struct pollfd *fds, int *timeout_ms)
{
    const uint64_t time = now();
    int stream_ms = -1;
    int count = 1;

    fds[0] = (struct pollfd){.fd = c->doorbell, .events = POLLIN};
    if (c->tick_at) {
        wake_at(timeout_ms, c->tick_at, time);
    }
    /* Even if the time is over: FAR_END is still recorded, and would not ring
     * the doorbell a second time. */
    if (c->batch_until) {
        wake_at(timeout_ms, c->batch_until, time);
        return count;
    }
    count += vpl011_stream_wait(&c->stream, &fds[1], &stream_ms);
    if (stream_ms >= 0) {
        wake_at(timeout_ms, time + (uint64_t)stream_ms * MS, time);
    }
    if (c->listener >= 0 && has_place(c)) {
        if (time < c->listen_at) {
            wake_at(timeout_ms, c->listen_at, time);
        } else {
            fds[count++] = (struct pollfd){.fd = c->listener, .events = POLLIN};
        }
    }
    return count;
}

/* Locked. */
static void serve(struct vpl011_console *c)
{
    const uint64_t time = now();
    const uint32_t events = take_events(c, time);
    bool moved = (events & (VPL011_EVENT_REFILL | VPL011_EVENT_ROOM)) != 0;

    if (events && c->told) {
        c->told(c->ctx, events);
    }
    if (time >= c->batch_until) {
        look_after_reader(c);
        moved |= accept_reader(c, time);
        moved |= vpl011_stream_pump(&c->stream) > 0;
        look_after_reader(c);
    }
    if ((events & VPL011_EVENT_TICK) && !c->tick_at) {
        c->tick_at = time + TICK;
    }
    if (c->tick_at && time >= c->tick_at) {
        c->tick_at = 0;
        (void)vpl011_tick(&c->device);
    } else if (moved) {
        (void)vpl011_data_avail(&c->device);
    }
}

/* Locked; sleeps unlocked. */
static void pass(struct vpl011_console *c, int timeout_ms)
{
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int count = fill(c, fds, &timeout_ms);

    c->inside++;
    leave(c);
    (void)poll(fds, (nfds_t)count, timeout_ms);
    (void)pthread_mutex_lock(&c->lock);
    c->inside--;
    if (c->state == OPEN) {
        serve(c);
    } else {
        (void)pthread_cond_broadcast(&c->left);
    }
}

static void *run(void *ctx)
{
    struct vpl011_console *c = ctx;

    (void)pthread_mutex_lock(&c->lock);
    while (c->state == OPEN) {
        pass(c, -1);
    }
    leave(c);
    return NULL;
}

/*
 * Set-up
 */

size_t vpl011_console_sizeof(void)
{
    return sizeof(struct vpl011_console);
}

/* Copy what this library knows of a caller's structure, newer or older. */
static int copy_config(struct vpl011_console_config *to,
                       const struct vpl011_console_config *from, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)from;
    size_t i;

    for (i = sizeof(*to); i < size; i++) {
        if (bytes[i]) {
            return VPL011_ERR_ABI;
        }
    }
    memset(to, 0, sizeof(*to));
    memcpy(to, from, size < sizeof(*to) ? size : sizeof(*to));
    for (i = 0; i < sizeof(to->reserved) / sizeof(to->reserved[0]); i++) {
        if (to->reserved[i]) {
            return VPL011_ERR_ABI;
        }
    }
    return VPL011_OK;
}

static int check_config(const struct vpl011_console_config *config)
{
    if (config->end > VPL011_CONSOLE_END_LISTEN || config->escape > UINT8_MAX) {
        return VPL011_ERR_RANGE;
    }
    if (config->flags & ~VPL011_CONSOLE_FLAG_COOKED) {
        return VPL011_ERR_FLAGS;
    }
    if (config->address && config->end != VPL011_CONSOLE_END_LISTEN) {
        return VPL011_ERR_UNSUPPORTED;
    }
    if (!config->history != (config->history_size == 0) ||
        !config->input != (config->input_size == 0)) {
        return VPL011_ERR_SIZE;
    }
    return VPL011_OK;
}

static int init_device(struct vpl011_console *c,
                       const struct vpl011_console_config *config)
{
    const struct vpl011_ops ops = {
        .ctx = c,
        .irq = config->irq ? on_irq : NULL,
        .notify = on_events,
        .lock = lock_device,
        .unlock = unlock_device,
    };
    struct vpl011_backend backend;
    int err = vpl011_init(&c->device, &config->device, &ops);

    if (!err) {
        err = vpl011_stream_init(
            &c->stream, config->input ? config->input : c->in,
            config->input ? config->input_size : sizeof(c->in), c->out,
            sizeof(c->out));
    }
    if (!err && config->history) {
        err = vpl011_stream_history(&c->stream, config->history,
                                    config->history_size);
    }
    if (!err && config->escape) {
        err = vpl011_stream_escape(&c->stream, config->escape, on_key, c);
    }
    if (!err) {
        err = vpl011_stream_backend(&c->stream, &backend);
    }
    return err ? err : vpl011_attach(&c->device, &backend);
}

static void init_locks(struct vpl011_console *c)
{
    (void)pthread_mutex_init(&c->device_lock, NULL);
    (void)pthread_mutex_init(&c->events_lock, NULL);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->left, NULL);
}

int vpl011_console_init_sized(struct vpl011_console *c, size_t console_size,
                              const struct vpl011_console_config *config,
                              size_t config_size)
{
    struct vpl011_console_config known;
    int err;

    if (!c || !config) {
        return VPL011_ERR_NULL;
    }
    err = console_size < sizeof(*c) ? VPL011_ERR_ABI
                                    : copy_config(&known, config, config_size);
    if (!err) {
        err = check_config(&known);
    }
    if (err) {
        return err;
    }
    memset(c, 0, sizeof(*c));
    c->owner = getpid();
    c->ctx = known.ctx;
    c->irq = known.irq;
    c->key = known.key;
    c->told = known.events;
    c->owned = -1;
    c->listener = -1;
    init_locks(c);
    c->doorbell = vpl011_doorbell_create();
    err = c->doorbell < 0 ? c->doorbell : init_device(c, &known);
    if (!err) {
        err = open_far_end(c, &known);
    }
    if (err) {
        close_far_end(c);
        close_fd(&c->doorbell);
        return err;
    }
    c->guard = CONSOLE_READY;
    return VPL011_OK;
}

struct vpl011 *vpl011_console_device(struct vpl011_console *c)
{
    return c && c->guard == CONSOLE_READY ? &c->device : NULL;
}

const char *vpl011_console_address(const struct vpl011_console *c)
{
    return c && c->guard == CONSOLE_READY ? c->address : "";
}

/*
 * The embedder's loop, or the library's
 */

int vpl011_console_pollfds(struct vpl011_console *c, struct pollfd *fds,
                           size_t count, int *timeout_ms)
{
    int filled;
    int err;

    if (!fds || !timeout_ms) {
        return VPL011_ERR_NULL;
    }
    if (count < VPL011_CONSOLE_FDS) {
        return VPL011_ERR_SIZE;
    }
    err = enter(c);
    if (err) {
        return err;
    }
    filled = fill(c, fds, timeout_ms);
    c->polling = 1;
    c->poller = pthread_self();
    leave(c);
    return filled;
}

int vpl011_console_serve(struct vpl011_console *c)
{
    int err = check(c);

    if (err) {
        return err;
    }
    (void)pthread_mutex_lock(&c->lock);
    c->polling = 0;
    if (c->state == OPEN) {
        serve(c);
    } else {
        err = VPL011_ERR_UNINIT;
        (void)pthread_cond_broadcast(&c->left);
    }
    leave(c);
    return err;
}

void vpl011_console_wake(struct vpl011_console *c)
{
    if (check(c)) {
        return;
    }
    (void)pthread_mutex_lock(&c->events_lock);
    if (c->doorbell >= 0) {
        (void)vpl011_doorbell_ring(c->doorbell);
    }
    (void)pthread_mutex_unlock(&c->events_lock);
}

int vpl011_console_start(struct vpl011_console *c)
{
    sigset_t before;
    sigset_t all;
    int err = enter(c);
    int why = 0;

    if (err) {
        return err;
    }
    if (c->started) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        why = pthread_create(&c->thread, NULL, run, c);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        c->started = why == 0;
        err = why ? VPL011_ERR_SYSTEM : VPL011_OK;
    }
    leave(c);
    if (why) {
        errno = why;
    }
    return err;
}

/* Locked. In this order a character that moves meanwhile is counted. */
static size_t waiting(struct vpl011_console *c)
{
    int held = vpl011_tx_waiting(&c->device);

    return (held > 0 ? (size_t)held : 0) + vpl011_stream_waiting(&c->stream);
}

int vpl011_console_drain(struct vpl011_console *c, int timeout_ms)
{
    struct vpl011_stream_status status;
    uint64_t deadline;
    int result;

    if (timeout_ms < 0) {
        return VPL011_ERR_RANGE;
    }
    result = enter(c);
    if (result) {
        return result;
    }
    deadline = now() + (uint64_t)timeout_ms * MS;
    for (;;) {
        uint64_t time = now();
        int wait_ms = -1;

        if (c->state != OPEN) {
            result = VPL011_ERR_UNINIT;
            break;
        }
        serve(c);
        (void)vpl011_stream_get_status(&c->stream, &status);
        if (waiting(c) == 0) {
            result = VPL011_CONSOLE_DRAIN_DONE;
            break;
        }
        if (!status.attached) {
            result = VPL011_CONSOLE_DRAIN_NOBODY;
            break;
        }
        if (time >= deadline) {
            result = VPL011_CONSOLE_DRAIN_DEADLINE;
            break;
        }
        wake_at(&wait_ms, deadline, time);
        pass(c, wait_ms);
    }
    /* A loop may be asleep since before this call, and what was moved here may
     * need it soon, or when there is room. */
    vpl011_console_wake(c);
    leave(c);
    return result;
}

int vpl011_console_close(struct vpl011_console *c)
{
    int err = check(c);
    bool joins;

    if (err) {
        return err;
    }
    (void)pthread_mutex_lock(&c->lock);
    if (c->state != OPEN) {
        while (c->state != CLOSED) {
            (void)pthread_cond_wait(&c->left, &c->lock);
        }
        leave(c);
        return VPL011_OK;
    }
    c->state = CLOSING;
    /* The doorbell stays rung, for all threads that are in poll(). */
    vpl011_console_wake(c);
    if (c->polling && pthread_equal(c->poller, pthread_self())) {
        c->polling = 0;
    }
    while (c->inside > 0 || c->polling) {
        (void)pthread_cond_wait(&c->left, &c->lock);
    }
    joins = c->started != 0;
    leave(c);
    if (joins) {
        (void)pthread_join(c->thread, NULL);
    }
    (void)vpl011_attach(&c->device, NULL);
    (void)pthread_mutex_lock(&c->lock);
    close_far_end(c);
    (void)pthread_mutex_lock(&c->events_lock);
    close_fd(&c->doorbell);
    (void)pthread_mutex_unlock(&c->events_lock);
    c->state = CLOSED;
    (void)pthread_cond_broadcast(&c->left);
    leave(c);
    return VPL011_OK;
}

/*
 * The rest
 */

int vpl011_console_attach(struct vpl011_console *c, int in_fd, int out_fd)
{
    int err = enter(c);

    if (err) {
        return err;
    }
    if (c->owned >= 0 || c->listener >= 0) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        err = vpl011_stream_attach(&c->stream, in_fd, out_fd);
    }
    leave(c);
    if (!err) {
        vpl011_console_wake(c);
    }
    return err;
}

int vpl011_console_break(struct vpl011_console *c)
{
    int result = enter(c);

    if (result) {
        return result;
    }
    result = vpl011_stream_break(&c->stream);
    if (result > 0) {
        (void)vpl011_data_avail(&c->device);
    }
    leave(c);
    return result;
}

int vpl011_console_log(struct vpl011_console *c, int fd, unsigned int flags)
{
    int err = enter(c);

    if (err) {
        return err;
    }
    err = vpl011_stream_log(&c->stream, fd, flags);
    leave(c);
    return err;
}

int vpl011_console_get_status_sized(struct vpl011_console *c,
                                    struct vpl011_console_status *status,
                                    size_t size)
{
    struct vpl011_console_status is = {0};
    struct vpl011_stream_status stream;
    int err;

    if (!status) {
        return VPL011_ERR_NULL;
    }
    err = enter(c);
    if (err) {
        return err;
    }
    (void)vpl011_stream_get_status(&c->stream, &stream);
    is.attached = stream.attached;
    is.input_ended = stream.input_ended;
    is.error = stream.error ? stream.error : c->error;
    is.waiting = waiting(c);
    is.in_bytes = stream.in_bytes;
    is.out_bytes = stream.out_bytes;
    is.readers = c->readers;
    is.log_lost = stream.log_lost;
    is.log_error = stream.log_error;
    leave(c);
    memset(status, 0, size);
    memcpy(status, &is, size < sizeof(is) ? size : sizeof(is));
    return VPL011_OK;
}

static bool terminal_taken; /* by the program, not by a console */

int vpl011_console_take_terminal(void)
{
    if (!isatty(STDIN_FILENO)) {
        return 0;
    }
    if (!vpl011_terminal_make_raw_()) {
        return VPL011_ERR_SYSTEM;
    }
    terminal_taken = true;
    return 1;
}

void vpl011_console_leave_terminal(void)
{
    if (terminal_taken) {
        terminal_taken = false;
        vpl011_terminal_leave_();
    }
}

void vpl011_console_restore_terminal(void)
{
    vpl011_terminal_restore_();
}
