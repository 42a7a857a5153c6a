// The hypotheses that the search ended with: a list to choose from, and a picture of where they part.

/** @import { Hypothesis } from "../model/search.js" */
/** @import { Page } from "../page.js" */

import { el, svg, wide } from "../elements.js";
import { show } from "../labels.js";
import { chance, sum } from "../numbers.js";
import { drawing, textWidth } from "../pictures.js";
import { figure } from "../views.js";

/** @typedef {{ from: number, start: number }} Branch  leaves line `from` at decoding step `start` */

const LINE = 40;
const GAP = 18;

/**
 * @param {Page} page
 * @param {Hypothesis[]} hypotheses
 */
export function beam(page, hypotheses) {
  return [
    list(page, hypotheses),
    figure(
      page,
      "beam",
      () => csv(page, hypotheses),
      wide("Where the hypotheses part", picture(page, hypotheses)),
      "One line a hypothesis, from the point where it parts from those above. Below a token, its probability after the tokens before it; at the end, that of the whole.",
    ),
  ];
}

/**
 * @param {Page} page
 * @param {Hypothesis[]} hypotheses
 */
function list(page, hypotheses) {
  return el(
    "ol",
    { id: "beam", class: "hypotheses" },
    hypotheses.map((one, i) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            id: `hypothesis-${i}`,
            class: "plain",
            lang: page.embedded.languages?.target,
            "aria-pressed": String(i === page.state.hypothesis),
            onclick: () => page.go({ hypothesis: i }),
          },
          page.model.tokenizer.text(one.ids) || "(nothing)",
        ),
        el("span", { class: "quiet" }, ` ${whole(one)}`),
      ),
    ),
  );
}

/** How probable the model finds a hypothesis as a whole. */
const whole = (/** @type {Hypothesis} */ { logprobs }) => chance(Math.exp(sum(logprobs)));

/**
 * Where each hypothesis leaves the earlier one with which it has most tokens in common.
 * @param {Pick<Hypothesis, "ids">[]} hypotheses
 * @returns {Branch[]}
 */
export const branchesOf = (hypotheses) =>
  hypotheses.map(({ ids }, i) => {
    const common = hypotheses.slice(0, i).map((earlier) => numShared(ids, earlier.ids));
    const start = Math.max(0, ...common);
    return { from: common.indexOf(start), start };
  });

/** @type {(a: readonly number[], b: readonly number[]) => number} */
function numShared(a, b) {
  const parting = a.findIndex((id, t) => id !== b[t]);
  return parting < 0 ? a.length : parting;
}

/**
 * @param {Page} page
 * @param {Hypothesis[]} hypotheses
 */
function picture(page, hypotheses) {
  const branches = branchesOf(hypotheses);
  const names = hypotheses.map(({ ids }) => page.model.tokenizer.pieces([...ids]).map(show));
  const starts = columns(names, branches);
  const chosen = hypotheses[Math.min(page.state.hypothesis, hypotheses.length - 1)];
  const y = (/** @type {number} */ line) => 18 + LINE * line;
  const lines = hypotheses.map((one, i) => {
    const { from, start } = branches[i];
    const shared = numShared(chosen.ids, one.ids);
    const end = starts[names[i].length];
    return svg(
      "g",
      { class: "token", onclick: () => page.go({ hypothesis: i }) },
      svg("rect", {
        class: "hit",
        x: starts[start],
        y: y(i) - 15,
        width: end - starts[start],
        height: 34,
      }),
      from >= 0 &&
        svg("path", { class: "fed", d: `M${starts[start] - 8} ${y(from)}V${y(i) - 4}h6` }),
      names[i].map(
        (name, t) =>
          t >= start && [
            svg("text", { class: t < shared ? "dec strong" : "", x: starts[t], y: y(i) }, name),
            svg(
              "text",
              { class: "faint tick", x: starts[t], y: y(i) + 14 },
              chance(Math.exp(one.logprobs[t])),
            ),
          ],
      ),
      svg("text", { class: one === chosen ? "strong" : "", x: end, y: y(i) }, `= ${whole(one)}`),
    );
  });
  const width = starts[starts.length - 1] + 70;
  return drawing(width, y(hypotheses.length) - 10, { "aria-hidden": "true" }, lines);
}

/**
 * Where the tokens of each decoding step start, and behind the last one where they end.
 * @param {string[][]} names
 * @param {Branch[]} branches
 */
function columns(names, branches) {
  const numSteps = Math.max(...names.map((line) => line.length));
  const starts = [2];
  for (let t = 0; t < numSteps; t++) {
    const drawn = names.filter((line, i) => t >= branches[i].start && t < line.length);
    const widths = drawn.map((line) => textWidth(line[t], 12, 700));
    starts.push(starts[t] + Math.max(30, ...widths) + GAP);
  }
  return starts;
}

/**
 * @param {Page} page
 * @param {Hypothesis[]} hypotheses
 * @returns {(string | number)[][]}
 */
const csv = (page, hypotheses) => [
  ["hypothesis", "decoding step", "token", "log-probability"],
  ...hypotheses.flatMap(({ ids, logprobs }, i) =>
    page.model.tokenizer
      .pieces([...ids])
      .map((piece, t) => [i + 1, t + 1, show(piece), logprobs[t]]),
  ),
];
