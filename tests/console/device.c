/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device process for the tests of the console daemon. Its guest
 *
 *     send COUNT   sends numbered records of 8 characters
 *     always COUNT the same, over a ring that signals each of them
 *     echo         sends back what it receives, and "<BREAK>" for a BREAK
 *     idle COUNT   so many consoles NAME-0 ... over one connection, and nothing
 *     flood COUNT  the same, which send as fast as they are read
 *     garbage      a ring whose indices are nobody's, from "go" on
 *
 * until standard input ends. Each state is a line on standard output.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vpl011/atomic.h>
#include <vpl011/doorbell.h>
#include <vpl011/shm.h>
#include <vpl011/vpl011.h>

#include "link.h"

#define RECORD 8
#define BREAK_LENGTH 7

struct guest {
    struct vpl011 uart;
    struct link link;
    bool refill;
    bool tick; /* asked for: at the end of the next wait */
    bool echoes;
    unsigned long send_left;
    unsigned long sent;
    char record[RECORD + 1];
    unsigned int record_at;
    char kept[64]; /* to be echoed */
    size_t kept_count;
    bool was_registered;
    bool said_sent;
    char last_error[sizeof(((struct link *)0)->error)];
};

static void die(const char *what)
{
    printf("error: %s\n", what);
    exit(1);
}

static void check(int result)
{
    if (result < 0) {
        die(vpl011_strerror(result));
    }
}

static void notify(void *ctx, uint32_t events)
{
    struct guest *g = ctx;

    if (events & VPL011_EVENT_FAR_END) {
        link_ring(&g->link);
    }
    if (events & VPL011_EVENT_REFILL) {
        g->refill = true;
    }
    if (events & VPL011_EVENT_TICK) {
        g->tick = true;
    }
}

static uint32_t reg(struct guest *g, uint32_t offset)
{
    uint64_t value = 0;

    check(vpl011_mmio_read(&g->uart, offset, 4, &value));
    return (uint32_t)value;
}

static bool put(struct guest *g, char c)
{
    if (reg(g, PL011_UARTFR) & PL011_FR_TXFF) {
        return false;
    }
    check(vpl011_mmio_write(&g->uart, PL011_UARTDR, 4, (unsigned char)c));
    return true;
}

/* Returns true if the guest could go on at once. */
static bool run(struct guest *g)
{
    int turns;

    for (turns = 0; turns < 64; turns++) {
        if (g->send_left > 0) {
            if (g->record_at == 0) {
                snprintf(g->record, sizeof(g->record), "%07lu\n",
                         g->sent / RECORD % 10000000);
            }
            if (!put(g, g->record[g->record_at])) {
                return false;
            }
            g->record_at = (g->record_at + 1) % RECORD;
            g->sent++;
            g->send_left--;
            continue;
        }
        if (!g->echoes) {
            return false;
        }
        while (g->kept_count + BREAK_LENGTH <= sizeof(g->kept) &&
               !(reg(g, PL011_UARTFR) & PL011_FR_RXFE)) {
            uint32_t entry = reg(g, PL011_UARTDR);

            if (entry & PL011_DR_BE) {
                memcpy(g->kept + g->kept_count, "<BREAK>", BREAK_LENGTH);
                g->kept_count += BREAK_LENGTH;
            } else {
                g->kept[g->kept_count++] = (char)entry;
            }
        }
        if (g->kept_count == 0 || !put(g, g->kept[0])) {
            return false;
        }
        memmove(g->kept, g->kept + 1, --g->kept_count);
    }
    return true;
}

/* The daemon has everything, and said so. */
static bool is_drained(struct guest *g)
{
    const struct vpl011_xencons_page *page = g->link.page;

    return g->sent > 0 && g->send_left == 0 &&
           (reg(g, PL011_UARTFR) & PL011_FR_TXFE) &&
           vpl011_load_acquire(&page->out_cons) == page->out_prod;
}

