/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A backend's saved state from outside: the bytes are loaded into FIFO pairs
 * of several sizes, and into a ring on a page that a hostile console wrote.
 * What is refused leaves no trace; what loads is saved and loaded again without
 * a difference, and what it carries comes out.
 *
 *     input: 1 byte, which; for a ring 17 bytes of its page; the blob
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/backend_state.h>
#include <vpl011/vpl011.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void *exactly(size_t size, int value)
{
    void *memory = malloc(size);

    require(memory != NULL, "memory");
    memset(memory, value, size);
    return memory;
}

/* Padding too: nothing at all was written. */
static bool is_untouched(const void *before, const void *now, size_t size)
{
    return memcmp(before, now, size) == 0;
}

static bool is_all(const uint8_t *bytes, size_t size, uint8_t value)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

/*
 * FIFO
 */

/* What a blob carries, by its records. */
struct carried {
    uint32_t scalar[8]; /* by number */
    uint8_t bytes[2][128];
    uint32_t count[2]; /* to the host, to the guest */
};

enum { IN_COUNT = 1, OUT_COUNT, BRK, BRK_AT };

static void look_into(const uint8_t *blob, size_t length, struct carried *c)
{
    size_t at = 12;

    memset(c, 0, sizeof(*c));
    while (at < length) {
        const uint8_t *value = blob + at + 4;
        uint32_t id = blob[at];
        uint32_t bytes = blob[at + 2];

        at += 4 + bytes;
        require(at <= length, "a record within the blob");
        if (id >= 64) {
            require(id - 64 < 2 && c->count[id - 64] == 0 && bytes <= 128,
                    "contents");
            memcpy(c->bytes[id - 64], value, bytes);
            c->count[id - 64] = bytes;
        } else {
            require(id < 8 && bytes <= 4, "a scalar");
            while (bytes-- > 0) {
                c->scalar[id] = c->scalar[id] << 8 | value[bytes];
            }
        }
    }
}

/* The device's side reads, the host's pops: all of it, and then nothing. */
static void use_fifo(struct vpl011_fifo *f, const struct carried *c)
{
    const uint32_t outs = c->scalar[OUT_COUNT];
    const uint32_t ins = c->scalar[IN_COUNT];
    struct vpl011_backend b;
    uint8_t bytes[32];
    uint32_t events;
    uint32_t breaks = 0;
    size_t in = 0;
    size_t out = 0;
    size_t n;

    require(!vpl011_fifo_backend(f, &b), "backend");
    do {
        events = 0;
        n = b.read(b.ctx, bytes, sizeof(bytes), &events);
        require(n <= sizeof(bytes) && in + n <= ins &&
                    memcmp(bytes, c->bytes[1] + in, n) == 0,
                "bytes to the guest");
        in += n;
        if (events & VPL011_BACKEND_BREAK) {
            breaks++;
            require(in == c->scalar[BRK_AT], "the BREAK is in its place");
        }
    } while (n > 0 || (events & VPL011_BACKEND_BREAK));
    require(in == ins && breaks == c->scalar[BRK], "all of the input");
    while ((n = vpl011_fifo_pop(f, bytes, sizeof(bytes))) > 0) {
        require(out + n <= outs && memcmp(bytes, c->bytes[0] + out, n) == 0,
                "bytes to the host");
        out += n;
    }
    require(out == outs, "all of the output");
}

static void load_fifo(size_t in_size, size_t out_size, const uint8_t *data,
                      size_t size)
{
    const size_t most = VPL011_FIFO_BLOB_MAX(in_size, out_size);
    uint8_t *in = exactly(in_size, 0x11);
    uint8_t *out = exactly(out_size, 0x11);
    uint8_t *one = exactly(most, 0);
    uint8_t *two = exactly(most, 0);
    struct carried c;
    struct vpl011_fifo before;
    struct vpl011_fifo f;
    int length;
    int err;

    require(!vpl011_fifo_init(&f, in, in_size, out, out_size), "FIFO");
    before = f;
    err = vpl011_fifo_load(&f, data, size);
    require(err <= 0, "result");
    if (err) {
        require(is_untouched(&before, &f, sizeof(f)) &&
                    is_all(in, in_size, 0x11) && is_all(out, out_size, 0x11),
                "touched on error");
    } else {
        length = vpl011_fifo_save(&f, one, most);
        require(length > 0, "save");
        look_into(one, (size_t)length, &c);
        require(c.count[0] <= out_size && c.count[1] <= in_size &&
                    c.scalar[OUT_COUNT] == c.count[0] &&
                    c.scalar[IN_COUNT] == c.count[1] &&
                    vpl011_fifo_push_room(&f) == in_size - c.count[1] &&
                    vpl011_fifo_pop_waiting(&f) == c.count[0],
                "counts in bounds");
        require(!vpl011_fifo_load(&f, one, (size_t)length) &&
                    vpl011_fifo_save(&f, two, most) == length &&
                    memcmp(one, two, (size_t)length) == 0,
                "save, load, save");
        use_fifo(&f, &c);
    }
    free(in);
    free(out);
    free(one);
    free(two);
}

