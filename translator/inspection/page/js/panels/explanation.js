// ---- 7. Is attention an explanation?
const PAIRS = [
  ["weights_leave_one_out", "weights", "leaving one out"],
  ["norms_leave_one_out", "contributions", "leaving one out"],
  ["weights_gradient", "weights", "gradient × input"],
  ["norms_gradient", "contributions", "gradient × input"],
];
const mean = (list) => {
  const known = list.filter((x) => x !== null);
  return known.length ? sum(known) / known.length : null;
};
const inWords = (
  x,
) => (x === null
  ? "cannot be compared"
  : x >= 0.7
  ? "much the same order"
  : x >= 0.3
  ? "partly the same order"
  : x > -0.3
  ? "hardly related"
  : "rather the opposite order");
/** The mean over layers and heads of cross-attention at a step, S numbers. */
function meanRow(name, t) {
  const heads = matrices.cross_attn.flatMap((layer) => layer[name]);
  return D.source.map((_, s) => sum(heads.map((one) => one[t][s])) / heads.length);
}
/** Whether the four orders at least begin alike. */
function favourites(looks) {
  const [weights, , out] = looks.map(([, list]) => largest(list));
  return weights === out
    ? `Both put ${quoted(D.source[out])} first.`
    : `The weights put ${quoted(D.source[weights])} first, leaving one out ${
      quoted(D.source[out])
    }.`;
}
/** The tokens of the source by four measures, side by side: [name, S numbers]. */
function looksAt(t) {
  return [
    ["mean weight", meanRow("weights", t)],
    ["mean contribution", meanRow("norms", t)],
    ["leaving it out", explanation.leaveOneOut[t].map(Math.abs)],
    ["gradient × input", explanation.gradientXInput[t].map(Math.abs)],
  ];
}
const two = (x) => (x === null ? "none" : num(x, 2));
function inOneSentence(t, looks) {
  const { weights_leave_one_out: weights, norms_leave_one_out: norms } = explanation;
  return `For ${quoted(D.writes[t])}, the weights and leaving one out: ${
    inWords(weights[t])
  } (rank correlation ${two(weights[t])}); the contributions: ${inWords(norms[t])} (${
    two(norms[t])
  }). ${favourites(looks)} Over all steps, the mean: weights ${two(mean(weights))}, contributions ${
    two(mean(norms))
  }.`;
}
function orders(t, looks) {
  const heads = ["token", ...looks.map(([name]) => name)], width = room() < 600 ? 30 : 90;
  const measured = ([, list], s) =>
    el(
      "span",
      { class: "with" },
      bar(list[s] / Math.max(1e-9, ...list), "enc", width),
      ` ${num(list[s])}`,
    );
  const lines = D.source.map((piece, s) => [show(piece), ...looks.map((one) => measured(one, s))]);
  return figure(
    "orders",
    () => [heads, ...D.source.map((piece, s) => [piece, ...looks.map(([, list]) => list[s])])],
    [
      h4(`Four orders of the source tokens, for ${quoted(D.writes[t])}`),
      table("Four orders", heads, lines),
    ],
    "Weights and contributions: the mean over all layers and heads. The other two: by size, whether they help the word or hold it back.",
  );
}
function correlations(t) {
  const heads = ["written", ...PAIRS.map(([, a, b]) => `${a}, ${b}`)];
  const width = room() < 600 ? 30 : 64;
  const cell = (x) =>
    x === null ? two(x) : el("span", { class: "with" }, twoWay(x, 1, width), ` ${two(x)}`);
  const lines = [
    ...D.writes.map((piece, i) => [show(piece), ...PAIRS.map(([name]) => explanation[name][i])]),
    ["mean of all steps", ...PAIRS.map(([name]) => mean(explanation[name]))],
  ];
  return figure(
    "explanation",
    () => [heads, ...lines.map((line) => line.map((x) => x ?? ""))],
    [
      h4("Rank correlation at every step"),
      table(
        "Rank correlations",
        heads,
        lines.map(([name, ...list]) => [name, ...list.map(cell)]),
        t,
      ),
    ],
    "1: the same order. 0: nothing in common. −1: the opposite order. (Spearman's, over the source tokens.)",
  );
}
function explains() {
  if (!explanation) return [p(`${NO_MODEL} to measure this.`)];
  const t = state.step, looks = looksAt(t);
  return [
    p(
      "If attention explained why a word was written, it would put the source tokens in the order of their importance. Two measures of importance that do not look at attention: ",
      el("b", {}, "leaving one out"),
      " hides a token from the model and sees how far the written word's log-probability moves; ",
      el("b", {}, "gradient × input"),
      " asks how fast it moves when the token's embedding is scaled.",
    ),
    el("p", { id: "in-words" }, inOneSentence(t, looks)),
    orders(t, looks),
    correlations(t),
    p("Attention shows where a head took its vectors from, and that exactly. It does not show why the word was chosen: the encoder has already mixed the tokens, other layers and the decoder's own state take part, and other weights can lead to the same word (Jain and Wallace 2019; Serrano and Smith 2019). Whether that disqualifies it depends on what one wants explained (Wiegreffe and Pinter 2019), and the lengths of the vectors often tell more than the weights (Kobayashi et al. 2020). The two measures disagree with each other, too: neither is the truth, and one sentence proves little."),
  ];
}
