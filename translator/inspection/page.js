"use strict";
// Everything shown comes from the JSON beside this script; words reach the page as text only.
const D = JSON.parse(document.getElementById("data").textContent);

function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const read = ([n, ...rest]) =>
    Array.from({ length: n }, () => (rest.length ? read(rest) : view.getFloat32(4 * at++, true)));
  return read(packed.shape);
}
const cross = D.cross.map((one) => Object.fromEntries(
  Object.entries(one).map(([name, value]) => [name, name === "mask" ? value : unpack(value)])));
const memory = unpack(D.memory);
const matrices = Object.fromEntries(Object.entries(D.matrices).map(([kind, layers]) =>
  [kind, layers.map((one) => ({ weights: unpack(one.weights), norms: unpack(one.norms) }))]));
const S = D.source.length, T = D.writes.length;
const state = { ...D.start, scaling: true, mask: true, temperature: 1, edited: null,
  by: "weights", units: "pieces", kind: "cross_attn" };

// ---- building blocks
const SVG = "http://www.w3.org/2000/svg";
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child != null));
  return node;
}
const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);
const show = (piece) => piece.replaceAll("\u2581", "") || piece;
const num = (x, digits = 3) => (x === -Infinity ? "−∞" : x.toFixed(digits).replace("-", "−"));
const pct = (x) => (100 * x).toFixed(0) + "%";
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const headName = () => `layer ${state.layer + 1}, head ${state.head + 1}`;

// ---- one row, computed here from the recorded Q, K and V
function row() {
  const layer = cross[state.layer];
  const q = layer.queries[state.head][state.step];
  const K = layer.keys[state.head], V = layer.values[state.head];
  const scores = K.map((k) => dot(q, k));
  const scaled = scores.map((x) => x / (state.scaling ? Math.sqrt(q.length) : 1));
  const masked = scaled.map((x, s) =>
    (state.mask && layer.mask[state.step][s] ? -Infinity : x / state.temperature));
  const top = Math.max(...masked), powers = masked.map((x) => Math.exp(x - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  const weights = state.edited || powers.map((x) => x / sum);
  const context = q.map((_, i) => weights.reduce((total, w, s) => total + w * V[s][i], 0));
  return { q, K, V, scores, scaled, masked, powers, sum, weights, context };
}

function setWeight(at, value) {
  const old = row().weights, rest = 1 - old[at];
  state.edited = S === 1 ? [1] : old.map((w, s) =>
    (s === at ? value : rest > 1e-9 ? (w / rest) * (1 - value) : (1 - value) / (S - 1)));
  // The slider in the reader's hand must stay the same element, or dragging would end.
  state.edited.forEach((w, s) => {
    document.getElementById(`shown-${s}`).textContent = num(w);
    if (s !== at) document.getElementById(`weight-${s}`).value = w;
  });
  document.getElementById("fold-step-6").parentNode.replaceWith(contextStep(row()));
  panels.forEach(({ panel, body, draw }) => {
    if (panel.open && draw !== worked) body.replaceChildren(...draw().filter(Boolean));
  });
}
function go(changes) {
  Object.assign(state, changes);
  state.step = Math.max(0, Math.min(T - 1, state.step));
  if (["layer", "head", "step"].some((name) => name in changes)) state.edited = null;
  update();
}

// ---- saving
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
function saveSvg(box) {
  const drawn = box.querySelector("svg");
  const copy = drawn.cloneNode(true);
  copy.setAttribute("xmlns", SVG);
  // The style sheet stays behind: colours go into the copy.
  const from = [drawn, ...drawn.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const name of ["fill", "stroke", "font-family", "font-size"]) {
      to[i].setAttribute(name, style.getPropertyValue(name));
    }
  });
  save("attention.svg", "image/svg+xml", new XMLSerializer().serializeToString(copy));
}
const field = (x) => `"${String(x).replaceAll('"', '""')}"`;
const csv = (rows) => save("attention.csv", "text/csv", rows.map((r) => r.map(field).join(",")).join("\r\n"));

function table(head, rows, here) {
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Table" }, el("table", {},
    el("thead", {}, el("tr", {}, head.map((x) => el("th", { scope: "col" }, x)))),
    el("tbody", {}, rows.map((cells, i) => el("tr", { class: i === here && "here" },
      cells.map((x, c) => el(c ? "td" : "th", { scope: !c && "row" }, x)))))));
}
const vector = (name, values) => el("details", {}, el("summary", {}, `${name}: ${values.length} numbers`),
  table(values.map((_, i) => String(i + 1)), [values.map((x) => num(x))]));

