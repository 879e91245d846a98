/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The xencons ring, the console's side: what a daemon links. */
#include "ring_layout.h"

#define CONSOLE_FLAGS (VPL011_XENCONS_CONNECTION | VPL011_XENCONS_EMPTY)

#define FAR struct vpl011_xencons_console
#define ring_of(c) page_ring((c)->page, 0)
#include "ring_far.h"

size_t vpl011_xencons_console_sizeof(void)
{
    return sizeof(struct vpl011_xencons_console);
}

int vpl011_xencons_console_attach_sized(struct vpl011_xencons_console *c,
                                        size_t c_size, void *page, size_t size,
                                        uint32_t flags)
{
    struct xencons_indices indices;
    int err;

    if (!c || !page) {
        return VPL011_ERR_NULL;
    }
    if (c_size < sizeof(*c)) {
        return VPL011_ERR_ABI;
    }
    if (flags & ~CONSOLE_FLAGS) {
        return VPL011_ERR_FLAGS;
    }
    err = vpl011_xencons_check_page_(page, size, flags, &indices);
    if (err) {
        return err;
    }
    memset(c, 0, sizeof(*c));
    c->page = page;
    c->flags = flags;
    c->far.out_cons = indices.out_cons;
    c->far.out_read = indices.out_cons;
    c->far.in_prod = indices.in_prod;
    if (flags & VPL011_XENCONS_EMPTY) {
        far_begin_empty(c, indices.out_prod, indices.in_cons);
    }
    if (flags & VPL011_XENCONS_CONNECTION) {
        vpl011_store_relaxed_u8(&c->page->connection, VPL011_XENCONS_CONNECTED);
    }
    c->guard = CONSOLE_READY;
    return VPL011_OK;
}

uint32_t vpl011_xencons_console_detach(struct vpl011_xencons_console *c)
{
    uint32_t todo;

    if (!is_console(c)) {
        return 0;
    }
    todo = far_publish(c, VPL011_RING_NOW) & VPL011_RING_TODO_NOTIFY;
    if (c->flags & VPL011_XENCONS_CONNECTION) {
        vpl011_store_relaxed_u8(&c->page->connection,
                                VPL011_XENCONS_DISCONNECTED);
        if (!todo) {
            todo = far_notify(&c->far, VPL011_RING_OUT);
        }
    }
    c->guard = 0;
    return todo;
}

size_t vpl011_xencons_console_read(struct vpl011_xencons_console *c,
                                   void *bytes, size_t count)
{
    if (!is_console(c) || !bytes || c->far.stopped[0]) {
        return 0;
    }
    count = far_copy(c, bytes, count, false);
    c->far.out_read += (uint32_t)count;
    return count;
}

uint32_t vpl011_xencons_console_publish(struct vpl011_xencons_console *c,
                                        uint32_t how)
{
    return is_console(c) ? far_publish(c, how) : 0;
}

size_t vpl011_xencons_console_write(struct vpl011_xencons_console *c,
                                    const void *bytes, size_t count,
                                    uint32_t *todo)
{
    if (!is_console(c) || !bytes || !todo || count == 0) {
        return 0;
    }
    /* Beside a device that is as fast, once round the ring. */
    return far_write(c, bytes, count, VPL011_XENCONS_IN_SIZE, todo);
}

size_t vpl011_xencons_console_waiting(const struct vpl011_xencons_console *c)
{
    return is_console(c) ? far_waiting(c) : 0;
}

size_t vpl011_xencons_console_room(const struct vpl011_xencons_console *c)
{
    return is_console(c) ? far_room(c) : 0;
}

void vpl011_xencons_console_resync(struct vpl011_xencons_console *c)
{
    if (is_console(c)) {
        far_resync(c);
    }
}

int vpl011_xencons_console_get_status_sized(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status, size_t size)
{
    const int err = ring_usable(c, CONSOLE_READY, status);

    return err ? err : ring_status(NULL, &c->far, status, size);
}
