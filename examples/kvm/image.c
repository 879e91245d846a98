/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "devicetree.h"
#include "efi.h"
#include "image.h"

#define MIB ((uint64_t)1 << 20)

/* Linux's header of an arm64 Image (Documentation/arm64/booting.rst) */
#define HEADER_SIZE 64u
#define HEADER_TEXT_OFFSET 8u
#define HEADER_IMAGE_SIZE 16u
#define HEADER_MAGIC 56u
static const uint8_t magic[4] = {'A', 'R', 'M', 0x64};

/*
 * Offsets from the start of the memory. The kernel needs 2 MiB alignment; the
 * tree must not cross such a boundary.
 */
#define KERNEL_OFFSET (2 * MIB)
#define ALIGNMENT (2 * MIB)

static bool complain(const char *path, const char *why)
{
    fprintf(stderr, "kvm: %s: %s\n", path, why);
    return false;
}

static bool read_stream(FILE *f, struct blob *to)
{
    struct stat about;

    if (fstat(fileno(f), &about)) {
        return false;
    }
    if (!S_ISREG(about.st_mode)) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
        return false;
    }
    to->size = (size_t)about.st_size;
    to->bytes = malloc(to->size ? to->size : 1);
    if (!to->bytes) {
        return false;
    }
    errno = 0;
    if (fread(to->bytes, 1, to->size, f) != to->size) {
        errno = errno ? errno : EIO;
        return false;
    }
    return true;
}

static bool read_file(const char *path, struct blob *to)
{
    FILE *f = fopen(path, "rb");
    bool good;

    if (!f) {
        return complain(path, strerror(errno));
    }
    good = read_stream(f, to) || complain(path, strerror(errno));
    (void)fclose(f);
    return good;
}

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (unsigned int i = 8; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static bool is_kernel(const struct blob *b)
{
    return b->size >= HEADER_SIZE &&
           memcmp(b->bytes + HEADER_MAGIC, magic, sizeof(magic)) == 0;
}

static bool check_kernel(const char *path, const struct blob *b)
{
    if (b->size >= 2 && b->bytes[0] == 0x1f && b->bytes[1] == 0x8b) {
        return complain(path, "a compressed kernel: gunzip it first");
    }
    if (!is_kernel(b)) {
        return complain(path, "not an arm64 Linux Image");
    }
    /* Both are added to other sizes later. */
    if (get_u64(b->bytes + HEADER_IMAGE_SIZE) > 1024 * MIB ||
        get_u64(b->bytes + HEADER_TEXT_OFFSET) > 1024 * MIB) {
        return complain(path, "an arm64 Image with a header that cannot be");
    }
    return true;
}

bool image_read(struct image *image, const struct options *o)
{
    const char *path = o->firmware ? o->firmware : o->kernel;

    memset(image, 0, sizeof(*image));
    if (!read_file(path, &image->kernel)) {
        return false;
    }
    if (o->firmware) {
        if (image->kernel.size == 0 || image->kernel.size > VM_FIRMWARE_SIZE) {
            return complain(path, "empty, or larger than its memory");
        }
    } else if (!check_kernel(path, &image->kernel)) {
        return false;
    }
    return !o->initrd || read_file(o->initrd, &image->initrd);
}

static uint64_t align_up(uint64_t value)
{
    return (value + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* Copy to guest memory, if it fits into `room` bytes there. */
static bool put(struct vm *vm, uint64_t address, const struct blob *b,
                uint64_t room)
{
    uint8_t *to = vm_memory(vm, address, room);

    if (!to) {
        return complain("--memory", "too small for kernel and initrd");
    }
    if (b->size > 0) {
        memcpy(to, b->bytes, b->size);
    }
    return true;
}

bool image_load(const struct image *image, const struct options *o,
                struct vm *vm, uint64_t *entry, uint64_t *tree)
{
    struct devicetree_config config = {
        .cpus = vm->cpus,
        .ram_size = vm->ram_size,
        .uarts = vm->uarts,
        .form = o->form,
        .bootargs = o->append,
    };
    struct efi efi;
    uint64_t size = image->kernel.size;
    uint8_t *to;

    if (o->firmware) {
        *entry = VM_FIRMWARE_BASE;
        *tree = VM_RAM_BASE;
    } else {
        uint64_t needs = get_u64(image->kernel.bytes + HEADER_IMAGE_SIZE);

        *entry = VM_RAM_BASE + KERNEL_OFFSET +
                 get_u64(image->kernel.bytes + HEADER_TEXT_OFFSET);
        size = needs > size ? needs : size;
        *tree = align_up(*entry + size);
    }
    if (!put(vm, *entry, &image->kernel, size)) {
        return false;
    }
    if (o->initrd) {
        config.initrd = *tree + ALIGNMENT;
        config.initrd_size = image->initrd.size;
        if (!put(vm, config.initrd, &image->initrd, image->initrd.size)) {
            return false;
        }
    }
    if (o->acpi) {
        if (!efi_write(vm, o->personality, &efi)) {
            return complain("the ACPI tables", "do not fit");
        }
        config.efi = &efi;
    }
    to = vm_memory(vm, *tree, DEVICETREE_SIZE);
    if (!to) {
        return complain("--memory", "too small for the device tree");
    }
    return devicetree_write(to, DEVICETREE_SIZE, &config) ||
           complain("the device tree", "does not fit: --append is too long");
}

void image_free(struct image *image)
{
    free(image->kernel.bytes);
    free(image->initrd.bytes);
    memset(image, 0, sizeof(*image));
}
