// 7. Does attention explain?

/** @import { Child } from "../elements.js" */
/** @import { Inspection } from "../inspection.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect } from "../trials.js" */

import { hiding } from "../changes.js";
import { el, p, quiet, table } from "../elements.js";
import { quoted } from "../labels.js";
import { chance, largest, range, sum, whole } from "../numbers.js";
import { bar } from "../pictures.js";
import { effectsOf, NOTABLE_LOSS, READING_AGAIN, tokenTrials, visibleTokens } from "../trials.js";
import { figure, fold, sourceToken, targetToken, tryButton, writtenToken } from "../views.js";
import { backup, isBackedUp } from "./explanation_heads.js";
import { subsets } from "./explanation_subsets.js";

/**
 * One source token at one decoding step.
 * @typedef {{ token: number, weight: number, effect: Effect }} Weighed
 */
/** @typedef {{ heaviest: Weighed, costliest: Weighed, isAtStake: boolean, agrees: boolean }} Finding */

const NUM_SHOWN = 8;

/** @param {Page} page */
export function explanation(page) {
  const { step } = page.state;
  if (visibleTokens(page).length < 2) {
    return [p("Only one source token is left to look at: show the others again, then compare.")];
  }
  const weighed = weigh(page);
  if (!weighed) return [p(READING_AGAIN)];
  if (weighed[step][0].weight === 0) {
    return [p("All heads are muted, so that nobody looks anywhere: let some speak, then compare.")];
  }
  const findings = weighed.map(findingOf);
  return [
    el("p", { id: "explains" }, verdict(page, findings[step])),
    tokensOf(page, weighed[step], attempt(page, findings)),
    p(manySentences(page, findings)),
    conclusion(page, findings),
    fold(page, "steps", "Every decoding step", () => everyStep(page, findings)),
    fold(page, "subsets", "Hide the heaviest tokens, or keep only those", () =>
      subsets(page, weighed[step]),
    ),
    fold(page, "backup", "Heads that stand in for each other", () => backup(page)),
    fold(page, "literature", "What others have found", literature),
  ];
}

/**
 * The visible source tokens at each decoding step, the heaviest first: the mean weight of all
 * layers and heads, and what hiding the token does. null until the model has said it.
 * @param {Page} page
 * @returns {Weighed[][] | null}
 */
function weigh(page) {
  const { inspection } = page;
  const trials = tokenTrials(page);
  const effects = trials.map(({ intervention }) => effectsOf(page, intervention));
  if (effects.includes(null)) return null;
  return inspection.writes.map((_, t) => {
    const weights = meanWeights(inspection, t);
    return trials
      .map(({ token }, i) => ({
        token,
        weight: weights[token],
        effect: /** @type {Effect[]} */ (effects[i])[t],
      }))
      .sort((a, b) => b.weight - a.weight);
  });
}

/**
 * The weights of each source token at decoding step t, in the mean over all layers and heads.
 * @param {Pick<Inspection, "cross" | "numSource">} inspection
 * @param {number} t
 */
export function meanWeights({ cross, numSource }, t) {
  const rows = cross.flatMap(({ weights }) => weights.map((head) => head[t]));
  return range(numSource).map((s) => sum(rows.map((row) => row[s])) / rows.length);
}

/**
 * @param {Weighed[]} weighed the heaviest first
 * @returns {Finding}
 */
export function findingOf(weighed) {
  const costliest = weighed[largest(weighed.map(({ effect }) => effect.nats))];
  return {
    heaviest: weighed[0],
    costliest,
    isAtStake: costliest.effect.nats > NOTABLE_LOSS,
    agrees: costliest === weighed[0],
  };
}

/**
 * The section's question, answered for the chosen decoding step.
 * @param {Page} page
 * @param {Finding} finding
 * @returns {Child[]}
 */
