// 8. Watch it learn

/** @import { Child } from "../elements.js" */
/** @import { Kind } from "../inspection.js" */
/** @import { Film, Frame, Learning } from "../learning.js" */
/** @import { Page } from "../page.js" */

import { div, dropDown, el, nodes, p, table } from "../elements.js";
import { plain } from "../labels.js";
import { bestOfLayers, placeOfStep, turningPoint } from "../learning.js";
import { num, sum, whole } from "../numbers.js";
import { figure, fold, targetToken, tryButton } from "../views.js";
import { measures } from "./learning_curves.js";
import { labelsOf, matrixThen, smallOnes } from "./learning_matrix.js";
import { timeline } from "./learning_timeline.js";
import { headThen, inWords } from "./learning_words.js";
import { placeOf } from "./small_matrices.js";

/** @type {[kind: Kind, name: string][]} */
const KINDS = [
  ["cross_attn", "cross-attention"],
  ["encoder_self_attn", "the encoder's self-attention"],
  ["decoder_self_attn", "the decoder's self-attention"],
];

/**
 * What the section shows: a film, the place in it, and a head.
 * @typedef {object} Watched
 * @property {Learning} learning
 * @property {Film} film
 * @property {number} at the place in the film
 * @property {number} snapshot the place in the record
 * @property {Kind} kind
 * @property {number} layer
 * @property {number} head
 */

/**
 * @param {Page} page
 * @returns {Watched}
 */
function watchedBy(page) {
  const { state, learning } = page;
  if (!learning) throw new Error("the page has no record of learning");
  const { step, probe, kind } = state.learning;
  const film = probe === "own" ? ownFilm(page) : learning.films[probe];
  const [layer, head] = placeOf(state, kind);
  return {
    learning,
    film,
    at: placeOfStep(film.steps, step),
    snapshot: placeOfStep(learning.steps, step),
    kind,
    layer,
    head,
  };
}

/**
 * The reader's sentence, read by the models of then as the page translates it now.
 * @param {Page} page
 * @returns {Film}
 */
const ownFilm = ({ embedded, earlier, original }) => ({
  text: original.text,
  target: "the translation above",
  steps: embedded.thenSteps,
  names: original.names,
  gold: [],
  frame: (at) => earlier.frame(embedded.thenSteps[at]),
});

/**
 * Whether the models of a film are at hand.
 * @param {Film} film
 */
const translates = (film) => film.target !== "the reference";

/** @param {Page} page */
export function learning(page) {
  if (!page.learning) return [];
  const { film, at } = watchedBy(page);
  const words = el("p", { id: "learned" });
  const then = el("p", { id: "then" });
  const picture = div("film");
  const say = (/** @type {string} */ text) => {
    const readout = picture.closest(".view")?.querySelector(".readout");
    if (readout) readout.textContent = text;
  };
  const show = () => {
    const watched = watchedBy(page);
    const frame = watched.film.frame(watched.at);
    picture.classList.toggle("waits", !frame);
    words.replaceChildren(...nodes(inWords(watched)));
    // Until the model of then has answered, the picture stays.
    if (!frame) return;
    then.replaceChildren(...nodes(translatedThen(page, watched, frame)));
    picture.replaceChildren(...nodes(drawn(page, watched, { goTo: line.goTo, say })));
  };
  const isReady = () => film.frame(watchedBy(page).at) !== null;
  const line = timeline(page, { steps: film.steps, at, draw: learning, show, isReady });
  show();
  return [
    p(
      "Nobody told the model where to look. Each training step changed its weights a little, so that the right next token became more probable. The attention above is the result. During training, the model read a few sentences again and again, and what it did was recorded. The decoder always read their reference translations, so a row belongs to the same token at every step.",
    ),
    div("tools", sentences(page), kinds(page)),
    line.elements,
    then,
    words,
    figure(
      savedAs(page),
      "learning",
      () => csv(watchedBy(page)),
      picture,
      caption(watchedBy(page)),
      tryToWatch(watchedBy(page), line.play),
    ),
    fold(page, "measured", "All numbers", () => inNumbers(page)),
    fold(page, "recorded", "What was recorded, and how", () => how(page)),
  ];
}

/**
 * What the model of then makes of the reader's sentence.
 * @type {(page: Page, watched: Watched, frame: Frame) => Child[]}
 */
const translatedThen = (page, { film, at }, { translation }) =>
  translation === undefined
    ? []
    : [`At step ${film.steps[at]} it writes: `, targetToken(page, translation || "(nothing)")];

/**
 * Play where the chosen head changes most. Of the reader's sentence that is not known beforehand.
 * @param {Watched} watched
 * @param {(from: number, to: number) => void} play
 */
function tryToWatch({ film, kind, layer, head }, play) {
  const last = film.steps.length - 1;
  if (last < 1) return null;
  if (translates(film)) {
    return tryButton("try-learning", "watch how your sentence came to be translated", () =>
      play(0, last),
    );
  }
  const turn = turningPoint(film, kind, layer, head);
  return tryButton(
    "try-learning",
    `watch ${headThen({ layer, head })} where it changes most, from step ${film.steps[turn - 1]} to ${film.steps[turn]}`,
    () => play(turn - 1, turn),
  );
}

/**
 * Those that were recorded, and the reader's own where the weights of then are at hand.
 * @param {Page} page
 */
