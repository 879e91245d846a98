/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Assertions about trees, which print path and property. */
#ifndef TESTS_DESCRIBE_FDT_SUPPORT_H
#define TESTS_DESCRIBE_FDT_SUPPORT_H

#include "support.h"
#include "trees.h"

static inline int node_at(const struct tree *t, const char *path)
{
    int node = fdt_path_offset(t->bytes, path);

    if (node < 0) {
        fail_msg("%s: %s", path, fdt_strerror(node));
    }
    return node;
}

static inline void assert_prop(const struct tree *t, const char *path,
                               const char *name, const void *bytes, size_t size)
{
    int len;
    const void *data = fdt_getprop(t->bytes, node_at(t, path), name, &len);

    if (!data) {
        fail_msg("%s has no %s", path, name);
    }
    if (len != (int)size) {
        fail_msg("%s/%s is %d bytes, not %zu", path, name, len, size);
    }
    assert_memory_equal(data, bytes, size);
}

static inline void assert_no_prop(const struct tree *t, const char *path,
                                  const char *name)
{
    assert_null(fdt_getprop(t->bytes, node_at(t, path), name, NULL));
}

static inline int count_props(const struct tree *t, const char *path)
{
    int count = 0;
    int prop;

    fdt_for_each_property_offset(prop, t->bytes, node_at(t, path))
    {
        count++;
    }
    return count;
}

static inline const char *error_name(int err)
{
    return vpl011_strerror(err);
}

static inline void assert_err(int result, int expected)
{
    if (result != expected) {
        fail_msg("%d (%s), not %d (%s)", result, error_name(result), expected,
                 error_name(expected));
    }
    assert_int_equal(result, expected);
}

/* Add to the root; the tree must be sound afterwards whatever came of it. */
static inline int add(struct tree *t, const struct vpl011_fdt_desc *desc)
{
    int result = vpl011_fdt_add(t->bytes, 0, desc);

    tree_check(t);
    return result;
}

static inline void assert_added(struct tree *t,
                                const struct vpl011_fdt_desc *desc)
{
    int node = add(t, desc);

    if (node <= 0) {
        fail_msg("vpl011_fdt_add: %s", error_name(node));
    }
}

/* An error, and not one byte of the tree has changed. */
static inline void assert_refused(struct tree *t, int parent,
                                  const struct vpl011_fdt_desc *desc, int err)
{
    static struct tree before;

    memcpy(&before, t, sizeof(before));
    assert_err(vpl011_fdt_add(t->bytes, parent, desc), err);
    assert_memory_equal(&before, t, sizeof(before));
}

#define GOLDEN(t, path, name, ...) \
    do { \
        static const uint8_t golden_[] = {__VA_ARGS__}; \
        assert_prop(t, path, name, golden_, sizeof(golden_)); \
    } while (0)
#define GOLDEN_STRING(t, path, name, text) \
    assert_prop(t, path, name, text, sizeof(text))

#endif
