// ---- 2. Where do Q, K and V come from?
/** A matrix as an outline in the proportions of its rows and columns. */
function outline(name, rows, columns, side, arrow = room() < 720 ? "↓" : "→") {
  const scale = 84 / Math.max(rows, columns), width = Math.max(12, columns * scale), height = Math.max(12, rows * scale);
  return el("div", { class: "times" }, el("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    el("div", { class: "matrix" }, svg("svg", { width: width + 2, height: height + 2, viewBox: `0 0 ${width + 2} ${height + 2}`, role: "img",
      "aria-label": `${name}, a matrix of ${rows} rows and ${columns} columns` }, svg("rect", { class: `outline ${side}-line`, x: 1, y: 1, width, height })),
    el("b", {}, name), el("span", { class: "shape" }, `${rows} × ${columns}`)),
    arrow === "→" && el("span", { class: "arrow", "aria-hidden": "true" }, arrow));
}
const block = (side, title, shape, note, content) => el("div", { class: `block ${side}-side` },
  el("div", { class: "title" }, badge(side), ` ${title} `, el("span", { class: "shape" }, shape)), wide(title, content), el("div", { class: "note" }, note));

/** What is the same at every step is drawn once, too. */
const drawnOnce = new Map();
function once(id, depends, draw) {
  const key = depends.join();
  if (drawnOnce.get(id)?.key !== key) drawnOnce.set(id, { key, picture: draw() });
  return drawnOnce.get(id).picture;
}
function origins() {
  const layer = cross[state.layer], { q } = row(), t = state.step;
  const K = layer.keys[state.head], V = layer.values[state.head], tokens = D.source.map(show);
  const free = room() < 720 ? room() - 24 : Math.min(560, room() * 0.5);
  const wideCell = Math.max(2, Math.min(4, (free - 70) / D_MODEL)), cell = Math.max(5, Math.min(10, ((room() < 720 ? room() : room() * 0.36) - 90) / K_WIDTH));
  const height = S > 20 ? 12 : 15, read = [show(D.reads[t])], gutter = gutterOf([...tokens, ...read]);
  const grid = (id, name, values, width) => once(id, [state.layer, state.head, width, gutter], () => heat({ id, label: `${name}: ${values.length} rows, ${values[0].length} columns`, rows: tokens, values, width, height, gutter,
    rowSide: "enc", tell: (i, j) => `${name} of ${quoted(D.source[i])}, number ${j + 1}: ${num(values[i][j])}` }));
  const vector = (id, name, values, width) => strip({ id, name, values, width, rows: read, rowSide: "dec", gutter });
  const always = "computed once for all steps";
  const flow = el("div", { class: "origins" },
    block("dec", "decoder's state", `1 × ${D_MODEL}`, `after reading ${quoted(D.reads[t])}, normalized: another at every step`, vector("state", "decoder's state", layer.queryInput[t], wideCell)),
    outline("W_Q", D_MODEL, K_WIDTH, "dec"),
    block("dec", "q", `1 × ${K_WIDTH}`, `what step ${t + 1} asks: computed anew at each of the ${T} steps`, vector("q", "q", q, cell)),
    el("div", { class: "both" }, block("enc", "encoder's output", `${S} × ${D_MODEL}`, `a row for each token of the sentence: ${always}`, grid("memory", "encoder's output", memory, wideCell))),
    outline("W_K", D_MODEL, K_WIDTH, "enc"), block("enc", "K", `${S} × ${K_WIDTH}`, `what each token can be found by: ${always}`, grid("keys", "key", K, cell)),
    outline("W_V", D_MODEL, K_WIDTH, "enc"), block("enc", "V", `${S} × ${K_WIDTH}`, `what each token hands over: ${always}`, grid("values", "value", V, cell)));
  const lines = [["what", "side", "token", ...Array.from({ length: D_MODEL }, (_, i) => i + 1)], ["state", "decoder", D.reads[t], ...layer.queryInput[t]], ["q", "decoder", D.reads[t], ...q],
    ...memory.map((v, s) => ["encoder output", "encoder", D.source[s], ...v]), ...K.map((v, s) => ["key", "encoder", D.source[s], ...v]), ...V.map((v, s) => ["value", "encoder", D.source[s], ...v])];
  return [
    p("Q comes from the decoder ", badge("dec"), ". K and V come from the encoder ", badge("enc"), ": both from the same output, by two different matrices. Only q knows what has been translated so far; K and V know the sentence alone, so they are computed once and kept."),
    figure("origins", () => lines, flow, ["The true numbers of ", headName(), ": each cell is one, darker where it is larger. ", el("span", { class: "key minus" }, "below 0"), " ", el("span", { class: "key plus" }, "above 0"),
      `. The other heads have ${K_WIDTH} columns of their own of the same ${D_MODEL} × ${H * K_WIDTH} matrices. A bias is added after each multiplication.`]),
  ];
}