// ---- 1
function lanes() {
  const { weights } = row();
  const width = Math.max(44 * Math.max(S, T), 300), x = (i, n) => ((i + 0.5) * width) / n;
  const most = weights.indexOf(Math.max(...weights));
  const picture = svg("svg", { width, height: 250, viewBox: `0 0 ${width} 250`, role: "group",
    "aria-label": "The sentence above, the translation below, linked by the weights of this row" });
  weights.forEach((w, s) => {
    picture.append(svg("path", { class: "link", "stroke-width": 1 + 9 * w, "stroke-opacity": 0.08 + 0.9 * w,
      d: `M${x(s, S)} 62 C${x(s, S)} 110 ${x(state.step, T)} 110 ${x(state.step, T)} 165` }),
    svg("text", { x: x(s, S), y: 18, "text-anchor": "middle", "font-size": 11 }, pct(w)),
    svg("rect", { class: "e", x: x(s, S) - 14, y: 52 - 26 * w, width: 28, height: 26 * w + 1 }),
    svg("text", { class: "e", x: x(s, S), y: 72, "text-anchor": "middle", "font-size": 13,
      "font-weight": s === most ? 700 : 400 }, show(D.source[s])));
  });
  for (let t = 0; t < T; t++) {
    picture.append(svg("g", { tabindex: t === state.step ? 0 : -1, role: "button", id: `step-${t}`,
      "aria-pressed": String(t === state.step),
      "aria-label": `Step ${t + 1}: reads ${show(D.reads[t])}, writes ${show(D.writes[t])}`,
      onclick: () => go({ step: t }), onmouseenter: () => { if (t !== state.step) go({ step: t }); },
      onkeydown: steps },
    svg("rect", { class: t === state.step ? "current" : "", fill: "transparent",
      x: x(t, T) - 21, y: 168, width: 42, height: 66, rx: 5 }),
    svg("text", { x: x(t, T), y: 190, "text-anchor": "middle", "font-size": 12 }, show(D.reads[t])),
    svg("text", { class: "d", x: x(t, T), y: 224, "text-anchor": "middle", "font-size": 13,
      "font-weight": 700 }, show(D.writes[t]))));
  }
  return picture;
}
function steps(event) {
  const to = { ArrowRight: state.step + 1, ArrowLeft: state.step - 1, Home: 0, End: T - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go({ step: to });
  document.getElementById(`step-${state.step}`)?.focus();
}
let playing = null;
function play() {
  if (playing) { clearInterval(playing); playing = null; } else {
    if (state.step === T - 1) go({ step: 0 });
    playing = setInterval(() => { if (state.step === T - 1) play(); else go({ step: state.step + 1 }); }, 1200);
  }
  update();
}
function who() {
  const box = el("div", { class: "wide" }, lanes());
  return [
    el("p", {}, `The decoder (D) has just read “${show(D.reads[state.step])}” and is about to write “${show(D.writes[state.step])}”. It asks; every token of the sentence (E) answers, as loudly as its weight says.`),
    box,
    el("p", { class: "quiet" }, "Above (E): the sentence and its weights in this row. Below (D): first what each step reads, in bold what it then writes. Arrow keys walk the steps."),
    el("div", { class: "tools" }, el("button", { id: "play", onclick: play }, playing ? "Pause" : "Play"),
      el("button", { onclick: () => saveSvg(box) }, "Save as SVG"),
      el("button", { onclick: () => csv([["token", "weight"], ...row().weights.map((w, s) => [D.source[s], w])]) }, "CSV of this view")),
    el("p", {}, "What it might have written here, most probable first:"),
    table(["token", "probability"], D.alternatives[state.step].map(([piece, logprob]) => [show(piece), pct(Math.exp(logprob))])),
  ];
}

// ---- 2
function origins() {
  const layer = cross[state.layer], r = row(), d = memory[0].length, k = r.q.length;
  const asked = r.weights.indexOf(Math.max(...r.weights));
  return [
    table(["", "comes from", "times", "gives", "when"], [
      ["Q, asked by D", `decoder state, ${T} × ${d}`, `W_Q, ${d} × ${k}`, `${T} × ${k}`, "one row at every step"],
      ["K, offered by E", `encoder output, ${S} × ${d}`, `W_K, ${d} × ${k}`, `${S} × ${k}`, "computed once for all steps"],
      ["V, handed over by E", `encoder output, ${S} × ${d}`, `W_V, ${d} × ${k}`, `${S} × ${k}`, "computed once for all steps"]]),
    el("p", {}, `Only Q knows what has been translated so far. K and V know the sentence alone: both are made from the same encoder output, by different matrices. (A bias is added to each.) Below, this step, and “${show(D.source[asked])}”, which has the largest weight in it:`),
    vector(`D, state after reading “${show(D.reads[state.step])}”`, layer.queryInput[state.step]),
    vector("D, its query q", r.q),
    vector(`E, output at “${show(D.source[asked])}”`, memory[asked]),
    vector("E, its key k", r.K[asked]), vector("E, its value v", r.V[asked]),
  ];
}

// ---- 3
const unfolded = new Set(["step-0"]);
function fold(key, title, ...content) {
  return el("details", { class: "step", open: unfolded.has(key),
    ontoggle: (event) => (event.target.open ? unfolded.add(key) : unfolded.delete(key)) },
  el("summary", { id: `fold-${key}` }, title), ...content);
}
function control(text, input) { return el("label", {}, input, ` ${text}`); }
const terms = (list) => list.map((x) => (x < 0 ? `(${num(x)})` : num(x))).join(" + ");
function contextStep(r) {
  return fold("step-6", "7. Weights times V, summed: the context", table(["token", ...r.q.map((_, i) => String(i + 1))],
      [...r.V.map((v, s) => [`${num(r.weights[s])} × ${show(D.source[s])}`, ...v.map((x) => num(r.weights[s] * x))]), ["sum: context", ...r.context.map((x) => num(x))]], S),
      fold("sum-context", "Check the sum", el("p", {}, `First number: ${terms(r.V.map((v, s) => r.weights[s] * v[0]))} = ${num(r.context[0])}`)));
}
function worked() {
  const r = row(), k = r.q.length, column = (values) => values.map((x, s) => [show(D.source[s]), num(x)]);
  const best = r.weights.indexOf(Math.max(...r.weights));
  return [
    el("p", {}, "Seven steps, computed here in the page from the recorded q, K and V. Change something, and all that follows changes with it."),
    el("div", { class: "tools" },
      control("divide by √d", el("input", { id: "scaling", type: "checkbox", checked: state.scaling, onchange: (e) => go({ scaling: e.target.checked, edited: null }) })),
      control("mask", el("input", { id: "mask", type: "checkbox", checked: state.mask, onchange: (e) => go({ mask: e.target.checked, edited: null }) })),
      control("temperature", el("input", { id: "temperature", type: "number", min: 0.1, max: 10, step: 0.1, value: state.temperature,
        onchange: (e) => { const t = Number(e.target.value); go({ temperature: t >= 0.1 && t <= 10 ? t : 1, edited: null }); } })),
      el("button", { id: "reset", onclick: () => go({ scaling: true, mask: true, temperature: 1, edited: null }) }, "As the model did")),
    fold("step-0", "1. q: what D asks", table(r.q.map((_, i) => String(i + 1)), [r.q.map((x) => num(x))])),
    fold("step-1", "2. K: what each token of E offers", table(["token", ...r.q.map((_, i) => String(i + 1))], r.K.map((v, s) => [show(D.source[s]), ...v.map((x) => num(x))]), best)),
    fold("step-2", "3. q times each key, summed: scores", table(["token", "score"], column(r.scores), best),
      fold("sum-score", "Check the sum", el("p", {}, `For “${show(D.source[best])}”: ${terms(r.q.map((x, i) => x * r.K[best][i]))} = ${num(r.scores[best])}`))),
    fold("step-3", `4. Divide by √${k} = ${num(Math.sqrt(k))}${state.scaling ? "" : " (switched off)"}`, table(["token", "scaled"], column(r.scaled), best)),
    fold("step-4", "5. Mask, then divide by the temperature", el("p", {}, cross[state.layer].mask[state.step].some(Boolean)
      ? "What may not be looked at gets −∞." : "Here the mask hides nothing: one sentence alone has no padding, and D may look at all of E."), table(["token", "logit"], column(r.masked), best)),
    fold("step-5", "6. Softmax: weights that sum to 1", el("p", {}, state.edited ? "These weights are yours, not the model's." : "Drag a weight, or use the arrow keys; the others make room."),
      table(["token", "e^(logit − largest)", "weight", "yours"], r.weights.map((w, s) => [show(D.source[s]), num(r.powers[s]), el("span", { id: `shown-${s}` }, num(w)),
        el("input", { id: `weight-${s}`, type: "range", min: 0, max: 1, step: 0.01, value: w, "aria-label": `Weight of ${show(D.source[s])}`, oninput: (e) => setWeight(s, Number(e.target.value)), onchange: update })]), best),
      fold("sum-softmax", "Check the sum", el("p", {}, `${terms(r.weights)} = ${num(r.weights.reduce((a, b) => a + b, 0))}`))),
    contextStep(r),
  ];
}

// ---- 4
function units(kind) {
  const label = (pieces) => pieces.map((text, i) => ({ text: show(text), pieces: [i] }));
  const words = state.units === "words" && kind === "cross_attn";
  return kind === "cross_attn" ? [words ? D.writesWords : label(D.writes), words ? D.sourceWords : label(D.source)]
    : kind === "encoder_self_attn" ? [label(D.source), label(D.source)] : [label(D.reads), label(D.reads)];
}
function values(kind, layer, head) {
  const { weights, norms } = matrices[kind][layer];
  const [rows, columns] = units(kind);
  const merged = (m) => rows.map((r) => columns.map((c) => r.pieces.reduce((sum, i) =>
    sum + c.pieces.reduce((part, j) => part + m[i][j], 0), 0) / r.pieces.length));
  const shares = (m) => m.map((line) => { const all = line.reduce((a, b) => a + b, 0) || 1; return line.map((x) => x / all); });
  const w = merged(weights[head]), n = merged(norms[head]);
  if (state.by === "weights") return w;
  return state.by === "norms" ? n : shares(n).map((line, i) => line.map((x, j) => x - w[i][j]));
}
function grid(kind, layer, head, cell, full) {
  const m = values(kind, layer, head), [rows, columns] = units(kind);
  const most = Math.max(...m.flat().map(Math.abs), 1e-9), left = full ? 110 : 0, top = full ? 100 : 0;
  const width = left + cell * columns.length, height = top + cell * rows.length;
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: full ? "grid" : "img",
    "aria-label": `Layer ${layer + 1}, head ${head + 1}: ${rows.length} rows, ${columns.length} columns` });
  const current = rows.findIndex((r) => r.pieces.includes(state.step));
  if (full) columns.forEach((c, j) => picture.append(svg("text", { class: kind === "decoder_self_attn" ? "d" : "e", "font-size": 12, transform: `translate(${left + cell * (j + 0.6)} ${top - 6}) rotate(-60)` }, c.text)));
  rows.forEach((r, i) => {
    const line = svg("g", full ? { role: "row", "aria-label": r.text } : {});
    if (full) line.append(svg("text", { class: kind === "encoder_self_attn" ? "e" : "d", role: "rowheader", x: left - 6, y: top + cell * (i + 0.65), "text-anchor": "end", "font-size": 12 }, r.text));
    columns.forEach((c, j) => line.append(svg("rect", { class: m[i][j] < 0 ? "d" : "e", x: left + cell * j, y: top + cell * i, width: cell - 0.5, height: cell - 0.5,
      "fill-opacity": Math.abs(m[i][j]) / most, ...(full ? { role: "gridcell", id: `cell-${i}-${j}`, tabindex: i === Math.max(current, 0) && j === 0 ? 0 : -1,
        "aria-label": `${r.text}, ${c.text}: ${num(m[i][j])}`, onclick: () => say(`${r.text} ← ${c.text}: ${num(m[i][j])}`),
        onfocus: () => say(`${r.text} ← ${c.text}: ${num(m[i][j])}`), onkeydown: (e) => cells(e, i, j, rows.length, columns.length) } : {}) },
      full ? svg("title", {}, `${r.text} ← ${c.text}: ${num(m[i][j])}`) : null)));
    picture.append(line);
  });
  if (kind !== "encoder_self_attn" && current >= 0) picture.append(svg("rect", { class: "current", x: left, y: top + cell * current, width: cell * columns.length, height: cell }));
  return picture;
}
function cells(event, i, j, rows, columns) {
  const to = { ArrowRight: [i, j + 1], ArrowLeft: [i, j - 1], ArrowDown: [i + 1, j], ArrowUp: [i - 1, j], Home: [i, 0], End: [i, columns - 1] }[event.key];
  if (!to || to[0] < 0 || to[1] < 0 || to[0] >= rows || to[1] >= columns) return;
  event.preventDefault();
  document.getElementById(`cell-${to[0]}-${to[1]}`).focus();
}
function choice(name, options) {
  return el("select", { id: name, "aria-label": name, onchange: (e) => go({ [name]: e.target.value }) },
    options.map(([value, text]) => el("option", { value, selected: state[name] === value }, text)));
}
function whole() {
  const kind = state.kind, layers = matrices[kind];
  const layer = Math.min(state.layer, layers.length - 1), head = Math.min(state.head, layers[layer].weights.length - 1);
  const box = el("div", { class: "wide" }, grid(kind, layer, head, 26, true));
  const about = { cross_attn: `${T} rows, one for each token written by D; ${S} columns, one for each token read by E. It need not be square.`,
    encoder_self_attn: `E asks itself: ${S} × ${S}, square.`, decoder_self_attn: `D asks itself: ${T} × ${T}, square, and empty above the diagonal: it cannot look at what it has not written.` }[kind];
  return [
    el("p", {}, about),
    el("div", { class: "tools" },
      choice("kind", [["cross_attn", "cross-attention, D asks E"], ["encoder_self_attn", "self-attention, E asks E"], ["decoder_self_attn", "self-attention, D asks D"]]),
      choice("by", [["weights", "weights"], ["norms", "contributions"], ["difference", "difference"]]),
      kind === "cross_attn" ? choice("units", [["pieces", "pieces"], ["words", "words"]]) : null,
      el("button", { onclick: () => saveSvg(box) }, "Save as SVG"),
      el("button", { onclick: () => { const [r, c] = units(kind); csv([["", ...c.map((x) => x.text)], ...values(kind, layer, head).map((line, i) => [r[i].text, ...line])]); } }, "CSV of this view")),
    box,
    el("p", { class: "quiet" }, state.by === "weights" ? "How loudly each token answers. Each row of pieces sums to 1."
      : state.by === "norms" ? "How long the vector is that each token adds: a loud answer of a short vector adds little."
        : "The share of the lengths minus the weight. In D's colour, and with a minus sign in the numbers: adds less than its weight suggests."),
    el("div", { class: "many" }, layers.map((one, l) => one.weights.map((_, h) => el("figure", {},
      el("button", { class: "mini", id: `mini-${l}-${h}`, "aria-label": `Show layer ${l + 1}, head ${h + 1}`, onclick: () => go(l < cross.length ? { layer: l, head: h } : {}) }, grid(kind, l, h, Math.max(2, Math.min(7, 140 / S)), false)),
      el("figcaption", {}, `layer ${l + 1}, head ${h + 1}`))))),
  ];
}

