/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of libvpl011-fdt share; never installed. */
#ifndef VPL011_FDT_INTERNAL_H
#define VPL011_FDT_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <libfdt.h>
#include <vpl011/fdt.h>

#include "../../common/sized.h"

#define DEPTH_MAX 16
#define PATH_SIZE 256
#define NODE_NAME_SIZE 56 /* a name of 31, '@', 16 digits */
#define PROPS_MAX 12

#define XEN_NODE_NAME "sbsa-pl011"
#define XEN_IRQ_FLAGS 0xF04u

/* How each form is written; one line for each enum vpl011_fdt_form. */
struct form {
    const char *compatible; /* string list */
    int compatible_len;
    bool clocks;
    bool speed; /* current-speed is required */
};
extern const struct form vpl011_fdt_forms_[];
bool vpl011_fdt_form_known_(uint32_t form);

/* A node and its ancestors. */
struct place {
    int nodes[DEPTH_MAX]; /* offsets, from the root */
    int depth;            /* of the last one; the root is 0 */
    int address_cells;    /* for children of the last one */
    int size_cells;
};

struct range {
    uint64_t base;
    uint64_t size;
};

struct prop {
    const char *name;
    const void *data;
    int len;
};

struct node {
    char name[NODE_NAME_SIZE];
    struct prop props[PROPS_MAX];
    int count;
};

/* Everything that is to be written, before anything is. */
struct plan {
    struct vpl011_fdt_desc desc; /* no member left to a default */
    struct node uart;
    struct node clock; /* count 0: there is nothing to make */
    char alias[12];
    char path[PATH_SIZE];
    char stdout_path[PATH_SIZE];
    fdt32_t reg[4];
    fdt32_t interrupts[4];
    fdt32_t irq_parent;
    fdt32_t clocks[2];
    fdt32_t clock_cells;
    fdt32_t clock_hz;
    fdt32_t clock_phandle;
    fdt32_t baud;
    fdt32_t periph_id;
    fdt32_t io_width;
};

/* err.c */
int vpl011_fdt_err_(int fdt_err);

/* tree.c: looking at a tree, finished or being written */

/* A property of one cell: 1 and *value; 0: missing; -1: malformed. */
int vpl011_fdt_cell_(const void *fdt, int node, const char *name,
                     uint32_t *value);
/* A property that is one string: NULL if missing or malformed. */
const char *vpl011_fdt_string_(const void *fdt, int node, const char *name);
bool vpl011_fdt_enabled_(const void *fdt, int node);
/* A node by its offset; -1: the one that a sequential writer has open. */
int vpl011_fdt_place_(const void *fdt, int node, struct place *place);
/* The cells of a place, into it. */
int vpl011_fdt_place_cells_(const void *fdt, struct place *place);
/* Addresses on the bus of a place from the CPU's, and back. */
int vpl011_fdt_to_bus_(const void *fdt, const struct place *bus,
                       struct range *range);
int vpl011_fdt_to_cpu_(const void *fdt, const struct place *bus,
                       struct range *range);
int vpl011_fdt_overlap_(const void *fdt, const struct place *bus, int self,
                        const struct range *range);
/* Where interrupts of a child of `bus` go, into irq_parent and irq_cells as far
 * as they are 0. */
int vpl011_fdt_irq_parent_(const void *fdt, const struct place *bus,
                           struct vpl011_fdt_desc *desc);
uint64_t vpl011_fdt_cells_get_(const fdt32_t *cells, int count);

/* irq.c: interrupt specifiers */
int vpl011_fdt_irq_put_(const struct vpl011_fdt_desc *desc, fdt32_t *cells);
int vpl011_fdt_irq_get_(const fdt32_t *cells, struct vpl011_fdt_desc *desc);

/* find.c */
int vpl011_fdt_header_(const void *fdt);
int vpl011_fdt_form_(const void *fdt, int node);
/* The node that a path or an alias leads to, of `len` characters. */
int vpl011_fdt_lookup_(const void *fdt, const char *path, int len);
const char *vpl011_fdt_stdout_path_(const void *fdt);

/* desc.c: checking a description, and what needs no tree */
int vpl011_fdt_desc_(struct vpl011_fdt_desc *to,
                     const struct vpl011_fdt_desc *from, size_t size);
void vpl011_fdt_node_name_(const struct vpl011_fdt_desc *desc,
                           uint64_t unit_address, char *name);
char *vpl011_fdt_decimal_(char *to, uint32_t value);
/* Append a string: false if it does not fit. */
bool vpl011_fdt_append_(char *to, size_t size, const char *text);

/* plan.c */
int vpl011_fdt_plan_(const void *fdt, const struct place *place,
                     struct plan *plan);

#endif
