// ---- 2. Where do Q, K and V come from?
/** A matrix as an outline in the proportions of its rows and columns. */
function outline(name, rows, columns, side, arrow = room() < 720 ? "↓" : "→") {
  const scale = 84 / Math.max(rows, columns),
    width = Math.max(12, columns * scale),
    height = Math.max(12, rows * scale);
  return div(
    "times",
    el("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    div(
      "matrix",
      drawing(width + 2, height + 2, {
        role: "img",
        "aria-label": `${name}, a matrix of ${rows} rows and ${columns} columns`,
      }, svg("rect", { class: `outline ${side}-line`, x: 1, y: 1, width, height })),
      el("b", {}, name),
      el("span", { class: "shape" }, `${rows} × ${columns}`),
    ),
    arrow === "→" && el("span", { class: "arrow", "aria-hidden": "true" }, arrow),
  );
}
const block = (side, title, shape, note, content) =>
  div(
    `block ${side}-side`,
    div("title", badge(side), ` ${title} `, el("span", { class: "shape" }, shape)),
    wide(title, content),
    div("note", note),
  );
/** How wide cells are: of vectors as wide as the model, and of those as wide as a head. */
function cellWidths() {
  const narrow = room() < 720, free = narrow ? room() - 24 : Math.min(560, room() / 2);
  return {
    model: Math.max(2, Math.min(4, (free - 70) / D_MODEL)),
    head: Math.max(5, Math.min(10, ((narrow ? room() : room() * 0.36) - 90) / K_WIDTH)),
  };
}
/** What is the same at every step is drawn once, too. */
const drawnOnce = new Map();
function once(id, depends, draw) {
  const key = depends.join();
  if (drawnOnce.get(id)?.key !== key) drawnOnce.set(id, { key, picture: draw() });
  return drawnOnce.get(id).picture;
}
/** A row for each source token. */
function ofTokens(id, name, values, width, gutter) {
  const draw = () =>
    heat({
      id,
      label: `${name}: ${values.length} rows, ${values[0].length} columns`,
      rows: D.source.map(show),
      values,
      width,
      height: S > 20 ? 12 : 15,
      gutter,
      rowSide: "enc",
      tell: (i, j) => `${name} of ${quoted(D.source[i])}, number ${j + 1}: ${num(values[i][j])}`,
    });
  return once(id, [state.layer, state.head, width, gutter], draw);
}
function flowOf(decoderState, q, K, V) {
  const t = state.step, rows = [show(D.reads[t])], width = cellWidths();
  const gutter = gutterOf([...D.source.map(show), ...rows]);
  const always = "computed once for all steps";
  return div(
    "origins",
    block(
      "dec",
      "decoder's state",
      `1 × ${D_MODEL}`,
      `after reading ${quoted(D.reads[t])}, normalized: another at every step`,
      strip({
        id: "state",
        name: "decoder's state",
        values: decoderState,
        width: width.model,
        rows,
        rowSide: "dec",
        gutter,
      }),
    ),
    outline("W_Q", D_MODEL, K_WIDTH, "dec"),
    block(
      "dec",
      "q",
      `1 × ${K_WIDTH}`,
      `what step ${t + 1} asks: computed anew at each of the ${T} steps`,
      strip({ id: "q", name: "q", values: q, width: width.head, rows, rowSide: "dec", gutter }),
    ),
    div(
      "both",
      block(
        "enc",
        "encoder's output",
        `${S} × ${D_MODEL}`,
        `a row for each token of the sentence: ${always}`,
        ofTokens("memory", "encoder's output", memory, width.model, gutter),
      ),
    ),
    outline("W_K", D_MODEL, K_WIDTH, "enc"),
    block(
      "enc",
      "K",
      `${S} × ${K_WIDTH}`,
      `what each token can be found by: ${always}`,
      ofTokens("keys", "key", K, width.head, gutter),
    ),
    outline("W_V", D_MODEL, K_WIDTH, "enc"),
    block(
      "enc",
      "V",
      `${S} × ${K_WIDTH}`,
      `what each token hands over: ${always}`,
      ofTokens("values", "value", V, width.head, gutter),
    ),
  );
}
function origins() {
  const layer = cross[state.layer], t = state.step, decoderState = layer.queryInput[t];
  const [q, K, V] = [
    layer.queries[state.head][t],
    layer.keys[state.head],
    layer.values[state.head],
  ];
  const lines = () => [
    ["what", "side", "token", ...decoderState.map((_, i) => i + 1)],
    ["state", "decoder", D.reads[t], ...decoderState],
    ["q", "decoder", D.reads[t], ...q],
    ...memory.map((v, s) => ["encoder output", "encoder", D.source[s], ...v]),
    ...K.map((v, s) => ["key", "encoder", D.source[s], ...v]),
    ...V.map((v, s) => ["value", "encoder", D.source[s], ...v]),
  ];
  return [
    p(
      "Q comes from the decoder ",
      badge("dec"),
      ". K and V come from the encoder ",
      badge("enc"),
      ": both from the same output, by two different matrices. Only q knows what has been translated so far; K and V know the sentence alone, so they are computed once and kept.",
    ),
    figure("origins", lines, flowOf(decoderState, q, K, V), [
      `The true numbers of ${headName()}: each cell is one, darker where it is larger. `,
      el("span", { class: "key minus" }, "below 0"),
      " ",
      el("span", { class: "key plus" }, "above 0"),
      `. The other heads have ${K_WIDTH} columns of their own of the same ${D_MODEL} × ${
        H * K_WIDTH
      } matrices. A bias is added after each multiplication.`,
    ]),
  ];
}
