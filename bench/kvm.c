/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What a character costs on KVM, in exits to the monitor and in time: with an
 * exit for each access, with the register page alone, with deferred writes
 * alone, and with both. The guest is a loop of a few instructions that polls
 * UARTFR before each write of UARTDR, and stops after each piece of output.
 *
 * How long a key takes until its echo is at the far end, where each comes after
 * a piece of output, so that the page is open and has to be closed.
 *
 * What it costs to open and close the page in a guest that has touched so much
 * memory: on some machines KVM drops all it has mapped for the guest when a
 * memory slot goes, so that the guest's next accesses are slow.
 *
 *     vpl011-bench-kvm [PIECES [KEYS [MIB]]]
 *
 * A line of JSON for each way, with times [ns] of the median and of 99 in 100,
 * and one for the memory; or why there is none.
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
#define MOST 10000u /* pieces, or keys */
#define CLOSINGS 20u
#define SECOND UINT64_C(1000000000)
#define PAUSE (SECOND / 100) /* after a piece, before the next key */
#define WINDOW 0x10000u      /* the largest host page */
#define MIB 0x100000u
#define MIB_MAX 2048u

/*
 * The guest, with everything in registers: where it begins again, the count of
 * a piece, where the UART is, where the memory that it touches ends, and where
 * a write says that a part is done: first a piece, then the memory.
 */
__asm__(".globl guest_code, guest_keys, guest_piece, guest_code_end\n");
extern const uint8_t guest_code[];
extern const uint8_t guest_keys[];  /* begins with waiting for a key */
extern const uint8_t guest_piece[]; /* begins with a piece */
extern const uint8_t guest_code_end[];

#if defined(__x86_64__)
/* In protected mode, flat and without paging. */
#define RAM_BASE 0x0u
#define UART_BASE 0xD0000000u
#define DONE 0xE0000000u
__asm__(".pushsection .rodata\n"
        "guest_code:\n"
        ".code32\n"
        "    jmp *%ebp\n"
        "guest_keys:\n"
        "    testb $0x10, 0x18(%esi)\n" /* UARTFR.RXFE */
        "    jnz guest_keys\n"
        "    movl (%esi), %eax\n"
        "    movb %al, (%esi)\n"
        "guest_piece:\n"
        "    movl %ebx, %ecx\n"
        "1:  testb $0x20, 0x18(%esi)\n" /* UARTFR.TXFF */
        "    jnz 1b\n"
        "    movb $0x61, (%esi)\n"
        "    decl %ecx\n"
        "    jnz 1b\n"
        "    movb %cl, (%edi)\n"
        "    movl %edx, %eax\n"
        "    jmp 3f\n"
        "2:  subl $4096, %eax\n"
        "    incb (%eax)\n"
        "3:  cmpl $0x10000, %eax\n" /* WINDOW */
        "    ja 2b\n"
        "    movb %cl, (%edi)\n"
        "    jmp *%ebp\n"
        "guest_code_end:\n"
        ".code64\n"
        ".popsection\n");
#elif defined(__aarch64__)
#define RAM_BASE 0x40000000u
#define UART_BASE 0x9000000u
#define DONE 0xA000000u
__asm__(".pushsection .rodata\n"
        "guest_code:\n"
        "    br x6\n"
        "guest_keys:\n"
        "    ldr w2, [x0, #0x18]\n"
        "    tbnz w2, #4, guest_keys\n" /* UARTFR.RXFE */
        "    ldr w2, [x0]\n"
        "    str w2, [x0]\n"
        "guest_piece:\n"
        "    mov w1, w5\n"
        "    mov w4, #0x61\n"
        "1:  ldr w2, [x0, #0x18]\n"
        "    tbnz w2, #5, 1b\n" /* UARTFR.TXFF */
        "    str w4, [x0]\n"
        "    subs w1, w1, #1\n"
        "    b.ne 1b\n"
        "    str w1, [x3]\n"
        "    mov x8, x7\n"
        "    b 3f\n"
        "2:  sub x8, x8, #4096\n"
        "    str w1, [x8]\n"
        "3:  cmp x8, x9\n"
        "    b.hi 2b\n"
        "    str w1, [x3]\n"
        "    br x6\n"
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
    size_t ram_size;
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
    uint64_t type_at; /* [ns] when the loop types a key; 0: no key; atomic */
    uint64_t typed;   /* [ns] when it did; 0: it has been echoed */
    size_t keys;      /* that were echoed */

    size_t opened;
    size_t closed;
    uint64_t open_ns[MOST];
    uint64_t close_ns[MOST];
};

