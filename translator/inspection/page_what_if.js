// ---- 6. What if?
const NOTHING = 0.01;  // of a log-probability: 1% of the probability
const CHANGES = [["zero", "each head zeroed"], ["uniform", "each head made uniform"], ["permute", "each head's weights moved to other tokens"], ["layer", "each whole layer made uniform"], ["drop", "each source token removed"]];
function nameOf(one, short = false) {
  if (one.drop.length) return short ? show(D.source[one.drop[0]]) : `without ${quoted(D.source[one.drop[0]])}`;
  const [layer, head, how] = one.ablate[0];
  if (one.kind === "layer") return short ? `layer ${layer + 1}` : `layer ${layer + 1}, all heads uniform`;
  return short ? `${layer + 1}.${head + 1}` : `${headName(layer, head)} ${{ zero: "zeroed", uniform: "uniform", permute: "moved elsewhere" }[how]}`;
}
const changeAt = (one, t) => (one.changes[t] === null ? "no number" : signed(one.changes[t]));
const noMatter = (one, t) => Math.abs(one.changes[t]) < NOTHING && !one.topChanged[t];
const effect = (one, t) => (one.topChanged[t] ? `${quoted(one.newTop[t])} becomes the most probable`
  : noMatter(one, t) ? "did not matter for this word" : `${quoted(one.newTop[t])} stays the most probable`);
const probability = (one, t) => `${chance(Math.exp(D.logprobs[t]))} → ${chance(Math.exp(D.logprobs[t] + one.changes[t]))}`;

function verdict(t) {
  const mine = ["zero", "uniform", "permute"].map((how) => D.whatIf.find((one) => one.kind === how && one.ablate[0][0] === state.layer && one.ablate[0][1] === state.head));
  const [zero, uniform, permute] = mine.map((one) => changeAt(one, t)), word = quoted(D.writes[t]);
  const numbers = `zeroed ${zero}, uniform ${uniform}, weights moved ${permute}`;
  if (mine.every((one) => noMatter(one, t))) return `Whatever is done to ${headName()}, the log-probability of ${word} moves by less than ${NOTHING} (${numbers}): this pattern did not matter for this word.`;
  if (noMatter(mine[1], t) && noMatter(mine[2], t)) return `${headName()} matters here, but not where it looks (${numbers}; less than ${NOTHING} counts as none): this pattern did not matter for this word.`.replace(/^l/, "L");
  return `What ${headName()} does here moves the log-probability of ${word}: ${numbers}.`;
}
function whatIf() {
  if (!D.whatIf.length) return [p("This inspection came from a file, without its model: inspect the sentence again to try things out.")];
  const t = state.step, group = D.whatIf.filter((one) => one.kind === state.change), columns = group.map((one) => nameOf(one, true));
  const values = D.writes.map((_, step) => group.map((one) => one.changes[step] ?? 0)), top = Math.max(1, Math.min(5, most(values)));
  const rows = pieces(D.writes).map((r) => r.text), left = Math.max(...rows.map(labelWidth)) + 20;
  const width = Math.max(18, Math.min(64, (room() - left) / group.length)), height = width >= 44 ? 34 : 20;
  const top8 = [...D.whatIf].sort((a, b) => Math.abs(b.changes[t]) - Math.abs(a.changes[t])), shown = top8.slice(0, 8), rest = top8.slice(8);
  const fits = (text) => textWidth(text, 11) < width - 4;
  /** The change, and under it the new word; where that has no room, a dot says that there is one. */
  const inCell = (x, i, j) => {
    const text = signed(x, width >= 44 ? 2 : 1), word = `→ ${show(group[j].newTop[i])}`;
    return [width >= 34 && /[1-9]/.test(text) && text, group[j].topChanged[i] && (width >= 44 && fits(word) ? word : "")];
  };
  const dots = ({ left: x, above: y }) => svg("g", { "aria-hidden": "true" }, D.writes.map((_, i) => group.filter((one, j) => one.topChanged[i] && !inCell(values[i][j], i, j)[1])
    .map((one) => svg("circle", { class: "mark", cx: x + width * (group.indexOf(one) + 1) - 6, cy: y + height * i + 5, r: 2.5 }))));
  return [
    el("p", { id: "verdict" }, verdict(t)),
    table(`What moves ${quoted(D.writes[t])} most`, ["what if", "change", "probability", "then"], shown.map((one) => [nameOf(one), changeAt(one, t), probability(one, t), effect(one, t)])),
    rest.length ? quiet(`${rest.length} others move it by at most ${num(Math.abs(rest[0].changes[t]), 3)}; the table saved as CSV has them all.`) : null,
    el("h3", {}, "For every word"),
    el("div", { class: "tools" }, choice("change", "what if", CHANGES)),
    figure("what-if", () => [["what if", ...D.writes.flatMap((piece) => [`${piece}: change`, `${piece}: most probable then`])], ...D.whatIf.map((one) => [nameOf(one), ...one.changes.flatMap((x, i) => [x, one.newTop[i]])])],
      el("div", {}, el("div", { class: "axes" }, el("span", { class: "dec" }, "written token"), " ↓   ", state.change === "drop" ? el("span", { class: "enc" }, "source token that nobody may look at") : "what is changed (layer.head)", " →"),
        wide("Changes", heat({ id: "moves", label: "changes of log-probability", rows: rows.map((text) => [[text, "strong"]]), columns, values, width, height, top, current: t, rowSide: "dec", columnSide: state.change === "drop" ? "enc" : "",
          numbers: inCell, tell: (i, j) => `${nameOf(group[j])}: ${quoted(D.writes[i])} ${changeAt(group[j], i)}, ${effect(group[j], i)}`,
          pick: (i) => go({ step: i }), extra: dots })), legend(top, null, 1)),
      "Each cell: how far the log-probability of the written word moves. Below 0 it becomes less probable. Where another word becomes the most probable, it stands in the cell, or a dot does."),
    quiet("Computed beforehand by the model, which read the same translation again with one thing changed. Zeroed: the head adds nothing. Uniform: it looks everywhere alike. Moved: its weights go to tokens half a sentence away. Removed: nobody, encoder or decoder, may look at the token."),
  ];
}
