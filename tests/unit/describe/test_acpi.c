/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* ACPI tables, byte for byte. */
#include "support.h"

#include <stdlib.h>
#include <vpl011/acpi.h>

#define TABLE_MAX 512

static const struct vpl011_acpi_desc virt_pl011 = {
    .base = 0x09000000, .gsi = 33, .baud = 115200};
static const struct vpl011_acpi_desc xen_sbsa = {
    .base = 0x22000000, .personality = VPL011_SBSA, .gsi = 32, .baud = 115200};

/* Each table by number, so that one loop can try them all. */
enum { SPCR_2, SPCR_3, SPCR_4, DBG2, SSDT, TABLES };

static int make_sized(int which, const struct vpl011_acpi_desc *desc,
                      size_t desc_size, void *table, size_t size)
{
    switch (which) {
    case SPCR_2:
    case SPCR_3:
    case SPCR_4:
        return vpl011_acpi_spcr_sized(desc, desc_size, (unsigned int)which + 2,
                                      table, size);
    case DBG2:
        return vpl011_acpi_dbg2_sized(desc, desc_size, table, size);
    default:
        return vpl011_acpi_ssdt_sized(desc, desc_size, table, size);
    }
}

static int make(int which, const struct vpl011_acpi_desc *desc, void *table,
                size_t size)
{
    return make_sized(which, desc, sizeof(*desc), table, size);
}

static void assert_err(int result, int expected)
{
    if (result != expected) {
        fail_msg("%d (%s), not %d (%s)", result, vpl011_strerror(result),
                 expected, vpl011_strerror(expected));
    }
    assert_int_equal(result, expected);
}

/* "53 50..." with any spacing. */
static size_t parse_hex(const char *text, uint8_t *bytes)
{
    size_t n = 0;
    char digits[3] = "";

    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        memcpy(digits, text, 2);
        bytes[n++] = (uint8_t)strtoul(digits, NULL, 16);
        text += 2;
    }
    return n;
}

static void assert_table(int which, const struct vpl011_acpi_desc *desc,
                         size_t from, const char *hex)
{
    uint8_t golden[TABLE_MAX];
    uint8_t table[TABLE_MAX];
    size_t n = parse_hex(hex, golden);
    int size = make(which, desc, table, sizeof(table));

    assert_int_equal(size, from + n);
    assert_memory_equal(table + from, golden, n);
}

static unsigned int sum(const uint8_t *table, int size)
{
    unsigned int total = 0;
    int i;

    for (i = 0; i < size; i++) {
        total += table[i];
    }
    return total & 0xFF;
}

/* uart-spec 5.5. */
static void spcr_2_is_byte_exact(void)
{
    assert_table(SPCR_2, &virt_pl011, 0,
                 "53504352 50000000 02 86 56504C303131 56504C3031312020 "
                 "01000000 56504C58 01000000 03 000000 00200003 "
                 "0000000900000000 08 00 21000000 07 00 01 00 00 00 FFFF FFFF "
                 "00 00 00 00000000 00 00000000");
}

static void spcr_4_is_byte_exact(void)
{
    assert_table(SPCR_4, &xen_sbsa, 0,
                 "53504352 63000000 04 FF 56504C303131 56504C3031312020 "
                 "01000000 56504C58 01000000 0E 000000 00200003 "
                 "0000002200000000 08 00 20000000 07 00 01 00 00 00 FFFF FFFF "
                 "00 00 00 00000000 00 00000000 00000000 0B00 5800 "
                 "5C5F53425F2E434F4D30 00");
}

static void dbg2_is_byte_exact(void)
{
    uint8_t table[TABLE_MAX];

    assert_table(DBG2, &virt_pl011, 36,
                 "2C000000 01000000 00 3100 01 0B00 2600 0000 0000 0080 0300 "
                 "0000 1600 2200 00200003 0000000900000000 00100000 "
                 "5C5F53425F2E434F4D30 00");
    assert_int_equal(vpl011_acpi_dbg2(&virt_pl011, table, sizeof(table)), 93);
    assert_int_equal(table[9], 0x9D);
    assert_memory_equal(table, "DBG2\x5D\0\0\0\0", 9);
    assert_memory_equal(table + 10, "VPL011VPL011  \1\0\0\0VPLX\1\0\0\0", 26);
}

