// 4. The whole matrix

/** @import { Inspection, Kind, Matrix } from "../inspection.js" */
/** @import { Page } from "../page.js" */
/** @import { Measure, Shown } from "./matrix_figure.js" */

import { div, el, p } from "../elements.js";
import { quoted } from "../labels.js";
import { largest, sum, whole } from "../numbers.js";
import { fold, sourceToken, tryButton } from "../views.js";
import { attention, shares } from "./matrix_figure.js";
import { miniSize } from "./small_matrices.js";

/** @type {(kind: Kind) => Shown} */
const weightsOf = (kind) => ({ kind, by: "weights", units: "tokens", id: kind });

/** @param {Page} page */
export function matrix(page) {
  return [
    p(shapeOf(page.inspection)),
    el("p", { id: "columns" }, aboutColumns(page)),
    attention(page, weightsOf("cross_attn"), {
      room: page.room > 900 ? page.room - miniSize(page) * 4 - 120 : page.room,
      caption: [aboutRow(page), " Click a row to go to its decoding step."],
      tools: tryRow(page),
    }),
    fold(page, "words", "By words instead of tokens", () => byWords(page)),
    fold(page, "norms", "Does a heavy weight add much?", () => byLength(page)),
    fold(page, "self", "Self-attention beside it: a square and a triangle", () => self(page)),
  ];
}

/** @param {Inspection} inspection */
function shapeOf({ numSource, numSteps }) {
  const sizes = `Every decoding step has such a row. One below the other, they are a matrix of ${numSteps} decoding steps and ${numSource} source tokens`;
  return numSource === numSteps
    ? `${sizes}: a square only by chance, since the two sentences happen to be of the same length.`
    : `${sizes}: a rectangle, since the two sentences differ in length.`;
}

/**
 * Rows sum to 1, columns to anything.
 * @param {Page} page
 */
function aboutColumns(page) {
  const { inspection, state } = page;
  const { names } = inspection;
  const { weights, mask } = inspection.cross[state.layer];
  const received = columnSums(weights[state.head]);
  const best = largest(received);
  const least = largest(received.map((x, s) => (mask[s] ? -Infinity : -x)));
  if (received[best] === 0) return "This head is muted: all its rows are empty.";
  if (best === least) return `Each row gives all it has to ${quoted(names.source[best])}.`;
  return [
    "Each row shares out 100%. A column may get any amount: over all decoding steps, ",
    sourceToken(page, names.source[best]),
    ` gets ${whole(received[best])}, `,
    sourceToken(page, names.source[least]),
    ` ${whole(received[least])}.`,
  ];
}

/** @param {Matrix} m */
const columnSums = (m) => m[0].map((_, j) => sum(m.map((line) => line[j])));

/**
 * The row of the chosen decoding step, in words.
 * @param {Page} page
 */
function aboutRow(page) {
  const { names } = page.inspection;
  const { step } = page.state;
  const { weights } = page.row();
  const best = largest(weights);
  const row = `Outlined: decoding step ${step + 1}, which writes ${quoted(names.writes[step])}`;
  return weights[best] > 0
    ? `${row} and looks most at ${quoted(names.source[best])} (${whole(weights[best])}).`
    : `${row}.`;
}

/**
 * Go to the row in which no token stands out, or from there to the one in which one does most.
 * @param {Page} page
 */
function tryRow(page) {
  const { names, cross } = page.inspection;
  const { layer, head, step } = page.state;
  const { spread, surest } = extremes(cross[layer].weights[head]);
  if (spread === surest) return null;
  const [to, which] = step === spread ? [surest, "surest"] : [spread, "most undecided"];
  return tryButton(
    "try-row",
    `go to the ${which} row, which writes ${quoted(names.writes[to])}`,
    () => page.go({ step: to }),
  );
}

/**
 * The rows whose heaviest weight is the least and the most.
 * @param {Matrix} weights
 */
export function extremes(weights) {
  const heaviest = weights.map((line) => Math.max(...line));
  return { spread: largest(heaviest.map((x) => -x)), surest: largest(heaviest) };
}

/** @param {Page} page */
function byWords(page) {
  /** @type {Shown} */
  const shown = { kind: "cross_attn", by: "weights", units: "words", id: "words" };
  return [
    p(
      "The columns of a word's tokens are summed: what the word gets. Its rows are averaged: where its decoding steps look.",
    ),
    attention(page, shown, { room: page.room }),
  ];
}

/** @param {Page} page */
function byLength(page) {
  const room = page.room > 900 ? page.room / 2 - 30 : page.room;
  /** @type {(by: Measure) => Node} */
  const beside = (by) =>
    attention(page, { kind: "cross_attn", by, units: "tokens", id: by }, { room });
  return [
    p(
      "What a token adds is a vector: weight × value × W_O. A heavy weight on a short vector adds little, so weights alone say less than they seem to. ",
      aboutLengths(page),
    ),
    div("beside", beside("norms"), beside("difference")),
  ];
}

/**
 * The token whose part differs most from its weight.
 * @param {Page} page
 */
function aboutLengths({ inspection, state }) {
  const { weights, norms } = inspection.cross[state.layer];
  const mean = (/** @type {Matrix} */ m) => columnSums(m).map((x) => x / m.length);
  const ofWeights = mean(weights[state.head]);
  const ofLengths = mean(shares(norms[state.head]));
  const away = ofWeights.map((w, s) => Math.abs(ofLengths[s] - w));
  const most = largest(away);
  const [weight, share] = [whole(ofWeights[most]), whole(ofLengths[most])];
  return away[most] < 0.02
    ? "In this head the two hardly differ."
    : `In this head, ${quoted(inspection.names.source[most])} gets ${weight} of the weight and adds ${share} of the length.`;
}

/** @param {Page} page */
function self(page) {
  const room = page.room > 900 ? page.room / 2 - 30 : page.room;
  return [
    p(
      "Within one sentence, those who ask and those who answer are the same tokens: a square. The encoder looks in both directions. The decoder looks back only, at what it has read so far, so the causal mask leaves it a triangle.",
    ),
    div(
      "beside",
      attention(page, weightsOf("encoder_self_attn"), { room }),
      attention(page, weightsOf("decoder_self_attn"), { room }),
    ),
  ];
}
