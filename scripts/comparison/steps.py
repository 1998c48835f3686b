"""Tables of scripts/scaling, from the metrics, logs and collector logs of its runs."""
import json
import os
import re
import statistics
import sys

SKIP = {"convolution": 12, "convolution-4": 92, "linear": 12}  # An epoch: reading, caching and warming up.


def steps(folder, name):
    with open(os.path.join(folder, name + ".run", "metrics.jsonl")) as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["event"] == "step"][SKIP[name.rsplit("-", 1)[0]]:]


def collector(folder, name):
    """Bytes allocated an image after the warm-up, and the longest pause, from the collector's log."""
    pauses, before, after, allocated = [], None, None, 0
    pattern = re.compile(r"Pause.*?(\d+)M->(\d+)M\(\d+M\) ([\d.]+)ms")
    with open(os.path.join(folder, name + ".gc")) as lines:
        found = [pattern.search(line) for line in lines]
    found = [m for m in found if m]
    for m in found:
        before = int(m.group(1))
        if after is not None:
            allocated += max(0, before - after)
        after = int(m.group(2))
        pauses.append(float(m.group(3)))
    return allocated, max(pauses) if pauses else 0


def main():
    folder = sys.argv[1]
    print("| run | step, s | images/s | of local[1] | idle or outside the image kernels | update | longest pause, ms |")
    print("|---|---|---|---|---|---|---|")
    for kind in ("convolution", "convolution-4", "linear"):
        rate = {}
        for cores in (1, 2):
            name = "%s-%d" % (kind, cores)
            rows = steps(folder, name)
            seconds = statistics.median(r["seconds"] for r in rows)
            outside = statistics.median(
                1 - (r["scorer_seconds"] + r["inference_seconds"]) / (cores * r["seconds"]) for r in rows)
            update = statistics.median(r["update_seconds"] / r["seconds"] for r in rows)
            rate[cores] = sum(r["examples"] for r in rows) / sum(r["seconds"] for r in rows)
            print("| %s, local[%d] | %.3f | %.1f | %s | %.1f %% | %.2f %% | %.0f |" % (
                kind, cores, seconds, rate[cores], "%.2f" % (rate[2] / rate[1]) if cores == 2 else "",
                100 * outside, 100 * update, collector(folder, name)[1]))
    with open(os.path.join(folder, "kernels.log")) as lines:
        seconds, images = lines.read().split()
    alone = float(seconds) / int(images) / 2
    for kind in ("linear", "convolution"):
        with open(os.path.join(folder, "predict-%s.log" % kind)) as lines:
            chunks = [float(line.split()[0]) for line in lines if " chunk " in line]
        per_image = (chunks[-1] - chunks[0]) / (len(chunks) - 1) / int(images)
        print("predict, %s scorer, local[2]: %.1f images/s" % (kind, 1 / per_image))
        if kind == "linear":
            print("its kernels alone on two cores: %.1f; ratio %.2f" % (1 / alone, alone / per_image))


main()
