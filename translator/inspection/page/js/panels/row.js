// ---- 3. One row, worked
const STEPS = [
  "q: what the decoder asks",
  "K: what each token can be found by",
  "q times each key, summed: the scores",
  "Divide by the square root of the width",
  "Mask",
  "Softmax: weights that sum to 1",
  "Weights times V, summed: the context",
];
const factor = (x) => (x < 0 ? `(${num(x)})` : num(x));
const products = (a, b) => a.map((x, i) => `${factor(x)}\u00a0×\u00a0${factor(b[i])}`).join(" + ");
/** The source token whose arithmetic is written out. */
function chosenSource() {
  const { source } = state;
  return source !== null && source < sources().length ? source : largest(row().weights);
}
/** Of the grids of this panel; the box of changes stands beside them where there is room. */
function cellWidth() {
  const free = room() > 960 ? room() - 380 : room();
  return Math.max(9, Math.min(17, (free - 210) / K_WIDTH));
}
const cellHeight = (n) => (n > 20 ? 15 : 18);

/** One of the seven; what is in it is drawn when it is unfolded. */
function stepOf(i, subtitle, draw) {
  const key = `step-${i}`, body = el("div", {});
  const show = () => {
    if (!body.hasChildNodes()) body.append(...kept([...draw(), i < 7 && nextStep(i)]));
  };
  if (unfolded.has(key)) show();
  return el(
    "details",
    {
      class: "step",
      id: `work-${i}`,
      open: unfolded.has(key),
      ontoggle: (event) => {
        if (event.target.open) {
          unfolded.add(key);
          show();
        } else unfolded.delete(key);
      },
    },
    el(
      "summary",
      { id: `fold-${key}` },
      el("span", { class: "ordinal" }, String(i)),
      el("span", {}, STEPS[i - 1], subtitle && el("span", { class: "subtitle" }, ` ${subtitle}`)),
    ),
    body,
  );
}
const nextStep = (i) =>
  el(
    "div",
    { class: "tools" },
    el("button", {
      id: `next-${i}`,
      onclick: () => {
        document.getElementById(`work-${i + 1}`).open = true;
        document.getElementById(`fold-step-${i + 1}`).focus();
      },
    }, `Next: ${STEPS[i].split(":")[0]}`),
  );
const vectors = (id, name, values, rows, rowSide, current, gutter = 0) =>
  heat({
    id,
    label: name,
    rows,
    gutter,
    values,
    width: cellWidth(),
    height: values.length > 20 ? 15 : 18,
    rowSide,
    current,
    tell: (i, j) => `${name} of ${plain(rows[i])}, number ${j + 1}: ${num(values[i][j])}`,
    pick: (i) => go({ source: i < sources().length ? i : null }),
  });

