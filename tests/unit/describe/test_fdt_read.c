/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Reading a UART from a device tree: good, bad and hostile ones. */
#include "fdt_support.h"

#include <stdlib.h>

static const struct vpl011_fdt_desc virt_pl011 = {
    .base = 0x09000000, .irq = 33, .clock_phandle = 0x8000};
static const struct vpl011_fdt_desc virt_sbsa = {
    .base = 0x09000000, .irq = 33, .form = VPL011_FDT_SBSA};

#define UART "/serial@9000000"

/* What a description says once nothing is left to defaults. */
static struct vpl011_fdt_desc resolved(const struct vpl011_fdt_desc *desc)
{
    struct vpl011_fdt_desc d = *desc;
    int clocks =
        d.form == VPL011_FDT_PL011 || d.form == VPL011_FDT_SBSA_PRIMECELL;

    d.size = d.size ? d.size : 0x1000;
    if (d.flags & VPL011_FDT_POLLED) {
        d.irq_flags = 0;
    } else {
        d.irq_flags = d.irq_flags                ? d.irq_flags
                      : d.form == VPL011_FDT_XEN ? 0xF04
                                                 : 4;
        d.irq_parent = GIC_PHANDLE;
        d.irq_cells = 3;
    }
    if (clocks && !d.clock_hz) {
        d.clock_hz = 24000000;
    }
    if (d.form != VPL011_FDT_PL011 && !d.baud) {
        d.baud = 115200;
    }
    if (!d.name[0] && d.form != VPL011_FDT_XEN) {
        strcpy(d.name, "serial");
    }
    return d;
}

static void assert_same_desc(const struct vpl011_fdt_desc *got,
                             const struct vpl011_fdt_desc *want)
{
#define FIELD(field) \
    if (got->field != want->field) { \
        fail_msg(#field ": %#llx, not %#llx", (unsigned long long)got->field, \
                 (unsigned long long)want->field); \
    }
    FIELD(base)
    FIELD(size)
    FIELD(form)
    FIELD(flags)
    FIELD(irq)
    FIELD(irq_flags)
    FIELD(irq_parent)
    FIELD(irq_cells)
    FIELD(clock_hz)
    FIELD(clock_phandle)
    FIELD(baud)
    FIELD(alias)
    FIELD(periph_id)
    FIELD(io_width)
#undef FIELD
    assert_string_equal(got->name, want->name);
    assert_string_equal(got->options, want->options);
    assert_memory_equal(got, want, sizeof(*got));
}

static void every_form_survives_the_round_trip(void)
{
    const struct vpl011_fdt_desc *desc;
    struct vpl011_fdt_desc got;
    struct vpl011_fdt_desc want;
    struct tree first;
    struct tree second;
    size_t i;

    for (i = 0; (desc = tree_description(i)) != NULL; i++) {
        int expected =
            desc->flags & VPL011_FDT_POLLED ? VPL011_ERR_FDT_NO_IRQ : VPL011_OK;
        int node;

        tree_make(&first, NULL);
        assert_added(&first, desc);
        node = vpl011_fdt_next(first.bytes, -1);
        assert_true(node > 0);
        memset(&got, 0xAA, sizeof(got));
        assert_err(vpl011_fdt_read(first.bytes, node, &got), expected);
        want = resolved(desc);
        assert_same_desc(&got, &want);

        /* And what was read writes the same node again. */
        tree_make(&second, NULL);
        got.irq_parent = desc->irq_parent;
        got.irq_cells = 0;
        assert_added(&second, &got);
        assert_int_equal(fdt_pack(first.bytes), 0);
        assert_int_equal(fdt_pack(second.bytes), 0);
        assert_int_equal(tree_size(&first), tree_size(&second));
        assert_memory_equal(first.bytes, second.bytes, tree_size(&first));
    }
    assert_int_equal(i, 8);
}

