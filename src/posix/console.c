/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console in one structure: making and closing it, and what may be asked of
 * it meanwhile. */
#include "console_internal.h"

#include <vpl011/doorbell.h>

#include <string.h>

int vpl011_console_enter_(struct vpl011_console *c)
{
    int err = check_console(c);

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

void vpl011_console_leave_(struct vpl011_console *c)
{
    (void)pthread_mutex_unlock(&c->lock);
}

/*
 * What the device and the stream call
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

/* This runs inside a guest's access, so it only records the events and wakes
 * the loop once. */
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

/* The device's clock. */
static uint64_t now_of(void *ctx)
{
    (void)ctx;
    return console_now();
}

static int check_config(const struct vpl011_console_config *config)
{
    if (config->end > VPL011_CONSOLE_END_LISTEN || config->escape > UINT8_MAX) {
        return VPL011_ERR_RANGE;
    }
    if (config->flags & ~VPL011_CONSOLE_FLAG_COOKED) {
        return VPL011_ERR_FLAGS;
    }
    if ((config->address && config->end != VPL011_CONSOLE_END_LISTEN) ||
        config->time.now) {
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
    struct vpl011_time_config time = config->time;
    int err = vpl011_init(&c->device, &config->device, &ops);

    if (!err && time.what) {
        time.now = now_of;
        err = vpl011_time_set(&c->device, &c->time, &time);
    }
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
        err = vpl011_console_open_far_end_(c, &known);
    }
    if (err) {
        vpl011_console_close_far_end_(c);
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
 * While it is open
 */

int vpl011_console_attach(struct vpl011_console *c, int in_fd, int out_fd)
{
    int err = vpl011_console_enter_(c);

    if (err) {
        return err;
    }
    if (c->owned >= 0 || c->listener >= 0) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        err = vpl011_stream_attach(&c->stream, in_fd, out_fd);
    }
    vpl011_console_leave_(c);
    if (!err) {
        vpl011_console_wake(c);
    }
    return err;
}

int vpl011_console_break(struct vpl011_console *c)
{
    int result = vpl011_console_enter_(c);

    if (result) {
        return result;
    }
    result = vpl011_stream_break(&c->stream);
    if (result > 0) {
        (void)vpl011_data_avail(&c->device);
    }
    vpl011_console_leave_(c);
    return result;
}

int vpl011_console_log(struct vpl011_console *c, int fd, unsigned int flags)
{
    int err = vpl011_console_enter_(c);

    if (err) {
        return err;
    }
    err = vpl011_stream_log(&c->stream, fd, flags);
    vpl011_console_leave_(c);
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
    err = vpl011_console_enter_(c);
    if (err) {
        return err;
    }
    (void)vpl011_stream_get_status(&c->stream, &stream);
    is.attached = stream.attached;
    is.input_ended = stream.input_ended;
    is.error = stream.error ? stream.error : c->error;
    is.waiting = vpl011_console_waiting_(c);
    is.in_bytes = stream.in_bytes;
    is.out_bytes = stream.out_bytes;
    is.readers = c->readers;
    is.log_lost = stream.log_lost;
    is.log_error = stream.log_error;
    vpl011_console_leave_(c);
    memset(status, 0, size);
    memcpy(status, &is, size < sizeof(is) ? size : sizeof(is));
    return VPL011_OK;
}

int vpl011_console_close(struct vpl011_console *c)
{
    int err = check_console(c);
    bool joins;

    if (err) {
        return err;
    }
    (void)pthread_mutex_lock(&c->lock);
    if (c->state != OPEN) {
        while (c->state != CLOSED) {
            (void)pthread_cond_wait(&c->left, &c->lock);
        }
        vpl011_console_leave_(c);
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
    vpl011_console_leave_(c);
    if (joins) {
        (void)pthread_join(c->thread, NULL);
    }
    (void)vpl011_attach(&c->device, NULL);
    (void)pthread_mutex_lock(&c->lock);
    vpl011_console_close_far_end_(c);
    (void)pthread_mutex_lock(&c->events_lock);
    close_fd(&c->doorbell);
    (void)pthread_mutex_unlock(&c->events_lock);
    c->state = CLOSED;
    (void)pthread_cond_broadcast(&c->left);
    vpl011_console_leave_(c);
    return VPL011_OK;
}
