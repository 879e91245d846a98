/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Ring pages that two processes share. */
#include <vpl011/shm.h>
#include <vpl011/vpl011.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 200

/* Set the size of a new object, or close it; errno is that of the first
 * failure. */
static int sized(int fd, size_t size)
{
    int why;

    if (ftruncate(fd, (off_t)size) == 0) {
        return fd;
    }
    why = errno;
    close(fd);
    errno = why;
    return VPL011_ERR_SYSTEM;
}

static bool is_size(size_t size)
{
    return size > 0 && size <= PTRDIFF_MAX;
}

int vpl011_shm_create(const char *name, size_t size)
{
    int fd;

    if (!name) {
        return VPL011_ERR_NULL;
    }
    if (!is_size(size) || strlen(name) > NAME_MAX_BYTES) {
        return VPL011_ERR_SIZE;
    }
    fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return errno == ENOSYS ? VPL011_ERR_UNSUPPORTED : VPL011_ERR_SYSTEM;
    }
    fd = sized(fd, size);
    if (fd >= 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        close(fd);
        return VPL011_ERR_UNSUPPORTED;
    }
    return fd;
}

int vpl011_shm_create_named(const char *name, size_t size)
{
    int fd;
    int result;

    if (!name) {
        return VPL011_ERR_NULL;
    }
    if (!is_size(size)) {
        return VPL011_ERR_SIZE;
    }
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return VPL011_ERR_SYSTEM;
    }
    result = sized(fd, size);
    if (result < 0) {
        int why = errno;

        shm_unlink(name);
        errno = why;
    }
    return result;
}

int vpl011_shm_open_named(const char *name)
{
    int fd;

    if (!name) {
        return VPL011_ERR_NULL;
    }
    fd = shm_open(name, O_RDWR, 0);
    return fd < 0 ? VPL011_ERR_SYSTEM : fd;
}

int vpl011_shm_map(int fd, size_t size, unsigned int flags, void **page)
{
    struct stat st;
    void *at;
    int seals;

    if (!page) {
        return VPL011_ERR_NULL;
    }
    if (flags & ~VPL011_SHM_SEALED) {
        return VPL011_ERR_FLAGS;
    }
    if (!is_size(size)) {
        return VPL011_ERR_SIZE;
    }
    /* Check the seal before the size, which could otherwise change in between.
     */
    if (flags & VPL011_SHM_SEALED) {
        seals = fcntl(fd, F_GET_SEALS);
        if (seals < 0 && errno == EBADF) {
            return VPL011_ERR_SYSTEM;
        }
        if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
            return VPL011_ERR_UNSUPPORTED;
        }
    }
    if (fstat(fd, &st) < 0) {
        return VPL011_ERR_SYSTEM;
    }
    if (st.st_size < 0 || (uintmax_t)st.st_size < size) {
        return VPL011_ERR_SIZE;
    }
    at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        return VPL011_ERR_SYSTEM;
    }
    *page = at;
    return VPL011_OK;
}

void vpl011_shm_unmap(void *page, size_t size)
{
    if (page) {
        munmap(page, size);
    }
}
