/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The page compared with Xen's own header, which may be older or newer. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <vpl011/xencons.h>

#ifdef HAVE_XEN_CONSOLE_H
#include <xen/io/console.h>

static int failed;

static void same(const char *what, size_t ours, size_t xens)
{
    printf("%s: %zu, Xen %zu\n", what, ours, xens);
    if (ours != xens) {
        failed = 1;
    }
}

#define SAME(member) \
    same(#member, offsetof(struct vpl011_xencons_page, member), \
         offsetof(struct xencons_interface, member)); \
    same("size of " #member, \
         sizeof(((struct vpl011_xencons_page *)0)->member), \
         sizeof(((struct xencons_interface *)0)->member))

int main(void)
{
    SAME(in);
    SAME(out);
    SAME(in_cons);
    SAME(in_prod);
    SAME(out_cons);
    SAME(out_prod);
#ifdef XENCONSOLE_DISCONNECTED
    SAME(connection);
    same("connected", VPL011_XENCONS_CONNECTED, XENCONSOLE_CONNECTED);
    same("disconnected", VPL011_XENCONS_DISCONNECTED, XENCONSOLE_DISCONNECTED);
    same("sizeof", sizeof(struct vpl011_xencons_page),
         sizeof(struct xencons_interface));
#else
    same("sizeof", VPL011_XENCONS_PAGE_OLD_SIZE,
         sizeof(struct xencons_interface));
#endif
    same("slot of 0xFFFFFFFB", 0xFFFFFFFBu % VPL011_XENCONS_IN_SIZE,
         MASK_XENCONS_IDX(0xFFFFFFFBu, ((struct xencons_interface *)0)->in));
    return failed;
}
#else
int main(void)
{
    printf("xen/io/console.h is missing (package libxen-dev)\n");
    return 77;
}
#endif