/* Say once what changed. */
static void report(struct guest *g)
{
    if (g->link.registered != g->was_registered ||
        strcmp(g->link.error, g->last_error) != 0) {
        g->was_registered = g->link.registered;
        memcpy(g->last_error, g->link.error, sizeof(g->last_error));
        printf("%s\n", g->was_registered ? "registered" : g->link.error);
    }
    if (!g->said_sent && is_drained(g)) {
        g->said_sent = true;
        printf("sent\n");
    }
}

static void serve(struct guest *g)
{
    for (;;) {
        bool busy = run(g);
        struct pollfd fds[3];
        int timeout_ms;

        if (g->refill) {
            g->refill = false;
            check(vpl011_data_avail(&g->uart));
            continue;
        }
        link_poll(&g->link, fds, &timeout_ms);
        if (g->tick) {
            timeout_ms = 1;
        }
        fds[2] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(fds, 3, busy ? 0 : timeout_ms) < 0 && errno != EINTR) {
            die(strerror(errno));
        }
        if (g->tick && !busy) {
            g->tick = false;
            check(vpl011_tick(&g->uart));
        }
        /* What it can say at once it still says. */
        if (fds[2].revents && !busy) {
            break;
        }
        if (link_serve(&g->link)) {
            check(vpl011_data_avail(&g->uart));
        }
        report(g);
    }
}

static int one(const char *path, const char *name, const char *mode,
               unsigned long count)
{
    static struct guest g;
    struct vpl011_config config = {
        .personality = VPL011_SBSA,
        .on_stall = VPL011_POLICY_STALL,
        .on_gone = VPL011_POLICY_STALL,
        .flags = VPL011_CFG_NO_IRQ_OP,
    };
    struct vpl011_ops ops = {.ctx = &g, .notify = notify};
    struct vpl011_backend backend;
    bool always = strcmp(mode, "always") == 0;

    g.echoes = strcmp(mode, "echo") == 0;
    g.send_left = always || strcmp(mode, "send") == 0 ? count * RECORD : 0;
    if (!link_init(&g.link, path, name)) {
        die(g.link.error);
    }
    if (always) {
        struct vpl011_xencons_config signals = {
            .flags = VPL011_XENCONS_CONNECTION | VPL011_XENCONS_ALWAYS,
        };

        check(vpl011_xencons_init(&g.link.ring, g.link.page, PROTOCOL_PAGE_SIZE,
                                  &signals));
    }
    check(vpl011_init(&g.uart, &config, &ops));
    check(link_backend(&g.link, &backend));
    check(vpl011_attach(&g.uart, &backend));
    serve(&g);
    check(vpl011_attach(&g.uart, NULL));
    link_free(&g.link);
    return 0;
}

/* A device that lies: it follows the protocol and then writes nonsense. */
static int garbage(const char *path, const char *name)
{
    static struct link link;
    struct vpl011_xencons_page *page;
    char line[16];
    uint32_t i;

    if (!link_init(&link, path, name)) {
        die(link.error);
    }
    page = link.page;
    for (i = 0; i < 100 && !link.registered; i++) {
        struct pollfd fds[2];
        int timeout_ms;

        link_poll(&link, fds, &timeout_ms);
        poll(fds, 2, 100);
        link_serve(&link);
    }
    printf("%s\n", link.registered ? "registered" : link.error);
    if (!fgets(line, sizeof(line), stdin)) {
        return 0;
    }
    for (i = 0; i < 100000; i++) {
        page->out_prod = i * 2654435761u;
        page->in_cons = i * 40503u;
        page->out_cons = ~i;
        page->in_prod = i;
        link_ring(&link);
    }
    printf("done\n");
    if (!fgets(line, sizeof(line), stdin)) {
        link_free(&link);
    }
    return 0;
}

/* A console that is only a page and its doorbells. */
struct bare {
    struct vpl011_xencons_page *page;
    int kick;
    int call;
};