/* uart-spec 5.4. */
static void ssdt_is_byte_exact(void)
{
    uint8_t table[TABLE_MAX];

    assert_table(SSDT, &virt_pl011, 36,
                 "10 43 04 5C 5F 53 42 5F 5B 82 3A 43 4F 4D 30 08 5F 48 49 44 "
                 "0D 41 52 4D 48 30 30 31 31 00 08 5F 55 49 44 00 08 5F 43 52 "
                 "53 11 1A 0A 17 86 09 00 01 00 00 00 09 00 10 00 00 89 06 00 "
                 "01 01 21 00 00 00 79 00");
    assert_int_equal(vpl011_acpi_ssdt(&virt_pl011, table, sizeof(table)), 104);
    assert_memory_equal(table, "SSDT\x68\0\0\0\2", 9);
}

static void spcr_3_adds_the_clock(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t two[TABLE_MAX];
    uint8_t three[TABLE_MAX];

    desc.clock_hz = 24000000;
    assert_int_equal(vpl011_acpi_spcr(&desc, 2, two, sizeof(two)), 80);
    assert_int_equal(vpl011_acpi_spcr(&desc, 3, three, sizeof(three)), 80);
    assert_memory_equal(two + 76, "\0\0\0\0", 4);
    assert_memory_equal(three + 76, "\0\x36\x6E\x01", 4);
    assert_int_equal(three[8], 3);
    assert_memory_equal(two + 10, three + 10, 66);
}

static void spcr_speeds_have_codes_or_a_precise_rate(void)
{
    static const struct {
        uint32_t baud;
        uint8_t code; /* 0xFF: none */
    } rows[] = {{0, 0},      {9600, 3}, {19200, 4},      {57600, 6},
                {115200, 7}, {1, 0xFF}, {38400, 0xFF},   {921600, 0xFF},
                {3, 0xFF},   {7, 0xFF}, {1500000, 0xFF}, {0xFFFFFFFF, 0xFF}};
    uint8_t table[TABLE_MAX];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vpl011_acpi_desc desc = virt_pl011;
        uint32_t precise;

        desc.baud = rows[i].baud;
        assert_err(vpl011_acpi_spcr(&desc, 2, table, sizeof(table)),
                   rows[i].code == 0xFF ? VPL011_ERR_ACPI_BAUD : 80);
        assert_err(vpl011_acpi_spcr(&desc, 3, table, sizeof(table)),
                   rows[i].code == 0xFF ? VPL011_ERR_ACPI_BAUD : 80);
        assert_int_equal(vpl011_acpi_spcr(&desc, 4, table, sizeof(table)), 99);
        precise = table[80] | (uint32_t)table[81] << 8 |
                  (uint32_t)table[82] << 16 | (uint32_t)table[83] << 24;
        assert_int_equal(table[58], rows[i].code == 0xFF ? 0 : rows[i].code);
        assert_int_equal(precise, rows[i].code == 0xFF ? desc.baud : 0);
    }
}

static void interface_type_follows_the_personality(void)
{
    struct vpl011_acpi_desc desc = xen_sbsa;
    uint8_t spcr[TABLE_MAX];
    uint8_t dbg2[TABLE_MAX];

    vpl011_acpi_spcr(&desc, 2, spcr, sizeof(spcr));
    vpl011_acpi_dbg2(&desc, dbg2, sizeof(dbg2));
    assert_int_equal(spcr[36], 0x0E);
    assert_int_equal(dbg2[44 + 14], 0x0E);
    desc.flags = VPL011_ACPI_SBSA_2;
    vpl011_acpi_spcr(&desc, 2, spcr, sizeof(spcr));
    vpl011_acpi_dbg2(&desc, dbg2, sizeof(dbg2));
    assert_int_equal(spcr[36], 0x0D);
    assert_int_equal(dbg2[44 + 14], 0x0D);
}

static void polled_tables_have_no_interrupt(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];

    desc.gsi = 0;
    assert_err(vpl011_acpi_spcr(&desc, 2, table, sizeof(table)),
               VPL011_ERR_ACPI_GSI);
    desc.flags = VPL011_ACPI_POLLED;
    desc.gsi = 33;
    assert_int_equal(vpl011_acpi_spcr(&desc, 2, table, sizeof(table)), 80);
    assert_memory_equal(table + 52, "\0\0\0\0\0\0", 6);
    /* 9 bytes less, and one less where a package length shrinks to one. */
    assert_int_equal(vpl011_acpi_ssdt(&desc, table, sizeof(table)), 104 - 10);
}

