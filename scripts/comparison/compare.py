"""Times the same work in deepgm, PyTorch and C, one thread each, in turns, and checks that results agree.

Called by scripts/compare with a folder and the commands that start the other sides.
"""
import os
import subprocess
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
OFFSETS = [(0, 1), (1, 0), (1, 1), (1, -1)]
ROUNDS = int(os.environ.get("ROUNDS", "5"))


class Side:
    """Another process that answers a request a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return [float(x) for x in self.process.stdout.readline().split()]


def load(folder, name, *shape):
    return torch.from_numpy(np.fromfile(os.path.join(folder, name), np.float32).reshape(shape).copy())


def kernel(w, labels):
    """The messages of both directions of all offsets as one 3x3 convolution [L, L, 3, 3]."""
    k = torch.zeros(labels, labels, 3, 3)
    for o, (dy, dx) in enumerate(OFFSETS[:len(w)]):
        k[:, :, 1 + dy, 1 + dx] += w[o]
        k[:, :, 1 - dy, 1 - dx] += w[o].T
    return k


def by_convolution(node, w, q, channels_last):
    k = kernel(w, node.shape[1])
    if channels_last:
        k = k.contiguous(memory_format=torch.channels_last)
        node = node.contiguous(memory_format=torch.channels_last)
        q = q.contiguous(memory_format=torch.channels_last)
    return k, node, q


def sweep_convolution(k, node, q):
    return torch.softmax(node + F.conv2d(q, k, padding=1), 1)


def sweep_shifts(stacked, node, q):
    """One matrix product for all shifted copies: [L, 2 O L] times [2 O L, H W]."""
    _, labels, h, w = node.shape
    padded = F.pad(q, (1, 1, 1, 1))
    shifted = []
    for dy, dx in OFFSETS[:stacked.shape[1] // (2 * labels)]:
        shifted.append(padded[0, :, 1 + dy:1 + dy + h, 1 + dx:1 + dx + w])
        shifted.append(padded[0, :, 1 - dy:1 - dy + h, 1 - dx:1 - dx + w])
    both = torch.cat(shifted).reshape(-1, h * w)
    return torch.softmax(node + (stacked @ both).reshape(1, labels, h, w), 1)


def stack(w):
    return torch.cat([m for o in range(len(w)) for m in (w[o], w[o].T)], 1)


def clock(work):
    begin = time.perf_counter()
    result = work()
    return (time.perf_counter() - begin) * 1e3, result


def field_forms(folder, name, offsets, labels, h, w):
    node = load(folder, name + ".node", 1, labels, h, w)
    weights = load(folder, name + ".weights", offsets, labels, labels)
    forms = {}
    for last in (False, True):
        k, n, q = by_convolution(node, weights, torch.softmax(node, 1), last)
        forms["convolution, channels last" if last else "convolution"] = (
            lambda q, k=k, n=n: sweep_convolution(k, n, q), q)
    stacked = stack(weights)
    forms["shifts"] = (lambda q: sweep_shifts(stacked, node, q), torch.softmax(node, 1))
    return forms


def ten_sweeps(sweep, q):
    for _ in range(10):
        q = sweep(q)
    return q


def converge(sweep, q):
    while True:
        fresh = 0.5 * q + 0.5 * sweep(q)
        moved = (fresh - q).abs().sum().item() / (q.shape[2] * q.shape[3])
        q = fresh
        if moved < 1e-4:
            return q


class Rows:
    def __init__(self, ours, c):
        self.ours = ours
        self.c = c
        print("| work | ours, ms | PyTorch, ms | C, ms | PyTorch / ours | C / ours | largest difference |")
        print("|---|---|---|---|---|---|---|")

        self.notes = []

    def note(self, text):
        """A line to print below the table."""
        self.notes.append(text)

    def row(self, title, request, theirs=None, check=None, with_c=False):
        ours, other, plain_c = [], [], []
        # Until the compiler of the other side is done with it.
        begin = time.perf_counter()
        while time.perf_counter() - begin < 3:
            self.ours.ask(request)
        difference = None
        for _ in range(ROUNDS):
            ours.append(self.ours.ask(request)[0])
            if theirs:
                took, result = theirs()
                other.append(took)
                difference = check(result) if check else None
            if with_c:
                answer = self.c.ask(request)
                plain_c.append(answer[0])
        us = min(ours)
        cells = [title, "%.2f" % us]
        cells.append("%.2f" % min(other) if other else "")
        cells.append("%.2f" % min(plain_c) if plain_c else "")
        cells.append("%.1f" % (min(other) / us) if other else "")
        cells.append("%.1f" % (min(plain_c) / us) if plain_c else "")
        cells.append("%.1e" % difference if difference is not None else "")
        print("| " + " | ".join(cells) + " |", flush=True)
        return us


def best_form(forms, run):
    times = {}
    for name, (sweep, q) in forms.items():
        with torch.no_grad():
            run(sweep, q)
            times[name] = min(clock(lambda: run(sweep, q))[0] for _ in range(2))
    return min(times, key=times.get)


def fields(folder, rows):
    tied = {}
    for offsets in (2, 4):
        for labels in (12, 21):
            for h, w in ((180, 240), (360, 480)):
                tied[offsets, labels, w] = field(folder, rows, offsets, labels, h, w)
    for offsets in (2, 4):
        for labels in (12, 21):
            small = tied[offsets, labels, 240]
            rate = (tied[offsets, labels, 480] / 4) / small
            rows.note("a pixel at 480 x 360 costs %.2f of one at 240 x 180, L = %d, %d neighbours"
                      % (rate, labels, 2 * offsets))
            weighted = rows.row("10 sweeps with contrast, L = %d, %d neighbours, 240 x 180" % (labels, 2 * offsets),
                                "contrast %d 180 240 %d" % (labels, offsets))
            rows.note("contrast-weighted edges cost %.2f of tied ones, L = %d, %d neighbours"
                      % (weighted / small, labels, 2 * offsets))


def field(folder, rows, offsets, labels, h, w):
    request = "field %d %d %d %d" % (labels, h, w, offsets)
    rows.ours.ask(request)
    name = "field-%d-%d-%d-%d" % (offsets, labels, h, w)
    forms = field_forms(folder, name, offsets, labels, h, w)
    form = best_form(forms, ten_sweeps)
    sweep, q = forms[form]
    marginals = load(folder, name + ".marginals", 1, labels, h, w)

    def theirs():
        with torch.no_grad():
            return clock(lambda: ten_sweeps(sweep, q))

    title = "10 sweeps, L = %d, %d neighbours, %d x %d (PyTorch: %s)" % (labels, 2 * offsets, w, h, form)
    return rows.row(title, request, theirs, lambda r: (r - marginals).abs().max().item(), True)


def convergence(folder, rows):
    for offsets in (2, 4):
        for coupling in ("medium", "potts"):
            request = "converge 12 180 240 %s %d" % (coupling, offsets)
            rows.ours.ask(request)
            name = "converge-%d-%s-12-180-240" % (offsets, coupling)
            forms = field_forms(folder, name, offsets, 12, 180, 240)
            sweep, q = forms[best_form(forms, ten_sweeps)]
            marginals = load(folder, name + ".marginals", 1, 12, 180, 240)

            def theirs():
                with torch.no_grad():
                    return clock(lambda: converge(sweep, q))

            title = "until mean change < 1e-4, %s, L = 12, %d neighbours, 240 x 180" % (coupling, 2 * offsets)
            rows.row(title, request, theirs, lambda r: (r - marginals).abs().mean().item())


def network(parameters, shapes):
    at, tensors = 0, []
    for shape in shapes:
        size = int(np.prod(shape))
        tensors.append(parameters[at:at + size].reshape(shape).clone().requires_grad_(True))
        at += size
    return tensors


def gradients(folder, rows):
    cases = (("convolution", [16, 16], [1, 1], 12, 0), ("image", [16, 24, 24, 32, 32], [1, 2, 4, 8, 16], 11, 10),
             ("linear", [], [], 12, 0))
    timed = {}
    for name, channels, dilations, labels, sweeps in cases:
        request = "gradient %s 180 240" % name
        rows.ours.ask(request)
        file = "gradient-%s-180-240" % name
        x = load(folder, file + ".inputs", 1, 7, 180, 240)
        gold = load(folder, file + ".gold", 180 * 240).long()
        parameters = load(folder, file + ".parameters", -1)
        expected = load(folder, file + ".gradient", -1)
        shapes, before = [], 7
        for c in channels:
            shapes += [(c, before, 3, 3), (c,)]
            before = c
        shapes += [(labels, before, 1, 1), (labels,)] + ([(4, labels, labels)] if sweeps else [])

        def work(last):
            tensors = network(parameters, shapes)
            h = x.contiguous(memory_format=torch.channels_last) if last else x
            for i, d in enumerate(dilations):
                h = torch.relu(F.conv2d(h, tensors[2 * i], tensors[2 * i + 1], padding=d, dilation=d))
            s = F.conv2d(h, tensors[2 * len(dilations)], tensors[2 * len(dilations) + 1])
            y = F.one_hot(gold, labels).T.reshape(1, labels, 180, 240).float()
            with torch.no_grad():
                q = torch.softmax(s, 1)
                if sweeps:
                    k, n, q = by_convolution(s, tensors[-1], q, True)
                    for _ in range(sweeps):
                        q = sweep_convolution(k, n, q)
            s.backward(q - y)
            grads = [t.grad for t in tensors[:2 * len(dilations) + 2]]
            if sweeps:
                edge = torch.zeros(4, labels, labels)
                for o, (dy, dx) in enumerate(OFFSETS):
                    x0, x1 = max(0, -dx), 240 - max(0, dx)
                    for sign, z in ((1, q), (-1, y)):
                        a = z[0, :, :180 - dy, x0:x1].reshape(labels, -1)
                        b = z[0, :, dy:, x0 + dx:x1 + dx].reshape(labels, -1)
                        edge[o] += sign * (a @ b.T)
                grads.append(edge)
            return torch.cat([g.reshape(-1) for g in grads])

        forms = {last: min(clock(lambda: work(last))[0] for _ in range(2)) for last in (False, True)}
        form = min(forms, key=forms.get)

        def check(r):
            return ((r - expected).abs().max() / expected.abs().max()).item()

        timed[name] = rows.row("loss and gradient: %s, 240 x 180" % name, request, lambda: clock(lambda: work(form)), check)
    dilated = rows.row("loss and gradient: the convolution with dilation 8", "gradient dilated 180 240")
    rows.note("the dilated network costs %.2f of the undilated" % (dilated / timed["convolution"]))


def transcription(folder, rows):
    t, u, v, b = 150, 40, 28, 64
    request = "ctc %d %d %d %d" % (t, u, v, b)
    rows.ours.ask(request)
    file = "ctc-%d-%d-%d-%d" % (t, u, v, b)
    scores = load(folder, file + ".scores", b, t, v)
    targets = load(folder, file + ".targets", b, u).long()
    losses = load(folder, file + ".losses", b)

    def work():
        s = scores.clone().requires_grad_(True)
        loss = F.ctc_loss(torch.log_softmax(s, 2).transpose(0, 1), targets, torch.full((b,), t), torch.full((b,), u),
                          blank=0, reduction="none")
        loss.sum().backward()
        return loss.detach()

    rows.row("CTC loss and gradient, T = 150, U = 40, 28 symbols, batch of 64", request, lambda: clock(work),
             lambda r: (r - losses).abs().max().item())


def inside(s, n):
    """Charts of ln sums from short spans to long ones, all sentences and starts of a width at once.

    s is [B, n, n + 1]: what each span adds. starts[b, i, w - 1] and ends[b, j, n - w] both hold the span of width w
    from i to j = i + w, so that its parts stand side by side: no loop over splits.
    """
    b = s.shape[0]
    starts = torch.full((b, n + 1, n), -1e9)
    ends = torch.full((b, n + 1, n), -1e9)
    sums = []
    for w in range(1, n + 1):
        i = torch.arange(n - w + 1)
        if w == 1:
            inner = torch.zeros(b, n)
        else:
            inner = torch.logsumexp(starts[:, :n - w + 1, :w - 1] + ends[:, w:n + 1, n - w + 1:], 2)
        value = inner + s[:, i, i + w]
        starts[:, :n - w + 1, w - 1] = value
        ends[:, w:n + 1, n - w] = value
        sums.append(inner)
    return starts, ends, sums


def spans_by_autograd(scores, n):
    x = scores.clone().requires_grad_(True)
    starts, _, _ = inside(torch.logsumexp(x, 3), n)
    total = starts[:, 0, n - 1]
    total.sum().backward()
    return total.detach(), x.grad


def spans_by_hand(scores, n):
    """The same without autograd: the mass of each span shared among its splits, from the whole sentence down."""
    with torch.no_grad():
        own = torch.logsumexp(scores, 3)
        starts, ends, sums = inside(own, n)
        left = torch.zeros_like(starts)
        right = torch.zeros_like(ends)
        mass = torch.zeros_like(own)
        left[:, 0, n - 1] = 1
        for w in range(n, 0, -1):
            i = torch.arange(n - w + 1)
            here = left[:, :n - w + 1, w - 1] + right[:, w:n + 1, n - w]
            mass[:, i, i + w] = here
            if w > 1:
                parts = starts[:, :n - w + 1, :w - 1] + ends[:, w:n + 1, n - w + 1:]
                parts = torch.exp(parts - sums[w - 1][:, :, None]) * here[:, :, None]
                left[:, :n - w + 1, :w - 1] += parts
                right[:, w:n + 1, n - w + 1:] += parts
        return starts[:, 0, n - 1], torch.exp(scores - own[..., None]) * mass[..., None]


def trees(folder, rows):
    n, labels, b = 40, 30, 8
    request = "spans %d %d %d" % (n, labels, b)
    rows.ours.ask(request)
    file = "spans-%d-%d-%d" % (n, labels, b)
    scores = load(folder, file + ".scores", b, n, n + 1, labels)
    totals = load(folder, file + ".totals", b)
    marginals = load(folder, file + ".marginals", b, n, n + 1, labels)

    def check(result):
        return max((result[0] - totals).abs().max().item(), (result[1] - marginals).abs().max().item())

    for name, work in (("autograd", spans_by_autograd), ("by hand", spans_by_hand)):
        rows.row("spans of 40 words, 30 labels, batch of 8: ln Z and gradient (PyTorch: %s)" % name, request,
                 lambda: clock(lambda: work(scores, n)), check)
    request = "grammar %d %d %d" % (n, labels, b)
    rows.ours.ask(request)
    file = "grammar-%d-%d-%d" % (n, labels, b)
    scores = load(folder, file + ".scores", b, n, n + 1, labels)
    weights = load(folder, file + ".weights", labels, labels, labels)
    totals = load(folder, file + ".totals", b)
    uses = load(folder, file + ".uses", b, labels, labels, labels).sum(0)

    def ruled():
        w = weights.clone().requires_grad_(True)
        x = scores.clone().requires_grad_(True)
        starts = torch.full((b, n + 1, n, labels), -1e9)
        ends = torch.full((b, n + 1, n, labels), -1e9)
        rule = w.exp().reshape(labels, labels * labels)
        for width in range(1, n + 1):
            i = torch.arange(n - width + 1)
            value = x[:, i, i + width]
            if width > 1:
                # A product of matrices over splits, with the largest of each span taken out, then the rules.
                a = starts[:, :n - width + 1, :width - 1]
                c = ends[:, width:n + 1, n - width + 1:]
                am = a.amax(3, keepdim=True).detach()
                cm = c.amax(3, keepdim=True).detach()
                top = (am + cm).amax(2, keepdim=True).detach()
                left = (a - am).exp() * (am + cm - top).exp()
                pairs = torch.einsum("biks,bikt->bist", left, (c - cm).exp())
                body = pairs.reshape(b, n - width + 1, -1) @ rule.T
                value = value + body.log() + top[:, :, 0]
            starts[:, :n - width + 1, width - 1] = value
            ends[:, width:n + 1, n - width] = value
        total = torch.logsumexp(starts[:, 0, n - 1], 1)
        total.sum().backward()
        return total.detach(), w.grad

    rows.row("trees of 40 words by all 27000 rules over 30 labels, batch of 8: ln Z and gradient", request,
             lambda: clock(ruled),
             lambda r: max((r[0] - totals).abs().max().item(), (r[1] - uses).abs().max().item()))


def main():
    folder, ours, plain, c = sys.argv[1:5]
    rows = Rows(Side(ours.split()), Side([c, folder]))
    parts = {"fields": fields, "convergence": convergence, "gradients": gradients, "speech": transcription, "trees": trees}
    asked = sys.argv[5:]
    for name, part in parts.items():
        if not asked or name in asked:
            part(folder, rows)
    if asked and "beliefs" not in asked:
        return
    bp = rows.row("5 sweeps of belief propagation, L = 12, 240 x 180", "beliefs 12 180 240")
    edges = 4 * 180 * 240
    rows.note("belief propagation: %.1f ns an edge and iteration" % (bp * 1e6 / 5 / edges))
    print("\n".join(["", *rows.notes, ""]))
    slow = Side(plain.split())
    print("| work | plain / vector |\n|---|---|")
    for request in ("field 12 180 240 4", "gradient convolution 180 240", "gradient image 180 240"):
        for _ in range(2):
            slow.ask(request)
        us = min(rows.ours.ask(request)[0] for _ in range(3))
        them = min(slow.ask(request)[0] for _ in range(3))
        print("| %s | %.1f |" % (request, them / us))


main()
