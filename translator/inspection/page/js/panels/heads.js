// 5. Several heads

/** @import { Page } from "../page.js" */

import { contextsOf, project } from "../attention.js";
import { badge, div, el, h3, h4, p, quiet, svg, wide } from "../elements.js";
import { heat, strip } from "../grid.js";
import { quoted, show } from "../labels.js";
import { dot, factor, largest, length, most, num, sum, whole } from "../numbers.js";
import { bar } from "../pictures.js";
import { figure, fold } from "../views.js";
import { outline } from "./origins.js";

/** @typedef {ReturnType<typeof partsOf>} Parts */
/** @typedef {Parameters<typeof heat>[1]} Given */

/** @param {Page} page */
export function heads(page) {
  const { numHeads, dHead, dModel } = page.inspection;
  const parts = partsOf(page);
  const { contexts, outputs, bias, result } = parts;
  const i = page.state.output;
  const terms = outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ");
  const csv = () => [
    ["vector", ...result.map((_, j) => j + 1)],
    ["concatenated contexts", ...contexts.flat()],
    ...outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]),
    ["bias", ...bias],
    ["sum", ...result],
  ];
  return [
    p(
      `Each of the ${numHeads} heads of layer ${page.state.layer + 1} has its own q, K and V, its own row of weights, and so its own context of ${dHead} numbers.`,
    ),
    figure(
      page,
      "heads",
      csv,
      [
        h4(`1. Side by side: ${numHeads} contexts`),
        div("cards", cards(page, parts)),
        h4(`2. Concatenated: ${numHeads} × ${dHead} = ${numHeads * dHead} numbers`),
        wide("Concatenated", concatenated(page, contexts)),
        h4("3. Times W_O, plus its bias"),
        div(
          "through",
          outline("W_O", numHeads * dHead, dModel, "dec", "↓"),
          div(
            "note",
            `Each head meets ${dHead} rows of its own of W_O: what the heads found is mixed only here.`,
          ),
        ),
        h4(badge("dec"), ` 4. One vector of ${dModel} numbers, added to the decoder's state`),
        wide("Result", resultOf(page, parts)),
      ],
      "Under each head what it looks at most. Its share says how far it carries the result in the result's own direction: the shares sum to 100%, and one below 0 pulls back.",
    ),
    fold(
      page,
      "sum-heads",
      `Check the sum of number ${i + 1} of the result`,
      el(
        "p",
        { class: "arithmetic", id: "arithmetic-heads" },
        `${terms} + bias: ${factor(bias[i])} = ${num(result[i])}`,
      ),
    ),
    page.isChanged() && quiet("With what you have changed in panel 3."),
    h3("And with one head only?"),
    el("p", { id: "one-head" }, oneHead(page)),
  ];
}

/**
 * Each head's part of the result, and how far it carries the result in its own direction.
 * @param {Page} page
 */
function partsOf({ inspection, state }) {
  const { wO, bO: bias } = inspection.cross[state.layer];
  const contexts = contextsOf(inspection, state);
  const outputs = contexts.map((context, head) => project(wO, context, head));
  const total = bias.map((_, j) => sum(outputs.map((one) => one[j])));
  const squared = Math.max(1e-12, dot(total, total));
  return {
    contexts,
    outputs,
    bias,
    result: total.map((x, j) => x + bias[j]),
    shares: outputs.map((one) => dot(one, total) / squared),
    lengths: outputs.map(length),
  };
}

/**
 * @param {Page} page
 * @param {Parts} parts
 */
function cards(page, parts) {
  const { room } = page;
  const { numHeads, dHead } = page.inspection;
  const columns = Math.max(1, Math.min(numHeads, Math.floor(room / 240)));
  const width = Math.min(9, (Math.min(room / columns, 290) - 40) / dHead);
  return parts.contexts.map((_, head) => card(page, parts, head, width));
}

/**
 * What a head looks at most, its context, and what that adds.
 * @param {Page} page
 * @param {Parts} parts
 * @param {number} head
 * @param {number} width
 */
