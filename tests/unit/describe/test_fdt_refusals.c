/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What cannot be described is refused by name, and changes nothing. */
#include "fdt_support.h"

static const struct vpl011_fdt_desc virt_pl011 = {
    .base = 0x09000000, .irq = 33, .clock_phandle = 0x8000};
static const struct vpl011_fdt_desc virt_sbsa = {
    .base = 0x09000000, .irq = 33, .form = VPL011_FDT_SBSA};

static void clock_that_is_not_as_described_is_refused(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;
    int node;

    tree_make(&t, NULL);
    assert_added(&t, &desc);
    desc.base += 0x1000;
    desc.clock_hz = 1;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.clock_phandle = GIC_PHANDLE;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.clock_phandle = UINT32_MAX;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    /* The name is taken by a clock with another phandle. */
    desc.clock_phandle = 9;
    desc.clock_hz = 24000000;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_EXISTS);
    /* ... or by what is no clock of one output. */
    desc.clock_phandle = 0;
    node = node_at(&t, "/clock-24000000");
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#clock-cells", 1), 0);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#clock-cells", 0), 0);
    /* ... or without any. */
    desc.clock_phandle = 0;
    node = node_at(&t, "/clock-24000000");
    assert_int_equal(fdt_delprop(t.bytes, node, "phandle"), 0);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.flags = VPL011_FDT_CALLERS_CLOCK;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.clock_phandle = 0x44;
    assert_added(&t, &desc);
    GOLDEN(&t, "/serial@9001000", "clocks", 0, 0, 0, 0x44, 0, 0, 0, 0x44);
}

static void bad_descriptions_are_refused_by_name(void)
{
    static const struct {
        int err;
        struct vpl011_fdt_desc desc;
    } rows[] = {
        {VPL011_ERR_FDT_FORM, {.form = 5}},
        {VPL011_ERR_FLAGS, {.flags = 1u << 5}},
        {VPL011_ERR_FLAGS,
         {.form = VPL011_FDT_SBSA, .flags = VPL011_FDT_UBOOT_CLOCK}},
        {VPL011_ERR_ABI, {.reserved = {[7] = 1}}},
        {VPL011_ERR_RANGE, {.alias = 100}},
        {VPL011_ERR_FDT_NAME, {.name = "9lives"}},
        {VPL011_ERR_FDT_NAME, {.name = "a@b"}},
        {VPL011_ERR_FDT_NAME, {.name = "a/b"}},
        {VPL011_ERR_FDT_NAME, {.options = "115200 n8"}},
        {VPL011_ERR_FDT_PROPERTY, {.io_width = 2}},
        {VPL011_ERR_FDT_IRQ, {.irq_cells = 5}},
        {VPL011_ERR_FDT_IRQ, {.irq_flags = 5}},
        {VPL011_ERR_FDT_IRQ, {.irq_flags = 0x10}},
        {VPL011_ERR_FDT_ADDRESS, {.base = 0x09000002}},
        {VPL011_ERR_FDT_ADDRESS, {.size = 0xFFF}},
        {VPL011_ERR_FDT_ADDRESS, {.base = UINT64_MAX - 0xFFB}},
        {VPL011_ERR_FDT_ADDRESS, {.base = 0x09000000, .size = UINT64_MAX}},
        {VPL011_ERR_FDT_OVERLAP, {.base = 0x08000000}},
        {VPL011_ERR_FDT_OVERLAP, {.base = 0x0800F000}},
        {VPL011_ERR_FDT_OVERLAP, {.base = 0x07FFF000, .size = 0x1004}},
    };
    struct vpl011_fdt_desc desc;
    struct tree t;
    size_t i;

    tree_make(&t, NULL);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        desc = rows[i].desc;
        desc.irq = 33;
        if (!desc.base) {
            desc.base = 0x09000000;
        }
        assert_refused(&t, 0, &desc, rows[i].err);
    }
    desc = virt_sbsa;
    memset(desc.name, 'a', sizeof(desc.name)); /* not terminated */
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_NAME);
    desc = virt_sbsa;
    memset(desc.options, 'a', sizeof(desc.options));
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_NAME);
    /* Right beside it is free. */
    desc = virt_sbsa;
    desc.base = 0x08010000;
    assert_added(&t, &desc);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_OVERLAP);
    /* ... and of a disabled device too, but not its name. */
    assert_int_equal(fdt_setprop_string(t.bytes, node_at(&t, "/serial@8010000"),
                                        "status", "disabled"),
                     0);
    desc.flags = VPL011_FDT_STDOUT;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_EXISTS);
    strcpy(desc.name, "uart");
    assert_added(&t, &desc);
}

static void address_beyond_its_cells_is_refused(void)
{
    const struct tree_options options = {.address_cells = 1, .size_cells = 1};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    tree_make(&t, &options);
    desc.base = 0x109000000;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_ADDRESS);
    desc.base = 0x10000000;
    desc.size = 0x100000000;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_ADDRESS);
    desc.base = 0xFFFFF000;
    desc.size = 0x1004;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_ADDRESS);
    desc.size = 0x1000;
    assert_added(&t, &desc);
}

