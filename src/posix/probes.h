/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Static probes, if there is <sys/sdt.h>: one nop each. */
#ifndef VPL011_POSIX_PROBES_H
#define VPL011_POSIX_PROBES_H

#ifdef VPL011_HAVE_SDT
#include <sys/sdt.h>
#define PROBE1(name, a) DTRACE_PROBE1(libvpl011, name, a)
#define PROBE2(name, a, b) DTRACE_PROBE2(libvpl011, name, a, b)
#define PROBE3(name, a, b, c) DTRACE_PROBE3(libvpl011, name, a, b, c)
#define PROBE5(name, a, b, c, d, e) \
    DTRACE_PROBE5(libvpl011, name, a, b, c, d, e)
#else
#define PROBE1(name, a) ((void)(a))
#define PROBE2(name, a, b) ((void)(a), (void)(b))
#define PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#define PROBE5(name, a, b, c, d, e) \
    ((void)(a), (void)(b), (void)(c), (void)(d), (void)(e))
#endif

#endif
