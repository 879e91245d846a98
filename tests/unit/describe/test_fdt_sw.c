/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The UART in a tree that is written sequentially. */
#include "fdt_support.h"

static const struct vpl011_fdt_desc virt_pl011 = {
    .base = 0x09000000, .irq = 33, .clock_phandle = 0x8000};
static const struct vpl011_fdt_desc virt_sbsa = {
    .base = 0x09000000, .irq = 33, .form = VPL011_FDT_SBSA};

/* The state of a sequential writer is what its header says. */
static void assert_sw_refused(struct tree *t,
                              const struct vpl011_fdt_desc *desc, int err)
{
    static struct tree before;
    const void *fdt = t->bytes;
    size_t used = fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);

    memcpy(&before, t, sizeof(before));
    assert_err(vpl011_fdt_sw_add(t->bytes, desc), err);
    assert_memory_equal(&before, t, used);
}

/* Offset, depth and content of both trees' nodes may differ in order only. */
static void assert_same_nodes(const struct tree *a, const struct tree *b)
{
    char path[128];
    int node = 0;

    for (; node >= 0; node = fdt_next_node(a->bytes, node, NULL)) {
        int count = 0;
        int prop;

        assert_int_equal(fdt_get_path(a->bytes, node, path, sizeof(path)), 0);
        fdt_for_each_property_offset(prop, a->bytes, node)
        {
            int len;
            const char *name;
            const void *data =
                fdt_getprop_by_offset(a->bytes, prop, &name, &len);

            assert_prop(b, path, name, data, (size_t)len);
            count++;
        }
        assert_int_equal(count_props(b, path), count);
    }
}

static int count_nodes(const struct tree *t)
{
    int count = 0;
    int node = 0;

    for (; node >= 0; node = fdt_next_node(t->bytes, node, NULL)) {
        count++;
    }
    return count;
}

static void every_form_is_written_as_into_a_read_write_tree(void)
{
    const struct vpl011_fdt_desc *desc;
    struct tree sw;
    struct tree rw;
    size_t i;

    for (i = 0; (desc = tree_description(i)) != NULL; i++) {
        tree_begin(&sw, sizeof(sw.bytes), NULL);
        assert_err(vpl011_fdt_sw_add(sw.bytes, desc), VPL011_OK);
        tree_finish(&sw);
        tree_make(&rw, NULL);
        assert_added(&rw, desc);
        assert_same_nodes(&sw, &rw);
        assert_int_equal(count_nodes(&sw), count_nodes(&rw));
    }
    assert_int_equal(i, 8);
}

static void properties_come_in_the_order_of_the_binding(void)
{
    static const char *const names[] = {"compatible", "reg", "interrupts",
                                        "clocks", "clock-names"};
    struct tree t;
    const char *name;
    size_t i = 0;
    int prop;

    tree_begin(&t, sizeof(t.bytes), NULL);
    assert_err(vpl011_fdt_sw_add(t.bytes, &virt_pl011), VPL011_OK);
    tree_finish(&t);
    fdt_for_each_property_offset(prop, t.bytes, node_at(&t, "/serial@9000000"))
    {
        assert_non_null(fdt_getprop_by_offset(t.bytes, prop, &name, NULL));
        assert_true(i < 5);
        assert_string_equal(name, names[i++]);
    }
    assert_int_equal(i, 5);
    i = 0;
    tree_make(&t, NULL);
    assert_added(&t, &virt_pl011);
    fdt_for_each_property_offset(prop, t.bytes, node_at(&t, "/serial@9000000"))
    {
        assert_non_null(fdt_getprop_by_offset(t.bytes, prop, &name, NULL));
        assert_true(i < 5);
        assert_string_equal(name, names[i++]);
    }
    assert_int_equal(i, 5);
}

static void cells_of_the_open_nodes_are_honoured(void)
{
    const struct tree_options options = {
        .address_cells = 1, .size_cells = 1, .interrupt_cells = 4};
    static const uint8_t ranges[] = {0x7E, 0, 0, 0, 0x3F, 0, 0, 0, 1, 0, 0, 0};
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;

    tree_begin(&t, sizeof(t.bytes), &options);
    assert_int_equal(fdt_begin_node(t.bytes, "closed"), 0);
    assert_int_equal(fdt_property_cell(t.bytes, "#address-cells", 2), 0);
    assert_int_equal(fdt_end_node(t.bytes), 0);
    assert_err(vpl011_fdt_sw_add(t.bytes, &virt_sbsa), VPL011_OK);
    assert_int_equal(fdt_begin_node(t.bytes, "soc"), 0);
    assert_int_equal(fdt_property_cell(t.bytes, "#address-cells", 1), 0);
    assert_int_equal(fdt_property_cell(t.bytes, "#size-cells", 1), 0);
    assert_int_equal(fdt_property(t.bytes, "ranges", ranges, sizeof(ranges)),
                     0);
    desc.base = 0x3F201000;
    assert_err(vpl011_fdt_sw_add(t.bytes, &desc), VPL011_OK);
    assert_int_equal(fdt_end_node(t.bytes), 0);
    tree_finish(&t);
    GOLDEN(&t, "/serial@9000000", "reg", 9, 0, 0, 0, 0, 0, 0x10, 0);
    GOLDEN(&t, "/serial@9000000", "interrupts", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
           4, 0, 0, 0, 0);
    GOLDEN(&t, "/soc/serial@7e201000", "reg", 0x7E, 0x20, 0x10, 0, 0, 0, 0x10,
           0);
}