// ---- 5
function several() {
  const layer = cross[state.layer], H = layer.queries.length, k = layer.queries[0][0].length, d = layer.output[0].length;
  return [
    el("p", {}, `Each of the ${H} heads makes its own context of ${k} numbers. They are laid side by side (${H} × ${k} = ${H * k} numbers), multiplied by W_O (${H * k} × ${d}), and become one vector of ${d}, which is added to D's state.`),
    table(["head", "length of what it adds", "share of the result"], layer.shares.map((share, h) => [`head ${h + 1}`, num(layer.lengths[h][state.step]), pct(share[state.step]).replace("-", "−")]), state.head),
    el("p", { class: "quiet" }, "A share is how far a head carries the result in its own direction; the shares sum to 100%, and one below 0 pulls back."),
    el("p", {}, `With one head only there would be one row of weights at each step, and nothing to lay side by side: its context of ${d} numbers would go through W_O alone. Here ${H} rows can look at ${H} different places.`),
    vector("D, the one vector after W_O and its bias", layer.output[state.step]),
  ];
}

// ---- 6
const nothing = 0.01;
function whatIf() {
  if (!D.whatIf.length) return [el("p", {}, "This inspection came from a file, without its model: inspect the sentence again to try things out.")];
  const heads = cross[0].queries.length;
  const name = (one) => one.drop.length ? `E without “${show(D.source[one.drop[0]])}”`
    : one.ablate.length === 1 ? `layer ${one.ablate[0][0] + 1}, head ${one.ablate[0][1] + 1}: ${one.ablate[0][2]}` : `layer ${one.ablate[0][0] + 1}, all ${heads} heads: uniform`;
  const t = state.step, sorted = [...D.whatIf].sort((a, b) => Math.abs(b.changes[t]) - Math.abs(a.changes[t]));
  const change = (one) => one.changes[t] === null ? "not a number" : num(one.changes[t], 2);
  const mine = D.whatIf.find((one) => one.ablate.length === 1 && one.ablate[0][0] === state.layer && one.ablate[0][1] === state.head && one.ablate[0][2] === "permute");
  const still = Math.abs(mine.changes[t]) < nothing && !mine.topChanged[t];
  return [
    el("p", {}, still ? `With the weights of ${headName()} moved to other tokens, “${show(D.writes[t])}” is as probable as before: this pattern did not matter for this word.`
      : `With the weights of ${headName()} moved to other tokens, the log-probability of “${show(D.writes[t])}” changes by ${change(mine)}.`),
    el("p", { class: "quiet" }, "zero: the head adds nothing. uniform: it looks everywhere alike. permute: its weights go to other tokens. Below 0: the word becomes less probable."),
    table(["what if", `change for “${show(D.writes[t])}”`, "most probable then"], sorted.map((one) => [name(one), change(one),
      Math.abs(one.changes[t]) < nothing && !one.topChanged[t] ? "did not matter for this word" : show(one.newTop[t]) + (one.topChanged[t] ? " (new)" : "")])),
    el("div", { class: "tools" }, el("button", { onclick: () => csv([["what if", ...D.writes], ...D.whatIf.map((one) => [name(one), ...one.changes])]) }, "CSV of this view")),
  ];
}