function card(page, { contexts, shares, lengths }, head, width) {
  const { state } = page;
  const share = shares[head];
  const isChosen = head === state.head;
  const sources = page.sources();
  const weights = isChosen ? page.row().weights : weightsOf(page, head);
  const heaviest = weights
    .map((weight, s) => ({ weight, s }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 3);
  return div(
    isChosen ? "card here" : "card",
    el(
      "button",
      {
        class: "plain",
        id: `head-${head}`,
        "aria-pressed": String(isChosen),
        onclick: () => page.go({ head }),
      },
      `head ${head + 1}`,
    ),
    div(
      "looks",
      heaviest.map(({ weight, s }) => [
        el("span", { class: "enc" }, show(sources[s])),
        bar(weight, "enc", 80),
        el("span", {}, whole(weight)),
      ]),
    ),
    strip(page, {
      id: `context-${head}`,
      name: `context of head ${head + 1}`,
      values: contexts[head],
      width,
      top: most(contexts),
    }),
    div("note", `adds a length of ${num(lengths[head], 2)}, ${whole(share)} of the result`),
    bar(Math.abs(share), share < 0 ? "minus" : "plus", width * page.inspection.dHead),
  );
}

/**
 * The weights of a head at the chosen step, as recorded.
 * @param {Page} page
 * @param {number} head
 */
const weightsOf = ({ inspection, state: { layer, step } }, head) =>
  inspection.matrices.cross_attn[layer].weights[head][step];

/**
 * One vector in one line, as wide as the page allows.
 * @param {Page} page
 * @param {Omit<Given, "width" | "height">} given
 */
const long = (page, given) =>
  heat(page, {
    ...given,
    width: Math.max(1.6, Math.min(9, (page.room - 8) / given.values[0].length)),
    height: 24,
  });

/**
 * The contexts one after another, with lines between the heads.
 * @param {Page} page
 * @param {number[][]} contexts
 */
function concatenated(page, contexts) {
  const { dHead } = page.inspection;
  const joined = contexts.flat();
  /** @type {Given["extra"]} */
  const cuts = ({ left, above }, width) => {
    const lines = contexts
      .slice(1)
      .map((_, head) => `M${left + width * dHead * (head + 1)} ${above - 1}v26`);
    return svg("path", { class: "cut", d: lines.join("") });
  };
  return long(page, {
    id: "concat",
    label: "concatenated contexts",
    values: [joined],
    top: most(contexts),
    tell: (_, j) => `head ${Math.floor(j / dHead) + 1}, ${(j % dHead) + 1}: ${num(joined[j])}`,
    extra: cuts,
  });
}

/**
 * @param {Page} page
 * @param {Parts} parts
 */
function resultOf(page, { outputs, bias, result }) {
  const sumOf = (/** @type {number} */ j) => outputs.map((one) => factor(one[j])).join(" + ");
  return long(page, {
    id: "result",
    label: "the vector after W_O",
    values: [result],
    tell: (_, j) => `number ${j + 1}: ${sumOf(j)} + bias ${factor(bias[j])} = ${num(result[j])}`,
    pick: (_, output) => page.go({ output }),
  });
}

/**
 * What this sentence says about using a single head.
 * @param {Page} page
 */
function oneHead(page) {
  const { source, numHeads, dModel } = page.inspection;
  if (numHeads === 1) {
    return "This model has one head: one row of weights, and nothing to lay side by side.";
  }
  const looks = Array.from({ length: numHeads }, (_, head) => {
    const weights = weightsOf(page, head);
    const best = largest(weights);
    return { best, weight: weights[best] };
  });
  const listed = looks
    .map(
      ({ best, weight }, head) => `head ${head + 1} at ${quoted(source[best])} (${whole(weight)})`,
    )
    .join(", ");
  return `With one head only, there is one row of weights, and it has 100% to give. Here there are ${numHeads} rows, and they look most: ${listed}. ${verdict(looks)} The context of one head would have all ${dModel} numbers, so a model with one head has just as many parameters. What such a model would have learned to look at, this one cannot tell.`;
}

/**
 * Whether a single row of weights could look where the heads look most.
 * @param {{ best: number, weight: number }[]} looks
 */
function verdict(looks) {
  /** @type {Map<number, number>} */
  const strongest = new Map();
  for (const { best, weight } of looks) {
    strongest.set(best, Math.max(weight, strongest.get(best) ?? 0));
  }
  const n = strongest.size;
  const total = sum([...strongest.values()]);
  if (n === 1) {
    return `All ${looks.length} agree on the place, so at this step one row might have done; what they fetch from there still differs, since each has a W_V of its own.`;
  }
  const together = `Their strongest looks at ${n} different tokens come to ${whole(total)}`;
  return total > 1.005
    ? `${together}: no single row could give that. One head would have to choose, or blur.`
    : `${together}; one row could give as much, but would mix what it finds there into one context, where ${looks.length} heads keep theirs apart.`;
}
