/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * No console dies. Breadth-first search over the real code, a driver and a
 * host, with every order of what they do; then a look at everything that could
 * go on for ever.
 *
 * The graph of a scene has all of its states, and an edge for each move. A
 * console is dead if it can go on for ever without a character moving, although
 * something was sent or typed that is not where it belongs, or the handler does
 * not leave. As there are finitely many states, whoever goes on for ever stays
 * in a set of states each of which leads to each other: a strongly connected
 * component of the graph without the edges on which a character moves. (A state
 * in which nothing more happens is such a set, too.)
 *
 * Most of these sets must be left sooner or later, because some process can go
 * on in all of their states, and does not within them: weak fairness. What it
 * is assumed of is in `processes` below. Nobody is assumed to type. A set that
 * may be stayed in, and that has such a state, is a dead console.
 *
 * That a handler ends is looked at once more, with the edges on which a
 * character moves: no set of states within a handler may be stayed in.
 *
 * This is sound and complete for the graph: in a set that may be stayed in, the
 * run that visits all of its states and edges again and again is a fair one.
 */
#include "dead_console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"

/*
 * Who goes on as long as he can: the driver, the interrupt controller, the far
 * end with what it knows of, and the host with what it owes.
 */
static const uint32_t processes[] = {
    1u << STEP | 1u << HANDLER | 1u << LOWER,
    1u << HANDLER,
    1u << TAKE,
    1u << AVAIL,
    1u << TICK,
};
#define PROCESSES (sizeof(processes) / sizeof(processes[0]))

/* An edge: where it leads, by which move, and whether a character moves. */
#define TARGET 0x0FFFFFFFu
#define MOVED (1u << 28)
#define BY 29u

/* More than any scene has: a driver that counts without an end is noticed
 * before the memory is used up. */
#define MOST 30000000u

struct state {
    uint64_t first; /* of its edges */
    uint8_t able;   /* the processes that can go on */
    bool has_work, in_handler;
};

struct graph {
    struct book book;
    struct state *states; /* one more, as the end of the last one's edges */
    uint32_t *edges;
    uint64_t state_room, edge_count, edge_room;
};

/* Copies of states that are still to be gone on from. */
struct queue {
    uint8_t *bytes;
    size_t used, room;
};

static void push(struct queue *q, const void *copy, size_t size)
{
    if (q->used + sizeof(size) + size > q->room) {
        q->room = 2 * q->room + 1048576;
        q->bytes = grown(q->bytes, q->room, 1);
    }
    memcpy(q->bytes + q->used, &size, sizeof(size));
    memcpy(q->bytes + q->used + sizeof(size), copy, size);
    q->used += sizeof(size) + size;
}

static void add_edge(struct graph *g, uint64_t to, enum move by, bool moved)
{
    if (g->edge_count == g->edge_room) {
        g->edge_room = g->edge_room ? 2 * g->edge_room : 65536;
        g->edges = grown(g->edges, g->edge_room, sizeof(g->edges[0]));
    }
    if (to > MOST) {
        fprintf(stderr, "too many states\n");
        exit(2);
    }
    g->edges[g->edge_count++] =
        (uint32_t)to | (moved ? MOVED : 0) | (uint32_t)by << BY;
}

static struct state *state_of(struct graph *g, uint64_t number)
{
    if (number + 1 >= g->state_room) {
        g->state_room = g->state_room ? 2 * g->state_room : 65536;
        g->states = grown(g->states, g->state_room, sizeof(g->states[0]));
    }
    return &g->states[number];
}

/*
 * Telling
 */

static void tell_moves(const struct scene *scene, const enum move *list,
                       unsigned int count, unsigned int loop)
{
    char line[80];
    unsigned int i;
    unsigned int used = 0;

    console_start(scene);
    for (i = 0; i < count; i++) {
        if (i == loop) {
            printf("%s#  and then, for ever:\n", used ? "\n" : "");
            used = 0;
        }
        console_do(list[i]);
        snprintf(line, sizeof(line), "%s", console_told());
        if (used + strlen(line) + 2 > 68) {
            printf("\n");
            used = 0;
        }
        used += (unsigned int)(used ? printf("  %s", line)
                                    : printf("# %5u  %s", i + 1, line));
    }
    printf("%s", used ? "\n" : "");
}

