function sequences() {
  if (!data.examples.length) return;
  const node = section("examples", "Where is it wrong?",
    "The worst, median and best sequences by token accuracy: gold labels and those found; a cross marks those that differ.");
  for (const e of data.examples) {
    node.append(make("h3", {}, `${e.rank}: ${e.id}, ${percent(e.accuracy)} % of the tokens`));
    const row = (name, cells) => make("tr", {}, make("th", {scope: "row"}, name), ...cells);
    node.append(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Labels of " + e.id},
      make("table", {}, row("token", e.tokens.map(([t]) => make("td", {}, t))),
        row("gold", e.tokens.map(([, g]) => make("td", {}, g))),
        row("found", e.tokens.map(([, g, f]) => make("td", g === f ? {} : {class: "wrong"}, (g === f ? "" : "\u2717 ") + f))))));
  }
}

task.middle = () => {
  sequences();
};
