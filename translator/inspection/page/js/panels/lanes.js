// 1. Who asks, who answers? The sentence and its translation, linked by attention.

/** @import { Side } from "../elements.js" */
/** @import { Page } from "../page.js" */

import { div, keepInSight, svg, wide } from "../elements.js";
import { chance, largest, sum, whole, within } from "../numbers.js";
import { drawing, textWidth } from "../pictures.js";

/** @typedef {{ middle: number, width: number }} Word  where a word stands in its lane */
/**
 * The words of the sentence above, those of the steps below, and how wide both lanes are.
 * @typedef {{ above: Word[], below: Word[], width: number }} Words
 */

/** Vertical positions in the picture. */
const LANE = {
  bars: 54,
  source: 74,
  from: 86,
  to: 152,
  reads: 176,
  writes: 206,
  probability: 224,
  end: 232,
};
const GUTTER = 88;
const MARGIN = 2;

/**
 * The sentence above, the steps below. If they are wider than the page they scroll, and start
 * where the chosen step is in sight.
 * @param {Page} page
 */
export function lanes(page) {
  const words = placed(page);
  const { middle } = words.below[page.state.step];
  const box = wide(
    "The sentence and its translation, linked",
    div("lanes", gutter(), picture(page, words)),
  );
  keepInSight(box, GUTTER + middle, GUTTER + 52);
  return box;
}

/**
 * The position of every word, in two lanes of the same width.
 * @param {Page} page
 * @returns {Words}
 */
function placed(page) {
  const { names, sourceWords, numSource, numSteps } = page.inspection;
  const tokens = names.source;
  const first = new Set(sourceWords.map((word) => word.pieces[0]));
  const sourceWidths = tokens.map((text) => Math.max(32, textWidth(text, 15, 700) + 4));
  const sourceGaps = tokens.map((_, s) => (s + 1 >= numSource || first.has(s + 1) ? 10 : 1));
  const stepWidths = names.reads.map(
    (name, t) => Math.max(34, textWidth(name, 13), textWidth(names.writes[t], 15, 700)) + 12,
  );
  const stepGaps = stepWidths.map(() => 8);
  const total = Math.max(
    sum(sourceWidths) + sum(sourceGaps),
    sum(stepWidths) + sum(stepGaps),
    Math.min(page.room - GUTTER - 6, 76 * Math.max(numSource, numSteps)),
  );
  return {
    width: MARGIN + total + MARGIN,
    above: spread(sourceWidths, sourceGaps, MARGIN, total),
    below: spread(stepWidths, stepGaps, MARGIN, total),
  };
}

/**
 * The middle and width of each word, when all share the free width equally.
 * @param {number[]} widths
 * @param {number[]} gaps behind each word
 * @param {number} left
 * @param {number} total
 * @returns {Word[]}
 */
export function spread(widths, gaps, left, total) {
  const free = Math.max(0, total - sum(widths) - sum(gaps)) / widths.length;
  let x = left;
  return widths.map((width, i) => {
    const middle = x + (width + free) / 2;
    x += width + free + gaps[i];
    return { middle, width: width + free };
  });
}

/**
 * The words, and the links of the chosen step or of the word under the mouse.
 * @param {Page} page
 * @param {Words} words
 */
function picture(page, words) {
  const { sourceWords, writes } = page.inspection;
  const { above } = words;
  const links = svg("g", { "aria-hidden": "true" });
  const preview = (/** @type {Node[][]} */ drawn) => links.replaceChildren(...drawn.flat());
  const chosen = () => preview(linksOfStep(page, page.state.step, words));
  chosen();
  return drawing(
    words.width,
    LANE.end + 4,
    {
      role: "group",
      "aria-label": "The sentence above, the translation below, linked by attention",
    },
    links,
    sourceWords.filter(({ pieces }) => pieces.length > 1).map(({ pieces }) => join(pieces, above)),
    svg(
      "g",
      { role: "group", "aria-label": "The sentence, read by the encoder" },
      above.map((place, s) =>
        sourceToken(page, s, place, () => preview(linksOfSource(page, s, words)), chosen),
      ),
    ),
    svg(
      "g",
      { role: "radiogroup", "aria-label": "Decoding steps" },
      writes.map((_, t) =>
        stepBox(page, t, words, () => preview(linksOfStep(page, t, words)), chosen),
      ),
    ),
  );
}

