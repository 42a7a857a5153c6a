// 5. Several heads

/** @import { Page } from "../page.js" */

import { heaviest, project } from "../attention.js";
import { toggleHead } from "../changes.js";
import { div, el, h3, p, svg, wide } from "../elements.js";
import { heat, outlined } from "../grid.js";
import { quoted } from "../labels.js";
import { chance, factor, largest, num, products, sum, whole } from "../numbers.js";
import { bar } from "../pictures.js";
import { WAITING } from "../trials.js";
import { figure, fold, writtenToken } from "../views.js";
import { addUp, finding, headsOf, mutingOf, tryLayer } from "./muting.js";
import { effectOf, nowTranslates } from "./who_asks.js";

/** @typedef {ReturnType<typeof joinedBy>} Joined */
/** @typedef {Parameters<typeof heat>[1]} Given */

const NUM_LOOKS = 3;
const LINE_HEIGHT = 24;

/** @param {Page} page */
export function heads(page) {
  const { numHeads, dHead, dModel } = page.inspection;
  const layer = page.state.layer + 1;
  const joined = joinedBy(page);
  const muting = mutingOf(page);
  const i = page.state.output;
  const csv = () => [
    ["vector", ...joined.result.map((_, j) => j + 1)],
    ["concatenated contexts", ...joined.contexts.flat()],
    ...joined.outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]),
    ["bias", ...joined.bias],
    ["sum", ...joined.result],
  ];
  return [
    p(
      `Layer ${layer} looks ${numHeads} times at once. Each head has a W_Q, W_K and W_V of its own, so it asks its own question and brings back its own context of ${dHead} numbers. Side by side they are ${numHeads * dHead}; W_O mixes them into one vector, which is added to the decoder's state.`,
    ),
    el(
      "p",
      { id: "backup", class: "effect" },
      page.isChanged() ? [effectOf(page), nowTranslates(page)] : muting && finding(page, muting),
    ),
    figure(
      page,
      "heads",
      csv,
      flow(page, joined),
      "Click a number of the result: the line under it writes out what each head adds to it.",
      tryLayer(page),
    ),
    fold(page, "number", `Number ${i + 1} in full: ${dModel} products and a bias`, () =>
      inFull(page, joined),
    ),
    muting && fold(page, "add-up", "Do the effects add up?", () => addUp(page, muting)),
    fold(page, "one-head", "And with one head only?", () => [
      el("p", { id: "one-head" }, oneHead(page)),
    ]),
  ];
}

/**
 * The contexts of the heads, what each adds through its rows of W_O, and their sum with the bias.
 * @param {Page} page
 */
function joinedBy({ inspection, model, state }) {
  const { layer, step } = state;
  const contexts = inspection.cross[layer].contexts.map((of) => of[step]);
  const { weight: wO, bias } = model.transformer.projection("cross_attn", layer, "out_proj");
  const outputs = contexts.map((context, head) => project(wO, context, head));
  const result = bias.map((x, j) => x + sum(outputs.map((one) => one[j])));
  return { contexts, wO, bias, outputs, result };
}

/**
 * From what the heads look at to the one vector that they add.
 * @param {Page} page
 * @param {Joined} joined
 */
function flow(page, joined) {
  const { numHeads, dHead, dModel } = page.inspection;
  const all = headsOf(page.inspection);
  const { outputs, bias, result } = joined;
  const i = page.state.output;
  const terms = outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ");
  return [
    div(
      "cards",
      all.map((head) => card(page, head)),
    ),
    h3(`Their contexts side by side: ${numHeads} × ${dHead} = ${numHeads * dHead} numbers`),
    div(
      "segments",
      all.map((head) => el("span", {}, `head ${head + 1}`)),
    ),
    wide("Contexts side by side", concatenated(page, joined)),
    h3(
      el("span", { "aria-hidden": "true" }, "↓ "),
      `times W_O (${numHeads * dHead} × ${dModel}), plus a bias: what is added to the decoder's state`,
    ),
    wide("After W_O", resultOf(page, joined)),
    el(
      "p",
      { class: "arithmetic", id: "arithmetic-heads" },
      `Number ${i + 1} of it: ${terms} + bias: ${factor(bias[i])} = ${num(result[i])}`,
    ),
  ];
}

/**
 * What a head looks at most, and what becomes of the written token without it.
 * @param {Page} page
 * @param {number} head
 */
function card(page, head) {
  const { layer, step, intervention } = page.state;
  const { cross, names } = page.inspection;
  const weights = cross[layer].weights[head][step];
  const isMuted = `${layer}.${head}` in intervention.ablate;
  const looks = heaviest(weights)
    .slice(0, NUM_LOOKS)
    .filter((s) => weights[s] > 0);
  return div(
    head === page.state.head ? "card here" : "card",
    div(
      "card-title",
      el("b", {}, `head ${head + 1}`),
      el(
        "button",
        {
          id: `mute-head-${head}`,
          "aria-label": `Mute head ${head + 1}`,
          "aria-pressed": String(isMuted),
          onclick: () => page.change(toggleHead(page.state.intervention, layer, head)),
        },
        isMuted ? "muted" : "mute",
      ),
    ),
    looks.length
      ? div(
          "looks",
          looks.map((s) => [
            el("span", { class: "enc" }, names.source[s]),
            bar(weights[s], "enc", 60),
            el("span", {}, whole(weights[s])),
          ]),
        )
      : p("It hands over nothing."),
    el("p", { class: "note", id: `without-${head}` }, effectOfHead(page, head)),
  );
}

