/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The far end is a console daemon in another process, over a ring in shared
 * memory (tools/console/link.h). The daemon may start late, be killed and
 * return.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/atomic.h>
#include <vpl011/backend_state.h>

#include "link.h"
#include "farend.h"

struct ring_end {
    struct farend farend;
    struct link link;
    bool quiet;
    const char *socket;
    char said[sizeof(((struct link *)0)->error)];
};

static struct ring_end *of(struct farend *f)
{
    return (struct ring_end *)f;
}

static int wait_for(struct farend *f, struct pollfd *fds, int *timeout_ms)
{
    int ms;

    link_poll(&of(f)->link, fds, &ms);
    if (ms >= 0) {
        farend_wake_in(timeout_ms, ms);
    }
    return 2;
}

/* Say once what changed. */
static void report(struct ring_end *r)
{
    const char *now =
        r->link.registered ? "the console is there" : r->link.error;

    if (*now && strcmp(r->said, now) != 0) {
        (void)snprintf(r->said, sizeof(r->said), "%s", now);
        if (!r->quiet) {
            fprintf(stderr, "kvm: %s: %s\n", r->socket, now);
        }
    }
}

static void serve(struct farend *f, uint32_t events)
{
    struct ring_end *r = of(f);

    if (link_serve(&r->link)) {
        (void)vpl011_data_avail(uart_device(f->uart));
    }
    if (events & VPL011_EVENT_FAR_END) {
        link_ring(&r->link);
    }
    report(r);
}

static bool has_output(struct farend *f)
{
    struct ring_end *r = of(f);
    struct vpl011_xencons_page *page = r->link.page;

    return r->link.registered && vpl011_load_relaxed(&page->out_prod) !=
                                     vpl011_load_relaxed(&page->out_cons);
}

/* The page and the daemon stay; the UART's side of the ring is new. */
static int move(struct farend *f, struct vpl011_backend *backend)
{
    struct ring_end *r = of(f);
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    struct vpl011_xencons old = r->link.ring;
    int size = vpl011_xencons_save(&old, 0, blob, sizeof(blob));
    int err;

    memset(&r->link.ring, FRESH, sizeof(r->link.ring));
    err = link_open_ring(&r->link);
    if (err < 0 || size < 0) {
        return err < 0 ? err : size;
    }
    vpl011_xencons_set_attached(&r->link.ring, r->link.registered);
    err = vpl011_xencons_load(&r->link.ring, blob, (size_t)size);
    return err < 0 ? err : link_backend(&r->link, backend);
}

static void close_end(struct farend *f)
{
    struct ring_end *r = of(f);

    link_ring(&r->link);
    link_free(&r->link);
    free(r);
}

struct farend *farend_ring(struct uart *uart, const struct options *o)
{
    struct ring_end *r = calloc(1, sizeof(*r));
    struct vpl011_backend backend;
    int err;

    if (!r) {
        fprintf(stderr, "kvm: %s\n", strerror(errno));
        return NULL;
    }
    r->farend = (struct farend){
        .uart = uart,
        .wait = wait_for,
        .serve = serve,
        .has_output = has_output,
        .move = move,
        .close = close_end,
    };
    r->quiet = o->quiet;
    r->socket = o->ring;
    if (!link_init(&r->link, o->ring, o->name)) {
        fprintf(stderr, "kvm: --ring: %s\n", r->link.error);
        free(r);
        return NULL;
    }
    (void)link_backend(&r->link, &backend);
    uart->holds = VPL011_XENCONS_OUT_SIZE;
    err = uart_open(uart);
    if (!err) {
        err = vpl011_attach(uart_device(uart), &backend);
    }
    if (err) {
        fprintf(stderr, "kvm: UART: %s\n", vpl011_strerror(err));
        close_end(&r->farend);
        return NULL;
    }
    return &r->farend;
}
