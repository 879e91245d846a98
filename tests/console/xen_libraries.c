/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Stands in for Xen's libraries in a xenconsoled, by LD_PRELOAD: one domain
 * with a console, whose page and event channel are descriptors that the test
 * hands over. Only what xenconsoled calls, and of that only what a console
 * needs.
 *
 *     XEN_PAGE    the ring page
 *     XEN_EVENT   an eventfd, which the domain rings
 *     XEN_NOTIFY  an eventfd for the other direction
 *     XEN_TTY     a file, which is written what xenconsoled calls its terminal
 *     XEN_EVENTS  a file, with a line for each event that it took: how many
 *                 rings of the domain it is
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenstore.h>

#define DOMAIN 1
#define DOMAIN_PATH "/local/domain/1"
#define PORT 7
#define PAGE_SIZE 4096u

static int descriptor_of(const char *name)
{
    const char *text = getenv(name);

    if (!text) {
        fprintf(stderr, "%s is not set\n", name);
        exit(1);
    }
    return (int)strtol(text, NULL, 10);
}

/* What a handle points to that has nothing. */
static char nothing;

/* It refuses to run as anybody else. */
uid_t geteuid(void)
{
    return 0;
}

/*
 * xenstore: a watch reports once, as soon as it is set.
 */

#define WATCHES 8u

struct xs_handle {
    int fd; /* counts those that are not read */
    unsigned int read;
    unsigned int set;
    char *path[WATCHES];
    char *token[WATCHES];
};

static struct xs_handle store;

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    store.fd = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
    return store.fd < 0 ? NULL : &store;
}

void xs_close(struct xs_handle *h)
{
    close(h->fd);
}

int xs_fileno(struct xs_handle *h)
{
    return h->fd;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    if (h->set == WATCHES) {
        errno = ENOSPC;
        return false;
    }
    h->path[h->set] = strdup(path);
    h->token[h->set] = strdup(token);
    h->set++;
    return eventfd_write(h->fd, 1) == 0;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    (void)h;
    (void)path;
    (void)token;
    return true;
}

/* One block, which the caller frees: two pointers, and what they point to. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
    eventfd_t one;
    char **vector;
    size_t path;
    size_t token;

    if (eventfd_read(h->fd, &one) < 0 || h->read == h->set) {
        return NULL;
    }
    path = strlen(h->path[h->read]) + 1;
    token = strlen(h->token[h->read]) + 1;
    vector = malloc(2 * sizeof(char *) + path + token);
    if (!vector) {
        return NULL;
    }
    vector[XS_WATCH_PATH] = (char *)(vector + 2);
    vector[XS_WATCH_TOKEN] = vector[XS_WATCH_PATH] + path;
    memcpy(vector[XS_WATCH_PATH], h->path[h->read], path);
    memcpy(vector[XS_WATCH_TOKEN], h->token[h->read], token);
    h->read++;
    *num = 2;
    return vector;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    static const char *const values[][2] = {
        {DOMAIN_PATH "/console/ring-ref", "1"},
        {DOMAIN_PATH "/console/port", "7"},
        {DOMAIN_PATH "/console/type", "xenconsoled"},
        {DOMAIN_PATH "/console/limit", "1048576"},
        {DOMAIN_PATH "/name", "guest"},
    };
    size_t i;

    (void)h;
    (void)t;
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(path, values[i][0]) == 0) {
            if (len) {
                *len = (unsigned int)strlen(values[i][1]);
            }
            return strdup(values[i][1]);
        }
    }
    errno = ENOENT;
    return NULL;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
              const void *data, unsigned int len)
{
    const char *slash = strrchr(path, '/');
    FILE *file;

    (void)h;
    (void)t;
    if (!slash || strcmp(slash, "/tty") != 0) {
        return true;
    }
    file = fopen(getenv("XEN_TTY"), "we");
    if (!file) {
        return false;
    }
    fprintf(file, "%.*s\n", (int)len, (const char *)data);
    return fclose(file) == 0;
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
    (void)h;
    return domid == DOMAIN ? strdup(DOMAIN_PATH) : NULL;
}

/*
 * The hypervisor
 */

xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild, unsigned flags)
{
    (void)logger;
    (void)dombuild;
    (void)flags;
    return (xc_interface *)(void *)&nothing;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid,
                      unsigned int max_doms, xc_dominfo_t *info)
{
    (void)xch;
    if (first_domid > DOMAIN || max_doms == 0) {
        return 0;
    }
    memset(info, 0, sizeof(*info));
    info->domid = DOMAIN;
    info->running = 1;
    return 1;
}

int xc_evtchn_status(xc_interface *xch, xc_evtchn_status_t *status)
{
    (void)xch;
    status->status = EVTCHNSTAT_interdomain;
    return 0;
}

int xc_readconsolering(xc_interface *xch, char *buffer, unsigned int *chars,
                       int clear, int incremental, uint32_t *index)
{
    (void)xch;
    (void)buffer;
    (void)clear;
    (void)incremental;
    (void)index;
    *chars = 0;
    return 0;
}

/*
 * Event channel: one port. What rings while it is masked is taken once it is
 * not, because nobody looks at the descriptor until then.
 */

struct xenevtchn_handle {
    int fd;
};

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned int flags)
{
    xenevtchn_handle *h = malloc(sizeof(*h));

    (void)logger;
    (void)flags;
    if (h) {
        h->fd = dup(descriptor_of("XEN_EVENT"));
    }
    return h;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    close(xce->fd);
    free(xce);
    return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    return xce->fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce,
                                                     uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    (void)xce;
    (void)domid;
    return (xenevtchn_port_or_error_t)remote_port;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce,
                                              unsigned int virq)
{
    (void)xce;
    (void)virq;
    errno = ENOSYS;
    return -1;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return eventfd_write(descriptor_of("XEN_NOTIFY"), 1);
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    eventfd_t count;
    FILE *file;

    if (eventfd_read(xce->fd, &count) < 0) {
        return -1;
    }
    file = fopen(getenv("XEN_EVENTS"), "ae");
    if (!file) {
        return -1;
    }
    fprintf(file, "%llu\n", (unsigned long long)count);
    (void)fclose(file);
    return PORT;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

/*
 * The page, which is granted
 */

static void *map_page(void)
{
    void *page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                      descriptor_of("XEN_PAGE"), 0);

    return page == MAP_FAILED ? NULL : page;
}

xengnttab_handle *xengnttab_open(xentoollog_logger *logger, unsigned flags)
{
    (void)logger;
    (void)flags;
    return (xengnttab_handle *)(void *)&nothing;
}

int xengnttab_close(xengnttab_handle *xgt)
{
    (void)xgt;
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid,
                              uint32_t ref, int prot)
{
    (void)xgt;
    (void)domid;
    (void)ref;
    (void)prot;
    return map_page();
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start_address, uint32_t count)
{
    (void)xgt;
    return munmap(start_address, count * PAGE_SIZE);
}

xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *logger,
                                               unsigned flags)
{
    (void)logger;
    (void)flags;
    return (xenforeignmemory_handle *)(void *)&nothing;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    (void)fmem;
    return 0;
}

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom,
                           int prot, size_t pages, const xen_pfn_t *arr,
                           int *err)
{
    (void)fmem;
    (void)dom;
    (void)prot;
    (void)arr;
    if (pages != 1) {
        errno = EINVAL;
        return NULL;
    }
    if (err) {
        *err = 0;
    }
    return map_page();
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr,
                           size_t pages)
{
    (void)fmem;
    return munmap(addr, pages * PAGE_SIZE);
}
