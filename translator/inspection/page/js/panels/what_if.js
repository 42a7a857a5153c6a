// 6. What if?

/** @import { Child } from "../elements.js" */
/** @import { Box } from "../grid.js" */
/** @import { Label } from "../labels.js" */
/** @import { Ablation } from "../model/intervention.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect, Trial } from "../trials.js" */

import { ablating } from "../changes.js";
import { div, el, keepInSight, p, quiet, svg, table, wide } from "../elements.js";
import { heat } from "../grid.js";
import { quoted } from "../labels.js";
import { chance, num, signed, sum, whole } from "../numbers.js";
import { drawing, gutterOf, textWidth } from "../pictures.js";
import { effectsOf, headTrials, layerTrials, tokenTrials } from "../trials.js";
import { figure, fold } from "../views.js";

/** @typedef {Trial & { effects: Effect[] | null }} Tried */
/** @typedef {Tried & { layer: number }} TriedHeads  one head of a layer, or all */
/** @typedef {{ tokens: Tried[], heads: TriedHeads[], layers: TriedHeads[] }} Groups */

/** Of a probability: what changes by less is left out of the picture, and does not "matter". */
const NOTABLE = 0.05;
/** A token less probable than this may lose much of its probability, and yet not NOTABLE. */
const IMPROBABLE = 0.2;
/** More heads than these make the picture too long: it then has those of the chosen layer. */
const MANY_HEADS = 16;
const NUM_SORTED = 12;
const NARROW = 600;
const ROW = 23;
const WAITING = "…";

/** @param {Page} page */
export function whatIf(page) {
  const groups = groupsOf(page);
  const all = [...groups.tokens, ...groups.heads, ...groups.layers];
  if (!all.length) {
    return [p("One source token and no head are left: put something back, then ask what if.")];
  }
  return [
    el("p", { id: "verdict" }, verdict(page, groups)),
    figure(
      page,
      "what-if",
      () => csv(page, all),
      picture(page, groups, all),
      caption(page),
      attempt(page, groups),
    ),
    fold(page, "what-if-nats", "Sorted, in nats, and for the whole translation", () =>
      sorted(page, all),
    ),
    fold(page, "pattern", `Does it matter where ${page.headName()} looks?`, () => pattern(page)),
  ];
}

/**
 * What is tried, and what came of it.
 * @param {Page} page
 * @returns {Groups}
 */
function groupsOf(page) {
  const { numLayers, numHeads } = page.inspection;
  /** @type {<One extends Trial>(trial: One) => One & Tried} */
  const tried = (trial) => ({ ...trial, effects: effectsOf(page, trial.intervention) });
  const layers =
    numLayers * numHeads > MANY_HEADS
      ? [page.state.layer]
      : Array.from({ length: numLayers }, (_, layer) => layer);
  return {
    tokens: tokenTrials(page).map(tried),
    heads: layers.flatMap((layer) => headTrials(page, layer)).map(tried),
    layers: layerTrials(page).map(tried),
  };
}

/**
 * The one that takes most from the token written at decoding step t; null where there is none or
 * the model has not said it yet.
 * @template {Tried} One
 * @param {One[]} group
 * @param {number} t
 */
function strongest(group, t) {
  /** @type {{ trial: One, effect: Effect, lost: number } | null} */
  let best = null;
  for (const trial of group) {
    if (!trial.effects) return null;
    const effect = trial.effects[t];
    const lost = effect.before - effect.after;
    if (!best || lost > best.lost) best = { trial, effect, lost };
  }
  return best;
}

/**
 * What matters for the chosen token, in words.
 * @param {Page} page
 * @param {Groups} groups
 * @returns {Child[]}
 */
function verdict(page, { tokens, heads, layers }) {
  const t = page.state.step;
  const token = strongest(tokens, t);
  const head = strongest(heads, t);
  const layer = strongest(layers, t);
  if ((tokens.length && !token) || (heads.length && !head))
    return ["The model is reading the translation again …"];
  const before = Math.exp(page.inspection.logprobs[t]);
  const isStable = [token, head, layer].every((one) => !one || one.lost < NOTABLE);
  if (before < IMPROBABLE && isStable) {
    return [
      "The model finds ",
      written(page),
      ` improbable here (${chance(before)}): it has little to lose.`,
    ];
  }
  return [
    page.isChanged() && "What follows comes on top of your changes. ",
    token && ofTokens(page, token),
    head && [" ", ofHeads(page, head, layer, layer !== null && backUp(heads, layer.trial, t))],
  ];
}

