// ---- 3. One row, worked
const STEPS = ["q: what the decoder asks", "K: what each token can be found by", "q times each key, summed: the scores",
  "Divide by the square root of the width", "Mask", "Softmax: weights that sum to 1", "Weights times V, summed: the context"];
const factor = (x) => (x < 0 ? `(${num(x)})` : num(x));
const products = (a, b) => a.map((x, i) => `${factor(x)}\u00a0×\u00a0${factor(b[i])}`).join(" + ");
const at = () => (state.source !== null && state.source < sources().length ? state.source : largest(row().weights));
const cellWidth = () => Math.max(9, Math.min(17, (Math.min(room(), room() > 960 ? room() - 380 : room()) - 210) / K_WIDTH));

/** One of the seven; what is in it is drawn when it is unfolded. */
function stepOf(i, subtitle, draw) {
  const key = `step-${i}`, body = el("div", {});
  const show = () => { if (!body.hasChildNodes()) body.append(...kept([...draw(), i < 7 && nextStep(i)])); };
  if (unfolded.has(key)) show();
  return el("details", { class: "step", id: `work-${i}`, open: unfolded.has(key),
    ontoggle: (event) => { if (event.target.open) { unfolded.add(key); show(); } else unfolded.delete(key); } },
  el("summary", { id: `fold-${key}` }, el("span", { class: "ordinal" }, String(i)), el("span", {}, STEPS[i - 1], subtitle && el("span", { class: "subtitle" }, ` ${subtitle}`))), body);
}
const nextStep = (i) => el("div", { class: "tools" }, el("button", { id: `next-${i}`, onclick: () => {
  document.getElementById(`work-${i + 1}`).open = true;
  document.getElementById(`fold-step-${i + 1}`).focus();
} }, `Next: ${STEPS[i].split(":")[0]}`));
const vectors = (id, name, values, rows, rowSide, current, gutter = 0) => heat({ id, label: name, rows, gutter, values, width: cellWidth(), height: values.length > 20 ? 15 : 18, rowSide, current,
  tell: (i, j) => `${name} of ${plain(rows[i])}, number ${j + 1}: ${num(values[i][j])}`, pick: (i) => go({ source: i < sources().length ? i : null }) });

