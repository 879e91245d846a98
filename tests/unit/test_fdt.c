/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Writing the UART into a device tree, byte for byte. */
#include "support.h"
#include "trees.h"

static const struct vpl011_fdt_desc virt_pl011 = {
    .base = 0x09000000, .irq = 33, .clock_phandle = 0x8000};
static const struct vpl011_fdt_desc virt_sbsa = {
    .base = 0x09000000, .irq = 33, .form = VPL011_FDT_SBSA};

static int node_at(const struct tree *t, const char *path)
{
    int node = fdt_path_offset(t->words, path);

    if (node < 0) {
        fail_msg("%s: %s", path, fdt_strerror(node));
    }
    return node;
}

static void assert_prop(const struct tree *t, const char *path,
                        const char *name, const void *bytes, size_t size)
{
    int len;
    const void *data = fdt_getprop(t->words, node_at(t, path), name, &len);

    if (!data) {
        fail_msg("%s has no %s", path, name);
    }
    if (len != (int)size) {
        fail_msg("%s/%s is %d bytes, not %zu", path, name, len, size);
    }
    assert_memory_equal(data, bytes, size);
}

static void assert_no_prop(const struct tree *t, const char *path,
                           const char *name)
{
    assert_null(fdt_getprop(t->words, node_at(t, path), name, NULL));
}

static int count_props(const struct tree *t, const char *path)
{
    int count = 0;
    int prop;

    fdt_for_each_property_offset(prop, t->words, node_at(t, path))
    {
        count++;
    }
    return count;
}

static const char *error_name(int err)
{
    return vpl011_strerror(err);
}

static void assert_err(int result, int expected)
{
    if (result != expected) {
        fail_msg("%d (%s), not %d (%s)", result, error_name(result), expected,
                 error_name(expected));
    }
    assert_int_equal(result, expected);
}

/* Add to the root; the tree must be sound afterwards whatever came of it. */
static int add(struct tree *t, const struct vpl011_fdt_desc *desc)
{
    int result = vpl011_fdt_add(t->words, 0, desc);

    tree_check(t);
    return result;
}

static void assert_added(struct tree *t, const struct vpl011_fdt_desc *desc)
{
    int node = add(t, desc);

    if (node <= 0) {
        fail_msg("vpl011_fdt_add: %s", error_name(node));
    }
}

/* An error, and not one byte of the tree has changed. */
static void assert_refused(struct tree *t, int parent,
                           const struct vpl011_fdt_desc *desc, int err)
{
    static struct tree before;

    before = *t;
    assert_err(vpl011_fdt_add(t->words, parent, desc), err);
    assert_memory_equal(&before, t, sizeof(before));
}

#define GOLDEN(t, path, name, ...) \
    do { \
        static const uint8_t golden_[] = {__VA_ARGS__}; \
        assert_prop(t, path, name, golden_, sizeof(golden_)); \
    } while (0)
#define GOLDEN_STRING(t, path, name, text) \
    assert_prop(t, path, name, text, sizeof(text))

/* uart-spec 4.7: the property encodings. */
static void pl011_node_is_written_byte_exact(void)
{
    struct tree t;

    tree_make(&t, NULL);
    assert_added(&t, &virt_pl011);
    GOLDEN_STRING(&t, "/serial@9000000", "compatible",
                  "arm,pl011\0arm,primecell");
    GOLDEN(&t, "/serial@9000000", "reg", 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0x10, 0);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
           4);
    GOLDEN_STRING(&t, "/serial@9000000", "clock-names", "uartclk\0apb_pclk");
    GOLDEN(&t, "/serial@9000000", "clocks", 0, 0, 0x80, 0, 0, 0, 0x80, 0);
    assert_int_equal(count_props(&t, "/serial@9000000"), 5);

    GOLDEN_STRING(&t, "/clock-24000000", "compatible", "fixed-clock");
    GOLDEN(&t, "/clock-24000000", "clock-frequency", 0x01, 0x6E, 0x36, 0x00);
    GOLDEN(&t, "/clock-24000000", "#clock-cells", 0, 0, 0, 0);
    GOLDEN(&t, "/clock-24000000", "phandle", 0, 0, 0x80, 0);
    assert_int_equal(count_props(&t, "/clock-24000000"), 4);
}