static void size_beyond_its_cells_is_refused(void)
{
    const struct tree_options options = {.address_cells = 2, .size_cells = 1};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    tree_make(&t, &options);
    desc.base = 0x10000000;
    desc.size = 0x100000000;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_ADDRESS);
    desc.size = 0xFFFFFFFC;
    assert_added(&t, &desc);
}

static void neighbours_overlap_by_a_byte_or_not_at_all(void)
{
    static const struct {
        uint64_t base;
        uint64_t size;
        bool overlaps;
    } rows[] = {
        {0x09000000, 1, true}, {0x08FFFFFF, 1, false}, {0x08FFFFFF, 2, true},
        {0x09000FFF, 1, true}, {0x09001000, 1, false}, {0x09000800, 0, false},
        {0, UINT64_MAX, true}, {1, UINT64_MAX, true},  {0, 0x09000000, false},
    };
    struct tree t;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int node;

        tree_make(&t, NULL);
        node = fdt_add_subnode(t.bytes, 0, "neighbour");
        assert_int_equal(fdt_setprop_u64(t.bytes, node, "reg", rows[i].base),
                         0);
        assert_int_equal(fdt_appendprop_u64(t.bytes, node, "reg", rows[i].size),
                         0);
        if (rows[i].overlaps) {
            assert_refused(&t, 0, &virt_sbsa, VPL011_ERR_FDT_OVERLAP);
        } else {
            assert_added(&t, &virt_sbsa);
        }
    }
}

/* What is replaced gives its space back, or takes a little more. */
static void replacing_stdout_path_needs_exactly_the_difference(void)
{
    static const char *const paths[] = {
        "/", "/serial@9000000", "/a/much/longer/path/to/another/console"};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree whole;
    struct tree t;
    size_t i;

    desc.flags = VPL011_FDT_STDOUT;
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        int exact;
        int node;

        tree_make(&t, NULL);
        node = fdt_add_subnode(t.bytes, 0, "chosen");
        assert_int_equal(fdt_setprop(t.bytes, node, "stdout-path", paths[i],
                                     (int)strlen(paths[i]) + 1),
                         0);
        memcpy(&whole, &t, sizeof(whole));
        assert_added(&whole, &desc);
        assert_int_equal(fdt_pack(whole.bytes), 0);
        exact = (int)tree_size(&whole);
        assert_int_equal(fdt_pack(t.bytes), 0);
        assert_int_equal(fdt_open_into(t.bytes, t.bytes, exact - 1), 0);
        assert_refused(&t, 0, &desc, VPL011_ERR_FDT_NOSPACE);
        assert_int_equal(fdt_open_into(t.bytes, t.bytes, exact), 0);
        assert_added(&t, &desc);
    }
}

static void unusable_parents_are_refused_by_name(void)
{
    struct tree t;
    int node;

    tree_make(&t, NULL);
    assert_refused(&t, -1, &virt_sbsa, VPL011_ERR_FDT_NODE);
    assert_refused(&t, 4, &virt_sbsa, VPL011_ERR_FDT_NODE);
    assert_refused(&t, 1 << 20, &virt_sbsa, VPL011_ERR_FDT_NODE);
    node = fdt_add_subnode(t.bytes, 0, "pci");
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#address-cells", 3), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#address-cells", 2), 0);
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#size-cells", 0), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    assert_int_equal(fdt_setprop(t.bytes, node, "#size-cells", "a", 1), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    node = node_at(&t, "/intc@8000000");
    assert_int_equal(fdt_setprop_u32(t.bytes, node, "#interrupt-cells", 5), 0);
    assert_refused(&t, 0, &virt_sbsa, VPL011_ERR_FDT_IRQ_PARENT);
    assert_int_equal(fdt_setprop_u32(t.bytes, 0, "interrupt-parent", 77), 0);
    assert_refused(&t, 0, &virt_sbsa, VPL011_ERR_FDT_IRQ_PARENT);
}

static void too_deep_and_too_long_paths_are_refused(void)
{
    char name[32] = "bus-with-a-name-of-31-characters";
    struct tree t;
    int parent = 0;
    int deepest[20];
    int i;

    name[31] = '\0';
    tree_make(&t, NULL);
    for (i = 0; i < 18; i++) {
        parent = fdt_add_subnode(t.bytes, parent, i < 15 ? "bus" : name);
        assert_true(parent > 0);
        assert_int_equal(fdt_setprop_empty(t.bytes, parent, "ranges"), 0);
        assert_int_equal(fdt_setprop_u32(t.bytes, parent, "#address-cells", 2),
                         0);
        assert_int_equal(fdt_setprop_u32(t.bytes, parent, "#size-cells", 2), 0);
        deepest[i] = parent;
    }
    assert_refused(&t, deepest[15], &virt_sbsa, VPL011_ERR_FDT_PATH);
    assert_true(vpl011_fdt_add(t.bytes, deepest[14], &virt_sbsa) > 0);

    tree_make(&t, NULL);
    parent = 0;
    for (i = 0; i < 8; i++) {
        parent = fdt_add_subnode(t.bytes, parent, name);
        assert_int_equal(fdt_setprop_empty(t.bytes, parent, "ranges"), 0);
    }
    assert_refused(&t, parent, &virt_sbsa, VPL011_ERR_FDT_PATH);
}

