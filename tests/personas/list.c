/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* All personas, in the order in which they are reported. */
#include "list.h"

#include <string.h>

#define PERSONAS(X) \
    X(linux_amba) \
    X(linux_lines) \
    X(linux_sbsa) \
    X(linux_earlycon_8) \
    X(linux_earlycon_32) \
    X(linux_nbcon) \
    X(linux_3x) \
    X(linux_kgdb) \
    X(u_boot) \
    X(edk2) \
    X(tf_a) \
    X(op_tee) \
    X(xen) \
    X(freebsd) \
    X(netbsd) \
    X(netbsd_console) \
    X(openbsd_2018) \
    X(openbsd_2019) \
    X(openbsd_now) \
    X(zephyr) \
    X(rtems) \
    X(rtems_old) \
    X(sel4) \
    X(9front) \
    X(9front_console) \
    X(redox) \
    X(haiku) \
    X(arceos) \
    X(some_serial) \
    X(sbsa_acs) \
    X(illumos) \
    X(nuttx) \
    X(micropython) \
    X(lk) \
    X(helenos_kernel) \
    X(helenos) \
    X(liteos) \
    X(osv) \
    X(circle) \
    X(circle_one) \
    X(l4re) \
    X(fiasco)

#define DECLARE(name) extern const struct persona persona_##name;
PERSONAS(DECLARE)

#define ADDRESS(name) &persona_##name,
const struct persona *const personas[] = {PERSONAS(ADDRESS) NULL};

const struct persona *persona_find(const char *name)
{
    size_t i;

    for (i = 0; personas[i]; i++) {
        if (strcmp(personas[i]->name, name) == 0) {
            return personas[i];
        }
    }
    return NULL;
}
