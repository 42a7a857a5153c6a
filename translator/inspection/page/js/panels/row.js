// 3. One row, worked: from the query to the context in one table, whose weights can be dragged.

/** @import { Row } from "../attention.js" */
/** @import { Child } from "../elements.js" */
/** @import { Page } from "../page.js" */
/** @import { Line } from "../save.js" */

import { mix, withWeight } from "../attention.js";
import { withoutRow, withRow } from "../changes.js";
import { byId, el, nodes, p, slider, svg, wide } from "../elements.js";
import { quoted } from "../labels.js";
import { largest, length, most, num, sum } from "../numbers.js";
import { painted } from "../painting.js";
import { drawing } from "../pictures.js";
import { figure, fold, tryButton, writtenToken } from "../views.js";
import { softmaxChanges } from "./row_changes.js";
import { chosenSource, contextSteps, scoreSteps, softmaxSteps } from "./row_steps.js";
import { effectOf, nowTranslates } from "./who_asks.js";

/** @typedef {{ head: Child, cell: (s: number) => Child }} Column */

const STRIP_HEIGHT = 14;
const BAR_HEIGHT = 14;

/** @param {Page} page */
export function row(page) {
  const r = page.row();
  const token = page.inspection.names.source[chosenSource(page)];
  return [
    p(...inWords(page, r)),
    figure(
      page,
      "row",
      () => csv(page, r),
      wide("The row", tableOf(page, r)),
      aboutLines(r),
      tries(page, r),
    ),
    el("p", { id: "row-effect", class: "effect" }, effect(page)),
    fold(page, "scores", `q · k of ${quoted(token)}, number by number`, () => scoreSteps(page, r)),
    fold(page, "softmax", `The softmax, worked`, () => softmaxSteps(page, r)),
    fold(page, "context", "Weight × value, number by number", () => contextSteps(page, r)),
    fold(page, "changes", "Change the softmax or the padding of the whole model", () =>
      softmaxChanges(page),
    ),
  ];
}

/**
 * What the table shows.
 * @param {Page} page
 * @param {Row} r
 * @returns {Child[]}
 */
function inWords(page, r) {
  const written = writtenToken(page);
  if (sum(r.weights) === 0) {
    return [
      "To write ",
      written,
      ", this head brings back nothing: it is muted, so all its weights are 0 and so is its context. Drag a weight, and it speaks again in this row.",
    ];
  }
  return [
    "To write ",
    written,
    ", ",
    el("b", { class: "dec" }, "q"),
    " is multiplied by each token's ",
    el("b", { class: "enc" }, "key"),
    "; the softmax turns these scores into weights that sum to 1; each token's ",
    el("b", { class: "enc" }, "value"),
    " counts as much as its weight. The sum, the context, is all that this head brings back. Drag a weight: the model translates anew.",
  ];
}

/** @param {Row} r */
const aboutLines = ({ weights, own }) =>
  own?.some((_, s) => isOther(own[s], weights[s])) &&
  "Upright lines mark the model's own weights, before your changes.";

/** @type {(own: number, weight: number) => boolean} */
const isOther = (own, weight) => Math.abs(own - weight) > 0.005;

/**
 * A line for each source token, and their sum.
 * @param {Page} page
 * @param {Row} r
 */
function tableOf(page, r) {
  const { names } = page.inspection;
  const chosen = chosenSource(page);
  const columns = columnsOf(page, r);
  const head = (/** @type {Child} */ text) => el("th", { scope: "col" }, text);
  return el(
    "table",
    { class: "worked" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        head("token"),
        columns.map(({ head: text }) => head(text)),
      ),
    ),
    el(
      "tbody",
      {},
      names.source.map((name, s) =>
        el(
          "tr",
          { class: s === chosen && "here", onclick: () => page.go({ source: s }) },
          el("th", { scope: "row", class: "enc" }, name),
          columns.map(({ cell }) => el("td", {}, cell(s))),
        ),
      ),
    ),
    el("tfoot", {}, contextLine(page, r, columns.length)),
  );
}

/**
 * @param {Page} page
 * @param {Row} r
 * @returns {Column[]}
 */
function columnsOf(page, r) {
  const { temperature, scaling } = page.state.intervention;
  /** @type {(head: string, numbers: number[]) => Column} */
  const ofNumbers = (head, numbers) => ({ head, cell: (s) => num(numbers[s], 2) });
  const hidesAny = r.hidden.some(Boolean);
  return [
    ofNumbers("q · k", r.scores),
    ...(scaling ? [ofNumbers(`÷ √${r.q.length}`, r.scaled)] : []),
    ...(temperature === 1
      ? []
      : [
          ofNumbers(
            `÷ ${num(temperature, 1)}`,
            r.scaled.map((x) => x / temperature),
          ),
        ]),
    ...(hidesAny
      ? [{ head: "mask", cell: (/** @type {number} */ s) => (r.hidden[s] ? num(-Infinity) : "") }]
      : []),
    { head: "softmax: weight (drag it)", cell: (s) => weightCell(page, r, s) },
    ...(isWide(page)
      ? [{ head: "value", cell: (/** @type {number} */ s) => value(page, r, s) }]
      : []),
    { head: "weight × value", cell: (s) => el("span", { id: `part-${s}` }, part(page, r, s)) },
  ];
}