function sentences(page) {
  const { embedded, learning, original } = page;
  /** @type {[value: number | "own", text: string][]} */
  const recorded = learning?.films.map(({ text }, i) => [i, text]) ?? [];
  return dropDown(
    "learning-sentence",
    "sentence",
    embedded.thenSteps.length ? [["own", `yours: ${original.text}`], ...recorded] : recorded,
    page.state.learning.probe,
    (value) => watch(page, { probe: value === "own" ? value : Number(value) }),
  );
}

/** @param {Page} page */
const kinds = (page) =>
  dropDown("learning-kind", "attention", KINDS, page.state.learning.kind, (value) =>
    watch(page, { kind: /** @type {Kind} */ (value) }),
  );

/** @type {(page: Page, what: Partial<Page["state"]["learning"]>) => void} */
const watch = (page, what) => page.go({ learning: { ...page.state.learning, ...what } });

/**
 * The matrix of the chosen head, the curves, and every head.
 * @param {Page} page
 * @param {Watched} watched
 * @param {Parameters<typeof measures>[2]} answers
 */
const drawn = (page, watched, answers) => [
  div("then", matrixThen(page, watched)),
  div("measures", measures(page, watched, answers)),
  div("every", smallOnes(page, watched)),
];

/** @param {Watched} watched */
function caption({ learning, film, kind }) {
  return [
    kind === "cross_attn" &&
      film.gold.length > 0 &&
      "Frames mark the tokens of words that translate each other, according to the corpus. ",
    kind !== "encoder_self_attn" &&
      "Each row reads one token and should write the next; the bar at its right shows how probable the model found that next token. ",
    translates(film) &&
      "At every step the model reads the translation of the finished model, so that rows can be compared; what it writes itself stands above. ",
    `The curves are measured over ${learning.numSentences} validation sentences, error and entropy in cross-attention. Their horizontal axis is not to scale: the recorded steps are drawn side by side, and they lie closer together at first, when most is learned.`,
  ];
}

/**
 * The step of the training names the file.
 * @param {Page} page
 */
const savedAs = (page) => ({
  get state() {
    const { layer, head, film, at } = watchedBy(page);
    return { layer, head, step: film.steps[at] - 1 };
  },
});

/** @param {Watched} watched */
function csv({ film, at, kind, layer, head }) {
  const { rows, columns } = labelsOf(film, kind);
  const frame = film.frame(at);
  const weights = frame?.weights(kind)[layer][head] ?? [];
  return [
    ["", ...columns, ...(kind === "encoder_self_attn" ? [] : ["probability"])],
    ...weights.map((row, i) => [
      plain(rows[i]),
      ...row,
      ...(kind === "encoder_self_attn" ? [] : [frame?.probabilities[i]]),
    ]),
  ];
}

/**
 * Every snapshot in a line.
 * @param {Page} page
 */
function inNumbers(page) {
  const { learning } = watchedBy(page);
  const { steps, bleu, loss, entropy, aer } = learning;
  const layers = entropy[0].map((_, layer) => layer);
  const mean = (/** @type {number[]} */ list) => sum(list) / list.length;
  const lines = steps.map((step, at) => {
    const errors = aer[at];
    const best = errors && bestOfLayers(errors);
    return [
      String(step),
      num(bleu[at], 1),
      num(loss[at], 2),
      ...layers.map((layer) => num(mean(entropy[at][layer]), 2)),
      ...(best ? best.map((each) => `${headThen(each)}: ${whole(each.error)}`) : []),
    ];
  });
  const heads = [
    "step",
    "BLEU",
    "loss",
    ...layers.map((layer) => `entropy, layer ${layer + 1}`),
    ...(aer[0] ? layers.map((layer) => `best of layer ${layer + 1}`) : []),
  ];
  return [
    p(
      "Loss: nats a reference token. Entropy: bits, the mean over the heads of a layer. Best of a layer: the head with the lowest alignment error.",
    ),
    figure(
      page,
      "curves",
      () => [heads, ...lines],
      table("What was measured at each step", heads, lines),
    ),
  ];
}

/** @param {Page} page */
function how(page) {
  const { films, steps, numSentences, signature, aer } = watchedBy(page).learning;
  const { thenSteps } = page.embedded;
  return [
    p(
      `${steps.length} snapshots were taken of the averaged weights, which are also the weights that translate. In each snapshot the model read ${films.length} validation sentences, and all three kinds of attention were recorded in every layer and head. An attention weight is kept as one of 256 values, so it is off by 0.2 points at most.`,
    ),
    p(
      `BLEU, loss and entropy are measured over ${numSentences} validation sentences. BLEU is that of greedy translations, for which the decoder reads no reference (${signature}).`,
    ),
    aer[0] &&
      p(
        "For the alignment error of a head, each word of the reference is linked with the source word that gets most of the head's weight while the word is written. These links are compared with those of the corpus: the error is 0% where every link is found and no other.",
      ),
    thenSteps.length > 0 &&
      p(
        `This file also holds the whole model as it was at ${thenSteps.length} steps (${thenSteps.join(", ")}), in int8. With it your own sentence is read and translated as it was then.`,
      ),
    p(
      "Entropy says how widely a row spreads its weight: 0 bits where one token gets all of it, 3 bits where 8 tokens share it evenly.",
    ),
  ];
}
