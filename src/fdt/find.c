/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Finding UARTs, and the node that a path or an alias leads to. */
#include "fdt_internal.h"

/* Version 16 dates from 2005. Nobody writes an older one any more, and on one
 * of those libfdt 1.6.1 may follow a NULL pointer. */
#define OLDEST_VERSION 16

static int check_pointer(const void *fdt)
{
    if (!fdt) {
        return VPL011_ERR_NULL;
    }
    return (uintptr_t)fdt % sizeof(uint64_t) ? VPL011_ERR_SIZE : VPL011_OK;
}

int vpl011_fdt_header_(const void *fdt)
{
    int err = check_pointer(fdt);

    if (!err &&
        (fdt_check_header(fdt) < 0 || fdt_version(fdt) < OLDEST_VERSION)) {
        err = VPL011_ERR_FDT_BLOB;
    }
    return err;
}

int vpl011_fdt_check(const void *blob, size_t size)
{
    int err = check_pointer(blob);

    if (!err && (size < sizeof(struct fdt_header) ||
                 fdt_version(blob) < OLDEST_VERSION ||
                 fdt_check_full(blob, size) < 0)) {
        err = VPL011_ERR_FDT_BLOB;
    }
    return err;
}

/* The form that `compatible` says; Xen's is told from SBSA's elsewhere. */
int vpl011_fdt_form_(const void *fdt, int node)
{
    int len;
    const char *list = fdt_getprop(fdt, node, "compatible", &len);
    bool sbsa;
    bool pl011;

    if (!list || len <= 0 || list[len - 1] != '\0') {
        return VPL011_ERR_FDT_COMPATIBLE;
    }
    sbsa = fdt_stringlist_contains(list, len, "arm,sbsa-uart");
    pl011 = fdt_stringlist_contains(list, len, "arm,pl011");
    if (!pl011) {
        return sbsa ? VPL011_FDT_SBSA : VPL011_ERR_FDT_COMPATIBLE;
    }
    if (!sbsa) {
        return VPL011_FDT_PL011;
    }
    return fdt_stringlist_contains(list, len, "arm,primecell")
               ? VPL011_FDT_SBSA_PRIMECELL
               : VPL011_FDT_SBSA_PL011;
}

int vpl011_fdt_next(const void *fdt, int node)
{
    int err = vpl011_fdt_header_(fdt);

    if (err) {
        return err;
    }
    do {
        node = fdt_next_node(fdt, node < 0 ? -1 : node, NULL);
    } while (node >= 0 && (vpl011_fdt_form_(fdt, node) < 0 ||
                           !vpl011_fdt_enabled_(fdt, node)));
    return node < 0 ? vpl011_fdt_err_(node) : node;
}

int vpl011_fdt_lookup_(const void *fdt, const char *path, int len)
{
    const char *target;
    int target_len;
    int aliases;

    if (len > 0 && path[0] == '/') {
        return fdt_path_offset_namelen(fdt, path, len);
    }
    /* Not by libfdt: it follows an alias to itself for ever. */
    aliases = fdt_path_offset(fdt, "/aliases");
    if (aliases < 0) {
        return aliases;
    }
    target = fdt_getprop_namelen(fdt, aliases, path, len, &target_len);
    if (!target || target_len < 2 || target[0] != '/' ||
        target[target_len - 1] != '\0') {
        return -FDT_ERR_NOTFOUND;
    }
    return fdt_path_offset_namelen(fdt, target, (int)strlen(target));
}

const char *vpl011_fdt_stdout_path_(const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");
    const char *path;

    if (chosen < 0) {
        return NULL;
    }
    path = vpl011_fdt_string_(fdt, chosen, "stdout-path");
    return path ? path : vpl011_fdt_string_(fdt, chosen, "linux,stdout-path");
}

int vpl011_fdt_stdout(const void *fdt)
{
    const char *path;
    int node;
    int err = vpl011_fdt_header_(fdt);

    if (err) {
        return err;
    }
    path = vpl011_fdt_stdout_path_(fdt);
    if (!path) {
        return VPL011_ERR_FDT_PATH;
    }
    node = vpl011_fdt_lookup_(fdt, path, (int)strcspn(path, ":"));
    return node < 0 ? VPL011_ERR_FDT_PATH : node;
}