static void ssdt_has_what_is_asked_for(void)
{
    struct vpl011_acpi_desc desc = xen_sbsa;

    desc.flags = VPL011_ACPI_CID | VPL011_ACPI_STA;
    desc.uid = 1;
    strcpy(desc.name, "\\UART");
    assert_table(SSDT, &desc, 36,
                 "10 47 05 5C 00 5B 82 41 05 55 41 52 54 08 5F 48 49 44 0D 41 "
                 "52 4D 48 42 30 30 30 00 08 5F 43 49 44 0D 41 52 4D 48 30 30 "
                 "31 31 00 08 5F 55 49 44 01 08 5F 53 54 41 0A 0F 08 5F 43 52 "
                 "53 11 1A 0A 17 86 09 00 01 00 00 00 22 00 10 00 00 89 06 00 "
                 "01 01 20 00 00 00 79 00");
}

static void ssdt_paths_and_numbers_take_every_size(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;

    desc.flags = VPL011_ACPI_POLLED;
    strcpy(desc.name, "\\_SB.PC0.U");
    desc.uid = 0x12;
    assert_table(SSDT, &desc, 36,
                 "10 3F 5C 2E 5F 53 42 5F 50 43 30 5F 5B 82 32 55 5F 5F 5F 08 "
                 "5F 48 49 44 0D 41 52 4D 48 30 30 31 31 00 08 5F 55 49 44 0A "
                 "12 08 5F 43 52 53 11 11 0A 0E 86 09 00 01 00 00 00 09 00 10 "
                 "00 00 79 00");
    /* 64 bytes: the first length that takes two, and then counts 65. */
    desc.uid = 0x1234;
    assert_table(SSDT, &desc, 36,
                 "10 41 04 5C 2E 5F 53 42 5F 50 43 30 5F 5B 82 33 55 5F 5F 5F "
                 "08 5F 48 49 44 0D 41 52 4D 48 30 30 31 31 00 08 5F 55 49 44 "
                 "0B 34 12 08 5F 43 52 53 11 11 0A 0E 86 09 00 01 00 00 00 09 "
                 "00 10 00 00 79 00");
    strcpy(desc.name, "\\A.B.C.D");
    desc.uid = 0x1234;
    assert_table(SSDT, &desc, 36,
                 "10 46 04 5C 2F 03 41 5F 5F 5F 42 5F 5F 5F 43 5F 5F 5F 5B 82 "
                 "33 44 5F 5F 5F 08 5F 48 49 44 0D 41 52 4D 48 30 30 31 31 00 "
                 "08 5F 55 49 44 0B 34 12 08 5F 43 52 53 11 11 0A 0E 86 09 00 "
                 "01 00 00 00 09 00 10 00 00 79 00");
}

/* Zero and one are opcodes, the rest take as few bytes as they need. */
static void ssdt_integers_are_as_short_as_can_be(void)
{
    static const struct {
        uint32_t uid;
        const char *hex;
    } rows[] = {
        {0, "00"},
        {1, "01"},
        {2, "0A 02"},
        {0xFF, "0A FF"},
        {0x100, "0B 00 01"},
        {0xFFFF, "0B FF FF"},
        {0x10000, "0C 00 00 01 00"},
        {0x12345678, "0C 78 56 34 12"},
    };
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t expected[8];
        size_t n = parse_hex(rows[i].hex, expected);

        desc.uid = rows[i].uid;
        assert_true(vpl011_acpi_ssdt(&desc, table, sizeof(table)) > 0);
        assert_memory_equal(table + 66, "\x08_UID", 5);
        assert_memory_equal(table + 71, expected, n);
        assert_memory_equal(table + 71 + n, "\x08_CRS", 5);
    }
}

static void terminal_and_flow_control_are_the_callers(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];
    uint32_t value;

    for (value = 0; value <= VPL011_ACPI_ANSI; value++) {
        desc.terminal = value;
        assert_int_equal(vpl011_acpi_spcr(&desc, 2, table, sizeof(table)), 80);
        assert_int_equal(table[62], value);
    }
    for (value = 0; value < 8; value++) {
        desc.flow_control = value;
        assert_int_equal(vpl011_acpi_spcr(&desc, 2, table, sizeof(table)), 80);
        assert_int_equal(table[61], value);
    }
}

