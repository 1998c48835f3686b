style(`
.tree svg text { text-anchor: middle; font-size: 12px; fill: var(--front); }
.tree svg text.tag { fill: var(--faint); }
.tree svg text.wrong { fill: var(--two); }
.tree svg line { stroke: var(--line); }
svg rect.cell { stroke: var(--line); stroke-width: .5; }
`);

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text != null) node.textContent = visible(text);
  return node;
}

// A tree over its words; brackets that the other tree has not are marked.
function tree(root, caption) {
  const words = [], levels = t => t.children ? 1 + Math.max(...t.children.map(levels)) : 1;
  const height = levels(root), nodes = [], edges = [];
  const place = (t, level) => {
    let x;
    if (!t.children) {
      const width = 14 + 7.5 * Math.max(t.word.length, t.label.length);
      const left = words.length ? words[words.length - 1].right : 8;
      x = left + width / 2;
      words.push({x, right: left + width, word: t.word});
    } else {
      const xs = t.children.map(c => place(c, level + 1));
      x = (xs[0] + xs[xs.length - 1]) / 2;
      t.children.forEach((c, i) => edges.push([x, level, xs[i], c.children ? level + 1 : height - 1]));
    }
    nodes.push({x, level: t.children ? level : height - 1, label: t.label, wrong: t.wrong, leaf: !t.children});
    return x;
  };
  place(root, 0);
  const y = level => 18 + 34 * level, width = words[words.length - 1].right + 8;
  const svg = draw("svg", {width, height: y(height) + 8, viewBox: `0 0 ${width} ${y(height) + 8}`, role: "img", "aria-label": caption});
  for (const [x1, l1, x2, l2] of edges) svg.append(draw("line", {x1, y1: y(l1) + 5, x2, y2: y(l2) - 12, class: "edge"}));
  for (const n of nodes) {
    svg.append(draw("text", {x: n.x, y: y(n.level), class: (n.wrong ? "wrong" : "") + (n.leaf ? " tag" : "")},
      (n.wrong ? "\u2717" : "") + n.label));
  }
  for (const w of words) svg.append(draw("text", {x: w.x, y: y(height) - 12}, w.word));
  return svg;
}

function trees() {
  if (!data.examples || !data.examples.length) return;
  const node = section("trees", "Where is it wrong?",
    "The worst, median and best sentences by bracket F1, of up to 40 words. A cross marks a bracket or tag that the other tree has " +
    "not. The triangle below holds a square for each span, from its first word down to its last word across: the darker, the more " +
    "probable it is a constituent.");
  for (const t of data.examples) {
    node.append(make("h3", {}, `${t.rank}: ${t.id}, F1 ${percent(t.f1)}`));
    for (const [key, name] of [["gold", "gold"], ["found", "found"]]) {
      node.append(make("figure", {}, make("figcaption", {}, name), make("div",
        {class: "scroll tree", tabindex: "0", role: "region", "aria-label": `${name} tree of ${t.id}`}, tree(t[key], `${name} tree of ${t.id}`))));
    }
    const n = t.marginals.length, size = Math.max(9, Math.min(22, 480 / n));
    const svg = draw("svg", {width: n * size + 2, height: n * size + 2, role: "img", "aria-label": "span marginals of " + t.id});
    t.marginals.forEach((row, i) => row.forEach(([p, label], k) => {
      const r = draw("rect", {x: (i + k) * size + 1, y: i * size + 1, width: size - 1, height: size - 1, class: "cell",
        style: `fill: rgba(var(--heat), ${p})`});
      r.append(draw("title", {}, `words ${i + 1} to ${i + k + 1}: ${percent(p)} %, likeliest ${label}`));
      svg.append(r);
    }));
    node.append(make("details", {}, make("summary", {}, "Probability of every span"), make("div", {class: "scroll", tabindex: "0",
      role: "region", "aria-label": "Spans of " + t.id}, svg)));
  }
}

task.middle = () => {
  trees();
};
