// 1. Who asks, and who answers?

/** @import { Child, Side } from "../elements.js" */
/** @import { Page } from "../page.js" */

import { heaviest, switched } from "../attention.js";
import { toggleHead, toggleToken, withRow } from "../changes.js";
import { badge, div, el, p, table } from "../elements.js";
import { quoted } from "../labels.js";
import { chance, num, sum, whole } from "../numbers.js";
import { bar } from "../pictures.js";
import { figure, fold, sourceToken, targetToken, tryButton, writtenToken } from "../views.js";
import { lanes } from "./lanes.js";

const MILLISECONDS_A_STEP = 1400;
/** A weight below this does not show in a sentence. */
const NOTABLE = 0.1;

/** @param {Page} page */
export function whoAsks(page) {
  const { names } = page.inspection;
  const t = page.state.step;
  const csv = () => [
    ["decoding step", "reads", "writes", "source", "weight"],
    ...page
      .row()
      .weights.map((w, s) => [t + 1, names.reads[t], names.writes[t], names.source[s], w]),
  ];
  return [
    el("p", { id: "look" }, inOneSentence(page)),
    el("p", { id: "effect", class: "effect" }, effectOf(page)),
    figure(page, "who", csv, lanes(page), null, tries(page)),
    fold(page, "who", "What else could it have written?", () => alternatives(page)),
    fold(page, "reading", "How to read this picture", () => [
      p(
        "Above stands the source as the encoder reads it, token by token; below, each decoding step: the token that the decoder has just read, and the one that it writes next, with its probability. A line under tokens joins those of one word. Lines show the weights of the chosen head at the chosen decoding step. Point at a source token to see which decoding steps look at it; choose it, and a button below the picture hides it from the model.",
      ),
    ]),
  ];
}

/**
 * Q, K and V of the row that is shown, in words.
 * @param {Page} page
 * @returns {Child[]}
 */
function inOneSentence(page) {
  const { names, logprobs, numLayers, numHeads } = page.inspection;
  const { weights } = page.row();
  const order = heaviest(weights).filter((s) => weights[s] >= NOTABLE);
  const first = [
    "To write ",
    writtenToken(page),
    ", the decoder asks: this is its ",
    term("dec", "query", "Q"),
    ". Every source token offers a ",
    term("enc", "key", "K"),
  ];
  const mixed = [
    ", and what comes back is the mix of their ",
    term("enc", "values", "V"),
    " in these shares. ",
    numLayers * numHeads > 1
      ? "With this, and with what the other heads bring, the model writes "
      : "With this the model writes ",
  ];
  const end = [
    writtenToken(page),
    ` with probability ${chance(Math.exp(logprobs[page.state.step]))}.`,
  ];
  if (sum(weights) === 0) {
    return [
      ...first,
      ", but this head is muted and takes nothing from their ",
      term("enc", "values", "V"),
      ". The model writes ",
      ...end,
    ];
  }
  if (!order.length) return [...first, "; none of them gets more than 10%", ...mixed, ...end];
  const [best, ...others] = order;
  return [
    ...first,
    "; ",
    sourceToken(page, names.source[best]),
    others.length ? " fits best " : " fits by far the best ",
    `(${whole(weights[best])})`,
    others.length > 0 && [
      ", then ",
      others.map((s, i) => [
        i > 0 && (i === others.length - 1 ? " and " : ", "),
        sourceToken(page, names.source[s]),
        ` (${whole(weights[s])})`,
      ]),
    ],
    ...mixed,
    ...end,
  ];
}

/** @type {(side: Side, word: string, letter: string) => Node} */
const term = (side, word, letter) =>
  el("b", { class: `term ${side}` }, word, " ", badge(side, letter));

/**
 * What the reader's changes do to the token that the model wrote here without them.
 * @param {Page} page
 */
export function effectOf(page) {
  const { answer, original, state } = page;
  if (!answer || !page.isChanged()) return null;
  const { before, after } = answer;
  const t = Math.min(state.step, original.numSteps - 1);
  const [was, is] = [before[t], after[t]].map((x) => chance(Math.exp(x)));
  const token = targetToken(page, original.names.writes[t]);
  if (was === is) {
    return [
      "Your changes do not matter for ",
      token,
      ` at decoding step ${t + 1}: it stays at ${was}.`,
    ];
  }
  return [
    "With your changes, ",
    token,
    ` at decoding step ${t + 1} is `,
    el("b", {}, is),
    ` probable instead of ${was}, after the same words before it.`,
  ];
}