static void no_space_leaves_the_tree_and_growing_it_helps(void)
{
    const struct vpl011_fdt_desc *desc;
    static struct tree small;
    struct tree t;
    struct tree whole;
    size_t i;

    for (i = 0; (desc = tree_description(i)) != NULL; i++) {
        int exact;
        int size;
        int refused = 0;

        tree_make(&whole, NULL);
        assert_added(&whole, desc);
        assert_int_equal(fdt_pack(whole.bytes), 0);
        exact = (int)tree_size(&whole);

        tree_make(&t, NULL);
        assert_int_equal(fdt_pack(t.bytes), 0);
        size = (int)tree_size(&t);
        assert_true(exact - size <= VPL011_FDT_SPACE);
        for (;; size++) {
            int result;

            assert_int_equal(fdt_open_into(t.bytes, small.bytes, size), 0);
            if (size < exact) {
                assert_refused(&small, 0, desc, VPL011_ERR_FDT_NOSPACE);
                tree_check(&small);
                refused++;
                continue;
            }
            result = add(&small, desc);
            assert_true(result > 0);
            break;
        }
        /* It was refused exactly while it could not fit. */
        assert_int_equal(size, exact);
        assert_true(refused > 0);
        assert_int_equal(fdt_pack(small.bytes), 0);
        assert_memory_equal(small.bytes, whole.bytes, (size_t)exact);
    }
    assert_int_equal(i, 8);
}

static void what_is_no_writable_tree_is_refused(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t = {{0}};

    assert_err(vpl011_fdt_add(NULL, 0, &desc), VPL011_ERR_NULL);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_BLOB);
    tree_make(&t, NULL);
    assert_err(vpl011_fdt_add(t.bytes, 0, NULL), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_add(t.bytes + 4, 0, &desc), VPL011_ERR_SIZE);
    /* dtc -V 16 writes such; fdt_open_into() converts them. */
    fdt_set_version(t.bytes, 16);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_BLOB);
    fdt_set_version(t.bytes, 17);
    /* A corrupt tail is seen before anything is written. */
    fdt_set_size_dt_struct(t.bytes, fdt_size_dt_struct(t.bytes) - 4);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_BLOB);
}

static void older_and_newer_descriptions_are_taken(void)
{
    struct {
        struct vpl011_fdt_desc desc;
        uint64_t later;
    } newer = {.desc = {.base = 0x09001000, .irq = 34, .form = 1}};
    struct tree t;

    tree_make(&t, NULL);
    assert_true(vpl011_fdt_add_sized(t.bytes, 0, &virt_sbsa,
                                     offsetof(struct vpl011_fdt_desc, name)) >
                0);
    assert_true(vpl011_fdt_add_sized(t.bytes, 0, &newer.desc, sizeof(newer)) >
                0);
    newer.later = 1;
    assert_err(vpl011_fdt_add_sized(t.bytes, 0, &newer.desc, sizeof(newer)),
               VPL011_ERR_ABI);
}

/* The most that any description can ask for stays within the promise. */
static void promised_space_is_enough_for_everything(void)
{
    struct vpl011_fdt_desc desc = {
        .base = UINT64_MAX - 0xFFF,
        .form = VPL011_FDT_SBSA_PRIMECELL,
        .irq = 33,
        .irq_parent = GIC_PHANDLE,
        .baud = 1,
        .periph_id = 1,
        .io_width = 4,
        .alias = 99,
        .clock_hz = UINT32_MAX,
        .flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS | VPL011_FDT_UBOOT_CLOCK,
    };
    struct tree_options options = {.interrupt_cells = 4};
    struct tree t;
    int size;

    memset(desc.name, 'n', 31);
    memset(desc.options, 'o', 31);
    tree_make(&t, &options);
    assert_int_equal(fdt_pack(t.bytes), 0);
    size = (int)tree_size(&t) + VPL011_FDT_SPACE;
    assert_int_equal(fdt_open_into(t.bytes, t.bytes, size), 0);
    assert_added(&t, &desc);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(clock_that_is_not_as_described_is_refused),
        CASE(bad_descriptions_are_refused_by_name),
        CASE(address_beyond_its_cells_is_refused),
        CASE(size_beyond_its_cells_is_refused),
        CASE(neighbours_overlap_by_a_byte_or_not_at_all),
        CASE(replacing_stdout_path_needs_exactly_the_difference),
        CASE(unusable_parents_are_refused_by_name),
        CASE(too_deep_and_too_long_paths_are_refused),
        CASE(no_space_leaves_the_tree_and_growing_it_helps),
        CASE(what_is_no_writable_tree_is_refused),
        CASE(older_and_newer_descriptions_are_taken),
        CASE(promised_space_is_enough_for_everything),
    };

    return run_cases(cases);
}