static void clock_is_written_once_for_several_uarts(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t;
    int i;

    tree_begin(&t, sizeof(t.bytes), NULL);
    for (i = 0; i < 3; i++) {
        assert_err(vpl011_fdt_sw_add(t.bytes, &desc), VPL011_OK);
        desc.base += 0x1000;
        desc.irq++;
    }
    /* Another clock of the same name, or one that is something else. */
    desc.clock_phandle = 0x8001;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_EXISTS);
    desc.clock_phandle = GIC_PHANDLE;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_CLOCK);
    desc.clock_phandle = 0x8000;
    desc.clock_hz = 1;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_CLOCK);
    tree_finish(&t);
    /* root, gic, clock, three UARTs */
    assert_int_equal(count_nodes(&t), 6);
}

static void own_chosen_and_aliases_take_the_path(void)
{
    struct vpl011_fdt_desc desc = virt_sbsa;
    struct tree t;
    char path[96];

    strcpy(desc.options, "115200n8");
    tree_begin(&t, sizeof(t.bytes), NULL);
    assert_err(vpl011_fdt_sw_add(t.bytes, &desc), VPL011_OK);
    assert_true(vpl011_fdt_path(&desc, path, sizeof(path)) > 0);
    assert_int_equal(fdt_begin_node(t.bytes, "chosen"), 0);
    assert_int_equal(fdt_property_string(t.bytes, "bootargs", "quiet"), 0);
    assert_int_equal(
        fdt_property(t.bytes, "stdout-path", path, (int)strlen(path) + 1), 0);
    assert_int_equal(fdt_end_node(t.bytes), 0);
    tree_finish(&t);
    assert_int_equal(vpl011_fdt_stdout(t.bytes),
                     node_at(&t, "/serial@9000000"));
}

static void no_space_is_undone_and_a_larger_buffer_helps(void)
{
    const struct vpl011_fdt_desc *desc;
    static struct tree larger;
    struct tree t;
    struct tree whole;
    size_t i;

    for (i = 0; (desc = tree_description(i)) != NULL; i++) {
        size_t size = 480;
        int refused = 0;

        tree_begin(&whole, sizeof(whole.bytes), NULL);
        assert_err(vpl011_fdt_sw_add(whole.bytes, desc), VPL011_OK);
        tree_finish(&whole);

        tree_begin(&t, size, NULL);
        for (;; size++) {
            int result;

            memset(larger.bytes, 0xAA, sizeof(larger.bytes));
            assert_int_equal(fdt_resize(t.bytes, larger.bytes, (int)size), 0);
            memcpy(&t, &larger, sizeof(t));
            result = vpl011_fdt_sw_add(t.bytes, desc);
            if (result == VPL011_OK) {
                break;
            }
            assert_err(result, VPL011_ERR_FDT_NOSPACE);
            assert_memory_equal(t.bytes, larger.bytes,
                                sizeof(struct fdt_header));
            refused++;
        }
        assert_true(refused > 0);
        assert_true(size - 480 <= VPL011_FDT_SPACE);
        assert_int_equal(
            fdt_resize(t.bytes, larger.bytes, sizeof(larger.bytes)), 0);
        tree_finish(&larger);
        assert_int_equal(tree_size(&larger), tree_size(&whole));
        assert_same_nodes(&larger, &whole);
    }
    assert_int_equal(i, 8);
}

static void other_states_are_refused_by_name(void)
{
    struct vpl011_fdt_desc desc = virt_pl011;
    struct tree t = {{0}};

    assert_err(vpl011_fdt_sw_add(NULL, &desc), VPL011_ERR_NULL);
    assert_err(vpl011_fdt_sw_add(t.bytes, NULL), VPL011_ERR_NULL);
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_BLOB);
    assert_int_equal(fdt_create(t.bytes, sizeof(t.bytes)), 0);
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_STATE);
    assert_int_equal(fdt_finish_reservemap(t.bytes), 0);
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_STATE);

    tree_begin(&t, sizeof(t.bytes), NULL);
    assert_err(vpl011_fdt_sw_add(t.bytes + 4, &desc), VPL011_ERR_SIZE);
    desc.clock_phandle = 0;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_CLOCK);
    desc = virt_pl011;
    desc.base = 0x08000000;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_OVERLAP);
    desc = virt_pl011;
    desc.irq = 3;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_IRQ);
    desc = virt_pl011;
    desc.irq_parent = 99;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_IRQ_PARENT);
    desc = virt_pl011;
    desc.reserved[0] = 1;
    assert_sw_refused(&t, &desc, VPL011_ERR_ABI);
    desc = virt_pl011;
    desc.flags = VPL011_FDT_STDOUT;
    assert_int_equal(fdt_begin_node(t.bytes, "soc"), 0);
    assert_int_equal(fdt_property(t.bytes, "ranges", NULL, 0), 0);
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_STATE);
    assert_int_equal(fdt_end_node(t.bytes), 0);
    assert_err(vpl011_fdt_sw_add(t.bytes, &desc), VPL011_OK);
    /* The same again: the name, then the range are taken, then /chosen. */
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_OVERLAP);
    desc.base += 0x1000;
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_EXISTS);
    tree_finish(&t);
    assert_sw_refused(&t, &desc, VPL011_ERR_FDT_STATE);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(every_form_is_written_as_into_a_read_write_tree),
        CASE(properties_come_in_the_order_of_the_binding),
        CASE(cells_of_the_open_nodes_are_honoured),
        CASE(clock_is_written_once_for_several_uarts),
        CASE(own_chosen_and_aliases_take_the_path),
        CASE(no_space_is_undone_and_a_larger_buffer_helps),
        CASE(other_states_are_refused_by_name),
    };

    return run_cases(cases);
}
