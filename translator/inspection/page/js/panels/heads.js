// ---- 5. Several heads
const rowOf = (head) => (head === state.head ? row().weights : weightsIn(head));
const weightsIn = (head) => matrices.cross_attn[state.layer].weights[head][state.step];

/** This sentence's answer to: why not one head? */
function oneHead() {
  if (H === 1) {
    return "This model has one head: one row of weights, and nothing to lay side by side.";
  }
  const looks = Array.from({ length: H }, (_, head) => {
    const weights = weightsIn(head), source = largest(weights);
    return { head, source, weight: weights[source] };
  });
  const strongest = new Map();
  for (const { source, weight } of looks) {
    strongest.set(source, Math.max(weight, strongest.get(source) || 0));
  }
  const n = strongest.size, total = sum([...strongest.values()]);
  const listed = looks.map(({ head, source, weight }) =>
    `head ${head + 1} at ${quoted(D.source[source])} (${whole(weight)})`
  ).join(", ");
  const together = `Their strongest looks at ${n} different tokens come to ${whole(total)}`;
  const verdict = n === 1
    ? `All ${H} agree on the place, so at this step one row might have done; what they fetch from there still differs, since each has a W_V of its own.`
    : total > 1.005
    ? `${together}: no single row could give that. One head would have to choose, or blur.`
    : `${together}; one row could give as much, but would mix what it finds there into one context, where ${H} heads keep theirs apart.`;
  return `With one head only, there is one row of weights, and it has 100% to give. Here there are ${H} rows, and they look most: ${listed}. ${verdict} The context of one head would have all ${D_MODEL} numbers, so a model with one head has just as many parameters. What such a model would have learned to look at, this one cannot tell.`;
}
/** Each head's part of the result, and how far it carries the result in its own direction. */
function parts() {
  const { bO } = cross[state.layer], contexts = headContexts(), outputs = headOutputs();
  const total = bO.map((_, j) => sum(outputs.map((one) => one[j])));
  const squared = Math.max(1e-12, dot(total, total));
  return {
    contexts,
    outputs,
    bO,
    result: total.map((x, j) => x + bO[j]),
    shares: outputs.map((one) => dot(one, total) / squared),
    lengths: outputs.map((one) => Math.sqrt(dot(one, one))),
  };
}
function card({ contexts, shares: all, lengths }, head, width) {
  const share = all[head], isChosen = head === state.head;
  const heavy = rowOf(head).map((w, s) => [w, s]).sort((a, b) => b[0] - a[0]).slice(0, 3);
  return div(
    isChosen ? "card here" : "card",
    el("button", {
      class: "plain",
      id: `head-${head}`,
      "aria-pressed": String(isChosen),
      onclick: () => go({ head }),
    }, `head ${head + 1}`),
    div(
      "looks",
      heavy.map(([w, s]) => [
        el("span", { class: "enc" }, show(sources()[s])),
        bar(w, "enc", 80),
        el("span", {}, whole(w)),
      ]),
    ),
    strip({
      id: `context-${head}`,
      name: `context of head ${head + 1}`,
      values: contexts[head],
      width,
      top: most(contexts),
    }),
    div("note", `adds a length of ${num(lengths[head], 2)}, ${whole(share)} of the result`),
    bar(Math.abs(share), share < 0 ? "minus" : "plus", width * K_WIDTH),
  );
}
/** Everything in a row of one vector, as wide as the page allows. */
const long = (more) =>
  heat({
    ...more,
    width: Math.max(1.6, Math.min(9, (room() - 8) / more.values[0].length)),
    height: 24,
  });
function concatenated({ contexts }) {
  const joined = contexts.flat(), place = (j) => [Math.floor(j / K_WIDTH) + 1, j % K_WIDTH + 1];
  const cuts = ({ left, above }, width) =>
    contexts.slice(1).map((_, h) => `M${left + width * K_WIDTH * (h + 1)} ${above - 1}v26`);
  return long({
    id: "concat",
    label: "concatenated contexts",
    values: [joined],
    top: most(contexts),
    tell: (_, j) => `head ${place(j)[0]}, ${place(j)[1]}: ${num(joined[j])}`,
    extra: (box, width) => svg("path", { class: "cut", d: cuts(box, width).join("") }),
  });
}
function resultOf({ outputs, bO, result }) {
  const sumOf = (j) => outputs.map((one) => factor(one[j])).join(" + ");
  return long({
    id: "result",
    label: "the vector after W_O",
    values: [result],
    tell: (_, j) => `number ${j + 1}: ${sumOf(j)} + bias ${factor(bO[j])} = ${num(result[j])}`,
    pick: (_, output) => go({ output }),
  });
}
function several() {
  const all = parts(), { contexts, outputs, bO, result } = all, i = state.output;
  const columns = Math.max(1, Math.min(H, Math.floor(room() / 240)));
  const width = Math.min(9, (Math.min(room() / columns, 290) - 40) / K_WIDTH);
  const lines = () => [
    ["vector", ...result.map((_, j) => j + 1)],
    ["concatenated contexts", ...contexts.flat()],
    ...outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]),
    ["bias", ...bO],
    ["sum", ...result],
  ];
  const terms = outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ");
  return [
    p(`Each of the ${H} heads of layer ${
      state.layer + 1
    } has its own q, K and V, its own row of weights, and so its own context of ${K_WIDTH} numbers.`),
    figure(
      "heads",
      lines,
      [
        h4(`1. Side by side: ${H} contexts`),
        div("cards", contexts.map((_, head) => card(all, head, width))),
        h4(`2. Concatenated: ${H} × ${K_WIDTH} = ${H * K_WIDTH} numbers`),
        wide("Concatenated", concatenated(all)),
        h4("3. Times W_O, plus its bias"),
        div(
          "through",
          outline("W_O", H * K_WIDTH, D_MODEL, "dec", "↓"),
          div(
            "note",
            `Each head meets ${K_WIDTH} rows of its own of W_O: what the heads found is mixed only here.`,
          ),
        ),
        h4(badge("dec"), ` 4. One vector of ${D_MODEL} numbers, added to the decoder's state`),
        wide("Result", resultOf(all)),
      ],
      "Under each head what it looks at most. Its share says how far it carries the result in the result's own direction: the shares sum to 100%, and one below 0 pulls back.",
    ),
    fold(
      "sum-heads",
      `Check the sum of number ${i + 1} of the result`,
      arithmetic("heads", `${terms} + bias: ${factor(bO[i])} = ${num(result[i])}`),
    ),
    isChanged() && quiet("With what you have changed in panel 3."),
    h3("And with one head only?"),
    el("p", { id: "one-head" }, oneHead()),
  ];
}