function scores(r, tokens, chosen) {
  const parts = r.K.map((k) => k.map((x, i) => r.q[i] * x));
  const top = most(r.scores.map((x) => [x])), width = cellWidth(), height = parts.length > 20 ? 15 : 18;
  return stepOf(3, `1 × ${K_WIDTH} times ${K_WIDTH} × ${r.K.length} (K transposed) = 1 × ${r.K.length}`, () => [
    p("Number by number, q is multiplied with each key; the products of a row are summed to its score. A large score: this key is what q asked for."),
    view(wide("Products and scores", el("div", { class: "pair" },
        el("div", {}, vectors("asked", "q", [r.q], [[["q", "strong dec"]]], "dec", -1, gutterOf(tokens)), heat({ id: "products", label: "products of q and each key", rows: tokens, values: parts, width, height, rowSide: "enc", current: chosen,
          tell: (i, j) => `${plain(tokens[i])}, number ${j + 1}: ${num(r.q[j])} × ${num(r.K[i][j])} = ${num(parts[i][j])}`, pick: (i) => go({ source: i }) })),
        el("div", {}, el("div", { class: "note" }, "summed"), heat({ id: "sums", label: "scores", values: r.scores.map((x) => [x]), width: 62, height, top, current: chosen,
          numbers: (x) => num(x, 2), tell: (i) => `score of ${plain(tokens[i])}: ${num(r.scores[i])}`, pick: (i) => go({ source: i }) })))),
      "Under q its products with each key; right their sums, the scores. Click a row, or press Enter on it, to have its arithmetic written out."),
    fold("sum-scores", `Check the sum for ${quoted(sources()[chosen])}`, el("p", { class: "arithmetic", id: "arithmetic-scores" }, `${products(r.q, r.K[chosen])} = ${num(r.scores[chosen])}`))]);
}
function scaling(r, tokens, chosen) {
  const root = Math.sqrt(K_WIDTH), top = most([r.scaled]);
  return stepOf(4, state.scaling ? `√${K_WIDTH} = ${num(root)}` : "switched off by you", () => [
    p("Sums of many products grow with their number. Divided by the square root of it they stay small enough for the softmax not to give everything to one token."),
    table("Scaled scores", ["token", "score", "", "scaled", ""], r.scores.map((x, s) => [show(sources()[s]), num(x), state.scaling ? `÷ ${num(root)} =` : "=", num(r.scaled[s]), twoWay(r.scaled[s], top)]), { current: chosen })]);
}
function masking(r, tokens, chosen) {
  const anyHidden = r.hidden.some(Boolean);
  return stepOf(5, anyHidden ? (state.mask ? "<pad> may not be looked at" : "ignored by you") : "hides nothing here", () => [
    p(anyHidden ? "In a batch, shorter sentences are filled up with <pad>. It is no word, so its score becomes −∞, and after the softmax its weight is 0."
      : "In cross-attention the mask hides padding, and only that: the decoder may look at the whole sentence. One sentence alone has no padding, so here the mask hides nothing."),
    pads ? quiet(state.pad ? "The <pad> below is real: the model computed its key and value from the encoder's output one position behind this sentence, as in a batch with a longer one. Take the mask away and see what it would have done."
      : "Add a <pad> (in the box of changes) to see the mask at work: its key and value are those that the model computes behind this sentence in a batch with a longer one.") : null,
    table("Scores after the mask", ["token", "scaled", "may be looked at", "after the mask"], r.scaled.map((x, s) => [show(sources()[s]), num(x), r.hidden[s] ? (state.mask ? "no" : "no, but ignored") : "yes",
      num(r.hidden[s] && state.mask ? -Infinity : x)]), { current: chosen })]);
}
function softmaxStep(r, tokens, chosen) {
  return stepOf(6, state.temperature === 1 ? "" : `temperature ${num(state.temperature, 1)}, set by you`, () => [
    p("Each score becomes a power of e, and each power is divided by the sum of all: shares of the attention that there is to give."),
    table("Weights", ["token", state.temperature === 1 ? "after the mask" : "÷ temperature", "e^(it − largest)", "weight", "drag it"], r.weights.map((w, s) => [show(sources()[s]), num(r.logits[s]), num(r.powers[s]),
      el("output", { id: `shown-${s}` }, num(w)), el("input", { id: `weight-${s}`, type: "range", min: 0, max: 1, step: 0.01, value: w, "aria-label": `Weight of ${show(sources()[s])}`,
        oninput: (event) => setWeight(s, Number(event.target.value)), onchange: update })]), { current: chosen }),
    fold("sum-softmax", "Check the sum", el("p", { class: "arithmetic", id: "arithmetic-softmax" },
      `For ${quoted(sources()[chosen])}: ${num(r.powers[chosen])} ÷ (${r.powers.map((x) => num(x)).join(" + ")}) = ${num(r.powers[chosen])} ÷ ${num(r.total)} = ${num(r.powers[chosen] / r.total)}`),
    el("p", { class: "arithmetic" }, `All weights: ${r.weights.map((x) => num(x)).join(" + ")} = ${num(sum(r.weights))}`))]);
}
function contextStep(r, tokens, chosen) {
  const parts = r.V.map((v, s) => v.map((x) => r.weights[s] * x)), i = Math.min(state.number, K_WIDTH - 1), top = most(r.V);
  const weighted = [...tokens.map((token, s) => [[`${num(r.weights[s], 2)} × `, "faint"], [token, ""]]), [["sum: context", "strong"]]];
  return stepOf(7, `1 × ${r.V.length} times ${r.V.length} × ${K_WIDTH} = 1 × ${K_WIDTH}`, () => [
    p("Every token's value counts as much as its weight. Their sum is what this head brings back: the context."),
    view(el("div", {}, el("h4", {}, badge("enc"), " V: the values"), wide("V", vectors("v", "value", r.V, tokens, "enc", chosen, gutterOf(weighted))),
      el("h4", {}, "Weight × value, to the same scale; below, their sum"), wide("Weighted values", heat({ id: "weighted", label: "weighted values and their sum", rows: weighted,
        values: [...parts, r.context], width: cellWidth(), height: parts.length > 20 ? 15 : 18, top, rowSide: "enc", current: parts.length,
        tell: (s, j) => (s === parts.length ? `context, number ${j + 1}: ${num(r.context[j])}` : `${plain(tokens[s])}, number ${j + 1}: ${num(r.weights[s])} × ${num(r.V[s][j])} = ${num(parts[s][j])}`),
        pick: (_, j) => go({ number: j }) }))), "Click a column, or press Enter on it, to have its arithmetic written out."),
    fold("sum-context", `Check the sum of number ${i + 1}`, el("p", { class: "arithmetic", id: "arithmetic-context" }, `${products(r.weights, r.V.map((v) => v[i]))} = ${num(r.context[i])}`))]);
}

