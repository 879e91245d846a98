/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Writing the UART into a device tree, byte for byte. */
#include "fdt_support.h"

static const struct vpl011_fdt_desc virt_pl011 = {
    .base = 0x09000000, .irq = 33, .clock_phandle = 0x8000};
static const struct vpl011_fdt_desc virt_sbsa = {
    .base = 0x09000000, .irq = 33, .form = VPL011_FDT_SBSA};

/* The property encodings; G.G3: the interrupt is an SPI, level-high. */
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
    assert_string_equal(fdt_get_name(t.bytes, node_at(&t, "/sbsa-pl011"), NULL),
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

    assert_int_equal(fdt_create_empty_tree(t.bytes, sizeof(t.bytes)), 0);
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

    assert_int_equal(fdt_create_empty_tree(t.bytes, sizeof(t.bytes)), 0);
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

    assert_int_equal(fdt_create_empty_tree(t.bytes, sizeof(t.bytes)), 0);
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
    assert_int_equal(vpl011_fdt_stdout(t.bytes),
                     node_at(&t, "/serial@9000000"));
}

static void existing_chosen_and_aliases_are_kept(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;
    int node;

    tree_make(&t, NULL);
    node = fdt_add_subnode(t.bytes, 0, "chosen");
    assert_int_equal(fdt_setprop_string(t.bytes, node, "bootargs", "quiet"), 0);
    assert_int_equal(fdt_setprop_string(t.bytes, node, "stdout-path", "/x"), 0);
    node = fdt_add_subnode(t.bytes, 0, "aliases");
    assert_int_equal(fdt_setprop_string(t.bytes, node, "serial0", "/x"), 0);
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

/* BCM2835's bus: the CPU sees 0x7Exxxxxx at 0x3Fxxxxxx. */
static int add_soc(struct tree *t)
{
    static const uint8_t ranges[] = {0x7E, 0, 0, 0, 0,    0, 0, 0,
                                     0x3F, 0, 0, 0, 0x01, 0, 0, 0};
    int soc = fdt_add_subnode(t->bytes, 0, "soc");

    assert_true(soc > 0);
    assert_int_equal(fdt_setprop_u32(t->bytes, soc, "#address-cells", 1), 0);
    assert_int_equal(fdt_setprop_u32(t->bytes, soc, "#size-cells", 1), 0);
    assert_int_equal(
        fdt_setprop_string(t->bytes, soc, "compatible", "simple-bus"), 0);
    assert_int_equal(
        fdt_setprop(t->bytes, soc, "ranges", ranges, sizeof(ranges)), 0);
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
    node = vpl011_fdt_add(t.bytes, soc, &desc);
    tree_check(&t);
    assert_int_equal(node, node_at(&t, "/soc/serial@7e201000"));
    GOLDEN(&t, "/soc/serial@7e201000", "reg", 0x7E, 0x20, 0x10, 0, 0, 0, 0x10,
           0);
    GOLDEN_STRING(&t, "/chosen", "stdout-path", "/soc/serial@7e201000");
    GOLDEN(&t, "/clock-24000000", "phandle", 0, 0, 0x80, 0);
    assert_int_equal(vpl011_fdt_read(t.bytes, node, &back), 0);
    assert_true(back.base == 0x3F201000);

    /* Outside the window, and across its end. */
    soc = node_at(&t, "/soc");
    desc.flags = 0;
    desc.base = 0x09000000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    desc.base = 0x3FFFF000;
    desc.size = 0x2000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    assert_int_equal(fdt_delprop(t.bytes, soc, "ranges"), 0);
    desc.base = 0x3F202000;
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    /* Smaller than the UART, and not a whole number of entries. */
    assert_int_equal(
        fdt_setprop(t.bytes, soc, "ranges",
                    "\x3F\x20\x20\0\0\0\0\0\x3F\x20\x20\0\0\0\x8\0", 16),
        0);
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    assert_int_equal(fdt_setprop(t.bytes, soc, "ranges",
                                 "\x3F\0\0\0\0\0\0\0\x3F\0\0\0\x1\0\0\0\0\0\0",
                                 20),
                     0);
    assert_refused(&t, soc, &desc, VPL011_ERR_FDT_RANGES);
    /* Empty: the same addresses on both sides. */
    assert_int_equal(fdt_setprop_empty(t.bytes, soc, "ranges"), 0);
    assert_true(vpl011_fdt_add(t.bytes, soc, &desc) > 0);
    assert_true(fdt_path_offset(t.bytes, "/soc/serial@3f202000") > 0);
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
        CASE(node_on_a_bus_has_the_address_of_the_bus),
        CASE(path_is_what_stdout_path_says),
    };

    return run_cases(cases);
}
