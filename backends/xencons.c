/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The xencons ring backend: the device's side of the shared page. */
#include "ring_layout.h"
#include "../src/sized.h"

#define DEVICE_FLAGS \
    (VPL011_XENCONS_CONNECTION | VPL011_XENCONS_EMPTY | VPL011_XENCONS_ALWAYS)

#define RING struct vpl011_xencons

LAYOUT struct ring ring_of(const struct vpl011_xencons *x)
{
    return page_layout(x->page);
}

/*
 * Exactly 1 is nobody: any other value, also one that no Xen writes, must not
 * make the guest's output vanish.
 */
static inline bool is_attached(const struct vpl011_xencons *x)
{
    return !(x->flags & VPL011_XENCONS_CONNECTION) ||
           vpl011_load_relaxed_u8(&x->page->connection) !=
               VPL011_XENCONS_DISCONNECTED;
}

#include "ring_device.h"

int vpl011_xencons_take_(struct vpl011_xencons_page *page, size_t size,
                         uint32_t flags, struct xencons_indices *indices)
{
    size_t least = (flags & VPL011_XENCONS_CONNECTION)
                       ? sizeof(*page)
                       : VPL011_XENCONS_PAGE_OLD_SIZE;

    if (size < least || (uintptr_t)page % sizeof(uint32_t) != 0) {
        return VPL011_ERR_SIZE;
    }
    indices->in_cons = vpl011_load_acquire(&page->in_cons);
    indices->in_prod = vpl011_load_acquire(&page->in_prod);
    indices->out_cons = vpl011_load_acquire(&page->out_cons);
    indices->out_prod = vpl011_load_acquire(&page->out_prod);
    if (!(flags & VPL011_XENCONS_EMPTY) &&
        (indices->in_prod - indices->in_cons > VPL011_XENCONS_IN_SIZE ||
         indices->out_prod - indices->out_cons > VPL011_XENCONS_OUT_SIZE)) {
        return VPL011_ERR_RING;
    }
    return VPL011_OK;
}

size_t vpl011_xencons_sizeof(void)
{
    return sizeof(struct vpl011_xencons);
}

int vpl011_xencons_init_sized(struct vpl011_xencons *x, size_t x_size,
                              void *page, size_t size,
                              const struct vpl011_xencons_config *config)
{
    const uint32_t flags = config ? config->flags : 0;
    struct xencons_indices indices;
    int err;

    if (!x || !page) {
        return VPL011_ERR_NULL;
    }
    if (x_size < sizeof(*x)) {
        return VPL011_ERR_ABI;
    }
    err = ring_check(config, DEVICE_FLAGS);
    if (!err) {
        err = vpl011_xencons_take_(page, size, flags, &indices);
    }
    if (err) {
        return err;
    }
    memset(x, 0, sizeof(*x));
    x->page = page;
    x->flags = flags;
    ring_configure(&x->device, config);
    ring_begin(&x->device, indices.out_prod, indices.in_cons, 0);
    if (flags & VPL011_XENCONS_EMPTY) {
        ring_begin_empty(x, indices.out_cons, indices.in_prod);
    }
    x->guard = DEVICE_READY;
    return VPL011_OK;
}

int vpl011_xencons_backend(struct vpl011_xencons *x, struct vpl011_backend *to)
{
    if (!x || !to) {
        return VPL011_ERR_NULL;
    }
    if (!is_device(x)) {
        return VPL011_ERR_UNINIT;
    }
    *to = (struct vpl011_backend){
        .ctx = x,
        .write = ring_write,
        .put = RING_PUT,
        .read = ring_read,
        .poll = ring_poll,
    };
    return VPL011_OK;
}

void vpl011_xencons_resync(struct vpl011_xencons *x)
{
    if (is_device(x)) {
        vpl011_store_release(&x->device.resync, 1);
    }
}

void vpl011_xencons_set_attached(struct vpl011_xencons *x, bool attached)
{
    if (is_device(x)) {
        ring_set_attached(&x->device, attached);
    }
}

int vpl011_xencons_get_status_sized(const struct vpl011_xencons *x,
                                    struct vpl011_xencons_status *status,
                                    size_t size)
{
    struct vpl011_xencons_status s = {0};

    if (!x || !status) {
        return VPL011_ERR_NULL;
    }
    if (!is_device(x)) {
        return VPL011_ERR_UNINIT;
    }
    ring_status(&x->device, &s);
    vpl011_give_sized_(status, size, &s, sizeof(s));
    return VPL011_OK;
}