/* Memory32Fixed as far as it reaches, QWordMemory above and on request. */
static void ssdt_range_is_64_bit_where_it_must(void)
{
    static const struct {
        uint64_t base;
        uint64_t size;
        uint32_t flags;
        int length;
    } rows[] = {
        {0xFFFFF000, 0x1000, 0, 104},
        {0xFFFFF000, 0x1004, 0, 104 + 34 + 2},
        {0x100000000, 0x1000, 0, 104 + 34 + 2},
        {0x09000000, 0x1000, VPL011_ACPI_QWORD, 104 + 34 + 2},
    };
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        desc.base = rows[i].base;
        desc.size = rows[i].size;
        desc.flags = rows[i].flags;
        /* 34 bytes more, and the device's package length takes two. */
        assert_int_equal(vpl011_acpi_ssdt(&desc, table, sizeof(table)),
                         rows[i].length - (rows[i].length > 104));
    }
    desc.base = 0x4009000000;
    desc.size = 0x10000;
    desc.flags = 0;
    assert_table(SSDT, &desc, 36,
                 "10 46 06 5C 5F 53 42 5F 5B 82 4D 05 43 4F 4D 30 08 5F 48 49 "
                 "44 0D 41 52 4D 48 30 30 31 31 00 08 5F 55 49 44 00 08 5F 43 "
                 "52 53 11 3C 0A 39 8A 2B 00 00 0D 01 0000000000000000 "
                 "0000000940000000 FFFF000940000000 0000000000000000 "
                 "0000010000000000 89 06 00 01 01 21 00 00 00 79 00");
}

static void oem_strings_are_the_callers(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];
    int which;

    strcpy(desc.oem_id, "ACME");
    strcpy(desc.oem_table_id, "UART0001");
    strcpy(desc.creator_id, "ME");
    desc.oem_revision = 0x01020304;
    desc.creator_revision = 0x11121314;
    for (which = 0; which < TABLES; which++) {
        assert_true(make(which, &desc, table, sizeof(table)) > 0);
        assert_memory_equal(table + 10,
                            "ACME  UART0001\4\3\2\1ME  \x14\x13\x12\x11", 26);
    }
    strcpy(desc.oem_id, "ABCDEF");
    strcpy(desc.creator_id, "GHIJ");
    assert_true(make(SPCR_2, &desc, table, sizeof(table)) > 0);
    assert_memory_equal(table + 10, "ABCDEFUART0001", 14);
    assert_memory_equal(table + 28, "GHIJ", 4);
    strcpy(desc.oem_id, "A");
    strcpy(desc.oem_table_id, "B");
    strcpy(desc.creator_id, "C");
    assert_true(make(SPCR_2, &desc, table, sizeof(table)) > 0);
    assert_memory_equal(table + 10,
                        "A     B       \4\3\2\1C   \x14\x13\x12\x11", 26);
}

static void every_table_sums_to_zero_and_says_its_length(void)
{
    struct vpl011_acpi_desc desc = {0};
    uint8_t table[TABLE_MAX];
    uint32_t seed = 7;
    int rounds;
    int which;

    for (rounds = 0; rounds < 2000; rounds++) {
        desc.base = (uint64_t)next_random(&seed) * 4;
        desc.personality = rounds & 1;
        desc.gsi = 16 + next_random(&seed) % 1000;
        desc.uid = next_random(&seed) >> next_random(&seed) % 32;
        desc.flags =
            next_random(&seed) & (VPL011_ACPI_QWORD | VPL011_ACPI_CID |
                                  VPL011_ACPI_STA | VPL011_ACPI_POLLED);
        desc.oem_revision = next_random(&seed);
        for (which = 0; which < TABLES; which++) {
            int size = make(which, &desc, table, sizeof(table));

            assert_true(size >= 80);
            assert_int_equal(table[4] | table[5] << 8, size);
            assert_int_equal(sum(table, size), 0);
        }
    }
}

static void sizes_are_told_and_small_buffers_left_alone(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    int which;
    size_t i;

    /* The longest of each: 23 segments, one of them of two characters, and
     * everything asked for. */
    memset(desc.name, 'A', sizeof(desc.name));
    for (i = 0; i < 46; i += 2) {
        desc.name[i] = '.';
    }
    desc.name[0] = '\\';
    desc.name[47] = '\0';
    desc.base = UINT64_MAX - 0xFFF;
    desc.uid = UINT32_MAX;
    desc.flags = VPL011_ACPI_CID | VPL011_ACPI_STA;
    for (which = 0; which < TABLES; which++) {
        static const int largest[TABLES] = {80, 80, 88 + 48, 82 + 48, 251};
        int size = make(which, &desc, NULL, 0);
        uint8_t *exact;
        int n;

        assert_int_equal(size, largest[which]);
        exact = malloc((size_t)size);
        assert_non_null(exact);
        for (n = 0; n < size; n++) {
            uint8_t untouched[TABLE_MAX];

            memset(exact, 0xAA, (size_t)size);
            memset(untouched, 0xAA, sizeof(untouched));
            assert_err(make(which, &desc, exact, (size_t)n),
                       VPL011_ERR_ACPI_NOSPACE);
            assert_memory_equal(exact, untouched, (size_t)size);
        }
        assert_int_equal(make(which, &desc, exact, (size_t)size), size);
        assert_int_equal(sum(exact, size), 0);
        free(exact);
    }
}