/** The lanes' names, which stay in sight where the lanes are scrolled. */
function gutter() {
  /** @type {(y: number, side: Side, text: string) => Node[]} */
  const line = (y, side, text) => [
    svg("rect", { class: side, x: 0, y: y - 14, width: 18, height: 18, rx: 4 }),
    svg("text", { class: "letter", x: 9, y, "text-anchor": "middle" }, side === "enc" ? "E" : "D"),
    svg("text", { class: "lane", x: 24, y }, text),
  ];
  return drawing(
    GUTTER,
    LANE.end + 4,
    { class: "gutter", "aria-hidden": "true" },
    line(LANE.source, "enc", "answers"),
    line(LANE.reads, "dec", "reads"),
    line(LANE.writes, "dec", "writes"),
    svg("text", { class: "lane", x: 24, y: LANE.probability }, "probability"),
  );
}

/**
 * The line under the pieces of one word.
 * @type {(pieces: number[], words: Word[]) => Node}
 */
function join(pieces, words) {
  const first = words[pieces[0]];
  const last = words[pieces[pieces.length - 1]];
  const from = first.middle - first.width / 2 + 4;
  const to = last.middle + last.width / 2 - 4;
  return svg("path", { class: "joins", d: `M${from} ${LANE.source + 7}H${to}` });
}

/**
 * The weights of a step, in the chosen head.
 * @param {Page} page
 * @param {number} t
 */
function weightsOfStep(page, t) {
  const { layer, head } = page.state;
  return page.inspection.cross[layer].weights[head][t];
}

/**
 * What one step takes from each source token, with the weights as bars above.
 * @param {Page} page
 * @param {number} t
 * @param {Words} words
 */
function linksOfStep(page, t, { above, below }) {
  return weightsOfStep(page, t).map((w, s) => [
    ...(w >= 0.005 ? [link(w, above[s], below[t])] : []),
    ...weightAbove(w, above[s]),
  ]);
}

/**
 * Which steps take something from one source token: a column of the matrix.
 * @param {Page} page
 * @param {number} s
 * @param {Words} words
 */
function linksOfSource(page, s, { above, below }) {
  return below.map((step, t) => {
    const weight = weightsOfStep(page, t)[s] || 0;
    const drawn = [link(weight, above[s], step)];
    if (weight < 0.05) return drawn;
    const place = { x: step.middle, y: LANE.to - 4, "text-anchor": "middle" };
    return [...drawn, svg("text", { class: "tick", ...place }, whole(weight))];
  });
}

/** @type {(weight: number, from: Word, to: Word) => SVGElement} */
const link = (weight, from, to) =>
  svg("path", {
    class: "link",
    "stroke-width": 1 + 8 * weight,
    "stroke-opacity": (0.06 + 0.84 * weight).toFixed(3),
    d: curve(from.middle, to.middle),
  });

/** @type {(from: number, to: number) => string} */
const curve = (from, to) =>
  `M${from} ${LANE.from}C${from} ${LANE.from + 34} ${to} ${LANE.to - 34} ${to} ${LANE.to}`;

/** @type {(weight: number, word: Word) => SVGElement[]} */
function weightAbove(weight, { middle }) {
  const height = 34 * weight;
  const top = LANE.bars - height;
  const rx = Math.min(2, height / 2);
  const look = weight >= 0.05 ? "tick strong" : "tick faint";
  const place = { x: middle, y: top - 5, "text-anchor": "middle" };
  return [
    svg("rect", { class: "enc", x: middle - 12, y: top, width: 24, height, rx }),
    svg("path", { class: "joins", d: `M${middle - 12} ${LANE.bars}h24` }),
    svg("text", { class: look, ...place }, whole(weight)),
  ];
}

/**
 * Move the focus to a source token, and let Tab return to it.
 * @param {Page} page
 * @param {number} s
 */
function toSource(page, s) {
  document.getElementById(`source-${page.lastSource}`)?.setAttribute("tabindex", "-1");
  page.lastSource = s;
  const token = document.getElementById(`source-${s}`);
  token?.setAttribute("tabindex", "0");
  token?.focus();
}

/**
 * @param {Page} page
 * @param {number} s
 * @param {Word} place
 * @param {() => void} look
 * @param {() => void} leave
 */