static uint64_t ns[MOST]; /* of each piece or key */

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
        if (m.typed) {
            ns[m.keys++] = now() - m.typed;
            m.typed = 0;
        }
    }
}

/* Type the key that is due; otherwise wait no longer than until it is. */
static void type_key(uint64_t *wait)
{
    const uint64_t at = __atomic_load_n(&m.type_at, __ATOMIC_ACQUIRE);
    const uint64_t time = now();
    const uint8_t key = 'k';

    if (!at) {
        return;
    }
    if (time < at) {
        *wait = at - time < *wait ? at - time : *wait;
        return;
    }
    m.typed = time;
    (void)vpl011_fifo_push(&m.fifo, &key, 1);
    __atomic_store_n(&m.type_at, 0, __ATOMIC_RELEASE);
}

static void *loop(void *ctx)
{
    struct pollfd poll_fd = {.fd = m.wake, .events = POLLIN};
    uint64_t count;
    uint64_t wait;
    int result;

    while (!__atomic_load_n(&m.stop, __ATOMIC_ACQUIRE)) {
        wait = VPL011_KVM_NEVER;
        if (m.uses_kvm) {
            check_uart(vpl011_kvm_serve(&m.kvm_vm, &wait));
        }
        take_output();
        type_key(&wait);
        /* The vCPU may have what the closing of the page needs: it closes it.
         */
        result = vpl011_data_avail(&m.uart);
        check_uart(result == VPL011_ERR_PAGE ? 0 : result);
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

/* How long a slot takes to come and go. */
static int on_ioctl(void *ctx, unsigned long request, void *argument)
{
    const struct kvm_userspace_memory_region *const slot = argument;
    const uint64_t start = now();
    int result;

    (void)ctx;
    result = request == KVM_CHECK_EXTENSION
                 ? ioctl(m.vm, request, *(const int *)argument)
                 : ioctl(m.vm, request, argument);
    check(result, "ioctl");
    if (request == KVM_SET_USER_MEMORY_REGION && slot->memory_size > 0) {
        m.open_ns[m.opened++ % MOST] = now() - start;
    } else if (request == KVM_SET_USER_MEMORY_REGION) {
        m.close_ns[m.closed++ % MOST] = now() - start;
    }
    return result;
}

static void make_uart(const struct way *way, uint64_t reopen_ns)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {
        .lock = on_lock, .unlock = on_unlock, .notify = on_notify};
    struct vpl011_kvm_vm_config vm_config = {
        .vm_fd = m.vm, .wake = on_wake, .ioctl = on_ioctl};
    struct vpl011_kvm_config kvm_config = {
        .device = &m.uart,
        .memory = way->page ? m.page : NULL,
        .base = UART_BASE,
        .window = WINDOW,
        .slot = 1,
        .flags = way->zone ? 0 : VPL011_KVM_NO_ZONE,
        .reopen_ns = reopen_ns,
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
static struct kvm_segment flat(uint16_t selector, uint8_t type)
{
    return (struct kvm_segment){.limit = UINT32_MAX,
                                .selector = selector,
                                .type = type,
                                .present = 1,
                                .db = 1,
                                .s = 1,
                                .g = 1};
}

static void start_vcpu(uint32_t begin)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = RAM_BASE,
                            .rflags = 2,
                            .rbp = begin,
                            .rbx = PIECE,
                            .rdx = m.ram_size,
                            .rsi = UART_BASE,
                            .rdi = DONE};

    check(ioctl(m.vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs = flat(8, 11);
    sregs.ds = sregs.es = sregs.ss = flat(16, 3);
    sregs.cr0 |= 1; /* protected mode */
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

static void start_vcpu(uint32_t begin)
{
    struct kvm_vcpu_init init;

    check(ioctl(m.vm, KVM_ARM_PREFERRED_TARGET, &init),
          "KVM_ARM_PREFERRED_TARGET");
    check(ioctl(m.vcpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
    set_register(KVM_REG_ARM_CORE_REG(regs.pc), RAM_BASE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[0]), UART_BASE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[3]), DONE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[5]), PIECE);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[6]), begin);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[7]), RAM_BASE + m.ram_size);
    set_register(KVM_REG_ARM_CORE_REG(regs.regs[9]), RAM_BASE + WINDOW);
}

