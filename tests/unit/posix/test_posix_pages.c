/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What two processes share: doorbells and ring pages. */
#include "support.h"

#include <vpl011/doorbell.h>
#include <vpl011/shm.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static int is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0);
}

static void a_doorbell_is_readable_while_it_is_rung(void)
{
    int fd = vpl011_doorbell_create();

    assert_true(fd >= 0);
    assert_int_equal(is_readable(fd), 0);
    assert_int_equal(vpl011_doorbell_take(fd), 0);
    assert_result(vpl011_doorbell_ring(fd), VPL011_OK);
    assert_result(vpl011_doorbell_ring(fd), VPL011_OK);
    assert_int_equal(is_readable(fd), 1);
    assert_int_equal(vpl011_doorbell_take(fd), 1);
    assert_int_equal(vpl011_doorbell_take(fd), 0);
    assert_int_equal(is_readable(fd), 0);
    close(fd);
}

static void a_saturated_doorbell_does_not_block(void)
{
    const uint64_t most = UINT64_MAX - 1;
    int fd = vpl011_doorbell_create();

    assert_int_equal(write(fd, &most, sizeof(most)), sizeof(most));
    assert_result(vpl011_doorbell_ring(fd), VPL011_OK);
    assert_int_equal(vpl011_doorbell_take(fd), 1);
    close(fd);
}

static void a_foreign_doorbell_is_made_harmless_or_refused(void)
{
    int fd = vpl011_doorbell_create();
    int p[2];

    assert_return_code(fcntl(fd, F_SETFL, 0), errno);
    assert_return_code(fcntl(fd, F_SETFD, 0), errno);
    assert_result(vpl011_doorbell_adopt(fd), VPL011_OK);
    assert_int_equal(vpl011_doorbell_take(fd), 0); /* would have hung */
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);

    assert_return_code(pipe2(p, O_CLOEXEC), errno);
    assert_result(vpl011_doorbell_adopt(p[1]), VPL011_ERR_UNSUPPORTED);
    assert_int_equal(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0);
    close(fd);
    assert_result(vpl011_doorbell_adopt(fd), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EBADF);
    assert_result(vpl011_doorbell_ring(fd), VPL011_ERR_SYSTEM);
    assert_result(vpl011_doorbell_take(fd), VPL011_ERR_SYSTEM);
    close(p[0]);
    close(p[1]);
}

static void a_page_is_shared_zeroed_and_cannot_shrink(void)
{
    static const uint8_t zero[PAGE];
    int fd = vpl011_shm_create("vpl011-test", PAGE);
    void *one;
    void *two;

    assert_true(fd >= 0);
    assert_result(vpl011_shm_map(fd, PAGE, VPL011_SHM_SEALED, &one), VPL011_OK);
    assert_result(vpl011_shm_map(fd, PAGE, 0, &two), VPL011_OK);
    assert_memory_equal(one, zero, PAGE);
    memset(one, 'x', PAGE);
    assert_memory_equal(one, two, PAGE);
    /* A shrink would be SIGBUS for everybody who has it mapped. */
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(errno, EPERM);
    close(fd);
    vpl011_shm_unmap(one, PAGE);
    assert_int_equal(((const char *)two)[PAGE - 1], 'x');
    vpl011_shm_unmap(two, PAGE);
    vpl011_shm_unmap(NULL, PAGE);
}

static void a_page_that_is_too_small_or_may_shrink_is_refused(void)
{
    int open_ended = memfd_create("vpl011-test", MFD_CLOEXEC);
    int fd = vpl011_shm_create("vpl011-test", PAGE - 1);
    void *page = NULL;
    int p[2];

    assert_return_code(ftruncate(open_ended, PAGE), errno);
    assert_result(vpl011_shm_map(fd, PAGE, 0, &page), VPL011_ERR_SIZE);
    assert_result(vpl011_shm_map(fd, 0, 0, &page), VPL011_ERR_SIZE);
    assert_result(vpl011_shm_map(fd, SIZE_MAX, 0, &page), VPL011_ERR_SIZE);
    assert_result(vpl011_shm_map(open_ended, PAGE, VPL011_SHM_SEALED, &page),
                  VPL011_ERR_UNSUPPORTED);
    assert_return_code(pipe2(p, O_CLOEXEC), errno);
    assert_result(vpl011_shm_map(p[0], PAGE, VPL011_SHM_SEALED, &page),
                  VPL011_ERR_UNSUPPORTED);
    assert_result(vpl011_shm_map(p[0], PAGE, 0, &page), VPL011_ERR_SIZE);
    assert_result(vpl011_shm_map(fd, PAGE, 1u << 7, &page), VPL011_ERR_FLAGS);
    assert_result(vpl011_shm_map(fd, PAGE, 0, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_shm_map(-1, PAGE, VPL011_SHM_SEALED, &page),
                  VPL011_ERR_SYSTEM);
    assert_null(page);
    assert_result(vpl011_shm_create(NULL, PAGE), VPL011_ERR_NULL);
    assert_result(vpl011_shm_create("x", 0), VPL011_ERR_SIZE);
    close(open_ended);
    close(fd);
    close(p[0]);
    close(p[1]);
}

static void a_named_page_is_found_by_another_process(void)
{
    char name[64];
    void *page;
    pid_t child;
    int status;
    int fd;

    snprintf(name, sizeof(name), "/vpl011-test-%ld", (long)getpid());
    assert_result(vpl011_shm_open_named(name), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    fd = vpl011_shm_create_named(name, PAGE);
    assert_true(fd >= 0);
    assert_result(vpl011_shm_create_named(name, PAGE), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EEXIST);
    assert_result(vpl011_shm_map(fd, PAGE, 0, &page), VPL011_OK);
    /* It cannot be sealed, and does not pretend to be. */
    assert_result(vpl011_shm_map(fd, PAGE, VPL011_SHM_SEALED, &page),
                  VPL011_ERR_UNSUPPORTED);
    child = fork();
    if (child == 0) {
        void *mine;
        int other = vpl011_shm_open_named(name);

        if (other < 0 || vpl011_shm_map(other, PAGE, 0, &mine) != VPL011_OK) {
            _exit(1);
        }
        ((char *)mine)[7] = 'y';
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    shm_unlink(name);
    assert_int_equal(status, 0);
    assert_int_equal(((const char *)page)[7], 'y');
    vpl011_shm_unmap(page, PAGE);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_doorbell_is_readable_while_it_is_rung),
        CASE(a_saturated_doorbell_does_not_block),
        CASE(a_foreign_doorbell_is_made_harmless_or_refused),
        CASE(a_page_is_shared_zeroed_and_cannot_shrink),
        CASE(a_page_that_is_too_small_or_may_shrink_is_refused),
        CASE(a_named_page_is_found_by_another_process),
    };

    return run_cases(cases);
}
