/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * A ring page that two processes share: anonymous (a memfd, sent over a Unix
 * socket) or named (shm_open).
 *
 * A process that maps a page which another one made must not be killed by it:
 * if the page is truncated, the next access raises SIGBUS. An anonymous page is
 * therefore sealed against shrinking, and vpl011_shm_map() can require that
 * seal. A named page cannot be sealed, and is only for processes that trust
 * each other.
 */
#ifndef VPL011_SHM_H
#define VPL011_SHM_H

#include <stddef.h>

#include <vpl011/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** vpl011_shm_map(): refuse a ring page that could still be truncated. */
#define VPL011_SHM_SEALED (1u << 0)

/**
 * Make an anonymous page: zeroed, of a fixed size, closed on exec.
 *
 * @param name  shown in /proc for the operator; at most 200 bytes
 * @param size  [bytes; > 0]
 * @return      a descriptor of the caller's, >= 0
 * @errors      VPL011_ERR_NULL, VPL011_ERR_SIZE; VPL011_ERR_UNSUPPORTED: the
 *              system has no memfd; VPL011_ERR_SYSTEM: EMFILE, ENFILE, ENOMEM
 * @context     any thread
 * @since       0.1
 */
VPL011_API int vpl011_shm_create(const char *name, size_t size);

/**
 * Make a named page: zeroed, readable and writable by this user alone. It
 * lives until shm_unlink().
 *
 * @param name  "/name", as shm_open() wants it; must not exist yet
 * @param size  [bytes; > 0]
 * @return      a descriptor of the caller's, >= 0
 * @errors      VPL011_ERR_NULL, VPL011_ERR_SIZE; VPL011_ERR_SYSTEM: EEXIST,
 *              EINVAL, EACCES, EMFILE, ENFILE, ENAMETOOLONG, ENOSPC
 * @context     any thread
 * @since       0.1
 */
VPL011_API int vpl011_shm_create_named(const char *name, size_t size);

/**
 * Open a named page that another process made.
 *
 * @return   a descriptor of the caller's, >= 0
 * @errors   VPL011_ERR_NULL; VPL011_ERR_SYSTEM: ENOENT, EACCES, EINVAL, EMFILE
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_shm_open_named(const char *name);

/**
 * Map a page, shared, for reading and writing. The descriptor may be closed
 * afterwards.
 *
 * @param fd     of a page; stays the caller's
 * @param size   [bytes; > 0] to map; the page must have as many
 * @param flags  VPL011_SHM_*, or 0
 * @param page   receives the address, page-aligned; untouched on error
 * @return       VPL011_OK
 * @errors       VPL011_ERR_NULL; VPL011_ERR_FLAGS; VPL011_ERR_SIZE: size is 0,
 *               or the object is smaller; VPL011_ERR_UNSUPPORTED: not sealed
 *               against shrinking; VPL011_ERR_SYSTEM: EACCES, EBADF, ENOMEM
 * @context      any thread
 * @since        0.1
 */
VPL011_API int vpl011_shm_map(int fd, size_t size, unsigned int flags,
                              void **page);

/**
 * Undo vpl011_shm_map().
 *
 * @param page  as received; NULL does nothing
 * @param size  the same
 * @context     any thread, once nobody uses the page
 * @since       0.1
 */
VPL011_API void vpl011_shm_unmap(void *page, size_t size);

#ifdef __cplusplus
}
#endif

#endif