/** @typedef {{ trial: Tried, effect: Effect, lost: number }} Strongest */

/**
 * @param {Page} page
 * @param {Strongest} strongest
 * @returns {Child[]}
 */
function ofTokens(page, { trial, effect, lost }) {
  const word = written(page);
  if (lost < NOTABLE) {
    return [word, " needs no single source token: whichever you hide, it has ", least(effect)];
  }
  return [
    "Hide ",
    el("b", { class: "enc", lang: page.embedded.languages?.source }, trial.object),
    ", and ",
    word,
    ` falls from ${chance(effect.before)} to `,
    el("b", {}, chance(effect.after)),
    effect.newTop === null
      ? "."
      : [": then ", german(page, quoted(effect.newTop)), " is the most probable."],
  ];
}

/**
 * Heads alone, and together.
 * @param {Page} page
 * @param {Strongest} head
 * @param {Strongest | null} layer
 * @param {boolean} isBackedUp whether the heads of that layer stand in for each other
 * @returns {Child[]}
 */
function ofHeads(page, head, layer, isBackedUp) {
  const alone =
    head.lost < NOTABLE
      ? [
          "No single head is needed: whichever you mute, ",
          written(page),
          " has ",
          least(head.effect),
        ]
      : [
          `${sentence(nameOf(head.trial))}, and `,
          written(page),
          ` keeps ${chance(head.effect.after)}.`,
        ];
  if (!layer) return alone;
  if (layer.lost < NOTABLE) {
    const isAsWell = head.lost < NOTABLE;
    return [alone, isAsWell ? " Nor is a whole layer." : " A whole layer costs less."];
  }
  return [
    alone,
    ` ${sentence(nameOf(layer.trial))}, and it keeps `,
    el("b", {}, chance(layer.effect.after)),
    isBackedUp ? ": its heads back each other up." : ".",
  ];
}

/**
 * Whether all heads of a layer cost more than twice the sum of what each costs alone.
 * @param {TriedHeads[]} heads
 * @param {TriedHeads} together
 * @param {number} t
 */
export function backUp(heads, together, t) {
  const nats = (/** @type {Tried} */ { effects }) => effects?.[t].nats ?? 0;
  const alone = heads.filter(({ layer }) => layer === together.layer);
  return alone.length > 0 && nats(together) > 2 * sum(alone.map(nats));
}

/** What is done, as an order. */
const nameOf = (/** @type {Trial} */ { verb, object }) =>
  `${verb} ${verb === "hide" ? quoted(object) : object}`;

const least = (/** @type {Effect} */ { after }) => `at least ${chance(after)}.`;

const sentence = (/** @type {string} */ text) => text[0].toUpperCase() + text.slice(1);

/**
 * A token of the translation.
 * @param {Page} page
 * @param {string} name
 */
const german = (page, name) =>
  el("b", { class: "dec", lang: page.embedded.languages?.target }, name);

/**
 * The token written at the chosen decoding step.
 * @param {Page} page
 */
const written = (page) => german(page, page.inspection.names.writes[page.state.step]);

/**
 * One row a change, one column a written token.
 * @param {Page} page
 * @param {Groups} groups
 * @param {Tried[]} all
 */
function picture(page, groups, all) {
  const { names, numSteps, logprobs } = page.inspection;
  /** @type {Label[]} */
  const rows = [
    page.isChanged() ? "your changes" : "no change",
    ...all.map((trial) => labelOf(trial, page.room < NARROW)),
  ];
  const room = page.room - gutterOf(rows) - 10;
  const width = Math.max(30, Math.min(92, room / numSteps));
  const at = (/** @type {number} */ i, /** @type {number} */ t) => all[i - 1]?.effects?.[t];
  const grid = heat(page, {
    id: "moves",
    label: "The probability of each written token when one thing is changed",
    rows,
    columns: names.writes,
    columnSide: "dec",
    values: rows.map((_, i) =>
      logprobs.map((_logprob, t) => {
        const effect = at(i, t);
        return effect ? shareMoved(effect) : 0;
      }),
    ),
    top: 2, // so that numbers stand out from the darkest cell, too
    width,
    height: ROW,
    numbers: (_, i, t) => {
      if (i === 0) return whole(Math.exp(logprobs[t]));
      const effect = at(i, t);
      return effect ? inCell(effect, width) : "";
    },
    tell: (i, t) => {
      if (i === 0) return `${names.writes[t]}: ${chance(Math.exp(logprobs[t]))}`;
      const { effects } = all[i - 1];
      return `${sentence(nameOf(all[i - 1]))}: ${effects ? told(effects[t], names.writes[t]) : WAITING}`;
    },
    pick: (i, step) =>
      page.go(i === 0 ? { step } : { step, intervention: all[i - 1].intervention, hypothesis: 0 }),
    extra: (box) =>
      svg(
        "g",
        {},
        separators(groups, box, width * numSteps),
        svg("rect", {
          class: "current",
          x: box.left + width * page.state.step - 1,
          y: box.above - 1,
          width: width + 1,
          height: ROW * rows.length + 1,
        }),
      ),
  });
  const left = gutterOf(rows);
  const box = wide("What each change does", withLabelsInSight(grid, left));
  keepInSight(box, left + width * (page.state.step + 0.5), left + 20);
  return box;
}

