/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What a character costs on KVM, in exits to the monitor and in time: with an
 * exit for each access, with the register page alone, with deferred writes
 * alone, and with both. The guest is a loop of a few instructions that polls
 * UARTFR before each write of UARTDR, and stops after each piece of output.
 *
 *     vpl011-bench-kvm [PIECES]    a line of JSON for each way, or why there is
 *                                  none
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <vpl011/fifo.h>
#include <vpl011/kvm.h>
#include <vpl011/vpl011.h>

#define PIECE 1000u /* characters */
#define WARM_UP 2u  /* pieces until the opening has been decided */
#define PIECES_MAX 10000u
#define SECOND UINT64_C(1000000000)
#define WINDOW 0x10000u /* the largest host page */

/*
 * The guest. `guest_code` runs with everything in registers: the count of a
 * piece, where the UART is, and where a write says that the piece is out.
 */
__asm__(".globl guest_code, guest_code_end\n");
extern const uint8_t guest_code[];
extern const uint8_t guest_code_end[];

#if defined(__x86_64__)
/* In real mode: all of it below 1 MiB. */
#define RAM_BASE 0x0u
#define UART_BASE 0xC0000u
#define DONE 0xB0000u
__asm__(".pushsection .rodata\n"
        "guest_code:\n"
        ".code16\n"
        "0:  movl %ebx, %ecx\n"
        "1:  testb $0x20, 0x18\n" /* UARTFR.TXFF */
        "    jnz 1b\n"
        "    movb $0x61, 0\n"
        "    decl %ecx\n"
        "    jnz 1b\n"
        "    movb %cl, %es:0\n"
        "    jmp 0b\n"
        "guest_code_end:\n"
        ".code64\n"
        ".popsection\n");
#elif defined(__aarch64__)
#define RAM_BASE 0x40000000u
#define UART_BASE 0x9000000u
#define DONE 0xA000000u
__asm__(".pushsection .rodata\n"
        "guest_code:\n"
        "0:  mov w1, w5\n"
        "    mov w4, #0x61\n"
        "1:  ldr w2, [x0, #0x18]\n"
        "    tbnz w2, #5, 1b\n" /* UARTFR.TXFF */
        "    str w4, [x0]\n"
        "    subs w1, w1, #1\n"
        "    b.ne 1b\n"
        "    str w1, [x3]\n"
        "    b 0b\n"
        "guest_code_end:\n"
        ".popsection\n");
#endif

struct way {
    const char *says;
    bool uses_kvm; /* libvpl011-kvm; otherwise each access is an exit */
    bool page;
    bool zone;
};

static const struct way ways[] = {
    {"an exit for each access", false, false, false},
    {"the register page", true, true, false},
    {"deferred writes", true, false, true},
    {"both", true, true, true},
};

struct machine {
    int vm;
    int vcpu;
    int wake;
    struct kvm_run *run;
    size_t run_size;
    uint8_t *ram;
    uint8_t *page;

    pthread_mutex_t lock; /* of the device */
    pthread_t loop;
    bool stop;
    uint64_t received;

    struct vpl011 uart;
    struct vpl011_fifo fifo;
    uint8_t in[256];
    uint8_t out[65536];
    struct vpl011_kvm_vm kvm_vm;
    struct vpl011_kvm kvm;
    bool uses_kvm;

    uint64_t exits;
    uint64_t ns[PIECES_MAX]; /* of each piece */
};

static struct machine m;

