// ---- 4. The whole matrix
const SIDES = {
  cross_attn: ["dec", "enc"],
  encoder_self_attn: ["enc", "enc"],
  decoder_self_attn: ["dec", "dec"],
};
const placeOf = (kind) => (kind === "cross_attn" ? [state.layer, state.head] : state.self[kind]);
const pieces = (list) => list.map((text, i) => ({ text: show(text), pieces: [i] }));

/** What rows and columns count: { text, pieces }, and whether rows are steps that read and write. */
function units(kind) {
  const words = state.units === "words";
  const source = words ? D.sourceWords : pieces(D.source),
    reads = words ? D.readsWords : pieces(D.reads);
  if (kind === "encoder_self_attn") return [source, source];
  if (kind === "decoder_self_attn") return [reads, reads];
  if (words) return [D.writesWords, source];
  return [
    D.writes.map((text, t) => ({
      text: [[show(D.reads[t]), "read"], [" → ", "faint"], [show(text), "strong"]],
      pieces: [t],
    })),
    source,
  ];
}
/** A word's columns summed, its rows averaged. */
const merged = (
  m,
  rows,
  columns,
) => (state.units === "pieces"
  ? m
  : rows.map((r) =>
    columns.map((c) =>
      sum(r.pieces.map((i) => sum(c.pieces.map((j) => m[i][j])))) / r.pieces.length
    )
  ));
const shares = (m) =>
  m.map((line) => {
    const all = sum(line) || 1;
    return line.map((x) => x / all);
  });
function valuesOf(kind, layer, head) {
  const { weights, norms } = matrices[kind][layer], [rows, columns] = units(kind);
  const w = merged(weights[head], rows, columns);
  if (state.by === "weights") return w;
  const n = merged(norms[head], rows, columns);
  return state.by === "norms" ? n : shares(n).map((line, i) => line.map((x, j) => x - w[i][j]));
}
const scaleOf = (
  kind,
) => (state.by === "weights"
  ? 1
  : Math.max(...matrices[kind].flatMap((one, layer) =>
    one.norms.map((_, head) => most(valuesOf(kind, layer, head)))
  )));
const isHidden = (kind, rows, columns) => (i, j) =>
  kind === "decoder_self_attn" &&
  Math.min(...columns[j].pieces) > Math.max(...rows[i].pieces);

