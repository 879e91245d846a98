/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Run a fuzz target over files, without a fuzzer: a corpus as a regression
 * test with any compiler, or one input that crashed.
 *
 *     replay_<target> FILE|DIRECTORY...
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

static int failed(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
}

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st = {0};
    uint8_t *data = NULL;
    size_t size = 0;
    size_t got = 0;

    if (f && !fstat(fileno(f), &st) && !S_ISREG(st.st_mode)) {
        errno = EISDIR;
    } else if (f) {
        size = (size_t)st.st_size;
        /* Exactly that, so that a sanitizer sees one byte too many. */
        data = malloc(size ? size : 1);
        got = data ? fread(data, 1, size, f) : 0;
    }
    if (!f || !data || got != size) {
        int err = failed(path);

        free(data);
        if (f) {
            fclose(f);
        }
        return err;
    }
    fclose(f);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
    return 0;
}

/* The files in it; a corpus has no directories of its own. */
static int replay_directory(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int err = 0;

    if (!dir) {
        return failed(path);
    }
    while ((entry = readdir(dir)) != NULL) {
        size_t size = strlen(path) + strlen(entry->d_name) + 2;
        char *inside;

        if (entry->d_name[0] == '.') {
            continue;
        }
        inside = malloc(size);
        if (!inside) {
            err = failed(path);
            break;
        }
        snprintf(inside, size, "%s/%s", path, entry->d_name);
        err |= replay_file(inside);
        free(inside);
    }
    closedir(dir);
    return err;
}

static int replay(const char *path)
{
    struct stat st = {0};

    if (stat(path, &st)) {
        return failed(path);
    }
    return S_ISDIR(st.st_mode) ? replay_directory(path) : replay_file(path);
}

int main(int argc, char **argv)
{
    int err = 0;
    int i;

    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|DIRECTORY...\n", argv[0]);
        return 2;
    }
    for (i = 1; i < argc; i++) {
        err |= replay(argv[i]);
    }
    printf("%lu inputs\n", inputs);
    if (!err && inputs == 0) {
        fprintf(stderr, "there is nothing to replay\n");
        err = 1;
    }
    return err;
}