static void several_uarts_are_found_in_order(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct vpl011_fdt_desc got;
    struct tree t;
    uint32_t bases[4];
    int node = -1;
    int count = 0;
    uint32_t i;

    tree_begin(&t, sizeof(t.bytes), NULL);
    for (i = 0; i < 4; i++) {
        desc.base = 0x09000000 + i * 0x1000;
        desc.irq = 33 + i;
        desc.form = i;
        assert_err(vpl011_fdt_sw_add(t.bytes, &desc), VPL011_OK);
    }
    tree_finish(&t);
    assert_int_equal(fdt_open_into(t.bytes, t.bytes, sizeof(t.bytes)), 0);
    assert_int_equal(fdt_setprop_string(t.bytes, node_at(&t, "/serial@9001000"),
                                        "status", "disabled"),
                     0);
    while ((node = vpl011_fdt_next(t.bytes, node)) >= 0) {
        assert_err(vpl011_fdt_read(t.bytes, node, &got), VPL011_OK);
        assert_true(count < 4);
        assert_int_equal(got.irq, 33 + (got.base - 0x09000000) / 0x1000);
        bases[count++] = (uint32_t)got.base;
    }
    assert_err(node, VPL011_ERR_FDT_NODE);
    assert_int_equal(count, 3);
    assert_int_equal(bases[0], 0x09000000);
    assert_int_equal(bases[1], 0x09002000);
    assert_int_equal(bases[2], 0x09003000);
}

/* One property of a sound node is made bad; reading says which. */
enum change { SET, DELETE };

struct bad {
    int err;
    enum change change;
    const char *path;
    const char *name;
    const char *bytes;
    int len;
};

#define BYTES(text) text, sizeof(text) - 1