// ---- 7
function explains() {
  if (!D.explanation) return [el("p", {}, "This inspection came from a file, without its model: inspect the sentence again to measure this.")];
  const x = D.explanation, cell = (v) => (v === null ? "none" : num(v, 2));
  const mean = (list) => { const known = list.filter((v) => v !== null); return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null; };
  const line = (pick) => [x.weights_leave_one_out, x.norms_leave_one_out, x.weights_gradient, x.norms_gradient].map((list) => cell(pick(list)));
  return [
    el("p", {}, "Does attention put the source tokens in the same order as two measures that do not look at attention? One hides a token and sees how far the written word moves; the other asks how fast it moves when the token's embedding is scaled. 1: the same order; 0: none in common; −1: the opposite order."),
    table(["written", "weights, hiding", "contributions, hiding", "weights, gradient", "contributions, gradient"],
      [...D.writes.map((piece, t) => [show(piece), ...line((list) => list[t])]), ["mean", ...line(mean)]], state.step),
    el("p", {}, "Attention shows where a head took its vectors from. It does not show why the word was chosen: E has already mixed the tokens, other layers and D's own state take part, and other weights can lead to the same word. The measures beside it disagree among themselves too; none of them is the truth. One sentence proves little."),
  ];
}

// ---- the page
const PANELS = [["Who asks, who answers?", who], ["Where do Q, K and V come from?", origins], ["One row, worked", worked],
  ["The whole matrix", whole], ["Several heads", several], ["What if?", whatIf], ["Is attention an explanation?", explains]];
