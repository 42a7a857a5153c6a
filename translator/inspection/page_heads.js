// ---- 5. Several heads
const rowOf = (head) => (head === state.head ? row().weights : weightsIn(head));
const weightsIn = (head) => matrices.cross_attn[state.layer].weights[head][state.step];

/** This sentence's answer to: why not one head? */
function oneHead() {
  const found = Array.from({ length: H }, (_, head) => { const w = weightsIn(head), best = largest(w); return { head, best, weight: w[best] }; });
  const groups = new Map();
  for (const one of found) if (!groups.has(one.best) || groups.get(one.best).weight < one.weight) groups.set(one.best, one);
  const places = [...groups.values()], total = sum(places.map((one) => one.weight));
  const looks = found.map((one) => `head ${one.head + 1} at ${quoted(D.source[one.best])} (${whole(one.weight)})`).join(", ");
  if (H === 1) return "This model has one head: one row of weights, nothing to lay side by side, and W_O alone.";
  const start = `With one head only, there is one row of weights, and it has 100% to give. Here there are ${H} rows, and they look most: ${looks}. `;
  if (places.length === 1) return `${start}All ${H} agree on the place, so at this step one row might have done; what they fetch from there still differs, since each has a W_V of its own.`;
  return start + (total > 1.005
    ? `Their strongest looks at ${places.length} different tokens come to ${whole(total)}: no single row could give that. One head would have to choose, or blur.`
    : `Their strongest looks at ${places.length} different tokens come to ${whole(total)}; one row could give as much, but would mix what it finds there into one context, where ${H} heads keep theirs apart.`)
    + ` That one context would have all ${D_MODEL} numbers, so a model with one head has just as many parameters. What such a model would have learned to look at, this one cannot tell.`;
}
function several() {
  const layer = cross[state.layer], contexts = headContexts(), outputs = headOutputs(), t = state.step;
  const total = outputs[0].map((_, j) => sum(outputs.map((one) => one[j]))), result = total.map((x, j) => x + layer.bO[j]);
  const squared = Math.max(1e-12, dot(total, total)), share = outputs.map((one) => dot(one, total) / squared), lengths = outputs.map((one) => Math.sqrt(dot(one, one)));
  const topContext = most(contexts), topResult = most([result]), columns = Math.max(1, Math.min(H, Math.floor(room() / 240)));
  const cell = Math.min(9, (Math.min(room(), columns * 290) / columns - 40) / K_WIDTH), long = Math.max(1.6, Math.min(9, (room() - 8) / (H * K_WIDTH)));
  const card = (context, head) => {
    const weights = rowOf(head), heavy = weights.map((w, s) => [w, s]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    return el("div", { class: head === state.head ? "card here" : "card" },
      el("button", { class: "plain", id: `head-${head}`, "aria-pressed": String(head === state.head), onclick: () => go({ head }) }, `head ${head + 1}`),
      el("div", { class: "looks" }, heavy.map(([w, s]) => [el("span", { class: "enc" }, show(sources()[s])), bar(w, "enc", 80), el("span", {}, whole(w))])),
      strip({ id: `context-${head}`, name: `context of head ${head + 1}`, values: context, width: cell, top: topContext }),
      el("div", { class: "note" }, `adds a length of ${num(lengths[head], 2)}, ${whole(share[head])} of the result`), bar(Math.abs(share[head]), share[head] < 0 ? "minus" : "plus", cell * K_WIDTH));
  };
  const names = Array.from({ length: H * K_WIDTH }, (_, i) => `head ${Math.floor(i / K_WIDTH) + 1}, ${(i % K_WIDTH) + 1}`);
  const joined = contexts.flat(), i = Math.min(state.output, D_MODEL - 1);
  return [
    p(`Each of the ${H} heads of layer ${state.layer + 1} has its own q, K and V, its own row of weights, and so its own context of ${K_WIDTH} numbers.`),
    figure("heads", () => [["vector", ...Array.from({ length: H * K_WIDTH }, (_, j) => j + 1)], ["concatenated contexts", ...joined], ...outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]), ["bias", ...layer.bO], ["sum", ...result]],
      el("div", { class: "join" },
        el("h4", {}, `1. Side by side: ${H} contexts`), el("div", { class: "cards" }, contexts.map(card)),
        el("h4", {}, `2. Concatenated: ${H} × ${K_WIDTH} = ${H * K_WIDTH} numbers`), wide("Concatenated", heat({ id: "concat", label: "concatenated contexts", values: [joined], width: long, height: 24, top: topContext,
          tell: (_, j) => `${names[j]}: ${num(joined[j])}`, extra: ({ left, above }) => svg("path", { class: "cut", d: contexts.slice(1).map((_, h) => `M${left + long * K_WIDTH * (h + 1)} ${above - 1}v26`).join("") }) })),
        el("h4", {}, "3. Times W_O, plus its bias"), el("div", { class: "through" }, outline("W_O", H * K_WIDTH, D_MODEL, "dec", "↓"), el("div", { class: "note" }, `Each head meets ${K_WIDTH} rows of its own of W_O: what the heads found is mixed only here.`)),
        el("h4", {}, badge("dec"), ` 4. One vector of ${D_MODEL} numbers, added to the decoder's state`), wide("Result", heat({ id: "result", label: "the vector after W_O", values: [result], width: Math.max(1.6, Math.min(9, (room() - 8) / D_MODEL)), height: 24, top: topResult,
          tell: (_, j) => `number ${j + 1}: ${outputs.map((one) => factor(one[j])).join(" + ")} + bias ${factor(layer.bO[j])} = ${num(result[j])}`, pick: (_, j) => go({ output: j }) }))),
      "Under each head what it looks at most. Its share says how far it carries the result in the result's own direction: the shares sum to 100%, and one below 0 pulls back."),
    fold("sum-heads", `Check the sum of number ${i + 1} of the result`, el("p", { class: "arithmetic", id: "arithmetic-heads" },
      `${outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ")} + bias: ${factor(layer.bO[i])} = ${num(result[i])}`)),
    isChanged() ? quiet("With what you have changed in panel 3. The model's own result is in the record.") : null,
    el("h3", {}, "And with one head only?"), el("p", { id: "one-head" }, oneHead()),
  ];
}