function big(kind, space, top) {
  const [layer, head] = placeOf(kind),
    [rows, columns] = units(kind),
    values = valuesOf(kind, layer, head),
    [asks, answers] = SIDES[kind];
  const left = Math.max(...rows.map((r) => labelWidth(r.text))) + 20,
    side = state.by === "difference" ? null : answers;
  const cell = Math.max(
      15,
      Math.min(kind === "cross_attn" ? 46 : 34, (space - left) / columns.length),
    ),
    height = Math.max(15, Math.min(30, cell));
  const title = {
    cross_attn: "cross-attention",
    encoder_self_attn: "encoder self-attention",
    decoder_self_attn: "decoder self-attention",
  }[kind];
  const name = ({ text }) => quoted(plain(text));
  return heat({
    id: `grid-${kind}`,
    label: `${title}, ${headName(layer, head)}: ${rows.length} rows, ${columns.length} columns`,
    rows: rows.map((r) => r.text),
    columns: columns.map((c) => c.text),
    values,
    width: cell,
    height,
    side,
    top,
    rowSide: asks,
    columnSide: answers,
    hidden: isHidden(kind, rows, columns),
    numbers: cell >= 28
      ? (x) => (Math.abs(x) >= 0.005 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "")
      : null,
    current: kind === "encoder_self_attn"
      ? -1
      : rows.findIndex((r) => r.pieces.includes(state.step)),
    tell: (
      i,
      j,
    ) => (isHidden(kind, rows, columns)(i, j)
      ? `${name(rows[i])} may not look at ${name(columns[j])}: it comes later`
      : `${name(rows[i])} asks, ${name(columns[j])} answers: ${
        {
          weights: "weight",
          norms: "length",
          difference: "share of the lengths minus weight",
        }[state.by]
      } ${num(values[i][j])}`),
    pick: (i) => kind !== "encoder_self_attn" && go({ step: rows[i].pieces[0] }),
  });
}
const SHADES = 12;
/** Small, without words: the cells of a shade are one path. */
function small(kind, layer, head, top, space) {
  const values = valuesOf(kind, layer, head), n = values.length, m = values[0].length;
  const cell = Math.max(
      2,
      Math.min(8, Math.min(104, space / Math.min(4, H) - 18) / Math.max(n, m)),
    ),
    [, side] = SIDES[kind];
  const paths = new Map();
  values.forEach((line, i) =>
    line.forEach((x, j) => {
      const shade = Math.ceil(SHADES * Math.min(1, Math.abs(x) / top) - 0.3),
        look = state.by !== "difference" ? side : x < 0 ? "minus" : "plus";
      if (shade > 0) {
        paths.set(
          `${look} ${shade}`,
          `${paths.get(`${look} ${shade}`) || ""}M${+(cell * j).toFixed(2)} ${+(cell * i).toFixed(
            2,
          )}h${cell.toFixed(2)}v${cell.toFixed(2)}h-${cell.toFixed(2)}z`,
        );
      }
    })
  );
  return svg(
    "svg",
    {
      width: cell * m + 2,
      height: cell * n + 2,
      viewBox: `-1 -1 ${cell * m + 2} ${cell * n + 2}`,
      "aria-hidden": "true",
    },
    svg("rect", { class: "ground", width: cell * m, height: cell * n }),
    [...paths].map(([key, d]) =>
      svg("path", {
        class: key.split(" ")[0],
        "fill-opacity": (key.split(" ")[1] / SHADES).toFixed(2),
        d,
      })
    ),
  );
}
function smallOnes(kind, top, space) {
  const [atLayer, atHead] = placeOf(kind);
  return el(
    "div",
    { class: "many", role: "group", "aria-label": "Every layer and head" },
    matrices[kind].map((one, layer) =>
      el(
        "div",
        { class: "of-layer" },
        el("span", { class: "note" }, `layer ${layer + 1}`),
        one.weights.map((_, head) =>
          el(
            "button",
            {
              class: "mini",
              id: `mini-${kind}-${layer}-${head}`,
              "aria-pressed": String(layer === atLayer && head === atHead),
              "aria-label": `Show ${headName(layer, head)}`,
              onclick: () =>
                go(
                  kind === "cross_attn"
                    ? { layer, head }
                    : { self: { ...state.self, [kind]: [layer, head] } },
                ),
            },
            small(kind, layer, head, top, space),
            el("span", { class: "note" }, `head ${head + 1}`),
          )
        ),
      )
    ),
  );
}
function kindOfAttention(kind, space, title, about) {
  const top = scaleOf(kind),
    [asks, answers] = SIDES[kind],
    [layer, head] = placeOf(kind),
    [rows, columns] = units(kind);
  const sides = { enc: ["source", "encoder"], dec: ["target", "decoder"] };
  const axis = (side, verb) =>
    el("span", { class: side }, `${sides[side][0]} (${sides[side][1]}, ${verb})`);
  return figure(
    kind,
    () => [
      ["", ...columns.map((c) => c.text)],
      ...valuesOf(kind, layer, head).map((line, i) => [plain(rows[i].text), ...line]),
    ],
    el(
      "div",
      { class: "whole" },
      el(
        "div",
        {},
        el("h4", {}, badge(asks), " asks ", badge(answers), ` ${title}, ${headName(layer, head)}`),
        el("div", { class: "axes" }, axis(asks, "asks"), " ↓   ", axis(answers, "answers"), " →"),
        wide(title, big(kind, space, top)),
        legend(top, state.by === "difference" ? null : answers),
      ),
      el(
        "div",
        {},
        el("h4", {}, "Every layer and head"),
        smallOnes(kind, top, room() > 900 ? 500 : room()),
      ),
    ),
    about,
  );
}
const ABOUT_BY = {
  weights: "Colour: the weight, always from 0 to 1. Each row of pieces sums to 1.",
  norms:
    "Colour: the length of the vector that a token adds, weight × value × W_O. A heavy weight on a short vector adds little. All heads of a kind share one scale.",
  difference:
    "Each token's share of a row's lengths minus its weight. Below 0: it adds less than its weight suggests, as </s> and full stops often do. All heads of a kind share one scale.",
};
function matrix() {
  const space = room() > 900 ? room() - Math.min(4, H) * 124 - 40 : room();
  return [
    p(`One row for each of the ${T} steps, one column for each of the ${S} source tokens: a rectangle, since question and answer are two different sentences. The row of this step is outlined; click a row, or press Enter in it, to go to its step.`),
    el(
      "div",
      { class: "tools" },
      choice("by", "show", [["weights", "weights"], ["norms", "contributions (norms)"], [
        "difference",
        "difference of the two",
      ]]),
      choice("units", "by", [["pieces", "pieces"], ["words", "words"]]),
    ),
    quiet(
      ABOUT_BY[state.by],
      state.units === "words" &&
        " By words: the columns of a word's pieces are summed, its rows averaged.",
    ),
    kindOfAttention(
      "cross_attn",
      space,
      "cross-attention",
      state.units === "pieces"
        ? "Rows: what the step reads → what it writes."
        : "Rows: the word that the steps write.",
    ),
    el("h3", {}, "Self-attention beside it: square"),
    p("Within one sentence, askers and answerers are the same tokens. The encoder looks in both directions; the decoder only back, at what it has read so far: struck out is what the causal mask hides."),
    el(
      "div",
      { class: "beside" },
      kindOfAttention(
        "encoder_self_attn",
        room() > 900 ? room() / 2 - 30 : room(),
        "encoder self-attention",
        null,
      ),
      kindOfAttention(
        "decoder_self_attn",
        room() > 900 ? room() / 2 - 30 : room(),
        "decoder self-attention",
        "Rows and columns: the tokens that the decoder reads.",
      ),
    ),
  ];
}
