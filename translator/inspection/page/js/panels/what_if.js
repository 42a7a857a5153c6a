// ---- 6. What if?
const NO_MODEL = "This inspection came from a file, without its model: inspect the sentence again";
const NOTHING = 0.01; // of a log-probability: 1% of the probability
const CHANGES = [
  ["zero", "each head zeroed"],
  ["uniform", "each head made uniform"],
  ["permute", "each head's weights moved to other tokens"],
  ["layer", "each whole layer made uniform"],
  ["drop", "each source token removed"],
];
function nameOf(one, short = false) {
  if (one.drop.length) {
    return short ? show(D.source[one.drop[0]]) : `without ${quoted(D.source[one.drop[0]])}`;
  }
  const [layer, head, how] = one.ablate[0];
  if (one.kind === "layer") {
    return short ? `layer ${layer + 1}` : `layer ${layer + 1}, all heads uniform`;
  }
  return short
    ? `${layer + 1}.${head + 1}`
    : `${headName(layer, head)} ${
      { zero: "zeroed", uniform: "uniform", permute: "moved elsewhere" }[how]
    }`;
}
const changeAt = (one, t, digits = 2) =>
  one.changes[t] === null ? "no number" : signed(one.changes[t], digits);
const noMatter = (one, t) =>
  one.changes[t] !== null && Math.abs(one.changes[t]) < NOTHING && !one.topChanged[t];
const effect = (
  one,
  t,
) => (one.topChanged[t]
  ? `${quoted(one.newTop[t])} becomes the most probable`
  : noMatter(one, t)
  ? "did not matter for this word"
  : `${quoted(one.newTop[t])} stays the most probable`);
const probability = (
  one,
  t,
) => (one.changes[t] === null
  ? ""
  : `${chance(Math.exp(D.logprobs[t]))} → ${chance(Math.exp(D.logprobs[t] + one.changes[t]))}`);

function verdict(t) {
  const mine = ["zero", "uniform", "permute"].map((how) =>
    D.whatIf.find((one) =>
      one.kind === how && one.ablate[0][0] === state.layer && one.ablate[0][1] === state.head
    )
  );
  const [zero, uniform, permute] = mine.map((one) => changeAt(one, t, 3)), word = quoted(D.writes[t]);
  const numbers = `zeroed ${zero}, uniform ${uniform}, weights moved ${permute}`;
  if (mine.every((one) => noMatter(one, t))) {
    return `Whatever is done to ${headName()}, the log-probability of ${word} moves by less than ${NOTHING} (${numbers}): this pattern did not matter for this word.`;
  }
  if (noMatter(mine[1], t) && noMatter(mine[2], t)) {
    return `What ${headName()} adds matters here, but not where it looks (${numbers}; less than ${NOTHING} counts as none): this pattern did not matter for this word.`;
  }
  return `What ${headName()} does here moves the log-probability of ${word}: ${numbers}.`;
}
/** What moves the word of this step most, in a table. */
function strongest(t) {
  const size = (one) => Math.abs(one.changes[t]);
  const sorted = [...D.whatIf].sort((a, b) => size(b) - size(a)), rest = sorted.slice(8);
  return [
    table(
      `What moves ${quoted(D.writes[t])} most`,
      ["what if", "change", "probability", "then"],
      sorted.slice(0, 8).map((one) => [
        nameOf(one),
        changeAt(one, t),
        probability(one, t),
        effect(one, t),
      ]),
    ),
    rest.length > 0 && quiet(
      `${rest.length} others move it by at most ${
        num(size(rest[0]))
      }; the table saved as CSV has them all.`,
    ),
  ];
}
/** A row for each written token, a column for each change of a group. */
function changesOfGroup(group, top) {
  const values = D.writes.map((_, i) => group.map((one) => one.changes[i] ?? 0));
  const rows = D.writes.map((piece) => [[show(piece), "strong"]]);
  const width = Math.max(18, Math.min(64, (room() - gutterOf(rows) - 10) / group.length));
  /** The change, and under it the new word; where that has no room, a dot stands for it. */
  const inCell = (x, i, j) => {
    const text = signed(x, width >= 44 ? 2 : 1), word = `→ ${show(group[j].newTop[i])}`;
    const number = width >= 34 && /[1-9]/.test(text) ? text : "";
    if (!group[j].topChanged[i]) return number;
    return width >= 44 && textWidth(word, 11) < width - 4 ? [number, word] : `${number}•`;
  };
  return heat({
    id: "moves",
    label: "changes of log-probability",
    rows,
    columns: group.map((one) => nameOf(one, true)),
    values,
    width,
    height: width >= 44 ? 34 : 20,
    top,
    current: state.step,
    rowSide: "dec",
    columnSide: state.change === "drop" ? "enc" : "",
    numbers: inCell,
    tell: (i, j) =>
      `${nameOf(group[j])}: ${quoted(D.writes[i])} ${changeAt(group[j], i)}, ${
        effect(group[j], i)
      }`,
    pick: (step) => go({ step }),
  });
}
const whatIfCsv = () => [
  ["what if", ...D.writes.flatMap((piece) => [`${piece}: change`, `${piece}: most probable then`])],
  ...D.whatIf.map((one) => [nameOf(one), ...one.changes.flatMap((x, i) => [x, one.newTop[i]])]),
];
function whatIf() {
  if (!D.whatIf.length) return [p(`${NO_MODEL} to try things out.`)];
  const group = D.whatIf.filter((one) => one.kind === state.change);
  const top = Math.max(1, Math.min(5, most(group.map((one) => one.changes))));
  const columns = state.change === "drop"
    ? el("span", { class: "enc" }, "source token that nobody may look at")
    : "what is changed (layer.head)";
  return [
    el("p", { id: "verdict" }, verdict(state.step)),
    strongest(state.step),
    h3("For every word"),
    div("tools", choice("change", "what if", CHANGES)),
    figure(
      "what-if",
      whatIfCsv,
      [
        div("axes", el("span", { class: "dec" }, "written token"), " ↓   ", columns, " →"),
        wide("Changes", changesOfGroup(group, top)),
        legend(top, null, 1),
      ],
      "Each cell: how far the log-probability of the written word moves. Below 0 it becomes less probable. Where another word becomes the most probable, it stands in the cell, or a dot does.",
    ),
    quiet(
      "Computed beforehand by the model, which read the same translation again with one thing changed. Zeroed: the head adds nothing. Uniform: it looks everywhere alike. Moved: its weights go to tokens half a sentence away. Removed: nobody, encoder or decoder, may look at the token.",
    ),
  ];
}