static void sbsa_node_is_written_byte_exact(void)
{
    struct tree t;

    tree_make(&t, NULL);
    assert_added(&t, &virt_sbsa);
    GOLDEN_STRING(&t, "/serial@9000000", "compatible", "arm,sbsa-uart");
    GOLDEN(&t, "/serial@9000000", "reg", 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0x10, 0);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
           4);
    GOLDEN(&t, "/serial@9000000", "current-speed", 0x00, 0x01, 0xC2, 0x00);
    assert_int_equal(count_props(&t, "/serial@9000000"), 4);
}

static void two_string_node_has_a_speed_and_no_clock(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    desc.form = VPL011_FDT_SBSA_PL011;
    tree_make(&t, NULL);
    assert_added(&t, &desc);
    GOLDEN_STRING(&t, "/serial@9000000", "compatible",
                  "arm,sbsa-uart\0arm,pl011");
    GOLDEN(&t, "/serial@9000000", "current-speed", 0x00, 0x01, 0xC2, 0x00);
    assert_int_equal(count_props(&t, "/serial@9000000"), 4);
}

static void three_string_node_has_clocks_and_a_speed(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;

    desc.form = VPL011_FDT_SBSA_PRIMECELL;
    tree_make(&t, NULL);
    assert_added(&t, &desc);
    GOLDEN_STRING(&t, "/serial@9000000", "compatible",
                  "arm,sbsa-uart\0arm,pl011\0arm,primecell");
    GOLDEN(&t, "/serial@9000000", "current-speed", 0x00, 0x01, 0xC2, 0x00);
    GOLDEN(&t, "/serial@9000000", "clocks", 0, 0, 0x80, 0, 0, 0, 0x80, 0);
    assert_int_equal(count_props(&t, "/serial@9000000"), 6);
}

/* uart-spec 4.4: libxl's node. */
static void xen_node_is_written_as_its_toolstack_does(void)
{
    struct vpl011_fdt_desc desc = {
        .base = 0x22000000, .irq = 32, .form = VPL011_FDT_XEN};
    struct tree t;

    tree_make(&t, NULL);
    assert_added(&t, &desc);
    assert_string_equal(fdt_get_name(t.words, node_at(&t, "/sbsa-pl011"), NULL),
                        "sbsa-pl011");
    GOLDEN_STRING(&t, "/sbsa-pl011", "compatible", "arm,sbsa-uart");
    GOLDEN(&t, "/sbsa-pl011", "reg", 0, 0, 0, 0, 0x22, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0x10, 0);
    GOLDEN(&t, "/sbsa-pl011", "interrupts", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0F,
           0x04);
    GOLDEN(&t, "/sbsa-pl011", "current-speed", 0x00, 0x01, 0xC2, 0x00);
    assert_int_equal(count_props(&t, "/sbsa-pl011"), 4);
}

/* uart-spec 4.4: the hypervisor's own node for dom0less domains. */
static void xen_node_with_a_name_is_as_dom0less_writes_it(void)
{
    struct vpl011_fdt_desc desc = {.base = 0x22000000,
                                   .irq = 32,
                                   .form = VPL011_FDT_XEN,
                                   .irq_parent = GIC_PHANDLE,
                                   .name = "sbsa-uart"};
    struct tree t;

    tree_make(&t, NULL);
    assert_added(&t, &desc);
    GOLDEN(&t, "/sbsa-uart@22000000", "interrupt-parent", 0, 0, 0, 1);
    GOLDEN(&t, "/sbsa-uart@22000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 0, 0,
           0, 0x0F, 0x04);
    assert_int_equal(count_props(&t, "/sbsa-uart@22000000"), 5);
}

