/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A thread writes random words all over the page while the guest uses the
 * device, which must stay within the page (its allocation ends there), never
 * hang, and keep its counters right. Argument: millions of operations.
 *
 * The race on the page is intended, so this is no test for ThreadSanitizer.
 */
#include "xencons_host.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static unsigned long millions = 10;
static struct vpl011_xencons_page *page;
static uint32_t done;

static void *hammer(void *ctx)
{
    volatile uint32_t *words = (uint32_t *)page;
    volatile uint32_t *indices = &page->in_cons;
    uint32_t seed = 0xC0FFEE11;

    (void)ctx;
    while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
        uint32_t r = next_random(&seed);

        switch (r >> 29) {
        case 0:
            words[r % (sizeof(*page) / 4)] = next_random(&seed);
            break;
        case 1:
            indices[r % 4] = next_random(&seed);
            break;
        case 2:
        case 3:
            indices[r % 4] += r >> 4 & 0x3FF;
            break;
        case 4:
            indices[2] = indices[3]; /* takes all output */
            break;
        case 5:
            indices[1] = indices[0] + (r & 0x3FF);
            break;
        default:
            break;
        }
    }
    return NULL;
}

static uint64_t guest_does(struct vpl011 *uart, uint32_t random)
{
    uint64_t value = 0;

    switch (random >> 29) {
    case 0:
    case 1:
    case 2:
        vpl011_mmio_write(uart, PL011_UARTDR, 4, random & 0xFF);
        break;
    case 3:
    case 4:
        vpl011_mmio_read(uart, PL011_UARTDR, 4, &value);
        break;
    case 5:
        vpl011_mmio_read(uart, PL011_UARTFR, 4, &value);
        break;
    default:
        vpl011_data_avail(uart);
        break;
    }
    return value;
}

static void page_is_hammered_while_the_guest_works(void)
{
    static struct host h;
    struct host_options options = {.no_backend = true, .no_notify = true};
    struct vpl011_xencons_config config = {.flags = VPL011_XENCONS_CONNECTION};
    struct vpl011_xencons_console console;
    struct vpl011_xencons_status status;
    struct vpl011_xencons ring;
    struct vpl011_backend backend;
    struct vpl011_counters counters;
    uint8_t bytes[128] = {0};
    unsigned long i;
    unsigned int wrong = 0;
    uint32_t seed = 0xBADC0DE5;
    clock_t began = clock();
    pthread_t thread;

    page = calloc(1, sizeof(*page));
    assert_non_null(page);
    options.config.flags = VPL011_CFG_FIRMWARE_INIT;
    host_init(&h, &options);
    assert_result(vpl011_xencons_init(&ring, page, sizeof(*page), &config),
                  VPL011_OK);
    assert_result(
        vpl011_xencons_console_attach(&console, page, sizeof(*page), 0),
        VPL011_OK);
    assert_result(vpl011_xencons_backend(&ring, &backend), VPL011_OK);
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_OK);
    assert_int_equal(pthread_create(&thread, NULL, hammer, NULL), 0);
    /* At least this many, and until the thread has run, on a busy machine. */
    for (i = 0; i < millions * 1000000 || ((ring.device.corrupt[0] <= 100 ||
                                            ring.device.corrupt[1] <= 100) &&
                                           i < millions * 100000000);
         i++) {
        uint32_t random = next_random(&seed);

        guest_does(&h.uart, random);
        if (random % 64 == 0) {
            uint32_t todo = 0;

            wrong += vpl011_xencons_console_read(&console, bytes, 128) > 128;
            wrong +=
                vpl011_xencons_console_write(&console, bytes, 128, &todo) > 128;
            todo |= vpl011_xencons_console_publish(&console, random >> 8 & 1);
            if (todo & VPL011_XENCONS_TODO_RESYNC) {
                vpl011_xencons_console_resync(&console);
            }
        }
        if (random % 128 == 1) {
            vpl011_xencons_resync(&ring);
        }
    }
    __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);

    assert_result(vpl011_get_counters(&h.uart, &counters), VPL011_OK);
    assert_result(vpl011_xencons_get_status(&ring, &status), VPL011_OK);
    printf("# %lu million operations in %.1f s of CPU: %.0f bytes sent, %.0f "
           "dropped, %.0f received, stopped %u and %u times\n",
           millions, (double)(clock() - began) / CLOCKS_PER_SEC,
           (double)counters.tx_bytes, (double)counters.tx_dropped,
           (double)counters.rx_bytes, status.corrupt_out, status.corrupt_in);
    assert_int_equal(wrong, 0);
    /* It did meet everything. */
    assert_true(counters.tx_bytes > 1000 && counters.rx_bytes > 1000);
    assert_true(status.corrupt_out > 100 && status.corrupt_in > 100);
    free(page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest cases[] = {
        CASE(page_is_hammered_while_the_guest_works),
    };

    if (argc > 1) {
        millions = strtoul(argv[1], NULL, 10);
    }
    return run_cases(cases);
}
