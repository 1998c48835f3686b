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
        self.ours.ask(request)
        for _ in range(2):
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


def main():
    folder, ours, plain, c = sys.argv[1:5]
    rows = Rows(Side(ours.split()), Side([c, folder]))
    fields(folder, rows)
    convergence(folder, rows)
    gradients(folder, rows)
    transcription(folder, rows)
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