/* uart-spec 4.7: cell counts come from the parents. */
static void cells_are_those_of_the_parents(void)
{
    struct tree_options options = {
        .address_cells = 1, .size_cells = 1, .interrupt_cells = 4};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    tree_make(&t, &options);
    assert_added(&t, &virt_sbsa);
    GOLDEN(&t, "/serial@9000000", "reg", 9, 0, 0, 0, 0, 0, 0x10, 0);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
           4, 0, 0, 0, 0);

    options.address_cells = 2;
    options.interrupt_cells = 2;
    tree_make(&t, &options);
    assert_added(&t, &virt_sbsa);
    GOLDEN(&t, "/serial@9000000", "reg", 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x10, 0);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 33, 0, 0, 0, 4);

    options.interrupt_cells = 1;
    desc.irq = 0;
    tree_make(&t, &options);
    assert_added(&t, &desc);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0);
}

static void interrupt_numbers_are_encoded_by_their_range(void)
{
    static const struct {
        uint32_t irq;
        uint8_t type;
        uint8_t high;
        uint8_t low;
    } rows[] = {
        {16, 1, 0, 0},      {31, 1, 0, 15},        {32, 0, 0, 0},
        {33, 0, 0, 1},      {1019, 0, 0x03, 0xDB}, {1056, 3, 0, 0},
        {1119, 3, 0, 0x3F}, {4096, 2, 0, 0},       {5119, 2, 0x03, 0xFF},
    };
    static const uint32_t bad[] = {0,    15,   1020, 1055,
                                   1120, 4095, 5120, UINT32_MAX};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t cells[12] = {
            0, 0, 0, rows[i].type, 0, 0, rows[i].high, rows[i].low, 0, 0, 0, 4};

        tree_make(&t, NULL);
        desc.irq = rows[i].irq;
        assert_added(&t, &desc);
        assert_prop(&t, "/serial@9000000", "interrupts", cells, 12);
    }
    tree_make(&t, NULL);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        desc.irq = bad[i];
        assert_refused(&t, 0, &desc, VPL011_ERR_FDT_IRQ);
    }
}

static void polled_node_needs_no_interrupt_controller(void)
{
    struct vpl011_fdt_desc desc = {.base = 0x09000000,
                                   .flags = VPL011_FDT_POLLED};
    struct tree t;

    assert_int_equal(fdt_create_empty_tree(t.words, sizeof(t.words)), 0);
    assert_added(&t, &desc);
    /* No #address-cells, no #size-cells: 2 and 1 by the specification. */
    GOLDEN(&t, "/serial@9000000", "reg", 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x10, 0);
    assert_no_prop(&t, "/serial@9000000", "interrupts");
    desc.flags = 0;
    desc.irq = 33;
    desc.base = 0x09001000;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_IRQ_PARENT);
}

static void given_interrupt_cells_serve_a_parent_to_come(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    assert_int_equal(fdt_create_empty_tree(t.words, sizeof(t.words)), 0);
    desc.irq_parent = 5;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_IRQ_PARENT);
    desc.irq_cells = 3;
    assert_added(&t, &desc);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
           4);
    GOLDEN(&t, "/serial@9000000", "interrupt-parent", 0, 0, 0, 5);
}

static void generated_phandles_avoid_the_interrupt_parent(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;

    assert_int_equal(fdt_create_empty_tree(t.words, sizeof(t.words)), 0);
    desc.clock_phandle = 0;
    desc.irq_parent = 1;
    desc.irq_cells = 3;
    assert_added(&t, &desc);
    GOLDEN(&t, "/clock-24000000", "phandle", 0, 0, 0, 2);
    GOLDEN(&t, "/serial@9000000", "clocks", 0, 0, 0, 2, 0, 0, 0, 2);
}

static void chosen_and_alias_lead_to_the_node(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;

    desc.flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS;
    desc.alias = 3;
    strcpy(desc.options, "115200n8");
    tree_make(&t, NULL);
    assert_added(&t, &desc);
    GOLDEN_STRING(&t, "/chosen", "stdout-path", "/serial@9000000:115200n8");
    GOLDEN_STRING(&t, "/aliases", "serial3", "/serial@9000000");
    assert_int_equal(vpl011_fdt_stdout(t.words),
                     node_at(&t, "/serial@9000000"));
}