static void bad_descriptions_are_refused_by_name(void)
{
    static const struct {
        int err;
        struct vpl011_acpi_desc desc;
    } rows[] = {
        {VPL011_ERR_PERSONALITY, {.personality = 2}},
        {VPL011_ERR_FLAGS, {.flags = 1u << 5}},
        {VPL011_ERR_FLAGS, {.flags = VPL011_ACPI_SBSA_2}},
        {VPL011_ERR_ABI, {.reserved = {[7] = 1}}},
        {VPL011_ERR_RANGE, {.terminal = 4}},
        {VPL011_ERR_RANGE, {.flow_control = 8}},
        {VPL011_ERR_RANGE, {.flow_control = 2, .personality = VPL011_SBSA}},
        {VPL011_ERR_ACPI_ADDRESS, {.base = 0x09000002}},
        {VPL011_ERR_ACPI_ADDRESS, {.base = 0x09000001}},
        {VPL011_ERR_ACPI_ADDRESS, {.size = 0xFFF}},
        {VPL011_ERR_ACPI_ADDRESS, {.size = 0x100000000}},
        {VPL011_ERR_ACPI_ADDRESS, {.base = UINT64_MAX - 0xFFB}},
        {VPL011_ERR_ACPI_ADDRESS, {.base = UINT64_MAX - 0xFFF, .size = 0x1001}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 15}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 1020}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 1055}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 1120}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 4095}},
        {VPL011_ERR_ACPI_GSI, {.gsi = 5120}},
        {VPL011_ERR_ACPI_NAME, {.name = "COM0"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB."}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\.COM0"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB..COM0"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM01"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.0COM"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_sb_.COM0"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM0 "}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM@"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM["}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM/"}},
        {VPL011_ERR_ACPI_NAME, {.name = "\\_SB_.COM:"}},
        {VPL011_ERR_ACPI_NAME, {.name = ".."}},
        {VPL011_ERR_ACPI_NAME, {.oem_id = "1234567"}},
        {VPL011_ERR_ACPI_NAME, {.oem_table_id = "123456789"}},
        {VPL011_ERR_ACPI_NAME, {.creator_id = "12345"}},
    };
    struct vpl011_acpi_desc desc;
    uint8_t table[TABLE_MAX];
    uint8_t untouched[TABLE_MAX];
    int which;
    size_t i;

    memset(untouched, 0xAA, sizeof(untouched));
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        desc = rows[i].desc;
        if (!desc.gsi) {
            desc.gsi = 33;
        }
        for (which = 0; which < TABLES; which++) {
            memset(table, 0xAA, sizeof(table));
            assert_err(make(which, &desc, table, sizeof(table)), rows[i].err);
            assert_memory_equal(table, untouched, sizeof(table));
        }
    }
    desc = virt_pl011;
    /* A path of 24 segments, but not terminated. */
    for (i = 0; i < sizeof(desc.name); i += 2) {
        desc.name[i] = '.';
        desc.name[i + 1] = 'A';
    }
    desc.name[0] = '\\';
    assert_err(make(SSDT, &desc, table, sizeof(table)), VPL011_ERR_ACPI_NAME);
    assert_err(make(SSDT, NULL, table, sizeof(table)), VPL011_ERR_NULL);
    assert_err(vpl011_acpi_spcr(&virt_pl011, 1, table, sizeof(table)),
               VPL011_ERR_ACPI_REVISION);
    assert_err(vpl011_acpi_spcr(&virt_pl011, 5, table, sizeof(table)),
               VPL011_ERR_ACPI_REVISION);
}

/* Every character that a segment may have, at both ends of its range, and
 * nothing that is behind the terminator. */