function verdict(page, { heaviest: heavy, costliest, isAtStake, agrees }) {
  const { names } = page.inspection;
  const word = writtenToken(page);
  const to = (/** @type {Weighed} */ { effect }) =>
    `${chance(effect.before)} to ${chance(effect.after)}`;
  if (!isAtStake) {
    return [
      "For ",
      word,
      ` there is nothing to explain: whichever source token is hidden, it keeps ${chance(costliest.effect.after)} or more. Most weight lies on `,
      sourceToken(page, names.source[heavy.token]),
      ` (${whole(heavy.weight)}) all the same.`,
    ];
  }
  if (agrees) {
    return [
      "For ",
      word,
      ", yes: all heads together look most at ",
      sourceToken(page, names.source[heavy.token]),
      ` (${whole(heavy.weight)} of the weight), and hiding it costs most: from ${to(heavy)}.`,
    ];
  }
  return [
    "For ",
    word,
    ", no: all heads together look most at ",
    sourceToken(page, names.source[heavy.token]),
    ` (${whole(heavy.weight)} of the weight), but hiding `,
    sourceToken(page, names.source[costliest.token]),
    ` costs more: from ${to(costliest)}. Without `,
    sourceToken(page, names.source[heavy.token]),
    ` it has ${chance(heavy.effect.after)}.`,
  ];
}

/**
 * The heaviest tokens, with what hiding each costs.
 * @param {Page} page
 * @param {Weighed[]} weighed
 * @param {Child} tools
 */
function tokensOf(page, weighed, tools) {
  const { names } = page.inspection;
  const { step } = page.state;
  const name = names.writes[step];
  const costliest = Math.max(...weighed.map(({ effect }) => effect.nats));
  const isShown = (/** @type {Weighed} */ { effect }, /** @type {number} */ i) =>
    i < NUM_SHOWN || effect.nats === costliest || weighed.length === NUM_SHOWN + 1;
  const others = weighed.filter((one, i) => !isShown(one, i));
  const width = Math.max(24, Math.min(220, (page.room - 260) / 2));
  const most = weighed[0].weight;
  /** @type {(one: Weighed) => Child[]} */
  const line = (one) => {
    const { weight, effect } = one;
    const isCostliest = effect.nats === costliest && effect.nats > NOTABLE_LOSS;
    return [
      sourceToken(page, names.source[one.token]),
      withBar(bar(weight / most, "enc", width), whole(weight), weight === most),
      withBar(
        bar((effect.before - effect.after) / effect.before, "minus", width),
        chance(effect.after),
        isCostliest,
      ),
    ];
  };
  return figure(
    page,
    "explanation",
    () => [
      ["source", "mean weight", "probability", "probability without it", "nats lost"],
      ...weighed.map(({ token, weight, effect }) => [
        names.source[token],
        weight,
        effect.before,
        effect.after,
        effect.nats,
      ]),
    ],
    table(
      "Weights beside what hiding costs",
      ["source token", "weight, mean of all heads", `${name}, when it is hidden`],
      [...weighed.filter(isShown).map(line), ...(others.length ? [together(others)] : [])],
    ),
    `The longer the second bar, the more of the probability (${chance(weighed[0].effect.before)}) is lost without the token. If attention explains, both bars are longest in the same line.`,
    tools,
  );
}

/** @type {(drawn: Node, text: string, isMost: boolean) => HTMLElement} */
const withBar = (drawn, text, isMost) =>
  el("span", { class: "with" }, drawn, el(isMost ? "b" : "span", {}, text));

/**
 * The tokens that the table has no room for, in one line.
 * @param {Weighed[]} others
 * @returns {Child[]}
 */
function together(others) {
  const least = Math.min(...others.map(({ effect }) => effect.after));
  const weight = sum(others.map((one) => one.weight));
  return [`${others.length} others`, `${whole(weight)} in all`, `${chance(least)} or more`];
}

/**
 * A decoding step at which the heaviest token is not the one that matters, or what can be tried
 * where there is none.
 * @param {Page} page
 * @param {Finding[]} findings
 */