/**
 * A weight as a bar with a slider on it, and as a number.
 * @param {Page} page
 * @param {Row} r
 * @param {number} s
 */
const weightCell = (page, r, s) =>
  el(
    "span",
    { class: "with" },
    el(
      "span",
      { class: "weigh" },
      el("span", { id: `bar-${s}` }, weightBar(page, r, s)),
      !r.hidden[s] && weightSlider(page, r, s),
    ),
    el("span", { id: `shown-${s}` }, num(r.weights[s])),
  );

/** The width of a bar. The slider is wider by its thumb, so that its middle is the bar's end. */
const barWidth = (/** @type {Page} */ page) => (isWide(page) ? 200 : 64);
const isWide = (/** @type {Page} */ { room }) => room >= 720;

/**
 * A weight, and the model's own as a line where it is another.
 * @param {Page} page
 * @param {Row} r
 * @param {number} s
 */
function weightBar(page, { weights, own }, s) {
  const width = barWidth(page);
  return drawing(
    width,
    BAR_HEIGHT,
    { "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: BAR_HEIGHT, rx: 2 }),
    svg("rect", { class: "enc", width: width * weights[s], height: BAR_HEIGHT, rx: 2 }),
    own &&
      isOther(own[s], weights[s]) &&
      svg("path", { class: "ghost", d: `M${width * own[s]} 0v${BAR_HEIGHT}` }),
  );
}

/**
 * Left and right drag the weight, up and down go to another token: one stop for Tab.
 * @param {Page} page
 * @param {Row} r
 * @param {number} s
 */
function weightSlider(page, r, s) {
  const visible = r.weights.map((_, at) => at).filter((at) => !r.hidden[at]);
  const chosen = chosenSource(page);
  const stop = visible.includes(chosen) ? chosen : visible[0];
  const { hold, drag, release } = dragging(page, r, s);
  return slider(
    {
      id: `weight-${s}`,
      min: 0,
      max: 1,
      step: 0.01,
      value: r.weights[s],
      tabindex: s === stop ? 0 : -1,
      "aria-label": `Weight of ${page.inspection.names.source[s]}; up and down go to another token`,
      onkeydown: (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        const to = visible[visible.indexOf(s) + by];
        if (to === undefined) return;
        page.go({ source: to });
        byId(`weight-${to}`).focus();
      },
      onpointerdown: hold,
      onpointerup: release,
      onpointercancel: release,
    },
    {
      drag: (value) => {
        hold();
        drag(value);
      },
      release,
    },
  );
}

/**
 * What a slider does. Held, it stays the same element. Dragged, it shows at once what follows in
 * this section, and asks the model, again and again while it moves on. Let go, the section is drawn
 * again after the last answer.
 * @param {Page} page
 * @param {Row} r the row when the slider was taken: dragged to 1 and back, the others are as before
 * @param {number} s
 */
function dragging(page, r, s) {
  const { layer, head, step, text } = page.state;
  /** @type {number[] | null} */
  let wanted = null;
  /** @type {Promise<void> | null} */
  let asking = null;
  const ask = async () => {
    // A row of one sentence is none of another, which may be typed meanwhile.
    while (wanted && page.state.text === text) {
      const intervention = withRow(page.state.intervention, { layer, head, step }, wanted);
      wanted = null;
      await page.go({ intervention, hypothesis: 0, source: s });
      byId("row-effect").replaceChildren(...nodes(effect(page)));
    }
    asking = null;
  };
  return {
    // When the page is drawn there is nothing to follow: the numbers are here at once, and the
    // effect comes with each answer.
    hold: () => {
      page.held = { draw: row, follow: () => {} };
    },
    drag: (/** @type {number} */ value) => {
      if (page.state.text !== text) return;
      wanted = withWeight(r.weights, r.hidden, s, value);
      showAround(page, { ...r, weights: wanted, context: mix(wanted, r.V) }, s);
      asking ??= ask();
    },
    release: async () => {
      const { held } = page;
      await asking;
      // With the keyboard the next drag may have begun.
      if (page.held !== held) return;
      page.held = null;
      page.update();
    },
  };
}

/**
 * Show a row around the slider that is held.
 * @param {Page} page
 * @param {Row} r
 * @param {number} held
 */
function showAround(page, r, held) {
  r.weights.forEach((w, s) => {
    const input = /** @type {HTMLInputElement | null} */ (document.getElementById(`weight-${s}`));
    if (input && s !== held) input.value = String(w);
    byId(`bar-${s}`).replaceChildren(weightBar(page, r, s));
    byId(`shown-${s}`).textContent = num(w);
    byId(`part-${s}`).replaceChildren(part(page, r, s));
  });
  byId("context").replaceChildren(contextStrip(page, r));
  byId("total").textContent = num(sum(r.weights));
}

/**
 * What the reader's changes have done to the token written here, and to the translation.
 * @param {Page} page
 * @returns {Child[]}
 */
function effect(page) {
  if (!page.isChanged()) return [];
  return [effectOf(page), nowTranslates(page)];
}

/**
 * The value of a token.
 * @param {Page} page
 * @param {Row} r
 * @param {number} s
 */
const value = (page, r, s) =>
  strip(page, r, r.V[s], `The value of ${page.inspection.names.source[s]}`);

/**
 * The value of a token times its weight.
 * @param {Page} page
 * @param {Row} r
 * @param {number} s
 */
const part = (page, r, s) =>
  strip(
    page,
    r,
    r.V[s].map((x) => r.weights[s] * x),
    `${num(r.weights[s])} × the value of ${page.inspection.names.source[s]}`,
  );

/**
 * @param {Page} page
 * @param {Row} r
 */
const contextStrip = (page, r) => strip(page, r, r.context, "The context");

/**
 * A vector of the head, in the scale of its values.
 * @param {Page} page
 * @param {Row} r
 * @param {number[]} vector
 * @param {string} label
 */
function strip(page, { V }, vector, label) {
  const free = isWide(page) ? (page.room - 560) / 2 : 64;
  const cell = Math.max(2, Math.min(9, free / vector.length));
  const box = { x: 1, y: 1, width: cell * vector.length, height: STRIP_HEIGHT };
  return drawing(
    box.width + 2,
    box.height + 2,
    {
      role: "img",
      "aria-label": `${label}: ${vector.length} numbers, length ${num(length(vector))}`,
    },
    painted([vector], most(V), box),
  );
}

/**
 * The last line: what the weights and the weighted values sum to.
 * @param {Page} page
 * @param {Row} r
 * @param {number} numColumns
 */
function contextLine(page, r, numColumns) {
  const room = el("span", { class: "weigh" }, drawing(barWidth(page), BAR_HEIGHT, {}));
  const total = el("span", { id: "total" }, num(sum(r.weights)));
  return el(
    "tr",
    {},
    el("th", { scope: "row", colspan: numColumns - (isWide(page) ? 2 : 1) }, "sum: the context"),
    el("td", {}, el("span", { class: "with" }, room, total)),
    isWide(page) && el("td", {}),
    el("td", {}, el("span", { id: "context" }, contextStrip(page, r))),
  );
}

/**
 * One thing to do at once, and how to undo it.
 * @param {Page} page
 * @param {Row} r
 * @returns {Child[]}
 */
function tries(page, { weights, hidden }) {
  const { intervention, layer, head, step } = page.state;
  const place = { layer, head, step };
  const heaviest = largest(weights);
  const name = page.inspection.names.source[heaviest];
  const canDrag = hidden.filter((is) => !is).length > 1 && weights[heaviest] > 0;
  const isSet = `${layer}.${head}.${step}` in intervention.override;
  return [
    canDrag &&
      tryButton("zero", `drag the weight of ${quoted(name)} to zero`, () =>
        page.change(
          withRow(page.state.intervention, place, withWeight(weights, hidden, heaviest, 0)),
        ),
      ),
    isSet &&
      el(
        "button",
        { id: "own-weights", onclick: () => page.change(withoutRow(intervention, place)) },
        "Give this row its own weights back",
      ),
  ];
}

/**
 * One line per token: every number of its row.
 * @param {Page} page
 * @param {Row} r
 * @returns {Line[]}
 */
function csv({ inspection }, r) {
  return [
    [
      "token",
      "score",
      "scaled",
      "hidden",
      "after the mask and the temperature",
      "softmax",
      "weight",
      "the model's weight",
      ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`),
      ...r.q.map((_, i) => `weight × v ${i + 1}`),
    ],
    ...r.K.map((k, s) => [
      inspection.names.source[s],
      r.scores[s],
      r.scaled[s],
      r.hidden[s],
      r.logits[s],
      r.softmax[s],
      r.weights[s],
      r.own?.[s],
      ...k.map((x, i) => r.q[i] * x),
      ...r.V[s].map((x) => r.weights[s] * x),
    ]),
    [
      "sum",
      "",
      "",
      "",
      "",
      sum(r.softmax),
      sum(r.weights),
      r.own && sum(r.own),
      ...r.q.map(() => ""),
      ...r.context,
    ],
  ];
}