/** The box of changes: switches, and the weights and the context that follow from them. */
function changes(r) {
  const toggle = (name, text, disabled = false) => control(text, el("input", { id: name, type: "checkbox", checked: state[name], disabled, onchange: (event) => go({ [name]: event.target.checked, edited: null }) }));
  return el("aside", { class: "changes", "aria-label": "Change something" }, el("h3", {}, "Change something"),
    toggle("scaling", `divide by √${K_WIDTH}`),
    pads ? toggle("pad", "add a <pad>") : quiet("No <pad> can be added: this inspection came from a file, without its model."),
    toggle("mask", "apply the mask", !r.hidden.some(Boolean)),
    el("label", {}, "temperature ", el("input", { id: "temperature", type: "range", min: 0.1, max: 5, step: 0.1, value: state.temperature,
      onchange: (event) => go({ temperature: Number(event.target.value), edited: null }) }), ` ${num(state.temperature, 1)}`),
    el("button", { id: "reset", disabled: !isChanged() && !state.pad && state.temperature === 1, onclick: () => go({ ...AS_THE_MODEL_DID, pad: false }) }, "As the model did"),
    el("div", { id: "follows" }, follows(r)));
}
function follows(r) {
  const heights = r.weights.map((w) => 70 * w), tokens = sources().map(show), step = Math.min(24, 294 / tokens.length);
  const longest = step >= 9 ? Math.max(...tokens.map((text) => textWidth(text, 11))) : 0, width = step * tokens.length + 10, height = 92 + 0.8 * longest;
  const far = Math.sqrt(sum(r.context.map((x, i) => (x - r.ownContext[i]) ** 2))) / Math.max(1e-9, Math.sqrt(sum(r.ownContext.map((x) => x * x))));
  return [
    el("h4", {}, "Softmax"),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Weights: ${tokens.map((text, s) => `${text} ${whole(r.weights[s])}`).join(", ")}` },
      svg("path", { class: "axis", d: `M4 78H${width - 4}` }),
      tokens.map((text, s) => [svg("rect", { class: "enc", x: 5 + step * s, y: 78 - heights[s], width: step - 2, height: heights[s] }),
        svg("path", { class: "ghost", d: `M${5 + step * s} ${78 - 70 * r.own[s]}h${step - 2}` }),
        step >= 9 && svg("text", { class: "tick", transform: `translate(${5 + step * (s + 0.5) + 4} 90) rotate(-60)`, "text-anchor": "end" }, text)].filter(Boolean))),
    view([el("h4", {}, "Context"), heat({ id: "follow-context", label: "context", values: [r.context], width: Math.min(9, 300 / K_WIDTH), height: 20, top: most(r.V), tell: (_, j) => `context, number ${j + 1}: ${num(r.context[j])}` })]),
    quiet(isChanged() ? `Lines: the model's own weights. The context is another by ${whole(far)} of its length.` : "As the model computed it. Lines mark its weights while you change them."),
  ];
}
const work = () => {
  const r = row(), tokens = sources().map(show), chosen = at();
  return { r, tokens, chosen };
};
/** After a weight was dragged: the slider in the reader's hand must stay the same element. */
function showEdited() {
  const { r, tokens, chosen } = work();
  r.weights.forEach((w, s) => {
    const slider = document.getElementById(`weight-${s}`);
    if (!slider) return;
    document.getElementById(`shown-${s}`).textContent = num(w);
    if (slider !== document.activeElement) slider.value = w;
  });
  document.getElementById("work-7")?.replaceWith(contextStep(r, tokens, chosen));
  document.getElementById("follows")?.replaceChildren(...follows(r).flat());
  document.getElementById("reset")?.removeAttribute("disabled");
  panels.forEach((one) => { if (one.panel.open && one.draw !== worked) redrawPanel(one); });
  tellRow();
}
/** A line for each token: everything that its column of the table above knows. */
const rowCsv = (r) => [["token", "score", "scaled", "hidden", "after the mask and the temperature", "weight", "the model's weight", ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`), ...r.q.map((_, i) => `weight × v ${i + 1}`)],
  ...r.K.map((k, s) => [sources()[s], r.scores[s], r.scaled[s], r.hidden[s], r.logits[s], r.weights[s], r.own[s], ...k.map((x, i) => r.q[i] * x), ...r.V[s].map((x) => r.weights[s] * x)]),
  ["sum", "", "", "", "", sum(r.weights), sum(r.own), ...r.q.map(() => ""), ...r.context]];
function worked() {
  const { r, tokens, chosen } = work();
  const steps = el("div", { class: "steps" },
    stepOf(1, `1 × ${K_WIDTH}`, () => [p(badge("dec"), ` One vector of ${K_WIDTH} numbers, made from the decoder's state by W_Q.`),
      view(wide("q", vectors("question", "q", [r.q], ["q"], "dec", -1, gutterOf(tokens))))]),
    stepOf(2, `${r.K.length} × ${K_WIDTH}`, () => [p(badge("enc"), " One vector for each token, made from the encoder's output by W_K."),
      view(wide("K", vectors("offer", "key", r.K, tokens, "enc", chosen)))]),
    scores(r, tokens, chosen), scaling(r, tokens, chosen), masking(r, tokens, chosen), softmaxStep(r, tokens, chosen), contextStep(r, tokens, chosen));
  return [
    p(`How the row of ${headName()} came about when `, badge("dec"), ` wrote ${quoted(D.writes[state.step])}: seven steps, computed here in the page from the recorded q, K and V. Change something, and all that follows changes with it.`),
    keep("row", () => rowCsv(row()), steps,
      el("button", { id: "unfold", onclick: () => { STEPS.forEach((_, i) => unfolded.add(`step-${i + 1}`)); update(); } }, "Unfold all seven"),
      el("button", { id: "fold", onclick: () => { STEPS.forEach((_, i) => unfolded.delete(`step-${i + 1}`)); update(); } }, "Fold them")),
    el("div", { class: "bench" }, changes(r), steps),
  ];
}