/**
 * The translation now, if the reader's changes have changed it.
 * @param {Page} page
 * @returns {Child[]}
 */
export function nowTranslates({ embedded, inspection, original }) {
  if (inspection.translation === original.translation) return [" The translation stays the same."];
  const lang = embedded.languages?.target;
  return [" The model now translates: ", el("b", { lang }, inspection.translation)];
}

/**
 * One thing to do at once, and some more.
 * @param {Page} page
 */
function tries(page) {
  const { state, inspection } = page;
  const { names } = inspection;
  const { weights, hidden } = page.row();
  const { intervention, layer, head, step } = state;
  const [first, second] = heaviest(weights);
  const isMuted = `${layer}.${head}` in intervention.ablate;
  return [
    inspection.numSource > 1 &&
      !isMuted &&
      !hidden[second] &&
      tryButton(
        "switch",
        `switch the weights of ${quoted(names.source[first])} and ${quoted(names.source[second])}`,
        () =>
          page.change(withRow(page.state.intervention, { layer, head, step }, switched(weights))),
      ),
    el(
      "button",
      {
        id: "mute",
        "aria-pressed": String(isMuted),
        onclick: () => page.change(toggleHead(page.state.intervention, layer, head)),
      },
      isMuted ? "Let this head speak again" : "Mute this head",
    ),
    hideChosen(page),
    el(
      "button",
      { id: "play", onclick: () => play(page) },
      page.playing ? "Pause" : "Play the decoding steps",
    ),
  ];
}

/**
 * Hides the chosen source token, if there is one and another is left, or shows it again.
 * @param {Page} page
 */
function hideChosen(page) {
  const { inspection, state } = page;
  const { intervention, source } = state;
  if (source === null || source >= inspection.numSource) return null;
  const name = quoted(inspection.names.source[source]);
  const isHidden = intervention.drop.includes(source);
  if (!isHidden && page.row().hidden.filter((is) => !is).length < 2) return null;
  return el(
    "button",
    { id: "hide", onclick: () => page.change(toggleToken(page.state.intervention, source)) },
    isHidden ? `Show ${name} again` : `Hide ${name} from the model`,
  );
}

/**
 * The most probable tokens, the written one among them, and all others together.
 * @param {Page} page
 */
function alternatives(page) {
  const { inspection, state } = page;
  const { step } = state;
  const written = inspection.writeIds[step];
  const best = inspection.alternatives[step];
  const listed = best.some(({ id }) => id === written)
    ? best
    : [...best, { id: written, name: inspection.writes[step], logprob: inspection.logprobs[step] }];
  const others = 1 - sum(listed.map(({ logprob }) => Math.exp(logprob)));
  /** @type {(name: string, share: number, isWritten: boolean) => Child[]} */
  const line = (name, share, isWritten) => [
    name.replaceAll("\u2581", "") || name,
    chance(share),
    el(
      "span",
      { class: "with" },
      bar(share, isWritten ? "dec" : "other", 160),
      isWritten ? " written" : "",
    ),
  ];
  return [
    div(
      "",
      table(
        "The most probable tokens",
        ["token", "probability", ""],
        [
          ...listed.map(({ id, name, logprob }) => line(name, Math.exp(logprob), id === written)),
          line(`all ${page.embedded.config.vocabSize - listed.length} others`, others, false),
        ],
      ),
    ),
    p(
      `Log-probability of ${quoted(inspection.names.writes[step])}: ${num(inspection.logprobs[step])} nats.`,
      " Training with label smoothing asks the model to keep some probability for all other tokens, so even a sure model stays below 100%.",
    ),
  ];
}

/**
 * Start or stop walking through the decoding steps.
 * @param {Page} page
 */
function play(page) {
  const isLast = () => page.state.step === page.inspection.numSteps - 1;
  if (page.playing) {
    clearInterval(page.playing);
    page.playing = null;
  } else {
    if (isLast()) page.go({ step: 0 });
    page.playing = window.setInterval(() => {
      if (isLast()) play(page);
      else page.go({ step: page.state.step + 1 });
    }, MILLISECONDS_A_STEP);
  }
  page.update();
}