/**
 * The row labels once more, which stay where they are when the picture scrolls under them.
 * @param {SVGSVGElement} grid
 * @param {number} width of the labels
 */
function withLabelsInSight(grid, width) {
  const labels = [...grid.querySelectorAll("[role=rowheader]")].map((label) => {
    const copy = /** @type {Element} */ (label.cloneNode(true));
    copy.removeAttribute("role");
    return copy;
  });
  const height = Number(grid.getAttribute("height"));
  grid.style.marginLeft = `${-width}px`;
  return div(
    "lanes",
    drawing(width, height, { class: "gutter again", "aria-hidden": "true" }, labels),
    grid,
  );
}

/**
 * @param {Trial} trial
 * @param {boolean} isNarrow whether there is only room for what is hidden or muted
 * @returns {Label}
 */
function labelOf({ verb, object }, isNarrow) {
  /** @type {[string, string]} */
  const label = [object, verb === "hide" ? "enc strong" : ""];
  return isNarrow ? [label] : [[`${verb} `, "faint"], label];
}

/**
 * Lines between the groups of changes.
 * @param {Groups} groups
 * @param {Box} box
 * @param {number} width of all cells
 */
function separators({ tokens, heads, layers }, { left, above }, width) {
  const ends = [1, tokens.length, heads.length].map((_, i, sizes) => sum(sizes.slice(0, i + 1)));
  return ends
    .filter((end) => end < 1 + tokens.length + heads.length + layers.length)
    .map((end) =>
      svg("path", { class: "cut", d: `M4 ${above + ROW * end - 0.5}H${left + width}` }),
    );
}

/**
 * What share of the probability is lost, as a negative number, or of the later one is gained.
 * @param {Effect} effect
 */
export const shareMoved = ({ before, after }) =>
  Math.abs(after - before) < NOTABLE ? 0 : (after - before) / Math.max(before, after);

/**
 * The probability then, and the token that would be written instead as far as there is room.
 * @param {Effect} effect
 * @param {number} width
 */
function inCell({ before, after, newTop }, width) {
  if (newTop === null) return Math.abs(after - before) < NOTABLE ? "" : short(after);
  const fits = (/** @type {string} */ text) => textWidth(text, 11) < width - 6;
  const cut = Array.from(newTop, (_, i) => `${newTop.slice(0, i)}…`).slice(2);
  const texts = [...cut, newTop].map((name) => `${short(after)} → ${name}`);
  return texts.findLast(fits) ?? short(after);
}

const short = (/** @type {number} */ p) => (p < 0.005 ? "<1%" : whole(p));

/** @type {(effect: Effect, name: string) => string} */
export function told({ before, after, newTop }, name) {
  const top = newTop === null ? "" : `; ${quoted(newTop)} becomes the most probable`;
  if (chance(before) === chance(after)) return `${quoted(name)} stays at ${chance(after)}${top}`;
  const moves = after < before ? "falls" : "rises";
  return `${quoted(name)} ${moves} from ${chance(before)} to ${chance(after)}${top}`;
}

/** @param {Page} page */
function caption(page) {
  const { numLayers, numHeads } = page.inspection;
  return [
    "Each row changes one thing, and the model reads this translation again. Cells: how probable the written token is then, and what is then the most probable instead. Empty: it moves by less than 5 points. Choose a cell to make that change.",
    numLayers * numHeads > MANY_HEADS && ` Single heads: those of layer ${page.state.layer + 1}.`,
  ];
}