/* The shortest way to a state, with room for more moves behind it. */
static enum move *way_to(const struct graph *g, uint64_t number,
                         unsigned int more, unsigned int *count)
{
    unsigned int n = 0;
    uint64_t at;
    enum move *list;

    for (at = number; at > 0; at = g->book.seen[at].from) {
        n++;
    }
    *count = n;
    list = grown(NULL, n + more + 1, sizeof(list[0]));
    for (at = number; at > 0; at = g->book.seen[at].from) {
        list[--n] = (enum move)g->book.seen[at].by;
    }
    return list;
}

/* The way to a state, and then what happens, or can happen again and again. */
static void tell(const struct scene *scene, const struct graph *g,
                 uint64_t number, const enum move *after, unsigned int count,
                 bool again, const char *verdict)
{
    unsigned int n;
    enum move *const list = way_to(g, number, count, &n);

    memcpy(list + n, after, count * sizeof(list[0]));
    tell_moves(scene, list, n + count, again ? n : n + count);
    printf("# %5u  %s\n", n + count, verdict);
    free(list);
}

/*
 * What could go on for ever
 */

struct components {
    uint32_t *order; /* in which a state was come to; 0: not yet */
    uint32_t *low;
    uint32_t *stack;
    uint32_t *path; /* the states on the way to the present one */
    uint64_t *next; /* edge of each of them */
    uint32_t *of;   /* 1 + number of the component; 0: not known yet */
    uint32_t count;
};

/* Whether an edge counts; its first state does. */
static bool counts(const struct graph *g, uint32_t edge, bool in_handlers)
{
    return in_handlers ? g->states[edge & TARGET].in_handler : !(edge & MOVED);
}

/* The processes that one of these moves belongs to. */
static uint8_t processes_of(uint32_t moves)
{
    uint8_t of = 0;
    unsigned int i;

    for (i = 0; i < PROCESSES; i++) {
        of |= (uint8_t)((moves & processes[i]) ? 1u << i : 0);
    }
    return of;
}

/* Whether a console is dead in the component of these states. */
static bool is_dead(const struct graph *g, const struct components *c,
                    const uint32_t *members, uint64_t count, bool in_handlers)
{
    const uint32_t self = c->of[members[0]];
    uint8_t always = (uint8_t)~0u;
    uint32_t taken = 0;
    bool dead = in_handlers;
    uint64_t i;
    uint64_t e;

    for (i = 0; i < count; i++) {
        const struct state *s = &g->states[members[i]];

        dead = dead || s->has_work || s->in_handler;
        always &= s->able;
        for (e = s->first; e < s[1].first; e++) {
            if (counts(g, g->edges[e], in_handlers) &&
                c->of[g->edges[e] & TARGET] == self) {
                taken |= 1u << (g->edges[e] >> BY);
            }
        }
    }
    return dead && (always & ~processes_of(taken)) == 0;
}

/* Tarjan's algorithm, without recursion. The first state, in the order of
 * discovery, of a component in which a console is dead; or that of no state. */
