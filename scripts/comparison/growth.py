"""Lines, table and plot of scripts/growth."""
import json
import math
import statistics
import sys

CORES = 2
WARM = 30


def step(metrics, axis, value):
    with open(metrics) as lines:
        rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if row["event"] == "step"][WARM:]
    if axis == "images a step":
        seconds = statistics.median(row["seconds"] for row in rows)
    else:
        seconds = statistics.median(
            row["seconds"] - (row["scorer_seconds"] + row["inference_seconds"]) / CORES for row in rows)
    print("%s,%s,%.3f" % (axis, value, 1e3 * seconds))


def exponent(points):
    """The slope of a line through the logarithms, of the larger half of the values."""
    points = sorted(points)[len(points) // 2 - 1:]
    x = [math.log(value) for value, _ in points]
    y = [math.log(took) for _, took in points]
    mx, my = statistics.mean(x), statistics.mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def table(csv, plot):
    axes = {}
    with open(csv) as lines:
        for line in lines:
            axis, value, took = line.strip().split(",")
            axes.setdefault(axis, []).append((float(value), float(took)))
    print("| cost over | from, ms | to, ms | exponent |\n|---|---|---|---|")
    for axis, points in axes.items():
        points.sort()
        print("| %s, %d to %d | %.2f | %.2f | %.2f |" % (
            axis, points[0][0], points[-1][0], points[0][1], points[-1][1], exponent(points)))
    try:
        import matplotlib
    except ImportError:
        print("no plot: matplotlib is not there (Debian: apt-get install python3-matplotlib)", file=sys.stderr)
        return
    matplotlib.use("svg")
    from matplotlib import pyplot
    columns = 4
    rows = (len(axes) + columns - 1) // columns
    figure, places = pyplot.subplots(rows, columns, figsize=(3.2 * columns, 2.8 * rows), squeeze=False)
    for place in places.flat[len(axes):]:
        place.axis("off")
    for place, (axis, points) in zip(places.flat, axes.items()):
        place.loglog([p[0] for p in points], [p[1] for p in points], marker="o")
        place.set_title("%s (exponent %.2f)" % (axis, exponent(points)), fontsize=9)
        place.set_ylabel("ms")
        place.grid(True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(plot)
    print("plot in " + plot)


if __name__ == "__main__":
    step(*sys.argv[2:]) if sys.argv[1] == "step" else table(*sys.argv[2:])