function attempt(page, findings) {
  const { names } = page.inspection;
  const { step } = page.state;
  const other = findings.findIndex(
    ({ isAtStake, agrees }, t) => t !== step && isAtStake && !agrees,
  );
  const id = "try-explanation";
  if (other >= 0) {
    return tryButton(
      id,
      `go to ${quoted(names.writes[other])}, where another token matters more`,
      () => page.go({ step: other }),
    );
  }
  const { token } = findings[step].heaviest;
  return tryButton(id, `hide ${quoted(names.source[token])}`, () =>
    page.change(hiding(page.state.intervention, [token])),
  );
}

/**
 * The same question over this sentence, and over many.
 * @param {Page} page
 * @param {Finding[]} findings
 */
function manySentences({ embedded }, findings) {
  const counted = findings.filter(({ isAtStake }) => isAtStake);
  const agreeing = counted.filter(({ agrees }) => agrees).length;
  const here = counted.length
    ? `In this translation the heaviest token is the one that matters most at ${agreeing} of the ${counted.length} decoding steps where a token matters`
    : "At no decoding step of this translation does a single token matter";
  const measured = embedded.faithfulness;
  if (!measured) return `${here}.`;
  const { numSentences, top1Weights } = measured;
  return `${here}; over ${numSentences} sentences of the validation set, at ${whole(top1Weights)} of them.`;
}

/**
 * What can be concluded, chosen by the numbers.
 * @param {Page} page
 * @param {Finding[]} findings
 */
function conclusion(page, findings) {
  const counted = findings.filter(({ isAtStake }) => isAtStake);
  const share =
    page.embedded.faithfulness?.top1Weights ??
    counted.filter(({ agrees }) => agrees).length / Math.max(1, counted.length);
  const replaced = isBackedUp(page);
  return el(
    "p",
    { id: "conclusion" },
    el("b", {}, "So: "),
    "attention shows exactly where each head took its vectors from. ",
    counted.length || page.embedded.faithfulness ? inWords(share) : null,
    "It does not say why",
    replaced ? ", and single heads can be replaced: others stand in for them." : ".",
  );
}

/** @type {(share: number) => string} */
export function inWords(share) {
  if (share >= 0.75) return "Where a token matters, it is usually the heaviest one. ";
  if (share >= 0.5) return "Where a token matters, it is more often the heaviest one than not. ";
  return "Where a token matters, it is mostly not the heaviest one. ";
}

/**
 * The heaviest and the costliest token of every decoding step.
 * @param {Page} page
 * @param {Finding[]} findings
 */
function everyStep(page, findings) {
  const { names } = page.inspection;
  return [
    table(
      "The heaviest token and the one that matters most",
      ["written", "most weight on", "hiding costs most", ""],
      findings.map(({ heaviest: heavy, costliest, isAtStake, agrees }, t) => [
        targetToken(page, names.writes[t]),
        [sourceToken(page, names.source[heavy.token]), ` ${whole(heavy.weight)}`],
        isAtStake
          ? [
              sourceToken(page, names.source[costliest.token]),
              ` ${chance(costliest.effect.before)} → ${chance(costliest.effect.after)}`,
            ]
          : el("span", { class: "quiet" }, "no token matters"),
        isAtStake ? (agrees ? "the same" : "another") : "",
      ]),
      page.state.step,
    ),
    quiet(
      "A token matters where hiding it takes more than a tenth of the written token's probability (0.1 nat).",
    ),
  ];
}

function literature() {
  return [
    p(
      "Jain and Wallace (2019) found other weights that left the output of a classifier as it was, and concluded that attention is not explanation. Wiegreffe and Pinter (2019) answered that such weights must be sought on purpose, and that it depends on what one calls an explanation. Serrano and Smith (2019) removed the heaviest inputs, as this section does: often many had to go before the decision changed.",
    ),
    p(
      "Kobayashi et al. (2020) pointed out that a large weight on a short vector brings little: what arrives is weight times value, whose length this page calls the norm. The two tests under “Hide the heaviest tokens” are those of DeYoung et al. (2020).",
    ),
    p(
      "And what arrives through attention is not the source token itself, but the encoder's output at its place, which the encoder has mixed from the whole sentence. To hide a token here, it is hidden from the encoder, too.",
    ),
  ];
}