function sourceToken(page, s, { middle, width }, look, leave) {
  const { state } = page;
  const { names, numSource } = page.inspection;
  const text = names.source[s];
  const isHidden = page.row().hidden[s];
  const isChosen = state.source === s;
  const choose = () => page.go({ source: isChosen ? null : s });
  return svg(
    "g",
    {
      class: "token",
      id: `source-${s}`,
      role: "button",
      tabindex: s === Math.min(page.lastSource, numSource - 1) ? 0 : -1,
      "aria-pressed": String(isChosen),
      "aria-label": `${text}, weight ${whole(page.row().weights[s])}: ${isHidden ? "hidden, " : ""}which decoding steps look at it`,
      onmouseenter: look,
      onfocus: look,
      onmouseleave: leave,
      onblur: leave,
      onclick: choose,
      onkeydown: (event) => {
        if (isPress(event)) choose();
        else if (event.key === "ArrowDown") {
          event.preventDefault();
          document.getElementById(`step-${page.state.step}`)?.focus();
        } else {
          const to = target(event, s, numSource);
          if (to !== null) toSource(page, within(to, numSource));
        }
      },
    },
    svg("rect", {
      class: "hit",
      x: middle - width / 2,
      y: LANE.source - 18,
      width,
      height: 28,
      rx: 5,
    }),
    svg("text", { class: "enc word", x: middle, y: LANE.source, "text-anchor": "middle" }, text),
    isHidden &&
      svg("path", {
        class: "ghost",
        d: `M${middle - width / 2 + 3} ${LANE.source - 5}h${width - 6}`,
      }),
  );
}

/**
 * @param {Page} page
 * @param {number} t
 * @param {Words} words
 * @param {() => void} look
 * @param {() => void} leave
 */
function stepBox(page, t, { below }, look, leave) {
  const { names, logprobs, numSteps } = page.inspection;
  const { middle, width } = below[t];
  const probability = chance(Math.exp(logprobs[t]));
  const isChosen = t === page.state.step;
  /** @type {(look: string, y: number, text: string) => Node} */
  const label = (look, y, text) =>
    svg("text", { class: look, x: middle, y, "text-anchor": "middle" }, text);
  return svg(
    "g",
    {
      class: "token",
      id: `step-${t}`,
      role: "radio",
      tabindex: isChosen ? 0 : -1,
      "aria-checked": String(isChosen),
      "aria-label": `Decoding step ${t + 1}: reads ${names.reads[t]}, writes ${names.writes[t]}, probability ${probability}`,
      onmouseenter: look,
      onmouseleave: leave,
      onclick: () => page.go({ step: t }),
      onkeydown: (event) => {
        if (isPress(event)) page.go({ step: t });
        else if (event.key === "ArrowUp") {
          event.preventDefault();
          toSource(page, largest(page.row().weights));
        } else {
          const to = target(event, t, numSteps);
          if (to === null) return;
          page.go({ step: to });
          document.getElementById(`step-${page.state.step}`)?.focus();
        }
      },
    },
    svg("rect", {
      class: isChosen ? "hit chosen" : "hit",
      x: middle - width / 2,
      y: LANE.to,
      width,
      height: LANE.end - LANE.to,
      rx: 6,
    }),
    label("read", LANE.reads, names.reads[t]),
    label("dec word strong", LANE.writes, names.writes[t]),
    label("tick faint", LANE.probability, probability),
    below[t + 1] && fed(below[t], below[t + 1]),
  );
}

/**
 * What is written at a decoding step is read at the next.
 * @type {(from: Word, to: Word) => Node}
 */
function fed(from, to) {
  const left = from.middle + from.width / 2 - 7;
  const right = to.middle - to.width / 2 + 7;
  return svg("path", {
    class: "fed",
    d: `M${left} ${LANE.writes - 9}L${right} ${LANE.reads + 1}`,
  });
}

/** Whether a key presses the focused element; if so, the key does nothing else. */
function isPress(/** @type {KeyboardEvent} */ event) {
  const presses = event.key === "Enter" || event.key === " ";
  if (presses) event.preventDefault();
  return presses;
}

/**
 * Where a key leads from `at` in a lane, perhaps outside it; null for other keys.
 * @param {KeyboardEvent} event
 * @param {number} at
 * @param {number} size
 */
function target(event, at, size) {
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: size - 1 }[event.key];
  if (to === undefined) return null;
  event.preventDefault();
  return to;
}