static void every_bad_property_has_its_error(void)
{
    static const struct bad rows[] = {
        {VPL011_ERR_FDT_COMPATIBLE, DELETE, UART, "compatible", NULL, 0},
        {VPL011_ERR_FDT_COMPATIBLE, SET, UART, "compatible", BYTES("")},
        {VPL011_ERR_FDT_COMPATIBLE, SET, UART, "compatible",
         BYTES("arm,pl011")},
        {VPL011_ERR_FDT_COMPATIBLE, SET, UART, "compatible",
         BYTES("arm,pl010\0")},
        {VPL011_ERR_FDT_DISABLED, SET, UART, "status", BYTES("disabled\0")},
        {VPL011_ERR_FDT_DISABLED, SET, UART, "status", BYTES("okay")},
        {VPL011_OK, SET, UART, "status", BYTES("ok\0")},
        {VPL011_OK, SET, UART, "status", BYTES("okay\0")},
        {VPL011_ERR_FDT_CELLS, SET, "/", "#address-cells", BYTES("\0\0\0\3")},
        {VPL011_ERR_FDT_CELLS, SET, "/", "#size-cells", BYTES("\0\0\0\0")},
        {VPL011_ERR_FDT_CELLS, SET, "/", "#size-cells", BYTES("\0\2")},
        {VPL011_ERR_FDT_REG, SET, "/", "#address-cells", BYTES("\0\0\0\1")},
        {VPL011_ERR_FDT_REG, DELETE, UART, "reg", NULL, 0},
        {VPL011_ERR_FDT_REG, SET, UART, "reg", BYTES("")},
        {VPL011_ERR_FDT_REG, SET, UART, "reg",
         BYTES("\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\x10")},
        {VPL011_ERR_FDT_REG, SET, UART, "reg",
         BYTES("\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\x10\0"
               "\0\0\0\0\x0A\0\0\0\0\0\0\0\0\0\x10\0")},
        {VPL011_ERR_FDT_REG, SET, UART, "reg",
         BYTES("\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0")},
        {VPL011_ERR_FDT_ADDRESS, SET, UART, "reg",
         BYTES("\0\0\0\0\x09\0\0\1\0\0\0\0\0\0\x10\0")},
        {VPL011_ERR_FDT_ADDRESS, SET, UART, "reg",
         BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xF8\0\0\0\0\0\0\0\x10\0")},
        {VPL011_ERR_FDT_OVERLAP, SET, UART, "reg",
         BYTES("\0\0\0\0\x08\0\xF0\0\0\0\0\0\0\0\x10\0")},
        {VPL011_ERR_FDT_NO_IRQ, DELETE, UART, "interrupts", NULL, 0},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts", BYTES("")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\0\0\0\0\1")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0\0\2\0\0\0\4")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\4\0\0\0\1\0\0\0\4")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\0\0\0\3\xDC\0\0\0\4")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\1\0\0\0\x10\0\0\0\4")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\0\0\0\0\1\0\0\0\5")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts",
         BYTES("\0\0\0\0\0\0\0\1\0\1\0\4")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts-extended", BYTES("\0\0")},
        {VPL011_ERR_FDT_IRQ, SET, UART, "interrupts-extended",
         BYTES("\0\0\0\1")},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, UART, "interrupts-extended",
         BYTES("\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4")},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, UART, "interrupt-parent",
         BYTES("\0\0\0\7")},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, UART, "interrupt-parent",
         BYTES("\0\0\1")},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, UART, "interrupt-parent",
         BYTES("\0\0\x80\0")},
        {VPL011_ERR_FDT_IRQ_PARENT, DELETE, "/", "interrupt-parent", NULL, 0},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, "/", "interrupt-parent",
         BYTES("\0\0\0\0\0")},
        {VPL011_ERR_FDT_IRQ_PARENT, DELETE, "/intc@8000000", "#interrupt-cells",
         NULL, 0},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, "/intc@8000000", "#interrupt-cells",
         BYTES("\0\0\0\0")},
        {VPL011_ERR_FDT_IRQ_PARENT, SET, "/intc@8000000", "#interrupt-cells",
         BYTES("\xFF\xFF\xFF\xFF")},
        {VPL011_ERR_FDT_IRQ_PARENT, DELETE, "/intc@8000000",
         "interrupt-controller", NULL, 0},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clocks", BYTES("")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clocks", BYTES("\0\0\x80")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clocks",
         BYTES("\0\0\x80\0\0\0\x80\1")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clocks",
         BYTES("\0\0\x80\0\0\0\x80\0\0\0\x80\0")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clocks", BYTES("\0\0\x80\0")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clock-names", BYTES("uartclk\0")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clock-names", BYTES("uartclk")},
        {VPL011_ERR_FDT_CLOCK, SET, UART, "clock", BYTES("\0")},
        {VPL011_ERR_FDT_CLOCK, DELETE, "/clock-24000000", "#clock-cells", NULL,
         0},
        {VPL011_ERR_FDT_CLOCK, SET, "/clock-24000000", "#clock-cells",
         BYTES("\0\0\0\2")},
        {VPL011_ERR_FDT_CLOCK, SET, "/clock-24000000", "#clock-cells",
         BYTES("\xFF\xFF\xFF\xFF")},
        {VPL011_ERR_FDT_CLOCK, SET, "/clock-24000000", "clock-frequency",
         BYTES("\0\0\0\0\0\0\0\1")},
        {VPL011_ERR_FDT_SPEED, SET, UART, "current-speed", BYTES("115200\0")},
        {VPL011_ERR_FDT_SPEED, SET, UART, "current-speed", BYTES("\0\0\0\0")},
        {VPL011_ERR_FDT_PROPERTY, SET, UART, "reg-io-width", BYTES("\0\0\0\2")},
        {VPL011_ERR_FDT_PROPERTY, SET, UART, "reg-io-width", BYTES("\4")},
        {VPL011_ERR_FDT_PROPERTY, SET, UART, "arm,primecell-periphid",
         BYTES("\0\x34\x10")},
    };
    struct vpl011_fdt_desc got;
    struct vpl011_fdt_desc untouched;
    struct tree sound;
    struct tree t;
    size_t i;

    memset(&untouched, 0xAA, sizeof(untouched));
    tree_make(&sound, NULL);
    assert_added(&sound, &virt_pl011);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct bad *row = &rows[i];
        int result;

        memcpy(&t, &sound, sizeof(t));
        if (row->change == SET) {
            assert_int_equal(fdt_setprop(t.bytes, node_at(&t, row->path),
                                         row->name, row->bytes, row->len),
                             0);
        } else {
            assert_int_equal(
                fdt_delprop(t.bytes, node_at(&t, row->path), row->name), 0);
        }
        memset(&got, 0xAA, sizeof(got));
        result = vpl011_fdt_read(t.bytes, node_at(&t, UART), &got);
        if (result != row->err) {
            fail_msg("row %zu, %s of %s: %s, not %s", i, row->name, row->path,
                     vpl011_strerror(result), vpl011_strerror(row->err));
        }
        if (result != VPL011_OK && result != VPL011_ERR_FDT_NO_IRQ) {
            assert_memory_equal(&got, &untouched, sizeof(got));
        }
    }
    assert_true(i > 50);
}

static void sbsa_needs_a_speed_and_pl011_does_not(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct vpl011_fdt_desc got;
    struct tree t;
    uint32_t form;

    for (form = VPL011_FDT_PL011; form <= VPL011_FDT_XEN; form++) {
        int node;

        tree_make(&t, NULL);
        desc.form = form;
        assert_added(&t, &desc);
        node = vpl011_fdt_next(t.bytes, -1);
        fdt_delprop(t.bytes, node, "current-speed");
        assert_err(vpl011_fdt_read(t.bytes, node, &got),
                   form == VPL011_FDT_PL011 || form == VPL011_FDT_SBSA_PRIMECELL
                       ? VPL011_OK
                       : VPL011_ERR_FDT_SPEED);
    }
}

