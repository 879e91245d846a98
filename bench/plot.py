# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The picture of docs/performance.md, as SVG: instructions beside the second
floor of the same kind, and events for each KiB at several paces. It follows the
reader's light or dark colour scheme."""

import math

import instructions

WIDTH = 900
HEIGHT = 480
WORKLOADS = {
    'w1': 'W1 character sent',
    'w2': 'W2 interrupt round',
    'w2l': "W2L Linux's interrupt",
    'w3': 'W3 character received',
    'w4': 'W4 register access',
}
BARS = ['ring', 'fifo', 'locked', 'always']
# fill or stroke of each class: light, dark
COLOURS = {
    'bg': ('#ffffff', '#0d1117'),
    'ink': ('#1f2328', '#e6edf3'),
    'soft': ('#59636e', '#9198a1'),
    'grid': ('#d8dee4', '#30363d'),
    'ring': ('#1f6feb', '#58a6ff'),
    'fifo': ('#1a7f64', '#3fb990'),
    'locked': ('#8250df', '#bc8cff'),
    'always': ('#bc4c00', '#f0883e'),
    'limit': ('#cf222e', '#ff7b72'),
}


def style():
    def rules(which):
        return ''.join(
            f'.f-{name}{{fill:{pair[which]}}}.s-{name}{{stroke:{pair[which]}}}'
            for name, pair in COLOURS.items()
        )

    return (
        '<style>text{font-family:system-ui,sans-serif;font-size:12px}'
        '.title{font-size:14px;font-weight:600}.s{fill:none;stroke-width:2}'
        '.thin{stroke-width:1}.dash{stroke-dasharray:5 4}'
        f'{rules(0)}@media(prefers-color-scheme:dark){{{rules(1)}}}</style>'
    )


def text(x, y, says, kind='f-ink', anchor='start'):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" '
        f'text-anchor="{anchor}">{says}</text>'
    )


def line(x1, y1, x2, y2, kind):
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'class="s {kind}"/>'
    )


def bars(totals, says):
    """Left: a group of bars for each workload."""
    left, right, top = 24, 420, 84
    ratios = {
        (b, w): instructions.ratio(totals, b, w)
        for b in BARS
        for w in WORKLOADS
    }
    most = math.ceil(max(ratios.values()))
    scale = (right - left - 30) / most
    height, group = 11, 76
    bottom = top + group * len(WORKLOADS) - 12

    out = [text(left, 24, 'Instructions, second floor = 1, locked or not', 'title f-ink')]
    x = left
    for name in BARS:
        out.append(
            f'<rect x="{x}" y="37" width="10" height="10" class="f-{name}"/>'
        )
        out.append(text(x + 14, 46, says[name], 'f-soft'))
        x += 32 + 6.4 * len(says[name])
    for n in range(most + 1):
        at = left + n * scale
        out.append(line(at, top - 18, at, bottom, 's-grid thin'))
        out.append(text(at, bottom + 15, n, 'f-soft', 'middle'))
    for number, w in enumerate(WORKLOADS):
        y = top + number * group
        for i, name in enumerate(BARS):
            ratio = ratios[name, w]
            at = y + i * (height + 2)
            out.append(
                f'<rect x="{left}" y="{at}" width="{ratio * scale:.1f}" '
                f'height="{height}" class="f-{name}"/>'
            )
            out.append(
                text(
                    left + ratio * scale + 4,
                    at + height - 1.5,
                    f'{ratio:.2f}',
                    'f-soft',
                )
            )
    at = left + scale
    out.append(line(at, top - 18, at, bottom, 's-ink thin dash'))
    for number, title in enumerate(WORKLOADS.values()):
        y = top + number * group
        width = 6.6 * len(title)
        out.append(
            f'<rect x="{left + 1}" y="{y - 17}" width="{width:.0f}" '
            'height="16" class="f-bg"/>'
        )
        out.append(text(left + 4, y - 5, title))
    return out


def paces(threads):
    """Right: events for each KiB, on a logarithmic scale."""
    left, right, top, bottom = 526, 762, 66, HEIGHT - 24
    facts = [f for f in threads if f['figure'] == 'pace']
    most = max(f['us'] for f in facts)
    highest = 2048

    def x_of(us):
        return left + (right - left) * us / most

    def y_of(events):
        return bottom - (bottom - top) * math.log2(
            max(events, 0.5) * 2
        ) / math.log2(highest * 2)

    out = [text(left - 34, 24, 'Events for each KiB sent', 'title f-ink')]
    out.append(
        text(left - 34, 46, 'a console that sleeps in between', 'f-soft')
    )
    for events in (1, 4, 16, 64, 256, 1024):
        y = y_of(events)
        out.append(line(left, y, right, y, 's-grid thin'))
        out.append(text(left - 6, y + 4, events, 'f-soft', 'end'))
    for us in sorted({f['us'] for f in facts}):
        out.append(line(x_of(us), bottom, x_of(us), bottom + 4, 's-grid thin'))
        out.append(text(x_of(us), bottom + 16, us, 'f-soft', 'middle'))
    out.append(text(right + 12, bottom + 16, 'us per character', 'f-soft'))
    out.append(line(left, y_of(32), right, y_of(32), 's-limit dash'))
    out.append(text(right + 8, y_of(32) + 4, 'limit: 32', 'f-limit'))

    curves = [('always', 'always', 'always notify', 'same')]
    for cpu, colour in (('same', 'soft'), ('other', 'ring')):
        curves.append(('events', colour, f'on the {cpu} CPU', cpu))
    ends = []
    for member, colour, says, cpu in curves:
        points = [
            (x_of(f['us']), y_of(f[member])) for f in facts if f['cpu'] == cpu
        ]
        if not points:
            continue
        path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
        out.append(f'<polyline points="{path}" class="s s-{colour}"/>')
        for x, y in points:
            out.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="f-{colour}"/>'
            )
        ends.append([points[-1][1], says, colour])
    # Labels that would lie on each other move apart.
    ends.sort()
    taken = [y_of(32)]
    for y, says, colour in ends:
        while any(abs(y - other) < 15 for other in taken):
            y += 1
        taken.append(y)
        out.append(text(right + 8, y + 4, says, f'f-{colour}'))
    return out


def svg(totals, threads, says):
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        'aria-label="Instructions as multiples of a floor, and events for '
        'each KiB at several paces">',
        style(),
        f'<rect width="{WIDTH}" height="{HEIGHT}" class="f-bg"/>',
        *bars(totals, says),
        *paces(threads),
        '</svg>',
    ]
    return '\n'.join(parts) + '\n'