static void fail(const char *what)
{
    fprintf(stderr, "vpl011-bench-kvm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(int result, const char *what)
{
    if (result < 0) {
        fail(what);
    }
}

static void check_uart(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-kvm: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

static uint64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/*
 * The monitor
 */

static uintptr_t on_lock(void *ctx)
{
    (void)ctx;
    (void)pthread_mutex_lock(&m.lock);
    return 0;
}

static void on_unlock(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    (void)pthread_mutex_unlock(&m.lock);
}

static void on_wake(void *ctx)
{
    const uint64_t one = 1;

    (void)ctx;
    if (write(m.wake, &one, sizeof(one)) < 0) {
        fail("eventfd");
    }
}

static void on_notify(void *ctx, uint32_t events)
{
    (void)events;
    on_wake(ctx);
}

/* The far end takes all there is. */
static void take_output(void)
{
    uint8_t bytes[4096];
    size_t n;

    while ((n = vpl011_fifo_pop(&m.fifo, bytes, sizeof(bytes))) > 0) {
        m.received += n;
    }
}

static void *loop(void *ctx)
{
    struct pollfd poll_fd = {.fd = m.wake, .events = POLLIN};
    uint64_t count;
    uint64_t wait;

    while (!__atomic_load_n(&m.stop, __ATOMIC_ACQUIRE)) {
        wait = VPL011_KVM_NEVER;
        if (m.uses_kvm) {
            check_uart(vpl011_kvm_serve(&m.kvm_vm, &wait));
        }
        take_output();
        check_uart(vpl011_data_avail(&m.uart));
        if (wait > SECOND) {
            wait = SECOND;
        }
        (void)ppoll(&poll_fd, 1,
                    &(struct timespec){.tv_nsec = (long)(wait % SECOND),
                                       .tv_sec = (time_t)(wait / SECOND)},
                    NULL);
        if ((poll_fd.revents & POLLIN) &&
            read(m.wake, &count, sizeof(count)) < 0) {
            fail("eventfd");
        }
    }
    return ctx;
}

static void make_uart(const struct way *way)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {
        .lock = on_lock, .unlock = on_unlock, .notify = on_notify};
    struct vpl011_kvm_vm_config vm_config = {.vm_fd = m.vm, .wake = on_wake};
    struct vpl011_kvm_config kvm_config = {
        .device = &m.uart,
        .memory = way->page ? m.page : NULL,
        .base = UART_BASE,
        .window = WINDOW,
        .slot = 1,
        .flags = way->zone ? 0 : VPL011_KVM_NO_ZONE,
    };
    struct vpl011_backend backend;
    const int at = KVM_CAP_COALESCED_MMIO;
    int pages;

    check_uart(vpl011_init(&m.uart, &config, &ops));
    check_uart(
        vpl011_fifo_init(&m.fifo, m.in, sizeof(m.in), m.out, sizeof(m.out)));
    check_uart(vpl011_fifo_backend(&m.fifo, &backend));
    check_uart(vpl011_attach(&m.uart, &backend));
    m.uses_kvm = way->uses_kvm;
    if (m.uses_kvm) {
        pages = ioctl(m.vm, KVM_CHECK_EXTENSION, at);
        vm_config.ring =
            pages > 0 ? (uint8_t *)m.run + (long)pages * sysconf(_SC_PAGESIZE)
                      : NULL;
        check_uart(vpl011_kvm_vm_init(&m.kvm_vm, &vm_config));
        check_uart(vpl011_kvm_init(&m.kvm, &m.kvm_vm, &kvm_config));
    }
}

/*
 * The machine
 */

#if defined(__x86_64__)
static void start_vcpu(void)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = RAM_BASE, .rflags = 2, .rbx = PIECE};

    check(ioctl(m.vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    sregs.ds.base = UART_BASE;
    sregs.ds.selector = UART_BASE >> 4;
    sregs.es.base = DONE;
    sregs.es.selector = DONE >> 4;
    check(ioctl(m.vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    check(ioctl(m.vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* Where Intel's KVM keeps what it needs for real mode. */
static void prepare_vm(void)
{
    check(ioctl(m.vm, KVM_SET_TSS_ADDR, 0xFFFBD000ul), "KVM_SET_TSS_ADDR");
}
#else
static void set_register(uint64_t offset, uint64_t value)
{
    struct kvm_one_reg reg = {
        .id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset,
        .addr = (uintptr_t)&value,
    };

    check(ioctl(m.vcpu, KVM_SET_ONE_REG, &reg), "KVM_SET_ONE_REG");
}

static void start_vcpu(void)
{
    struct kvm_vcpu_init init;

    check(ioctl(m.vm, KVM_ARM_PREFERRED_TARGET, &init),
          "KVM_ARM_PREFERRED_TARGET");
    check(ioctl(m.vcpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
    set_register(KVM_REG_ARM_CORE_REG(regs.pc), RAM_BASE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[0]), UART_BASE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[3]), DONE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[5]), PIECE);
}

static void prepare_vm(void)
{
}
#endif

static void *memory(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED) {
        fail("mmap");
    }
    return at;
}

static void make_machine(int kvm)
{
    struct kvm_userspace_memory_region ram = {
        .guest_phys_addr = RAM_BASE,
        .memory_size = WINDOW,
    };
    void *run;

    check(m.vm = ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    prepare_vm();
    m.ram = memory(WINDOW);
    m.page = memory(WINDOW);
    memcpy(m.ram, guest_code, (size_t)(guest_code_end - guest_code));
    ram.userspace_addr = (uintptr_t)m.ram;
    check(ioctl(m.vm, KVM_SET_USER_MEMORY_REGION, &ram),
          "KVM_SET_USER_MEMORY_REGION");
    check(m.vcpu = ioctl(m.vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    m.run_size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    run = mmap(NULL, m.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m.vcpu, 0);
    if (run == MAP_FAILED) {
        fail("kvm_run");
    }
    m.run = run;
    start_vcpu();
    check(m.wake = eventfd(0, EFD_CLOEXEC), "eventfd");
}

static void drop_machine(void)
{
    (void)munmap(m.run, m.run_size);
    (void)munmap(m.ram, WINDOW);
    (void)munmap(m.page, WINDOW);
    (void)close(m.vcpu);
    (void)close(m.vm);
    (void)close(m.wake);
}

static void access_uart(void)
{
    const uint64_t offset = m.run->mmio.phys_addr - UART_BASE;
    const bool is_write = m.run->mmio.is_write != 0;
    uint64_t value = 0;

    if (is_write) {
        memcpy(&value, m.run->mmio.data, m.run->mmio.len);
    }
    m.exits++;
    if (m.uses_kvm) {
        check_uart(
            vpl011_kvm_exit(&m.kvm, offset, m.run->mmio.len, is_write, &value));
    } else if (is_write) {
        check_uart(vpl011_mmio_write(&m.uart, offset, m.run->mmio.len, value));
    } else {
        check_uart(vpl011_mmio_read(&m.uart, offset, m.run->mmio.len, &value));
    }
    memcpy(m.run->mmio.data, &value, sizeof(value));
}

/* Until the guest says that the piece is out. */
static void run_piece(void)
{
    for (;;) {
        if (ioctl(m.vcpu, KVM_RUN, 0) < 0 && errno != EINTR) {
            fail("KVM_RUN");
        }
        if (m.run->exit_reason != KVM_EXIT_MMIO) {
            fprintf(stderr, "vpl011-bench-kvm: exit reason %u\n",
                    m.run->exit_reason);
            exit(1);
        }
        if (m.run->mmio.phys_addr == DONE) {
            return;
        }
        access_uart();
    }
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void measure(int kvm, const struct way *way, size_t pieces)
{
    const uint64_t wanted = PIECE * (uint64_t)(pieces + WARM_UP);
    const double characters = PIECE * (double)pieces;
    const size_t half = pieces / 2;
    const size_t most = pieces * 99 / 100;
    uint64_t start;
    size_t i;

    memset(&m, 0, sizeof(m));
    (void)pthread_mutex_init(&m.lock, NULL);
    make_machine(kvm);
    make_uart(way);
    if (pthread_create(&m.loop, NULL, loop, NULL)) {
        fail("pthread_create");
    }
    for (i = 0; i < WARM_UP; i++) {
        run_piece();
    }
    m.exits = 0;
    for (i = 0; i < pieces; i++) {
        start = now();
        run_piece();
        m.ns[i] = now() - start;
    }
    if (m.uses_kvm) {
        check_uart(vpl011_kvm_close(&m.kvm)); /* delivers what waits */
    }
    __atomic_store_n(&m.stop, true, __ATOMIC_RELEASE);
    on_wake(NULL);
    (void)pthread_join(m.loop, NULL);
    take_output();
    qsort(m.ns, pieces, sizeof(m.ns[0]), by_size);
    printf("{\"figure\": \"kvm\", \"way\": \"%s\", "
           "\"exits_per_1000\": %.1f, \"ns\": %.0f, \"ns_99\": %.0f, "
           "\"lost\": %" PRId64 "}\n",
           way->says, 1000.0 * (double)m.exits / characters,
           (double)m.ns[half] / PIECE, (double)m.ns[most] / PIECE,
           (int64_t)(wanted - m.received));
    drop_machine();
}

int main(int argc, char **argv)
{
    const size_t pieces = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    size_t i;

    if (pieces == 0 || pieces > PIECES_MAX) {
        fprintf(stderr, "usage: vpl011-bench-kvm [1 .. %u]\n", PIECES_MAX);
        return 2;
    }
    if (kvm < 0) {
        printf("{\"figure\": \"kvm\", \"skipped\": \"/dev/kvm: %s\"}\n",
               strerror(errno));
        return 0;
    }
    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        measure(kvm, &ways[i], pieces);
    }
    return 0;
}