static void unknown_clock_and_missing_clock_read_as_zero(void)
{
    struct vpl011_fdt_desc got;
    struct tree t;

    tree_make(&t, NULL);
    assert_added(&t, &virt_pl011);
    /* A clock of a controller, as the Raspberry Pi's. */
    assert_int_equal(
        fdt_delprop(t.bytes, node_at(&t, "/clock-24000000"), "clock-frequency"),
        0);
    assert_err(vpl011_fdt_read(t.bytes, node_at(&t, UART), &got), VPL011_OK);
    assert_int_equal(got.clock_hz, 0);
    assert_int_equal(got.clock_phandle, 0x8000);
    assert_int_equal(fdt_delprop(t.bytes, node_at(&t, UART), "clocks"), 0);
    assert_int_equal(fdt_delprop(t.bytes, node_at(&t, UART), "clock-names"), 0);
    assert_err(vpl011_fdt_read(t.bytes, node_at(&t, UART), &got), VPL011_OK);
    assert_int_equal(got.clock_hz, 0);
    assert_int_equal(got.clock_phandle, 0);
}

/* Raspberry Pi 3: a vendor's string first, a bus, an interrupt by phandle. */
static void vendor_strings_and_extended_interrupts_are_understood(void)
{
    static const char compatible[] =
        "brcm,bcm2835-pl011\0arm,pl011\0arm,primecell";
    static const uint8_t irq[] = {0, 0, 0, 1,  0, 0, 0, 0,
                                  0, 0, 0, 57, 0, 0, 0, 4};
    struct vpl011_fdt_desc got;
    struct tree t;
    int node;

    tree_make(&t, NULL);
    assert_added(&t, &virt_pl011);
    node = node_at(&t, UART);
    assert_int_equal(fdt_setprop(t.bytes, node, "compatible", compatible,
                                 sizeof(compatible)),
                     0);
    assert_int_equal(
        fdt_setprop(t.bytes, node, "interrupts-extended", irq, sizeof(irq)), 0);
    assert_int_equal(
        fdt_setprop_u32(t.bytes, node, "arm,primecell-periphid", 0x00241011),
        0);
    assert_int_equal(vpl011_fdt_next(t.bytes, -1), node);
    assert_err(vpl011_fdt_read(t.bytes, node, &got), VPL011_OK);
    assert_int_equal(got.form, VPL011_FDT_PL011);
    assert_int_equal(got.irq, 89);
    assert_int_equal(got.periph_id, 0x00241011);
}

static void stdout_is_found_directly_and_by_alias(void)
{
    static const struct {
        const char *name;
        const char *path;
        bool found;
    } rows[] = {
        {"stdout-path", UART, true},
        {"stdout-path", UART ":115200n8", true},
        {"stdout-path", "serial0", true},
        {"stdout-path", "serial0:115200", true},
        {"linux,stdout-path", UART, true},
        {"stdout-path", "/serial", true}, /* libfdt: unit address left out */
        {"stdout-path", "", false},
        {"stdout-path", ":115200", false},
        {"stdout-path", "/nowhere", false},
        {"stdout-path", "serial1", false},
        {"stdout-path", "loop", false},
        {"stdout-path", "empty", false},
        {"stdout-path", "serial0/x", false},
    };
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct vpl011_fdt_desc got;
    struct tree sound;
    struct tree t;
    size_t i;
    int node;

    desc.flags = VPL011_FDT_ALIAS;
    tree_make(&sound, NULL);
    assert_added(&sound, &desc);
    node = node_at(&sound, "/aliases");
    assert_int_equal(fdt_setprop_string(sound.bytes, node, "loop", "loop"), 0);
    assert_int_equal(fdt_setprop_empty(sound.bytes, node, "empty"), 0);
    assert_err(vpl011_fdt_stdout(sound.bytes), VPL011_ERR_FDT_PATH);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int uart;

        memcpy(&t, &sound, sizeof(t));
        node = fdt_add_subnode(t.bytes, 0, "chosen");
        assert_int_equal(fdt_setprop(t.bytes, node, rows[i].name, rows[i].path,
                                     (int)strlen(rows[i].path) + 1),
                         0);
        uart = node_at(&t, UART);
        if (vpl011_fdt_stdout(t.bytes) !=
            (rows[i].found ? uart : VPL011_ERR_FDT_PATH)) {
            fail_msg("\"%s\" is wrong", rows[i].path);
        }
        assert_err(vpl011_fdt_read(t.bytes, uart, &got), VPL011_OK);
        assert_int_equal(got.flags,
                         VPL011_FDT_ALIAS |
                             (rows[i].found ? VPL011_FDT_STDOUT : 0));
    }
    memcpy(&t, &sound, sizeof(t));
    node = fdt_add_subnode(t.bytes, 0, "chosen");
    assert_int_equal(fdt_setprop(t.bytes, node, "stdout-path", UART, 5), 0);
    assert_err(vpl011_fdt_stdout(t.bytes), VPL011_ERR_FDT_PATH);
}