/**
 * The probability of the written token if the head is muted, or if it speaks again.
 * @param {Page} page
 * @param {number} head
 */
function effectOfHead(page, head) {
  const { inspection, state } = page;
  const { layer, step, intervention } = state;
  const isMuted = `${layer}.${head}` in intervention.ablate;
  const score = page.scoreWith(toggleHead(intervention, layer, head));
  const what = isMuted ? "With it again" : "Without it";
  const now = chance(Math.exp(inspection.logprobs[step]));
  const then = score && chance(Math.exp(score.logprobs[step]));
  if (then === null) return `${what}: ${WAITING}`;
  return [
    `${what}: `,
    writtenToken(page),
    then === now ? ` stays at ${now}` : ` ${then} instead of ${now}`,
  ];
}

/**
 * One vector in one line, as wide as the page allows.
 * @param {Page} page
 * @param {Omit<Given, "width" | "height">} given
 */
const long = (page, given) =>
  heat(page, {
    ...given,
    width: Math.max(1.6, (page.room - 8) / given.values[0].length),
    height: LINE_HEIGHT,
  });

/**
 * The contexts one after another, with lines between the heads.
 * @param {Page} page
 * @param {Joined} joined
 */
function concatenated(page, { contexts }) {
  const { dHead } = page.inspection;
  const joined = contexts.flat();
  /** @type {Given["extra"]} */
  const cuts = ({ left, above }, width) => {
    const lines = contexts
      .slice(1)
      .map((_, head) => `M${left + width * dHead * (head + 1)} ${above - 1}v${LINE_HEIGHT + 2}`);
    return svg("path", { class: "cut", d: lines.join("") });
  };
  return long(page, {
    id: "concat",
    label: "concatenated contexts",
    values: [joined],
    tell: (_, j) => `head ${Math.floor(j / dHead) + 1}, ${(j % dHead) + 1}: ${num(joined[j])}`,
    extra: cuts,
  });
}

/**
 * @param {Page} page
 * @param {Joined} joined
 */
function resultOf(page, { outputs, bias, result }) {
  const sumOf = (/** @type {number} */ j) => outputs.map((one) => factor(one[j])).join(" + ");
  /** @type {Given["extra"]} */
  const chosen = ({ left, above }, width) =>
    outlined(left + width * page.state.output, above, width, LINE_HEIGHT);
  return long(page, {
    id: "result",
    label: "the vector after W_O",
    values: [result],
    tell: (_, j) => `number ${j + 1}: ${sumOf(j)} + bias ${factor(bias[j])} = ${num(result[j])}`,
    pick: (_, output) => page.go({ output }),
    extra: chosen,
  });
}

/**
 * One number of the result from every number of the contexts, beside what the model computed.
 * @param {Page} page
 * @param {Joined} joined
 */
function inFull({ inspection, state }, { contexts, wO, bias, result }) {
  const { layer, step, output: i } = state;
  const { dHead } = inspection;
  const computed = inspection.cross[layer].output[step][i];
  return [
    p(
      `Column ${i + 1} of W_O has a number for each of the ${wO.length} numbers side by side: ${dHead} for every head. Click a cell of the vector above to see another one.`,
    ),
    contexts.map((context, head) => {
      const column = context.map((_, k) => wO[head * dHead + k][i]);
      return el(
        "p",
        { class: "arithmetic" },
        el("b", {}, `head ${head + 1}: `),
        `${products(context, column)} = `,
        el("b", {}, num(sum(context.map((x, k) => x * column[k])))),
      );
    }),
    el(
      "p",
      { class: "arithmetic", id: "checked-output" },
      `With the bias ${factor(bias[i])}: ${num(result[i])}. The model computed ${num(computed)}.`,
    ),
  ];
}

/**
 * What this sentence says about using a single head.
 * @param {Page} page
 */
function oneHead(page) {
  const { names, numHeads, dModel, cross } = page.inspection;
  const { layer, step } = page.state;
  if (numHeads === 1) {
    return "This model has one head: one row of weights, and nothing to lay side by side.";
  }
  const rows = cross[layer].weights.map((of) => of[step]).filter((row) => sum(row) > 0);
  const places = [...new Set(rows.map(largest))];
  const listed = places.map((s) => quoted(names.source[s])).join(", ");
  const here =
    places.length > 1
      ? `Here the heads look most at ${places.length} different tokens: ${listed}. One row would have to choose, or blur.`
      : `Here all look most at ${listed}, so one row might have done; what they fetch from there still differs, since each has a W_V of its own.`;
  return `With one head there is one row of weights, and it has 100% to give. ${rows.length ? here : ""} The context of a single head would have all ${dModel} numbers, so such a model is no smaller. What it would have learned to look at, this one cannot tell.`;
}
