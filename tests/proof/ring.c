/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The shared ring from either side. The peer is any_atomic.h: every load from
 * the page returns anything. Every private word that is not related to another
 * is arbitrary too, which includes all that can really occur.
 */
#include "any.h"

#include "ring_layout.h"

static struct vpl011_xencons_page page;
/* To the byte: without `connection`, where it may not be touched. */
static uint32_t old_page[VPL011_XENCONS_PAGE_OLD_SIZE / 4];

static void on_corrupt(void *ctx, const struct vpl011_xencons_corrupt *what)
{
    struct vpl011_xencons_corrupt seen = *what;

    (void)ctx;
    (void)seen;
}

static void *any_page(uint32_t flags)
{
    if (flags & VPL011_XENCONS_CONNECTION) {
        any_bytes(&page, sizeof(page));
        return &page;
    }
    any_bytes(old_page, sizeof(old_page));
    return old_page;
}

/*
 * Device side: the context, a call of the backend or a function of the host.
 */

static void any_device_side(struct vpl011_xencons *x, uint32_t connection)
{
    any_bytes(x, sizeof(*x));
    x->page = any_page(connection);
    x->flags = any_u32() & ~VPL011_XENCONS_CONNECTION;
    x->flags |= connection;
    x->device.corrupted = any_bool() ? on_corrupt : NULL;
    x->device.ctx = NULL;
}

static void one_device_call(const struct vpl011_backend *b,
                            struct vpl011_xencons *x)
{
    struct vpl011_backend_status status = {0};
    struct vpl011_xencons_status told;
    uint8_t sent[64];
    uint8_t received[32];
    uint32_t events = 0;
    size_t count = any_u64(1, sizeof(sent));

    any_bytes(sent, sizeof(sent));
    switch (any_upto(7)) {
    case 0:
        /* To the byte: nothing behind what is sent is read. */
        /*@ split count; */
        count = b->write(b->ctx, sent + sizeof(sent) - count, count, &events);
        /*@ assert taken: count <= 64; */
        break;
    case 1:
        if (count > sizeof(received)) {
            count = sizeof(received);
        }
        /*@ split count; */
        count = b->read(b->ctx, received + sizeof(received) - count, count,
                        &events);
        /*@ assert given: count <= 32; */
        break;
    case 2:
        b->poll(b->ctx, &status, &events);
        break;
    case 3:
        vpl011_xencons_resync(x);
        break;
    case 4:
        vpl011_xencons_set_attached(x, any_bool());
        break;
    case 5:
        vpl011_xencons_get_status(x, &told);
        break;
    case 6:
        b->put(b->ctx, any_u8());
        break;
    default:
        count = any_upto(sizeof(told));
        /*@ split count; */
        vpl011_xencons_get_status_sized(x, &told, count);
        break;
    }
    /*@ assert only_these: events <= 1; */
}

static void device_side(uint32_t connection)
{
    struct vpl011_xencons x;
    struct vpl011_backend b = {0};

    any_device_side(&x, connection);
    if (vpl011_xencons_backend(&x, &b) == VPL011_OK) {
        one_device_call(&b, &x);
    }
}

void proof_ring_device(void)
{
    device_side(VPL011_XENCONS_CONNECTION);
    device_side(0);
}

/* Any page, of any size that its flags allow, with any configuration. */
void proof_ring_init(void)
{
    struct vpl011_xencons x;
    struct vpl011_xencons_console c;
    struct vpl011_xencons_config config;
    struct vpl011_backend b;
    uint32_t flags = any_u32();
    bool connection = (flags & VPL011_XENCONS_CONNECTION) != 0;

    any_bytes(&config, sizeof(config));
    config.ctx = NULL;
    config.corrupt = any_bool() ? on_corrupt : NULL;
    config.flags = flags;
    /*@ split connection; */
    if (connection) {
        vpl011_xencons_init(&x, any_page(1), sizeof(page), &config);
        vpl011_xencons_console_attach(&c, any_page(1), sizeof(page), flags);
    } else {
        config.flags &= ~VPL011_XENCONS_CONNECTION;
        flags &= ~VPL011_XENCONS_CONNECTION;
        vpl011_xencons_init(&x, any_page(0), sizeof(old_page), &config);
        vpl011_xencons_console_attach(&c, any_page(0), sizeof(old_page), flags);
    }
    /* Whatever is too small is not touched. */
    vpl011_xencons_init(&x, &flags, any_u64(0, 3087), &config);
    vpl011_xencons_console_attach(&c, &flags, any_u64(0, 3087), any_u32());
    vpl011_xencons_init(NULL, any_bool() ? &flags : NULL, any_size(), NULL);
    vpl011_xencons_init(&x, NULL, any_size(), NULL);
    vpl011_xencons_console_attach(NULL, NULL, any_size(), any_u32());
    vpl011_xencons_backend(NULL, &b);
    vpl011_xencons_backend(&x, NULL);
}

/*
 * Console side.
 */

static void any_console_side(struct vpl011_xencons_console *c,
                             uint32_t connection)
{
    any_bytes(c, sizeof(*c));
    c->page = any_page(connection);
    c->flags = any_u32() & ~VPL011_XENCONS_CONNECTION;
    c->flags |= connection;
}

static void one_console_call(struct vpl011_xencons_console *c, size_t most)
{
    uint8_t bytes[4096];
    struct vpl011_xencons_status told;
    uint32_t todo = 0;
    size_t count = most;

    any_bytes(bytes, sizeof(bytes));
    switch (any_upto(7)) {
    case 0:
        count = vpl011_xencons_console_read(c, bytes + sizeof(bytes) - count,
                                            count);
        /*@ assert read: count <= most; */
        break;
    case 1:
        count = vpl011_xencons_console_write(c, bytes + sizeof(bytes) - count,
                                             count, &todo);
        /*@ assert written: count <= most; */
        break;
    case 2:
        vpl011_xencons_console_publish(c, any_u32());
        break;
    case 3:
        vpl011_xencons_console_detach(c);
        break;
    case 4:
        vpl011_xencons_console_waiting(c);
        break;
    case 5:
        vpl011_xencons_console_room(c);
        break;
    case 6:
        vpl011_xencons_console_resync(c);
        break;
    default:
        vpl011_xencons_console_get_status(c, &told);
        break;
    }
}

static void console_side(uint32_t connection, size_t most)
{
    struct vpl011_xencons_console c;

    any_console_side(&c, connection);
    one_console_call(&c, most);
}

void proof_ring_console(void)
{
    /* To the byte; 2048 is all that a ring can hold. */
    console_side(VPL011_XENCONS_CONNECTION, 1);
    console_side(0, 2);
    console_side(0, 3);
    console_side(0, 2048);
}