/**
 * The change that matters most, to be made.
 * @param {Page} page
 * @param {Groups} groups
 */
function attempt(page, { tokens, heads, layers }) {
  const t = page.state.step;
  const token = strongest(tokens, t);
  const best =
    token && token.lost >= NOTABLE ? token : strongest([...tokens, ...heads, ...layers], t);
  return (
    best &&
    el(
      "button",
      {
        id: "try-change",
        class: "main",
        onclick: () => page.go({ intervention: best.trial.intervention, hypothesis: 0 }),
      },
      `Try: ${nameOf(best.trial)}${page.isChanged() ? " as well" : ""}`,
    )
  );
}

/**
 * @param {Page} page
 * @param {Tried[]} all
 */
function csv(page, all) {
  const { names, logprobs } = page.inspection;
  return [
    [
      "change",
      "decoding step",
      "written",
      "probability",
      "probability then",
      "nats",
      "most probable then",
    ],
    ...all.flatMap((trial) =>
      (trial.effects ?? []).map(({ before, after, nats, newTop }, t) => [
        nameOf(trial),
        t + 1,
        names.writes[t],
        before,
        after,
        -nats,
        newTop ?? page.inspection.alternatives[t][0].name,
      ]),
    ),
    ...logprobs.map((logprob, t) => ["nothing", t + 1, names.writes[t], Math.exp(logprob)]),
  ];
}

/**
 * The changes, what takes most from the chosen token first.
 * @param {Page} page
 * @param {Tried[]} all
 */
function sorted(page, all) {
  const t = page.state.step;
  const known = all.flatMap((trial) =>
    trial.effects ? { name: nameOf(trial), effects: trial.effects } : [],
  );
  known.sort((a, b) => b.effects[t].nats - a.effects[t].nats);
  const name = page.inspection.names.writes[t];
  return [
    table(
      "What moves the chosen token most",
      ["what if you …", `${name}: probability`, "log-probability", "of the whole translation"],
      known
        .slice(0, NUM_SORTED)
        .map((one) => [
          one.name,
          `${chance(one.effects[t].before)} → ${chance(one.effects[t].after)}`,
          signed(-one.effects[t].nats),
          signed(-sum(one.effects.map(({ nats }) => nats))),
        ]),
    ),
    quiet(
      "Log-probabilities in nats: the natural logarithm of the probability. A loss of 0.69 nats halves it, one of 2.3 leaves a tenth. The whole translation: the sum over its tokens. All changes, for all tokens, are in the CSV.",
    ),
  ];
}

/** @type {[how: Ablation, what: string][]} */
const PATTERNS = [
  ["uniform", "it looks everywhere alike"],
  ["permute", "it looks half a sentence away"],
  ["zero", "it adds nothing"],
];

/**
 * Whether the chosen head's weights matter, or only that it adds something.
 * @param {Page} page
 */
function pattern(page) {
  const { state, inspection } = page;
  const { intervention, layer, head, step } = state;
  const tried = PATTERNS.map(([how, what]) => {
    const changed = ablating(intervention, [`${layer}.${head}`], how);
    return { how, what, changed, effect: effectsOf(page, changed)?.[step] };
  });
  const [uniform, moved, muted] = tried.map(({ effect }) => effect);
  return [
    p(uniform && moved && muted ? patternVerdict(uniform, moved, muted) : WAITING),
    div(
      "wraps",
      table(
        `What ${page.headName()} does for ${inspection.names.writes[step]}`,
        ["what if …", "probability", "nats", ""],
        tried.map(({ how, what, changed, effect }) => [
          what,
          effect ? `${chance(effect.before)} → ${chance(effect.after)}` : WAITING,
          effect ? num(-effect.nats, 2) : WAITING,
          el(
            "button",
            {
              id: `pattern-${how}`,
              "aria-label": `Try: ${what}`,
              onclick: () => page.change(changed),
            },
            "Try",
          ),
        ]),
      ),
    ),
  ];
}

/** @type {(uniform: Effect, moved: Effect, muted: Effect) => string} */
export function patternVerdict(uniform, moved, muted) {
  const matters = (/** @type {Effect} */ { before, after }) => Math.abs(after - before) >= NOTABLE;
  if (matters(uniform) || matters(moved))
    return "Yes: when it looks elsewhere, the written token becomes more or less probable.";
  if (matters(muted)) return "No: what it adds matters here, but not where it takes it from.";
  return "Not here: whatever is done to this head alone, the written token keeps its probability.";
}
