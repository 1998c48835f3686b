style(`
.tracks { display: grid; grid-template-columns: 5rem minmax(30rem, 1fr); gap: 2px .5rem; align-items: center; font-size: .75rem; }
.tracks > span { text-align: right; color: var(--faint); }
canvas.strip { width: 100%; display: block; image-rendering: pixelated; background: var(--card); }
.line { position: relative; height: 1.4rem; }
.line span { position: absolute; text-align: center; border-left: 1px solid var(--one); min-width: .6rem; }
`);

// A strip of values, rows by columns, 0 to 1 each.
function strip(values, rows, columns, caption, height) {
  const canvas = make("canvas", {class: "strip", width: columns, height: rows, role: "img", "aria-label": caption,
    style: `height:${height}px`});
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  const ink = color("--heat").split(",").map(Number);
  values.forEach((v, i) => image.data.set([...ink, Math.round(255 * v)], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

// Words of gold and found side by side, those that differ marked, by fewest changes.
function aligned(gold, found) {
  const n = gold.length, m = found.length, cost = [];
  for (let i = 0; i <= n; i++) for (let j = 0; j <= m; j++) {
    (cost[i] = cost[i] || [])[j] = !i || !j ? i + j : Math.min(cost[i - 1][j - 1] + (gold[i - 1] === found[j - 1] ? 0 : 1),
      1 + cost[i - 1][j], 1 + cost[i][j - 1]);
  }
  const pairs = [];
  for (let i = n, j = m; i || j;) {
    if (i && j && cost[i][j] === cost[i - 1][j - 1] + (gold[i - 1] === found[j - 1] ? 0 : 1)) pairs.push([gold[--i], found[--j]]);
    else if (i && cost[i][j] === cost[i - 1][j] + 1) pairs.push([gold[--i], null]);
    else pairs.push([null, found[--j]]);
  }
  return pairs.reverse();
}

function utterances() {
  if (!data.examples || !data.examples.length) return;
  const node = section("utterances", "Where is it wrong?",
    "The worst, median and best utterances by character errors: what was said and what the best path says, the frames, the " +
    "probability of every symbol over time, and where the likeliest alignment puts what was said.");
  for (const u of data.examples) {
    node.append(make("h3", {}, `${u.rank}: ${u.id}, ${percent(u.errors)} % of the characters wrong, ${u.frames} frames`));
    const words = t => t.trim() ? t.trim().split(/ +/) : [];
    const pairs = aligned(words(u.gold), words(u.found));
    const cell = (w, wrong) => make("td", wrong ? {class: "wrong"} : {}, (wrong ? "\u2717 " : "") + (w == null ? "\u2013" : w));
    node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Words of " + u.id},
      make("table", {}, make("tr", {}, make("th", {scope: "row"}, "said"), ...pairs.map(([g]) => cell(g, false))),
        make("tr", {}, make("th", {scope: "row"}, "found"), ...pairs.map(([g, f]) => cell(f, g !== f))))));
    const tracks = make("div", {class: "tracks"});
    const track = (name, content) => tracks.append(make("span", {}, name), content);
    track("frames", strip(u.values.map(v => v / 255), u.channels, u.frames, "frames of " + u.id, 3 * u.channels));
    for (const s of u.symbols) track(s.name, strip(s.p, 1, u.steps, `probability of ${s.name} in ${u.id}`, 12));
    const line = make("div", {class: "line", role: "img", "aria-label": "alignment of " + u.gold});
    for (const [name, begin, end] of u.alignment) line.append(make("span",
      {style: `left:${100 * begin / u.steps}%;width:${100 * (end - begin) / u.steps}%`, title: `${name}: ${begin} to ${end}`},
      name === "space" ? "\u2423" : name));
    if (u.alignment.length) track("alignment", line);
    node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Tracks of " + u.id}, tracks));
  }
}

task.middle = () => {
  utterances();
};