function scores(r, tokens, chosen) {
  const parts = r.K.map((k) => k.map((x, i) => r.q[i] * x));
  const shape = { height: cellHeight(parts.length), current: chosen };
  const pick = (source) => go({ source });
  const grids = div(
    "pair",
    div(
      "",
      vectors("asked", "q", [r.q], [[["q", "strong dec"]]], "dec", -1, gutterOf(tokens)),
      heat({
        ...shape,
        id: "products",
        label: "products of q and each key",
        rows: tokens,
        values: parts,
        width: cellWidth(),
        rowSide: "enc",
        tell: (i, j) =>
          `${tokens[i]}, number ${j + 1}: ${num(r.q[j])} × ${num(r.K[i][j])} = ${num(parts[i][j])}`,
        pick,
      }),
    ),
    div(
      "",
      div("note", "summed"),
      heat({
        ...shape,
        id: "sums",
        label: "scores",
        values: r.scores.map((x) => [x]),
        width: 62,
        numbers: (x) => num(x, 2),
        tell: (i) => `score of ${tokens[i]}: ${num(r.scores[i])}`,
        pick,
      }),
    ),
  );
  const sizes =
    `1 × ${K_WIDTH} times ${K_WIDTH} × ${r.K.length} (K transposed) = 1 × ${r.K.length}`;
  return stepOf(3, sizes, () => [
    p("Number by number, q is multiplied with each key; the products of a row are summed to its score. A large score: this key is what q asked for."),
    view(
      wide("Products and scores", grids),
      "Under q its products with each key; right their sums, the scores. Click a row, or press Enter on it, to have its arithmetic written out.",
    ),
    fold(
      "sum-scores",
      `Check the sum for ${quoted(sources()[chosen])}`,
      arithmetic("scores", `${products(r.q, r.K[chosen])} = ${num(r.scores[chosen])}`),
    ),
  ]);
}
const arithmetic = (name, text) => el("p", { class: "arithmetic", id: `arithmetic-${name}` }, text);
function scaling(r, chosen) {
  const root = Math.sqrt(K_WIDTH), top = most([r.scaled]);
  return stepOf(4, state.scaling ? `√${K_WIDTH} = ${num(root)}` : "switched off by you", () => [
    p(`A sum of ${K_WIDTH} products spreads about √${K_WIDTH} times as wide as one product. Divided by that, scores stay in the range where the softmax can share, however long the vectors are.`),
    table(
      "Scaled scores",
      ["token", "score", "", "scaled", ""],
      r.scores.map((
        x,
        s,
      ) => [
        show(sources()[s]),
        num(x),
        state.scaling ? `÷ ${num(root)} =` : "=",
        num(r.scaled[s]),
        twoWay(r.scaled[s], top, 120),
      ]),
      chosen,
    ),
  ]);
}
function masking(r, chosen) {
  const anyHidden = r.hidden.some(Boolean);
  return stepOf(
    5,
    anyHidden
      ? (state.mask ? "<pad> may not be looked at" : "ignored by you")
      : "hides nothing here",
    () => [
      p(
        anyHidden
          ? "In a batch, shorter sentences are filled up with <pad>. It is no word, so its score becomes −∞, and after the softmax its weight is 0."
          : "In cross-attention the mask hides padding, and only that: the decoder may look at the whole sentence. One sentence alone has no padding, so here the mask hides nothing.",
      ),
      pads
        ? quiet(
          state.pad
            ? "The <pad> below is real: the model computed its key and value from the encoder's output one position behind this sentence, as in a batch with a longer one. Take the mask away and see what it would have done."
            : "Add a <pad> (in the box of changes) to see the mask at work: its key and value are those that the model computes behind this sentence in a batch with a longer one.",
        )
        : null,
      table(
        "Scores after the mask",
        ["token", "scaled", "may be looked at", "after the mask"],
        r.scaled.map((
          x,
          s,
        ) => [
          show(sources()[s]),
          num(x),
          r.hidden[s] ? (state.mask ? "no" : "no, but ignored") : "yes",
          num(r.hidden[s] && state.mask ? -Infinity : x),
        ]),
        chosen,
      ),
    ],
  );
}
function softmaxStep(r, chosen) {
  return stepOf(
    6,
    state.temperature === 1 ? "" : `temperature ${num(state.temperature, 1)}, set by you`,
    () => [
      p("Each score becomes a power of e, and each power is divided by the sum of all: shares of the attention that there is to give."),
      table(
        "Weights",
        [
          "token",
          state.temperature === 1 ? "after the mask" : "÷ temperature",
          "e^(it − largest)",
          "weight",
          "drag it",
        ],
        r.weights.map((
          w,
          s,
        ) => [
          show(sources()[s]),
          num(r.logits[s]),
          num(r.powers[s]),
          el("output", { id: `shown-${s}` }, num(w)),
          el("input", {
            id: `weight-${s}`,
            type: "range",
            min: 0,
            max: 1,
            step: 0.01,
            value: w,
            "aria-label": `Weight of ${show(sources()[s])}`,
            oninput: (event) => setWeight(s, Number(event.target.value)),
            onchange: update,
          }),
        ]),
        chosen,
      ),
      fold(
        "sum-softmax",
        "Check the sum",
        arithmetic(
          "softmax",
          `For ${quoted(sources()[chosen])}: ${num(r.powers[chosen])} ÷ (${
            r.powers.map((x) => num(x)).join(" + ")
          }) = ${num(r.powers[chosen])} ÷ ${num(r.total)} = ${num(r.powers[chosen] / r.total)}`,
        ),
        arithmetic(
          "weights",
          `All weights: ${r.weights.map((x) => num(x)).join(" + ")} = ${num(sum(r.weights))}`,
        ),
      ),
    ],
  );
}
function contextStep(r, tokens, chosen) {
  const parts = r.V.map((v, s) => v.map((x) => r.weights[s] * x)), end = parts.length;
  const labels = [
    ...tokens.map((token, s) => [[`${num(r.weights[s], 2)} × `, "faint"], [token, ""]]),
    [["sum: context", "strong"]],
  ];
  const weighted = () =>
    heat({
      id: "weighted",
      label: "weighted values and their sum",
      rows: labels,
      values: [...parts, r.context],
      width: cellWidth(),
      height: cellHeight(end),
      top: most(r.V),
      rowSide: "enc",
      current: end,
      tell: (s, j) =>
        s === end
          ? `context, number ${j + 1}: ${num(r.context[j])}`
          : `${tokens[s]}, number ${j + 1}: ${num(r.weights[s])} × ${num(r.V[s][j])} = ${
            num(parts[s][j])
          }`,
      pick: (_, number) => go({ number }),
    });
  const i = state.number, numbers = r.V.map((v) => v[i]);
  return stepOf(7, `1 × ${end} times ${end} × ${K_WIDTH} = 1 × ${K_WIDTH}`, () => [
    p("Every token's value counts as much as its weight. Their sum is what this head brings back: the context."),
    view(
      [
        h4(badge("enc"), " V: the values"),
        wide("V", vectors("v", "value", r.V, tokens, "enc", chosen, gutterOf(labels))),
        h4("Weight × value, to the same scale; below, their sum"),
        wide("Weighted values", weighted()),
      ],
      "Click a column, or press Enter on it, to have its arithmetic written out.",
    ),
    fold(
      "sum-context",
      `Check the sum of number ${i + 1}`,
      arithmetic("context", `${products(r.weights, numbers)} = ${num(r.context[i])}`),
    ),
  ]);
}

