/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The UART of a domain in Xen, with libvpl011 as two files under a prefix: the
 * hooks of the hypervisor and nothing of a PL011.
 */
#include "vuart.h"

/*
 * What the device calls
 */

static uintptr_t vuart_lock(void *ctx)
{
    struct vuart *u = ctx;

    return lock_irqsave(&u->lock);
}

static void vuart_unlock(void *ctx, uintptr_t flags)
{
    struct vuart *u = ctx;

    unlock_irqrestore(&u->lock, flags);
}

#ifdef CONFIG_NEW_VGIC
static void vuart_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct vuart *u = ctx;

    if ((changed & XEN_VPL011_IRQ_UARTINTR) != 0u) {
        vgic_inject_irq(u->domain, NULL, u->virq,
                        (lines & XEN_VPL011_IRQ_UARTINTR) != 0u);
    }
}
#else
/* The older VGIC takes edges: one for what becomes pending. */
static void vuart_irq_pending(void *ctx, uint32_t bits)
{
    struct vuart *u = ctx;

    (void)bits;
    vgic_inject_irq(u->domain, NULL, u->virq, true);
}
#endif

static void vuart_notify(void *ctx, uint32_t events)
{
    struct vuart *u = ctx;

    if ((events & XEN_VPL011_EVENT_FAR_END) != 0u) {
        notify_via_xen_event_channel(u->domain, u->port);
    }
    if ((events & XEN_VPL011_EVENT_REFILL) != 0u) {
        (void)xen_vpl011_data_avail(&u->device);
    }
    if ((events & XEN_VPL011_EVENT_TICK) != 0u) {
        set_timer(&u->tick, NOW() + MILLISECS(1));
    }
}

/*
 * What calls the device
 */

/* 1: done; 0: the guest gets a data abort. */
static int vuart_read(struct vcpu *v, mmio_info_t *info, register_t *r,
                      void *priv)
{
    struct vuart *u = priv;
    const int err = xen_vpl011_mmio_read(&u->device, info->gpa - u->base,
                                         1u << info->dabt.size, r);

    (void)v;
    return err == XEN_VPL011_OK ? 1 : 0;
}

static int vuart_write(struct vcpu *v, mmio_info_t *info, register_t r,
                       void *priv)
{
    struct vuart *u = priv;
    const int err = xen_vpl011_mmio_write(&u->device, info->gpa - u->base,
                                          1u << info->dabt.size, r);

    (void)v;
    return err == XEN_VPL011_OK ? 1 : 0;
}

void vuart_notification(struct vuart *u)
{
    (void)xen_vpl011_data_avail(&u->device);
}

static void vuart_tick(void *data)
{
    struct vuart *u = data;

    (void)xen_vpl011_tick(&u->device);
}

/*
 * Life cycle
 */

int vuart_init(struct vuart *u, struct domain *d, void *page, paddr_t base,
               unsigned int virq, int port)
{
    static const struct mmio_handler_ops handlers = {.read = vuart_read,
                                                     .write = vuart_write};
    const struct xen_vpl011_config config = {.personality = XEN_VPL011_SBSA};
    const struct xen_vpl011_ops ops = {
        .ctx = u,
        .lock = vuart_lock,
        .unlock = vuart_unlock,
#ifdef CONFIG_NEW_VGIC
        .irq = vuart_irq,
#else
        .irq_pending = vuart_irq_pending,
#endif
        .notify = vuart_notify,
    };
    struct xen_vpl011_backend backend;
    int err;

    u->domain = d;
    u->base = base;
    u->virq = virq;
    u->port = port;
    init_timer(&u->tick, vuart_tick, u, 0);
    err = xen_vpl011_init(&u->device, &config, &ops);
    if (err == XEN_VPL011_OK) {
        err = xen_vpl011_xencons_init(
            &u->ring, page, sizeof(struct xen_vpl011_xencons_page), NULL);
    }
    if (err == XEN_VPL011_OK) {
        err = xen_vpl011_xencons_backend(&u->ring, &backend);
    }
    if (err == XEN_VPL011_OK) {
        err = xen_vpl011_attach(&u->device, &backend);
    }
    if (err == XEN_VPL011_OK) {
        register_mmio_handler(d, &handlers, base, XEN_PL011_WINDOW_SIZE, u);
    }
    return err;
}

/* The domain is gone; before its console page is unmapped. */
void vuart_deinit(struct vuart *u)
{
    kill_timer(&u->tick);
    (void)xen_vpl011_attach(&u->device, NULL);
}
