"""The side of PyTorch in Python in scripts/compare, for the record of an old version: the same work as Torch.java.

Answers a request a line with milliseconds, the largest difference and the form.
"""
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
OFFSETS = [(0, 1), (1, 0), (1, 1), (1, -1)]


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


def best_form(forms, run):
    times = {}
    for name, (sweep, q) in forms.items():
        with torch.no_grad():
            run(sweep, q)
            times[name] = min(clock(lambda: run(sweep, q))[0] for _ in range(2))
    return min(times, key=times.get)


def field(folder, words):
    labels, h, w, offsets = (int(x) for x in words)
    name = "field-%d-%d-%d-%d" % (offsets, labels, h, w)
    forms = field_forms(folder, name, offsets, labels, h, w)
    form = best_form(forms, ten_sweeps)
    sweep, q = forms[form]
    marginals = load(folder, name + ".marginals", 1, labels, h, w)

    def work():
        with torch.no_grad():
            return ten_sweeps(sweep, q)

    return form, work, lambda r: (r - marginals).abs().max().item()


def convergence(folder, words):
    labels, h, w = (int(x) for x in words[:3])
    coupling, offsets = words[3], int(words[4])
    name = "converge-%d-%s-%d-%d-%d" % (offsets, coupling, labels, h, w)
    forms = field_forms(folder, name, offsets, labels, h, w)
    form = best_form(forms, ten_sweeps)
    sweep, q = forms[form]
    marginals = load(folder, name + ".marginals", 1, labels, h, w)

    def work():
        with torch.no_grad():
            return converge(sweep, q)

    return form, work, lambda r: (r - marginals).abs().mean().item()


def network(parameters, shapes):
    at, tensors = 0, []
    for shape in shapes:
        size = int(np.prod(shape))
        tensors.append(parameters[at:at + size].reshape(shape).clone().requires_grad_(True))
        at += size
    return tensors


CASES = {"convolution": ([16, 16], [1, 1], 12, 0), "image": ([16, 24, 24, 32, 32], [1, 2, 4, 8, 16], 11, 10),
         "linear": ([], [], 12, 0)}


def gradient(folder, words):
    name = words[0]
    channels, dilations, labels, sweeps = CASES[name]
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

    return "channels last" if form else "plain", lambda: work(form), check


def transcription(folder, words):
    t, u, v, b = (int(x) for x in words)
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

    return "autograd", work, lambda r: (r - losses).abs().max().item()


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


def spans(folder, words):
    n, labels, b = (int(x) for x in words[:3])
    file = "spans-%d-%d-%d" % (n, labels, b)
    scores = load(folder, file + ".scores", b, n, n + 1, labels)
    totals = load(folder, file + ".totals", b)
    marginals = load(folder, file + ".marginals", b, n, n + 1, labels)

    def check(result):
        return max((result[0] - totals).abs().max().item(), (result[1] - marginals).abs().max().item())

    work = spans_by_hand if words[3] == "hand" else spans_by_autograd
    return words[3], lambda: work(scores, n), check


def grammar(folder, words):
    n, labels, b = (int(x) for x in words)
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

    return "autograd", ruled, lambda r: max((r[0] - totals).abs().max().item(), (r[1] - uses).abs().max().item())


def main():
    folder, works = sys.argv[1], {}
    kinds = {"field": field, "converge": convergence, "gradient": gradient, "ctc": transcription, "spans": spans,
             "grammar": grammar}
    for line in sys.stdin:
        words = line.split()
        if line not in works:
            works[line] = kinds[words[0]](folder, words[1:])
        form, work, check = works[line]
        took, result = clock(work)
        print("%.3f %.2e %s" % (took, check(result), form.replace(" ", "-")), flush=True)


main()