const live = document.getElementById("live");
function say(text) { live.textContent = text; }
const panels = PANELS.map(([title, draw], i) => {
  const body = el("div", {});
  const panel = el("details", { class: "panel", open: i === 0, ontoggle: () => { if (panel.open) body.replaceChildren(...draw().filter(Boolean)); } },
    el("summary", {}, `${i + 1}. ${title}`), body);
  return { panel, body, draw };
});
function number(name, text, most) {
  return control(text, el("input", { id: `at-${name}`, type: "number", min: 1, max: most, value: state[name] + 1,
    onchange: (e) => go({ [name]: Math.max(0, Math.min(most - 1, Math.round(Number(e.target.value) || 1) - 1)) }) }));
}
function update() {
  const focused = document.activeElement && document.activeElement.id;
  const controls = document.getElementById("controls");
  controls.replaceChildren(number("layer", `layer of ${cross.length}`, cross.length), number("head", `head of ${cross[0].queries.length}`, cross[0].queries.length), number("step", `step of ${T}`, T));
  for (const { panel, body, draw } of panels) if (panel.open) body.replaceChildren(...draw().filter(Boolean));
  const { weights } = row(), best = weights.indexOf(Math.max(...weights));
  say(`Step ${state.step + 1}, ${headName()}: to write “${show(D.writes[state.step])}”, D looks most at “${show(D.source[best])}” (${pct(weights[best])}).`);
  // What had the focus was drawn anew.
  if (focused) document.getElementById(focused)?.focus();
}
document.getElementById("sentence").textContent = `“${D.text}” → “${D.translation}” (${D.how})`;
document.getElementById("panels").append(...panels.map(({ panel }) => panel));
update();
