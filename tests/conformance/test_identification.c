/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Identification registers, and the depth that drivers infer from them. */
#include "support.h"

static const struct {
    uint32_t revision;
    uint32_t periph_id2;
    unsigned int depth;
} revisions[] = {
    {VPL011_R1P5, 0x34, 32},
    {VPL011_R1P4, 0x24, 16},
    {VPL011_R1P1, 0x14, 16},
};

/* G.A4: the last 32 bytes of the window, as Linux's AMBA bus reads them. */
static void identification_is_that_of_the_revision(void)
{
    size_t i;

    for (i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
        const uint32_t expected[8] = {
            0x11, 0x10, revisions[i].periph_id2, 0x00, 0x0D, 0xF0, 0x05, 0xB1,
        };
        struct host h;
        uint32_t n;

        host_init(&h, &(struct host_options){
                          .config = {.revision = revisions[i].revision}});
        for (n = 0; n < 8; n++) {
            assert_reg(&h, PL011_UARTPeriphID0 + 4 * n, expected[n]);
            assert_int_equal(
                guest_read_sized(&h, PL011_UARTPeriphID0 + 4 * n, 1),
                expected[n]);
        }
        assert_int_equal(h.guest_errors, 0);
    }
}

static unsigned int measured_depth(struct host *h)
{
    unsigned int depth = 0;

    guest_write(h, PL011_UARTLCR_H, 0x70);
    while (!(guest_read(h, PL011_UARTFR) & PL011_FR_RXFF) && depth < 100) {
        far_end_types(h, "x");
        depth++;
    }
    return depth;
}

/* G.A5 P.C15: rev >= 3 means 32, less means 16. */
static void depth_matches_the_revision(void)
{
    size_t i;

    for (i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
        struct host h;
        uint32_t claimed;

        host_init(&h, &(struct host_options){
                          .config = {.revision = revisions[i].revision}});
        claimed = guest_read(&h, PL011_UARTPeriphID2) >> 4 >= 3 ? 32 : 16;
        assert_int_equal(revisions[i].depth, claimed);
        assert_int_equal(measured_depth(&h), claimed);
    }
}

/* G.A5: an ID may claim less than there is: BCM2835, Luminary. */
static void id_override_is_shown_and_keeps_the_depth(void)
{
    static const uint32_t ids[] = {0x00241011, 0x01180011};
    size_t i;
    uint32_t n;

    for (i = 0; i < 2; i++) {
        struct host h;

        host_init(&h, &(struct host_options){.config = {.periph_id = ids[i]}});
        for (n = 0; n < 4; n++) {
            assert_reg(&h, PL011_UARTPeriphID0 + 4 * n,
                       ids[i] >> (8 * n) & 0xFF);
        }
        assert_reg(&h, PL011_UARTPCellID0, 0x0D);
        assert_int_equal(measured_depth(&h), 32);
    }
}

/* The depth that the revision has may be claimed by an override, too. */
static void id_override_that_claims_the_depth_is_accepted(void)
{
    static const struct {
        uint32_t revision, id;
    } honest[] = {
        {VPL011_R1P5, PL011_PERIPHID_R1P5}, {VPL011_R1P5, 0x00441011},
        {VPL011_R1P4, PL011_PERIPHID_R1P1}, {VPL011_R1P1, PL011_PERIPHID_R1P4},
        {VPL011_R1P4, 0x00000061}, /* Luminary: 16 deep */
    };
    size_t i;

    for (i = 0; i < sizeof(honest) / sizeof(honest[0]); i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.revision = honest[i].revision,
                                     .periph_id = honest[i].id}});
        assert_reg(&h, PL011_UARTPeriphID2, honest[i].id >> 16 & 0xFF);
    }
}

/* P.C15: never more than there is. */
static void id_override_that_claims_more_depth_is_refused(void)
{
    static const struct {
        uint32_t revision, id;
    } liars[] = {
        {VPL011_R1P4, 0x00341011},
        {VPL011_R1P1, 0x00341011},
        {VPL011_R1P5, 0x00380802}, /* ST: 64 deep */
    };
    size_t i;

    for (i = 0; i < sizeof(liars) / sizeof(liars[0]); i++) {
        struct vpl011_config config = {
            .revision = liars[i].revision,
            .periph_id = liars[i].id,
            .flags = VPL011_CFG_NO_IRQ_OP,
        };
        struct vpl011_ops ops = {0};
        struct vpl011 uart;

        assert_result(vpl011_init(&uart, &config, &ops), VPL011_ERR_PERIPH_ID);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(identification_is_that_of_the_revision),
        CASE(depth_matches_the_revision),
        CASE(id_override_is_shown_and_keeps_the_depth),
        CASE(id_override_that_claims_the_depth_is_accepted),
        CASE(id_override_that_claims_more_depth_is_refused),
    };

    return run_cases(cases);
}