static void configuration_follows_the_form(void)
{
    const struct vpl011_ops ops = {0};
    struct tree t;
    uint32_t form;

    for (form = VPL011_FDT_PL011; form <= VPL011_FDT_XEN; form++) {
        struct vpl011_fdt_desc desc = virt_pl011;
        struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
        struct vpl011 uart;
        uint64_t id;
        int node;
        bool full =
            form == VPL011_FDT_PL011 || form == VPL011_FDT_SBSA_PRIMECELL;

        desc.form = form;
        desc.periph_id = 0x00141011;
        desc.baud = 9600;
        tree_make(&t, NULL);
        assert_added(&t, &desc);
        node = vpl011_fdt_next(t.bytes, -1);
        assert_err(vpl011_fdt_read(t.bytes, node, &desc), VPL011_OK);
        vpl011_fdt_configure(&desc, &config);
        assert_int_equal(config.personality, full ? VPL011_PL011 : VPL011_SBSA);
        assert_int_equal(config.baud, 9600);
        assert_int_equal(config.clock_hz, full ? 24000000 : 0);
        assert_int_equal(
            config.flags,
            VPL011_CFG_NO_IRQ_OP |
                (form == VPL011_FDT_SBSA_PL011 ? VPL011_CFG_STORE_CONFIG : 0));
        assert_err(vpl011_init(&uart, &config, &ops), VPL011_OK);
        assert_err(vpl011_mmio_read(&uart, PL011_UARTPeriphID2, 4, &id),
                   VPL011_OK);
        assert_int_equal(id, full ? 0x14 : 0);
    }
}

static void what_is_no_tree_or_no_node_is_refused(void)
{
    struct vpl011_fdt_desc got;
    struct tree t = {{0}};
    size_t size;

    assert_err(vpl011_fdt_read(NULL, 0, &got), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_next(NULL, -1), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_stdout(NULL), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_check(NULL, 8), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_read(t.bytes, 0, &got), VPL011_ERR_FDT_BLOB);
    assert_err(vpl011_fdt_next(t.bytes, -1), VPL011_ERR_FDT_BLOB);
    assert_err(vpl011_fdt_stdout(t.bytes), VPL011_ERR_FDT_BLOB);
    tree_make(&t, NULL);
    assert_added(&t, &virt_sbsa);
    assert_err(vpl011_fdt_read(t.bytes, 0, NULL), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_read(t.bytes, -1, &got), VPL011_ERR_FDT_NODE);
    assert_err(vpl011_fdt_read(t.bytes, 4, &got), VPL011_ERR_FDT_NODE);
    assert_err(vpl011_fdt_read(t.bytes, 1 << 20, &got), VPL011_ERR_FDT_NODE);
    assert_err(vpl011_fdt_read(t.bytes, 0, &got), VPL011_ERR_FDT_COMPATIBLE);
    assert_err(vpl011_fdt_next(t.bytes, 3), VPL011_ERR_FDT_NODE);
    assert_err(vpl011_fdt_check(t.bytes + 4, 64), VPL011_ERR_SIZE);
    /* Truncated anywhere. */
    assert_int_equal(fdt_pack(t.bytes), 0);
    size = tree_size(&t);
    assert_err(vpl011_fdt_check(t.bytes, size), VPL011_OK);
    while (size-- > 0) {
        void *exact = malloc(size + 1);

        assert_non_null(exact);
        memcpy(exact, t.bytes, size);
        assert_err(vpl011_fdt_check(exact, size), VPL011_ERR_FDT_BLOB);
        free(exact);
    }
}