static uint64_t find_dead(const struct graph *g, struct components *c,
                          bool in_handlers)
{
    const uint64_t states = g->book.count;
    uint64_t worst = states;
    uint64_t stacked = 0;
    uint64_t depth;
    uint64_t root;
    uint64_t begin;
    uint32_t order = 0;
    uint32_t at;
    uint32_t to;

    memset(c->order, 0, states * sizeof(c->order[0]));
    memset(c->of, 0, states * sizeof(c->of[0]));
    c->count = 0;
    for (root = 0; root < states; root++) {
        if (c->order[root] || (in_handlers && !g->states[root].in_handler)) {
            continue;
        }
        depth = 1;
        c->path[0] = (uint32_t)root;
        while (depth > 0) {
            at = c->path[depth - 1];
            if (!c->order[at]) {
                c->order[at] = c->low[at] = ++order;
                c->next[at] = g->states[at].first;
                c->stack[stacked++] = at;
            }
            if (c->next[at] < g->states[at + 1].first) {
                const uint32_t edge = g->edges[c->next[at]++];

                to = edge & TARGET;
                if (!counts(g, edge, in_handlers) || c->of[to]) {
                    continue;
                }
                if (!c->order[to]) {
                    c->path[depth++] = to;
                } else if (c->order[to] < c->low[at]) {
                    c->low[at] = c->order[to];
                }
                continue;
            }
            depth--;
            if (depth > 0 && c->low[at] < c->low[c->path[depth - 1]]) {
                c->low[c->path[depth - 1]] = c->low[at];
            }
            if (c->low[at] != c->order[at]) {
                continue;
            }
            c->count++;
            begin = stacked;
            do {
                to = c->stack[--begin];
                c->of[to] = c->count;
            } while (to != at);
            if (is_dead(g, c, c->stack + begin, stacked - begin, in_handlers)) {
                for (; begin < stacked; stacked--) {
                    if (c->stack[stacked - 1] < worst) {
                        worst = c->stack[stacked - 1];
                    }
                }
            }
            stacked = begin;
        }
    }
    return worst;
}

/* The shortest way within a component from a state back to it, the driver's
 * moves among it if there are any; how long it is. */
static unsigned int way_back(const struct graph *g, const struct components *c,
                             uint64_t from, bool in_handlers, enum move *list)
{
    const uint32_t self = c->of[from];
    uint32_t *const queue = c->stack;
    uint32_t *const by = c->low;     /* edge by which a state was come to */
    uint32_t *const last = c->order; /* and the state before it */
    uint64_t head = 0;
    uint64_t tail = 1;
    uint64_t e;
    unsigned int n = 0;

    memset(c->path, 0, g->book.count * sizeof(c->path[0]));
    queue[0] = (uint32_t)from;
    while (head < tail) {
        const uint32_t at = queue[head++];

        for (e = g->states[at].first; e < g->states[at + 1].first; e++) {
            const uint32_t to = g->edges[e] & TARGET;
            uint32_t state = at;

            if (!counts(g, g->edges[e], in_handlers) || c->of[to] != self ||
                c->path[to] || (to == at && g->edges[e] >> BY == LOOK)) {
                continue;
            }
            c->path[to] = 1;
            by[to] = g->edges[e] >> BY;
            last[to] = at;
            queue[tail++] = to;
            if (to != from) {
                continue;
            }
            for (n = 1; state != from; state = last[state]) {
                n++;
            }
            list[n - 1] = (enum move)(g->edges[e] >> BY);
            for (state = at, head = n - 1; state != from; state = last[state]) {
                list[--head] = (enum move)by[state];
            }
            return n;
        }
    }
    return 0;
}

static void *numbers(uint64_t count, size_t size)
{
    return grown(NULL, count + 1, size);
}

/* False, and the way to it is told, where a console is dead. */
static bool none_is_dead(const struct scene *scene, const struct graph *g)
{
    const uint64_t states = g->book.count;
    struct components c = {
        .order = numbers(states, sizeof(uint32_t)),
        .low = numbers(states, sizeof(uint32_t)),
        .stack = numbers(states, sizeof(uint32_t)),
        .path = numbers(states, sizeof(uint32_t)),
        .next = numbers(states, sizeof(uint64_t)),
        .of = numbers(states, sizeof(uint32_t)),
    };
    enum move *list = numbers(states, sizeof(list[0]));
    unsigned int count;
    uint64_t dead = states;
    int in_handlers;

    for (in_handlers = 0; in_handlers < 2 && dead == states; in_handlers++) {
        dead = find_dead(g, &c, in_handlers);
        if (dead < states) {
            count = way_back(g, &c, dead, in_handlers, list);
            tell(scene, g, dead, list, count, true,
                 in_handlers ? "the handler does not end"
                 : count > 0 ? "no character moves"
                             : "nothing happens any more");
        }
    }
    free(c.order);
    free(c.low);
    free(c.stack);
    free(c.path);
    free(c.next);
    free(c.of);
    free(list);
    return dead == states;
}