static void prepare_vm(void)
{
}
#endif

static void *memory(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED) {
        fail("mmap");
    }
    return at;
}

static void make_machine(int kvm, const uint8_t *begin, size_t mib)
{
    struct kvm_userspace_memory_region ram = {.guest_phys_addr = RAM_BASE};
    void *run;

    m.ram_size = WINDOW + mib * MIB;
    ram.memory_size = m.ram_size;

    check(m.vm = ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    prepare_vm();
    m.ram = memory(m.ram_size);
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
    start_vcpu(RAM_BASE + (uint32_t)(begin - guest_code));
    check(m.wake = eventfd(0, EFD_CLOEXEC), "eventfd");
}

static void drop_machine(void)
{
    (void)munmap(m.run, m.run_size);
    (void)munmap(m.ram, m.ram_size);
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

/* Until the guest says that a part is done; how long it took [ns]. */
static uint64_t run_part(void)
{
    const uint64_t start = now();

    for (;;) {
        if (ioctl(m.vcpu, KVM_RUN, 0) < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("KVM_RUN");
        }
        if (m.run->exit_reason != KVM_EXIT_MMIO) {
            fprintf(stderr, "vpl011-bench-kvm: exit reason %u\n",
                    m.run->exit_reason);
            exit(1);
        }
        if (m.run->mmio.phys_addr == DONE) {
            return now() - start;
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

/* Of `count` times, how long it takes in so many of a hundred. */
static double within(uint64_t *times, size_t count, size_t percent)
{
    size_t at;

    if (count == 0) {
        return 0;
    }
    qsort(times, count, sizeof(times[0]), by_size);
    at = (count - 1) * percent / 100;
    return (double)times[at];
}

static void begin(int kvm, const struct way *way, const uint8_t *start,
                  size_t mib)
{
    size_t i;

    memset(&m, 0, sizeof(m));
    (void)pthread_mutex_init(&m.lock, NULL);
    make_machine(kvm, start, mib);
    /* Between two keys the page is to be open again, however short the piece.
     */
    make_uart(way, start == guest_keys ? 1 : 0);
    if (pthread_create(&m.loop, NULL, loop, NULL)) {
        fail("pthread_create");
    }
    for (i = 0; start == guest_piece && i < WARM_UP; i++) {
        run_part();
        run_part();
    }
    m.exits = 0;
}

static void end(void)
{
    if (m.uses_kvm) {
        check_uart(vpl011_kvm_close(&m.kvm)); /* delivers what waits */
    }
    __atomic_store_n(&m.stop, true, __ATOMIC_RELEASE);
    on_wake(NULL);
    (void)pthread_join(m.loop, NULL);
    take_output();
    drop_machine();
}

static void measure_output(int kvm, const struct way *way, size_t pieces)
{
    const uint64_t wanted = PIECE * (uint64_t)(pieces + WARM_UP);
    size_t i;

    begin(kvm, way, guest_piece, 0);
    for (i = 0; i < pieces; i++) {
        ns[i] = run_part();
        run_part();
    }
    end();
    printf("{\"figure\": \"kvm\", \"way\": \"%s\", "
           "\"exits_per_1000\": %.1f, \"ns\": %.0f, \"ns_99\": %.0f, "
           "\"lost\": %" PRId64,
           way->says, 1000.0 * (double)m.exits / PIECE / (double)pieces,
           within(ns, pieces, 50) / PIECE, within(ns, pieces, 99) / PIECE,
           (int64_t)(wanted - m.received));
}

static void measure_keys(int kvm, const struct way *way, size_t keys)
{
    size_t i;

    begin(kvm, way, guest_keys, 0);
    for (i = 0; i < keys; i++) {
        __atomic_store_n(&m.type_at, now() + PAUSE, __ATOMIC_RELEASE);
        on_wake(NULL);
        run_part();
        run_part();
    }
    end();
    /* The first one comes before any output. */
    if (way->page && m.closed + 1 < keys) {
        fprintf(stderr,
                "vpl011-bench-kvm: of %zu keys %zu found the page open\n", keys,
                m.closed);
        exit(1);
    }
    printf(", \"key_ns\": %.0f, \"key_ns_99\": %.0f", within(ns, m.keys, 50),
           within(ns, m.keys, 99));
}

/* Every second time the page is closed before the guest touches its memory. */
static void measure_memory(int kvm, size_t mib)
{
    static uint64_t touch_ns[2][CLOSINGS];
    size_t i;

    begin(kvm, &ways[3], guest_piece, mib);
    for (i = 0; i < 2 * CLOSINGS; i++) {
        run_part();
        if (i % 2) {
            check_uart(vpl011_kvm_before(&m.kvm));
            check_uart(vpl011_kvm_after(&m.kvm));
        }
        touch_ns[i % 2][i / 2] = run_part();
    }
    end();
    printf("{\"figure\": \"kvm_memory\", \"mib\": %zu, \"open_ns\": %.0f, "
           "\"close_ns\": %.0f, \"touch_ns\": %.0f, "
           "\"touch_closed_ns\": %.0f}\n",
           mib, within(m.open_ns, m.opened, 50),
           within(m.close_ns, m.closed, 50), within(touch_ns[0], CLOSINGS, 50),
           within(touch_ns[1], CLOSINGS, 50));
}

static bool take_count(int argc, char **argv, int at, size_t most,
                       size_t *count)
{
    char *rest = "";

    if (argc > at) {
        *count = strtoul(argv[at], &rest, 10);
    }
    return *rest == '\0' && *count <= most;
}

int main(int argc, char **argv)
{
    const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    size_t pieces = 1000;
    size_t keys = 100;
    size_t mib = 1024;
    size_t i;

    if (!take_count(argc, argv, 1, MOST, &pieces) || pieces == 0 ||
        !take_count(argc, argv, 2, MOST, &keys) ||
        !take_count(argc, argv, 3, MIB_MAX, &mib)) {
        fprintf(stderr,
                "usage: vpl011-bench-kvm [1 .. %u [KEYS [0 .. %u MiB]]]\n",
                MOST, MIB_MAX);
        return 2;
    }
    if (kvm < 0) {
        printf("{\"figure\": \"kvm\", \"skipped\": \"/dev/kvm: %s\"}\n",
               strerror(errno));
        return 0;
    }
    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        measure_output(kvm, &ways[i], pieces);
        if (keys > 0) {
            measure_keys(kvm, &ways[i], keys);
        }
        printf("}\n");
        (void)fflush(stdout);
    }
    if (mib > 0) {
        measure_memory(kvm, mib);
    }
    return 0;
}