static void shorter_and_longer_descriptions_are_filled(void)
{
    struct {
        struct vpl011_fdt_desc desc;
        uint64_t later;
    } newer;
    struct vpl011_fdt_desc got;
    struct tree t;
    int node;

    tree_make(&t, NULL);
    node = add(&t, &virt_sbsa);
    memset(&newer, 0xAA, sizeof(newer));
    assert_err(vpl011_fdt_read_sized(t.bytes, node, &newer.desc, sizeof(newer)),
               VPL011_OK);
    assert_true(newer.later == 0);
    memset(&got, 0xAA, sizeof(got));
    assert_err(vpl011_fdt_read_sized(t.bytes, node, &got,
                                     offsetof(struct vpl011_fdt_desc, name)),
               VPL011_OK);
    assert_int_equal(got.irq, 33);
    assert_int_equal((unsigned char)got.name[0], 0xAA);
}

/*
 * Mutated blobs: what passes the check is read without a fault (the sanitizers
 * watch a buffer of exactly its size), the writer keeps what it accepts valid,
 * and what it refuses is unchanged.
 */
static void mutated_trees_do_no_harm(void)
{
    uint32_t seed = 0x5EED;
    unsigned int passed = 0;
    unsigned int read = 0;
    unsigned int written = 0;
    unsigned int rounds;
    struct tree sound;
    size_t size;
    size_t i;

    tree_make(&sound, NULL);
    for (i = 0; i < 3; i++) {
        struct vpl011_fdt_desc desc = *tree_description(i);

        desc.base += i * 0x1000;
        desc.alias = (uint32_t)i;
        assert_added(&sound, &desc);
    }
    assert_int_equal(fdt_pack(sound.bytes), 0);
    size = tree_size(&sound);
    for (rounds = 0; rounds < 20000; rounds++) {
        /* Room behind the blob, which a mutated totalsize may claim. */
        size_t room = size + (rounds % 4 ? 0 : 256);
        uint8_t *blob = calloc(1, room);
        uint8_t *before = malloc(room);
        unsigned int edits = 1 + next_random(&seed) % 4;
        struct vpl011_fdt_desc got;
        int node = -1;
        int result;

        assert_non_null(blob);
        assert_non_null(before);
        memcpy(blob, sound.bytes, size);
        if (rounds % 4 == 0) {
            fdt_set_totalsize(blob, (uint32_t)room);
        }
        while (edits--) {
            blob[next_random(&seed) % room] =
                (uint8_t)(next_random(&seed) >> (next_random(&seed) % 9));
        }
        if (vpl011_fdt_check(blob, room) == VPL011_OK) {
            passed++;
            (void)vpl011_fdt_stdout(blob);
            while ((node = vpl011_fdt_next(blob, node)) >= 0) {
                memset(&got, 0, sizeof(got));
                result = vpl011_fdt_read(blob, node, &got);
                read += result == VPL011_OK;
                if (result == VPL011_OK) {
                    assert_true(got.size > 0 && got.base % 4 == 0 &&
                                got.base + (got.size - 1) >= got.base);
                }
            }
            memcpy(before, blob, room);
            result = vpl011_fdt_add(blob, 0, &virt_sbsa);
            if (result > 0) {
                written++;
                assert_err(vpl011_fdt_check(blob, room), VPL011_OK);
            } else {
                assert_memory_equal(blob, before, room);
            }
            got = virt_sbsa;
            got.base = 0x0A000000;
            result = vpl011_fdt_add(blob, 0, &got);
            if (result > 0) {
                written++;
                assert_err(vpl011_fdt_check(blob, room), VPL011_OK);
                assert_err(vpl011_fdt_read(blob, result, &got), VPL011_OK);
            }
        }
        free(before);
        free(blob);
    }
    /* The loop reached what it is about. */
    assert_true(passed > 1000);
    assert_true(read > 1000);
    assert_true(written > 100);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(every_form_survives_the_round_trip),
        CASE(several_uarts_are_found_in_order),
        CASE(every_bad_property_has_its_error),
        CASE(sbsa_needs_a_speed_and_pl011_does_not),
        CASE(unknown_clock_and_missing_clock_read_as_zero),
        CASE(vendor_strings_and_extended_interrupts_are_understood),
        CASE(stdout_is_found_directly_and_by_alias),
        CASE(configuration_follows_the_form),
        CASE(what_is_no_tree_or_no_node_is_refused),
        CASE(shorter_and_longer_descriptions_are_filled),
        CASE(mutated_trees_do_no_harm),
    };

    return run_cases(cases);
}