/* Send the same records for ever, without a UART: their place is the ring. */
static void flood(struct bare *all, unsigned long count)
{
    struct pollfd *fds = calloc(count + 1, sizeof(*fds));
    unsigned long i;

    if (!fds) {
        die("no memory");
    }
    fds[count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (i = 0; i < count; i++) {
        fds[i] = (struct pollfd){.fd = all[i].call, .events = POLLIN};
    }
    while (!fds[count].revents) {
        for (i = 0; i < count; i++) {
            struct vpl011_xencons_page *page = all[i].page;
            uint32_t full =
                vpl011_load_acquire(&page->out_cons) + VPL011_XENCONS_OUT_SIZE;

            if (fds[i].revents) {
                (void)vpl011_doorbell_take(all[i].call);
            }
            if (full != page->out_prod) {
                vpl011_store_release(&page->out_prod, full);
                (void)vpl011_doorbell_ring(all[i].kick);
            }
        }
        if (poll(fds, count + 1, 1) < 0 && errno != EINTR) {
            die(strerror(errno));
        }
    }
    free(fds);
}

static void fill(struct vpl011_xencons_page *page)
{
    char record[RECORD + 1];
    unsigned int at;

    for (at = 0; at < VPL011_XENCONS_OUT_SIZE; at += RECORD) {
        snprintf(record, sizeof(record), "%07u\n", at / RECORD);
        memcpy(&page->out[at], record, RECORD);
    }
}

static int many(const char *path, const char *name, unsigned long count,
                bool floods)
{
    struct bare *all = calloc(count + 1, sizeof(*all));
    int connection = protocol_connect(path);
    struct rlimit limit;
    unsigned long i;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (connection < 0 || !all) {
        die(strerror(errno));
    }
    for (i = 0; i < count; i++) {
        struct pollfd p = {.fd = connection, .events = POLLIN};
        char full[PROTOCOL_NAME_MAX];
        char answer[PROTOCOL_MAX + 1];
        int fds[PROTOCOL_FDS];
        void *page;

        snprintf(full, sizeof(full), "%.40s-%lu", name, i);
        fds[PROTOCOL_PAGE] = vpl011_shm_create(full, PROTOCOL_PAGE_SIZE);
        fds[PROTOCOL_KICK] = vpl011_doorbell_create();
        fds[PROTOCOL_CALL] = vpl011_doorbell_create();
        if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0 ||
            vpl011_shm_map(fds[0], PROTOCOL_PAGE_SIZE, 0, &page) < 0) {
            printf("own limit at %lu: %s\n", i, strerror(errno));
            break;
        }
        if (!protocol_send(connection, PROTOCOL_REGISTER, full, strlen(full),
                           fds, PROTOCOL_FDS)) {
            die(strerror(errno));
        }
        close(fds[PROTOCOL_PAGE]);
        if (poll(&p, 1, 10000) != 1 ||
            protocol_receive(connection, answer, NULL, NULL) <= 0) {
            die("no answer");
        }
        if (answer[0] != PROTOCOL_OK) {
            printf("refused at %lu: %s\n", i, answer + 1);
            break;
        }
        all[i] = (struct bare){
            .page = page,
            .kick = fds[PROTOCOL_KICK],
            .call = fds[PROTOCOL_CALL],
        };
        fill(all[i].page);
    }
    printf("registered %lu\n", i);
    if (floods) {
        flood(all, i);
    }
    while (getchar() != EOF) {
    }
    free(all);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;

    if (argc < 4) {
        die("usage: device SOCKET NAME MODE [COUNT]");
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(argv[3], "idle") == 0 || strcmp(argv[3], "flood") == 0) {
        return many(argv[1], argv[2], count, strcmp(argv[3], "flood") == 0);
    }
    if (strcmp(argv[3], "garbage") == 0) {
        return garbage(argv[1], argv[2]);
    }
    return one(argv[1], argv[2], argv[3], count);
}
