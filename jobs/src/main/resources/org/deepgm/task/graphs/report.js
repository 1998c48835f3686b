// Places of nodes: neighbours attract, all push each other away; from a circle, always the same.
function places(count, edges) {
  const x = [], y = [];
  for (let v = 0; v < count; v++) {
    x.push(Math.cos(2 * Math.PI * v / count));
    y.push(Math.sin(2 * Math.PI * v / count));
  }
  const near = 1.2 / Math.sqrt(Math.max(1, count));
  for (let round = 0; round < 150; round++) {
    const dx = new Array(count).fill(0), dy = new Array(count).fill(0);
    const push = (a, b, size) => {
      const ux = x[a] - x[b], uy = y[a] - y[b], d = Math.max(1e-3, Math.hypot(ux, uy)), f = size(d) / d;
      dx[a] += ux * f; dy[a] += uy * f; dx[b] -= ux * f; dy[b] -= uy * f;
    };
    for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) push(a, b, d => near * near / d);
    for (let e = 0; e + 1 < edges.length; e += 2) push(edges[e], edges[e + 1], d => -d * d / near);
    const most = 0.1 * (1 - round / 150) + 0.002;
    for (let v = 0; v < count; v++) {
      const d = Math.max(1e-9, Math.hypot(dx[v], dy[v])), f = Math.min(d, most) / d;
      x[v] += dx[v] * f; y[v] += dy[v] * f;
    }
  }
  const fit = p => {
    const low = Math.min(...p), high = Math.max(...p);
    return p.map(v => high > low ? (v - low) / (high - low) : 0.5);
  };
  return [fit(x), fit(y)];
}

const hue = label => label < 0 ? "#8888" : `hsl(${(label * 137.5) % 360} 55% 62%)`;

function drawing(e) {
  const count = e.gold.length, size = 420, rim = 14;
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  const put = (name, attributes, text) => {
    const node = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    svg.append(node);
  };
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "Graph " + e.id + " with the labels that were found");
  svg.style.maxWidth = size + "px";
  svg.style.width = "100%";
  const [x, y] = places(count, e.edges);
  const at = v => [rim + x[v] * (size - 2 * rim), rim + y[v] * (size - 2 * rim)];
  for (let k = 0; k + 1 < e.edges.length; k += 2) {
    const [a, b] = [at(e.edges[k]), at(e.edges[k + 1])];
    put("line", {x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: "currentColor", "stroke-opacity": 0.35});
  }
  const r = count > 80 ? 7 : 10;
  for (let v = 0; v < count; v++) {
    const [cx, cy] = at(v), wrong = e.gold[v] >= 0 && e.gold[v] !== e.found[v];
    put("circle", {cx, cy, r, fill: hue(e.found[v]), stroke: wrong ? "#c00" : "#4446", "stroke-width": wrong ? 3 : 1});
    put("text", {x: cx, y: cy + 3, "text-anchor": "middle", "font-size": count > 80 ? 7 : 9, fill: "#000"}, e.found[v]);
  }
  return svg;
}

function graphs() {
  if (!data.examples.length) return;
  const node = section("examples", "Where is it wrong?",
    "The worst, median and best graphs by nodes right: numbers are the labels found, a red ring marks a node whose gold label is another.");
  for (const e of data.examples) {
    const wrong = e.gold.map((g, v) => [v, g, e.found[v]]).filter(([, g, f]) => g >= 0 && g !== f);
    node.append(make("h3", {}, `${e.rank}: ${e.id}, ${percent(e.accuracy)} % of the nodes`), drawing(e));
    if (wrong.length) {
      node.append(make("p", {}, "Wrong: " + wrong.slice(0, 30).map(([v, g, f]) => `node ${v} is ${g}, found ${f}`).join("; ") +
        (wrong.length > 30 ? " and more" : "")));
    }
  }
}

function matrices() {
  if (!data.matrices || !data.matrices.length) return;
  const node = section("matrices", "What do edges say?",
    "Scores that edges add for the labels of their first node (rows) and second (columns): red against, blue for.");
  for (const m of data.matrices) {
    const values = m.values.map(c => c.v), labels = Math.sqrt(values.length);
    const most = Math.max(1e-9, ...values.map(v => Math.abs(v)));
    const cell = v => make("td", {style: `background: ${v < 0 ? "rgba(200,40,40," : "rgba(40,80,220,"}${Math.abs(v) / most * 0.7})`},
      Math.abs(v) < 0.005 ? "0" : v.toFixed(2));
    const numbers = [...Array(labels).keys()];
    node.append(make("h3", {}, m.name));
    node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Scores of " + m.name},
      make("table", {}, make("tr", {}, make("th", {}, ""), ...numbers.map(b => make("th", {scope: "col"}, b))),
        ...numbers.map(a => make("tr", {}, make("th", {scope: "row"}, a), ...numbers.map(b => cell(values[a * labels + b])))))));
  }
}

task.middle = () => {
  graphs();
  matrices();
};