static void names_have_every_character_of_a_segment(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];

    memset(desc.name, 'x', sizeof(desc.name));
    memset(desc.oem_id, 'x', sizeof(desc.oem_id));
    memset(desc.oem_table_id, 'x', sizeof(desc.oem_table_id));
    memset(desc.creator_id, 'x', sizeof(desc.creator_id));
    strcpy(desc.name, "\\A_Z_.Z09A");
    desc.oem_id[0] = desc.oem_table_id[0] = desc.creator_id[0] = '\0';
    assert_true(vpl011_acpi_ssdt(&desc, table, sizeof(table)) > 0);
    assert_memory_equal(table + 10, "VPL011VPL011  \1\0\0\0VPLX", 22);
    assert_memory_equal(table + 40, "A_Z_\x5B\x82", 6);
    assert_memory_equal(table + 47, "Z09A", 4);
}

/* The last of each range that is accepted; what is refused is above. */
static void descriptions_at_a_limit_are_taken(void)
{
    static const struct vpl011_acpi_desc rows[] = {
        {.gsi = 16},
        {.gsi = 1019},
        {.gsi = 1056},
        {.gsi = 1119},
        {.gsi = 4096},
        {.gsi = 5119},
        {.gsi = 0, .flags = VPL011_ACPI_POLLED},
        {.gsi = 33, .size = UINT32_MAX},
        {.gsi = 33, .base = UINT64_MAX - 0xFFF},
        {.gsi = 33, .base = 4},
    };
    uint8_t table[TABLE_MAX];
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int which;

        for (which = 0; which < TABLES; which++) {
            assert_true(make(which, &rows[i], table, sizeof(table)) > 0);
        }
    }
}

/* "." says that there is no device. */
static void a_dot_is_a_name_but_not_for_a_device(void)
{
    struct vpl011_acpi_desc desc = virt_pl011;
    uint8_t table[TABLE_MAX];

    strcpy(desc.name, ".");
    assert_int_equal(vpl011_acpi_spcr(&desc, 4, table, sizeof(table)), 90);
    assert_memory_equal(table + 84, "\2\0\x58\0.", 6);
    assert_int_equal(vpl011_acpi_dbg2(&desc, table, sizeof(table)), 84);
    assert_err(vpl011_acpi_ssdt(&desc, table, sizeof(table)),
               VPL011_ERR_ACPI_NAME);
}

static void older_and_newer_descriptions_are_taken(void)
{
    struct {
        struct vpl011_acpi_desc desc;
        uint64_t later;
    } newer = {.desc = virt_pl011};
    uint8_t whole[TABLE_MAX];
    uint8_t table[TABLE_MAX];
    int which;

    for (which = 0; which < TABLES; which++) {
        int size = make(which, &virt_pl011, whole, sizeof(whole));

        newer.later = 0;
        assert_int_equal(make_sized(which, &virt_pl011,
                                    offsetof(struct vpl011_acpi_desc, name),
                                    table, sizeof(table)),
                         size);
        assert_memory_equal(table, whole, (size_t)size);
        assert_int_equal(
            make_sized(which, &newer.desc, sizeof(newer), table, sizeof(table)),
            size);
        newer.later = 1;
        assert_err(
            make_sized(which, &newer.desc, sizeof(newer), table, sizeof(table)),
            VPL011_ERR_ABI);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(spcr_2_is_byte_exact),
        CASE(spcr_4_is_byte_exact),
        CASE(dbg2_is_byte_exact),
        CASE(ssdt_is_byte_exact),
        CASE(spcr_3_adds_the_clock),
        CASE(spcr_speeds_have_codes_or_a_precise_rate),
        CASE(interface_type_follows_the_personality),
        CASE(polled_tables_have_no_interrupt),
        CASE(ssdt_has_what_is_asked_for),
        CASE(ssdt_paths_and_numbers_take_every_size),
        CASE(ssdt_integers_are_as_short_as_can_be),
        CASE(terminal_and_flow_control_are_the_callers),
        CASE(ssdt_range_is_64_bit_where_it_must),
        CASE(oem_strings_are_the_callers),
        CASE(every_table_sums_to_zero_and_says_its_length),
        CASE(sizes_are_told_and_small_buffers_left_alone),
        CASE(bad_descriptions_are_refused_by_name),
        CASE(names_have_every_character_of_a_segment),
        CASE(descriptions_at_a_limit_are_taken),
        CASE(a_dot_is_a_name_but_not_for_a_device),
        CASE(older_and_newer_descriptions_are_taken),
    };

    return run_cases(cases);
}