/*
 * Ring
 */

#define INDICES 17u /* four, and `connection` */

static void use_ring(struct vpl011_xencons *x, size_t page_size)
{
    struct vpl011_xencons_page *page = x->page;
    struct vpl011_backend_status status;
    struct vpl011_xencons_console c;
    struct vpl011_backend b;
    uint8_t bytes[64] = {0};
    uint32_t events = 0;
    int i;

    require(!vpl011_xencons_backend(x, &b), "backend");
    memset(&status, 0, sizeof(status));
    b.poll(b.ctx, &status, &events);
    require(events & VPL011_EVENT_FAR_END, "the console is kicked");
    require(status.room <= VPL011_XENCONS_OUT_SIZE &&
                status.waiting <= VPL011_XENCONS_IN_SIZE,
            "a poll in bounds");
    for (i = 0; i < 200; i++) {
        require(b.write(b.ctx, bytes, 1 + (size_t)i % 64, &events) <= 64 &&
                    b.read(b.ctx, bytes, 1 + (size_t)i % 32, &events) <= 32,
                "transfers in bounds");
        require(!(events & ~VPL011_EVENT_FAR_END), "events");
    }
    if (!(x->device.unusual & VPL011_XENCONS_OUT)) {
        require(page->out_prod - page->out_cons <= VPL011_XENCONS_OUT_SIZE,
                "OUT");
    }
    if (!vpl011_xencons_console_attach(&c, page, page_size, 0)) {
        vpl011_xencons_console_read(&c, bytes, sizeof(bytes));
        vpl011_xencons_console_publish(&c, VPL011_XENCONS_NOW);
    }
}

/* What a page must show to be the one that was left. */
static bool goes_on(const struct vpl011_xencons *x)
{
    const struct vpl011_xencons_page *p = x->page;

    return x->device.resync ||
           (((x->device.unusual & VPL011_XENCONS_OUT) ||
             (p->out_prod == x->device.out_prod &&
              x->device.out_prod - p->out_cons <= VPL011_XENCONS_OUT_SIZE)) &&
            ((x->device.unusual & VPL011_XENCONS_IN) ||
             (p->in_cons == x->device.in_cons &&
              p->in_prod - x->device.in_cons <= VPL011_XENCONS_IN_SIZE)));
}

static void load_ring(const uint8_t *indices, const uint8_t *data, size_t size,
                      bool old)
{
    const struct vpl011_xencons_config config = {
        .flags = old ? 0 : VPL011_XENCONS_CONNECTION};
    const size_t page_size =
        old ? VPL011_XENCONS_PAGE_OLD_SIZE : sizeof(struct vpl011_xencons_page);
    uint8_t *page = exactly(page_size, 0);
    uint8_t *page_before = exactly(page_size, 0);
    uint8_t one[VPL011_XENCONS_BLOB_MAX];
    uint8_t two[VPL011_XENCONS_BLOB_MAX];
    struct vpl011_xencons before;
    struct vpl011_xencons x;
    int length;
    int err;

    require(!vpl011_xencons_init(&x, page, page_size, &config), "ring");
    memcpy(page + offsetof(struct vpl011_xencons_page, in_cons), indices,
           old ? INDICES - 1 : INDICES);
    memcpy(page_before, page, page_size);
    before = x;
    err = vpl011_xencons_load(&x, data, size);
    require(err <= 0, "result");
    if (err) {
        require(is_untouched(&before, &x, sizeof(x)) &&
                    memcmp(page, page_before, page_size) == 0,
                "touched on error");
    } else {
        require(goes_on(&x), "the page is as it was left, or was written");
        if (memcmp(page, page_before, page_size) == 0) {
            length = vpl011_xencons_save(&x, 0, one, sizeof(one));
            require(length > 0 && !vpl011_xencons_load(&x, one, (size_t)length),
                    "save, load, the page stays");
        }
        length =
            vpl011_xencons_save(&x, VPL011_XENCONS_SAVE_PAGE, one, sizeof(one));
        require(length > 0, "save");
        require(!vpl011_xencons_load(&x, one, (size_t)length) &&
                    vpl011_xencons_save(&x, VPL011_XENCONS_SAVE_PAGE, two,
                                        sizeof(two)) == length &&
                    memcmp(one, two, (size_t)length) == 0,
                "save, load, save");
        use_ring(&x, page_size);
    }
    free(page);
    free(page_before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    if (data[0] & 1) {
        if (size < 1 + INDICES) {
            return 0;
        }
        load_ring(data + 1, data + 1 + INDICES, size - 1 - INDICES,
                  (data[0] & 2) != 0);
    } else {
        load_fifo((size_t)1 << (data[0] >> 1) % 8,
                  (size_t)1 << (data[0] >> 4) % 8, data + 1, size - 1);
    }
    return 0;
}