/*
 * All states
 */

static struct key key_of(const void *copy, size_t size)
{
    struct key k = KEY_BEGIN;

    key_mix(&k, copy, size);
    return k;
}

/* All moves from one state. False where one goes wrong. */
static bool go_on(const struct scene *scene, struct graph *g, uint64_t from,
                  const void *copy, struct queue *next)
{
    static uint8_t after[CONSOLE_MAX];
    uint32_t moves;
    uint64_t to;
    uint64_t known;
    size_t size;
    enum move move;

    console_restore(copy);
    moves = console_moves();
    *state_of(g, from) = (struct state){
        .first = g->edge_count,
        .able = processes_of(moves),
        .has_work = console_has_work(),
        .in_handler = console_in_handler(),
    };
    for (move = STEP; move < MOVES; move++) {
        if (!(moves & 1u << move)) {
            continue;
        }
        console_restore(copy);
        if (!console_do(move)) {
            char wrong[96];

            snprintf(wrong, sizeof(wrong), "%s", console_wrong());
            tell(scene, g, from, &move, 1, false, wrong);
            return false;
        }
        size = console_save(after);
        known = g->book.count;
        to = book_enter(&g->book, key_of(after, size), from, move);
        if (to == known) {
            push(next, after, size);
        }
        add_edge(g, to, move, console_moved());
    }
    return true;
}

/* The last state that was come to is come to without copies on the way, too:
 * they leave nothing out. */
static bool copies_are_whole(const struct graph *g, const void *first)
{
    static uint8_t copy[CONSOLE_MAX];
    const uint64_t last = g->book.count - 1;
    struct key key;
    unsigned int count;
    unsigned int i;
    enum move *const list = way_to(g, last, 0, &count);

    console_restore(first);
    for (i = 0; i < count; i++) {
        console_do(list[i]);
        key = key_of(copy, console_save(copy));
    }
    free(list);
    return count > 0 && memcmp(&key, &g->book.seen[last].key, sizeof(key)) == 0;
}

bool console_lives(const struct scene *scene, struct lives *found)
{
    static uint8_t first[CONSOLE_MAX];
    struct graph g = {0};
    struct queue now = {0};
    struct queue next = {0};
    struct queue swap;
    bool lives = true;
    uint64_t number = 0;
    size_t size;
    size_t at;

    memset(found, 0, sizeof(*found));
    if (!console_start(scene)) {
        printf("#  %s\n", console_wrong());
        return false;
    }
    size = console_save(first);
    book_enter(&g.book, key_of(first, size), 0, 0);
    push(&now, first, size);
    while (lives && now.used > 0) {
        for (at = 0; lives && at < now.used; at += sizeof(size) + size) {
            memcpy(&size, now.bytes + at, sizeof(size));
            lives = go_on(scene, &g, number++, now.bytes + at + sizeof(size),
                          &next);
        }
        swap = now;
        now = next;
        next = swap;
        next.used = 0;
        found->depth += now.used > 0;
    }
    state_of(&g, number)->first = g.edge_count;
    if (lives && !copies_are_whole(&g, first)) {
        printf("#  copies of a state leave something out\n");
        lives = false;
    }
    lives = lives && none_is_dead(scene, &g);
    found->states = g.book.count;
    found->transitions = g.edge_count;
    free(now.bytes);
    free(next.bytes);
    book_close(&g.book);
    free(g.states);
    free(g.edges);
    return lives;
}
