style(`
.swatch { display: inline-block; width: .9em; height: .9em; border: 1px solid var(--line); margin-right: .4em; vertical-align: -.1em; }
.bar { width: 8rem; }
.bar i { display: block; height: .8rem; background: var(--one); }
.bar i.alone { background: var(--two); margin-top: 2px; height: .35rem; }
.confusion td { min-width: 2.6rem; font-size: .8rem; padding: .2rem .35rem; text-align: center; }
.example { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem; margin-bottom: 1rem; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .75rem; }
`);

function quality() {
  if (!data.scores) return;
  const node = section("quality", "How good is it?", "Per cent; the thin bar is the node scores alone.");
  const head = make("tr", {}, ...["class", "IoU", "", "alone", "recall", "boundary F1", "pixels"].map(t => make("th", {scope: "col"}, t)));
  const rows = data.classes.map(c => make("tr", {},
    make("td", {}, make("span", {class: "swatch", style: "background:" + c.color}), c.name),
    make("td", {}, percent(c.iou)),
    make("td", {class: "bar"}, make("i", {style: "width:" + 100 * (c.iou || 0) + "%"}),
      make("i", {class: "alone", style: "width:" + 100 * (c.nodesIou || 0) + "%"})),
    make("td", {}, percent(c.nodesIou)), make("td", {}, percent(c.recall)), make("td", {}, percent(c.boundaryF1)), make("td", {}, c.pixels.toLocaleString("en"))));
  node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Scores of the classes"},
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
  node.append(make("h2", {}, "What is taken for what"),
    make("p", {class: "note"}, "Rows are gold classes, columns predicted ones; per cent of the gold class's pixels."));
  const names = data.classes.map(c => c.name);
  const table = make("table", {class: "confusion"}, make("thead", {}, make("tr", {}, make("th", {}, ""),
    ...names.map(n => make("th", {scope: "col"}, n)))), make("tbody", {}, ...data.confusion.map((row, i) => {
      const sum = row.reduce((a, b) => a + b, 0);
      return make("tr", {}, make("th", {scope: "row"}, names[i]), ...row.map(n => make("td",
        {style: `background: rgba(var(--heat), ${sum ? 0.85 * n / sum : 0})` + (n > sum / 2 ? "; color: var(--back)" : "")},
        sum && n ? percent(n / sum) : "")));
    })));
  node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion matrix"}, table));
}

function field() {
  if (!data.scores || !data.scores.nodes) return;
  const node = section("field", "Is the field helping?", "The field's marginals, of all views and weighted as predict says, beside its own node scores of one view, per cent.");
  const rows = [["accuracy", "pixel accuracy"], ["classAccuracy", "mean class accuracy"], ["miou", "mean IoU"],
    ["bandIou", "mean IoU near boundaries"], ["boundaryF1", "boundary F1"], ["dice", "Dice of the second class"],
    ["sensitivity", "sensitivity"], ["specificity", "specificity"], ["area", "area under ROC curve"],
    ["pixelError", "pixel error"], ["randError", "1 - V_Rand of regions"], ["calibration", "calibration error"]]
    .filter(([key]) => data.scores.field[key] !== undefined);
  node.append(make("table", {}, make("thead", {}, make("tr", {},
    ...["", "field", "node scores alone", "difference"].map(t => make("th", {scope: "col"}, t)))),
    make("tbody", {}, ...rows.map(([key, name]) => make("tr", {}, make("td", {}, name),
      make("td", {}, percent(data.scores.field[key])), make("td", {}, percent(data.scores.nodes[key])),
      make("td", {}, percent(data.scores.field[key] - data.scores.nodes[key])))))));
}

function examples() {
  if (!data.examples || !data.examples.length) return;
  const node = section("examples", "Where is it wrong?", "The worst, median and best images by pixel accuracy.");
  for (const e of data.examples) {
    node.append(make("h3", {}, `${e.rank}: ${e.id}, ${percent(e.accuracy)} %`));
    const row = make("div", {class: "example"});
    for (const [key, name] of [["picture", "picture"], ["gold", "gold"], ["nodes", "node scores alone"],
      ["field", "field"], ["entropy", "entropy, white is unsure"]]) {
      row.append(make("figure", {}, make("img", {src: e[key], alt: `${name} of ${e.id}`}), make("figcaption", {}, name)));
    }
    node.append(row);
  }
}

function pixels(values, rows, columns, caption) {
  const canvas = make("canvas", {class: "pixels", width: columns, height: rows, role: "img", "aria-label": caption});
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  const most = Math.max(1e-12, ...values.map(Math.abs));
  values.forEach((v, i) => {
    const t = Math.abs(v) / most, warm = v > 0;
    image.data.set([255 - (warm ? 30 : 215) * t, 255 - (warm ? 170 : 130) * t, 255 - (warm ? 215 : 35) * t, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return make("figure", {}, canvas, make("figcaption", {}, `${caption}, up to ${most.toPrecision(2)}`));
}

function learned() {
  if (!data.edges || !data.edges.length && !data.filters.length) return;
  const node = section("learned", "What was learned",
    "Orange pulls together, blue pushes apart. Edge matrices: the label of a pixel down, that of its neighbour across.");
  const details = (title, list, open) => list.length &&
    node.append(make("details", open ? {open: ""} : {}, make("summary", {}, title), make("div", {class: "small"}, ...list)));
  details("Edge matrices", data.edges.map(e => pixels(e.values, e.size, e.size, e.name)), true);
  details("Filters of the first layer", data.filters.map(f => pixels(f.values, f.rows, f.columns, f.name)), false);
}

task.middle = () => {
  quality();
  field();
  examples();
};
task.end = () => {
  learned();
};