static void existing_chosen_and_aliases_are_kept(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;
    int node;

    tree_make(&t, NULL);
    node = fdt_add_subnode(t.words, 0, "chosen");
    assert_int_equal(fdt_setprop_string(t.words, node, "bootargs", "quiet"), 0);
    assert_int_equal(fdt_setprop_string(t.words, node, "stdout-path", "/x"), 0);
    node = fdt_add_subnode(t.words, 0, "aliases");
    assert_int_equal(fdt_setprop_string(t.words, node, "serial0", "/x"), 0);
    desc.flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_EXISTS);
    desc.alias = 1;
    assert_added(&t, &desc);
    GOLDEN_STRING(&t, "/chosen", "bootargs", "quiet");
    GOLDEN_STRING(&t, "/chosen", "stdout-path", "/serial@9000000");
    GOLDEN_STRING(&t, "/aliases", "serial0", "/x");
    GOLDEN_STRING(&t, "/aliases", "serial1", "/serial@9000000");
}

static void several_uarts_share_one_clock(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;
    uint32_t i;

    desc.clock_phandle = 0;
    desc.flags = VPL011_FDT_ALIAS;
    tree_make(&t, NULL);
    for (i = 0; i < 4; i++) {
        desc.base = 0x09000000 + i * 0x1000;
        desc.irq = 33 + i;
        desc.alias = i;
        assert_added(&t, &desc);
    }
    GOLDEN(&t, "/serial@9000000", "clocks", 0, 0, 0, 2, 0, 0, 0, 2);
    GOLDEN(&t, "/serial@9003000", "clocks", 0, 0, 0, 2, 0, 0, 0, 2);
    desc.base += 0x1000;
    desc.clock_hz = 48000000;
    desc.alias = 4;
    assert_added(&t, &desc);
    GOLDEN(&t, "/clock-48000000", "phandle", 0, 0, 0, 3);
    GOLDEN(&t, "/serial@9004000", "clocks", 0, 0, 0, 3, 0, 0, 0, 3);
    /* A phandle that is there says the frequency too. */
    desc.base += 0x1000;
    desc.clock_hz = 0;
    desc.clock_phandle = 3;
    desc.alias = 5;
    desc.flags |= VPL011_FDT_UBOOT_CLOCK;
    assert_added(&t, &desc);
    GOLDEN(&t, "/serial@9005000", "clock", 0x02, 0xDC, 0x6C, 0x00);
}

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
    /* ... or without any. */
    desc.clock_phandle = 0;
    node = node_at(&t, "/clock-24000000");
    assert_int_equal(fdt_delprop(t.words, node, "phandle"), 0);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.flags = VPL011_FDT_CALLERS_CLOCK;
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_CLOCK);
    desc.clock_phandle = 0x44;
    assert_added(&t, &desc);
    GOLDEN(&t, "/serial@9001000", "clocks", 0, 0, 0, 0x44, 0, 0, 0, 0x44);
}

/* BCM2835's bus: the CPU sees 0x7Exxxxxx at 0x3Fxxxxxx. */
static int add_soc(struct tree *t)
{
    static const uint8_t ranges[] = {0x7E, 0, 0, 0, 0,    0, 0, 0,
                                     0x3F, 0, 0, 0, 0x01, 0, 0, 0};
    int soc = fdt_add_subnode(t->words, 0, "soc");

    assert_true(soc > 0);
    assert_int_equal(fdt_setprop_u32(t->words, soc, "#address-cells", 1), 0);
    assert_int_equal(fdt_setprop_u32(t->words, soc, "#size-cells", 1), 0);
    assert_int_equal(
        fdt_setprop_string(t->words, soc, "compatible", "simple-bus"), 0);
    assert_int_equal(
        fdt_setprop(t->words, soc, "ranges", ranges, sizeof(ranges)), 0);
    return soc;
}