/** A line for each token: everything that its column of the table above knows. */
const rowCsv = (
  r,
) => [
  [
    "token",
    "score",
    "scaled",
    "hidden",
    "after the mask and the temperature",
    "weight",
    "the model's weight",
    ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`),
    ...r.q.map((_, i) => `weight × v ${i + 1}`),
  ],
  ...r.K.map((
    k,
    s,
  ) => [
    sources()[s],
    r.scores[s],
    r.scaled[s],
    r.hidden[s],
    r.logits[s],
    r.weights[s],
    r.own[s],
    ...k.map((x, i) => r.q[i] * x),
    ...r.V[s].map((x) => r.weights[s] * x),
  ]),
  ["sum", "", "", "", "", sum(r.weights), sum(r.own), ...r.q.map(() => ""), ...r.context],
];
function worked() {
  const r = row(), tokens = sources().map(show), chosen = chosenSource();
  const steps = el(
    "div",
    { class: "steps" },
    stepOf(
      1,
      `1 × ${K_WIDTH}`,
      () => [
        p(badge("dec"), ` One vector of ${K_WIDTH} numbers, made from the decoder's state by W_Q.`),
        view(wide("q", vectors("question", "q", [r.q], ["q"], "dec", -1, gutterOf(tokens)))),
      ],
    ),
    stepOf(
      2,
      `${r.K.length} × ${K_WIDTH}`,
      () => [
        p(badge("enc"), " One vector for each token, made from the encoder's output by W_K."),
        view(wide("K", vectors("offer", "key", r.K, tokens, "enc", chosen))),
      ],
    ),
    scores(r, tokens, chosen),
    scaling(r, chosen),
    masking(r, chosen),
    softmaxStep(r, chosen),
    contextStep(r, tokens, chosen),
  );
  return [
    p(
      `How the row of ${headName()} came about when `,
      badge("dec"),
      ` wrote ${
        quoted(D.writes[state.step])
      }: seven steps, computed here in the page from the recorded q, K and V. Change something, and all that follows changes with it.`,
    ),
    keep(
      "row",
      () => rowCsv(row()),
      steps,
      el("button", {
        id: "unfold",
        onclick: () => {
          STEPS.forEach((_, i) => unfolded.add(`step-${i + 1}`));
          update();
        },
      }, "Unfold all seven"),
      el("button", {
        id: "fold",
        onclick: () => {
          STEPS.forEach((_, i) => unfolded.delete(`step-${i + 1}`));
          update();
        },
      }, "Fold them"),
    ),
    el("div", { class: "bench" }, changes(r), steps),
  ];
}
