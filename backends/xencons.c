/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The xencons ring backend: the device's side of the shared page, and the check
 * of a page at attach. What the peer writes later is checked at each use: by
 * the device in ring_device.h, by the far end in ring_far.h.
 */
#include "ring_layout.h"

#define DEVICE_FLAGS \
    (VPL011_XENCONS_CONNECTION | VPL011_XENCONS_EMPTY | VPL011_XENCONS_ALWAYS)

#define RING struct vpl011_xencons
#define ring_of(x) page_ring((x)->page, (x)->flags)
#define READY DEVICE_READY
#include "ring_device.h"

int vpl011_xencons_check_page_(struct vpl011_xencons_page *page, size_t size,
                               uint32_t flags, struct xencons_indices *indices)
{
    const size_t least = (flags & VPL011_XENCONS_CONNECTION)
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
        err = vpl011_xencons_check_page_(page, size, flags, &indices);
    }
    if (err) {
        return err;
    }
    ring_configure(x, config);
    x->page = page;
    x->flags = flags;
    ring_begin(&x->device, indices.out_prod, indices.in_cons, 0);
    if (flags & VPL011_XENCONS_EMPTY) {
        ring_begin_empty(x, indices.out_cons, indices.in_prod);
    }
    x->guard = DEVICE_READY;
    return VPL011_OK;
}

int vpl011_xencons_backend(struct vpl011_xencons *x, struct vpl011_backend *to)
{
    return ring_backend(x, to);
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
        vpl011_store_relaxed(&x->device.detached, !attached);
    }
}

int vpl011_xencons_get_status_sized(const struct vpl011_xencons *x,
                                    struct vpl011_xencons_status *status,
                                    size_t size)
{
    const int err = ring_usable(x, DEVICE_READY, status);

    return err ? err : ring_status(&x->device, NULL, status, size);
}