static void node_on_a_bus_has_the_address_of_the_bus(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct vpl011_fdt_desc back;
    struct tree t;
    int soc;
    int node;

    desc.base = 0x3F201000;
    desc.flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS;
    tree_make(&t, NULL);
    soc = add_soc(&t);
    node = vpl011_fdt_add(t.words, soc, &desc);
    tree_check(&t);
    assert_int_equal(node, node_at(&t, "/soc/serial@7e201000"));
    GOLDEN(&t, "/soc/serial@7e201000", "reg", 0x7E, 0x20, 0x10, 0, 0, 0, 0x10,
           0);
    GOLDEN_STRING(&t, "/chosen", "stdout-path", "/soc/serial@7e201000");
    GOLDEN(&t, "/clock-24000000", "phandle", 0, 0, 0x80, 0);
    assert_int_equal(vpl011_fdt_read(t.words, node, &back), 0);
    assert_true(back.base == 0x3F201000);

    /* Outside the window, and across its end. */
    soc = node_at(&t, "/soc");
    desc.flags = 0;
    desc.base = 0x09000000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    desc.base = 0x3FFFF000;
    desc.size = 0x2000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    assert_int_equal(fdt_delprop(t.words, soc, "ranges"), 0);
    desc.base = 0x3F202000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    /* Empty: the same addresses on both sides. */
    assert_int_equal(fdt_setprop_empty(t.words, soc, "ranges"), 0);
    assert_true(vpl011_fdt_add(t.words, soc, &desc) > 0);
    assert_true(fdt_path_offset(t.words, "/soc/serial@3f202000") > 0);
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
    assert_int_equal(fdt_setprop_string(t.words, node_at(&t, "/serial@8010000"),
                                        "status", "disabled"),
                     0);
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

static void unusable_parents_are_refused_by_name(void)
{
    struct tree t;
    int node;

    tree_make(&t, NULL);
    assert_refused(&t, -1, &virt_sbsa, VPL011_ERR_FDT_NODE);
    assert_refused(&t, 4, &virt_sbsa, VPL011_ERR_FDT_NODE);
    assert_refused(&t, 1 << 20, &virt_sbsa, VPL011_ERR_FDT_NODE);
    node = fdt_add_subnode(t.words, 0, "pci");
    assert_int_equal(fdt_setprop_u32(t.words, node, "#address-cells", 3), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    assert_int_equal(fdt_setprop_u32(t.words, node, "#address-cells", 2), 0);
    assert_int_equal(fdt_setprop_u32(t.words, node, "#size-cells", 0), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    assert_int_equal(fdt_setprop(t.words, node, "#size-cells", "a", 1), 0);
    assert_refused(&t, node, &virt_sbsa, VPL011_ERR_FDT_CELLS);
    node = node_at(&t, "/intc@8000000");
    assert_int_equal(fdt_setprop_u32(t.words, node, "#interrupt-cells", 5), 0);
    assert_refused(&t, 0, &virt_sbsa, VPL011_ERR_FDT_IRQ_PARENT);
    assert_int_equal(fdt_setprop_u32(t.words, 0, "interrupt-parent", 77), 0);
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
        parent = fdt_add_subnode(t.words, parent, i < 15 ? "bus" : name);
        assert_true(parent > 0);
        assert_int_equal(fdt_setprop_empty(t.words, parent, "ranges"), 0);
        assert_int_equal(fdt_setprop_u32(t.words, parent, "#address-cells", 2),
                         0);
        assert_int_equal(fdt_setprop_u32(t.words, parent, "#size-cells", 2), 0);
        deepest[i] = parent;
    }
    assert_refused(&t, deepest[15], &virt_sbsa, VPL011_ERR_FDT_PATH);
    assert_true(vpl011_fdt_add(t.words, deepest[14], &virt_sbsa) > 0);

    tree_make(&t, NULL);
    parent = 0;
    for (i = 0; i < 8; i++) {
        parent = fdt_add_subnode(t.words, parent, name);
        assert_int_equal(fdt_setprop_empty(t.words, parent, "ranges"), 0);
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
        assert_int_equal(fdt_pack(whole.words), 0);
        exact = (int)fdt_totalsize(whole.words);

        tree_make(&t, NULL);
        assert_int_equal(fdt_pack(t.words), 0);
        size = (int)fdt_totalsize(t.words);
        assert_true(exact - size <= VPL011_FDT_SPACE);
        for (;; size++) {
            int result;

            assert_int_equal(fdt_open_into(t.words, small.words, size), 0);
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
        assert_int_equal(fdt_pack(small.words), 0);
        assert_memory_equal(small.words, whole.words, (size_t)exact);
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
    assert_err(vpl011_fdt_add(t.words, 0, NULL), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_add((char *)t.words + 4, 0, &desc), VPL011_ERR_SIZE);
    /* dtc -V 16 and firmware write such; fdt_open_into() converts them. */
    fdt_set_version(t.words, 16);
    assert_refused(&t, 0, &desc, VPL011_ERR_FDT_BLOB);
    fdt_set_version(t.words, 17);
    /* A corrupt tail is seen before anything is written. */
    fdt_set_size_dt_struct(t.words, fdt_size_dt_struct(t.words) - 4);
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
    assert_true(vpl011_fdt_add_sized(t.words, 0, &virt_sbsa,
                                     offsetof(struct vpl011_fdt_desc, name)) >
                0);
    assert_true(vpl011_fdt_add_sized(t.words, 0, &newer.desc, sizeof(newer)) >
                0);
    newer.later = 1;
    assert_err(vpl011_fdt_add_sized(t.words, 0, &newer.desc, sizeof(newer)),
               VPL011_ERR_ABI);
}

static void path_is_what_stdout_path_says(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    char path[96] = "untouched";

    assert_int_equal(vpl011_fdt_path(&desc, path, sizeof(path)), 15);
    assert_string_equal(path, "/serial@9000000");
    strcpy(desc.options, "115200n8");
    assert_int_equal(vpl011_fdt_path(&desc, path, sizeof(path)), 24);
    assert_string_equal(path, "/serial@9000000:115200n8");
    strcpy(path, "untouched");
    assert_err(vpl011_fdt_path(&desc, path, 24), VPL011_ERR_SIZE);
    assert_string_equal(path, "untouched");
    assert_int_equal(vpl011_fdt_path(&desc, path, 25), 24);
    desc.form = VPL011_FDT_XEN;
    assert_int_equal(vpl011_fdt_path(&desc, path, sizeof(path)), 20);
    assert_string_equal(path, "/sbsa-pl011:115200n8");
    memset(desc.name, 'n', 31);
    memset(desc.options, 'o', 31);
    desc.base = UINT64_MAX - 0xFFF;
    assert_true(vpl011_fdt_path(&desc, path, sizeof(path)) > 0);
    desc.form = 9;
    assert_err(vpl011_fdt_path(&desc, path, sizeof(path)), VPL011_ERR_FDT_FORM);
    assert_err(vpl011_fdt_path(NULL, path, sizeof(path)), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_path(&desc, NULL, 96), VPL011_ERR_NULL);
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
    assert_int_equal(fdt_pack(t.words), 0);
    size = (int)fdt_totalsize(t.words) + VPL011_FDT_SPACE;
    assert_int_equal(fdt_open_into(t.words, t.words, size), 0);
    assert_added(&t, &desc);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(pl011_node_is_written_byte_exact),
        CASE(sbsa_node_is_written_byte_exact),
        CASE(two_string_node_has_a_speed_and_no_clock),
        CASE(three_string_node_has_clocks_and_a_speed),
        CASE(xen_node_is_written_as_its_toolstack_does),
        CASE(xen_node_with_a_name_is_as_dom0less_writes_it),
        CASE(cells_are_those_of_the_parents),
        CASE(interrupt_numbers_are_encoded_by_their_range),
        CASE(polled_node_needs_no_interrupt_controller),
        CASE(given_interrupt_cells_serve_a_parent_to_come),
        CASE(generated_phandles_avoid_the_interrupt_parent),
        CASE(chosen_and_alias_lead_to_the_node),
        CASE(existing_chosen_and_aliases_are_kept),
        CASE(several_uarts_share_one_clock),
        CASE(clock_that_is_not_as_described_is_refused),
        CASE(node_on_a_bus_has_the_address_of_the_bus),
        CASE(bad_descriptions_are_refused_by_name),
        CASE(address_beyond_its_cells_is_refused),
        CASE(unusable_parents_are_refused_by_name),
        CASE(too_deep_and_too_long_paths_are_refused),
        CASE(no_space_leaves_the_tree_and_growing_it_helps),
        CASE(what_is_no_writable_tree_is_refused),
        CASE(older_and_newer_descriptions_are_taken),
        CASE(path_is_what_stdout_path_says),
        CASE(promised_space_is_enough_for_everything),
    };

    return run_cases(cases);
}
