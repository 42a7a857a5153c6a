// 6. What if? The picture: one row a change, one column a written token.

/** @import { Box } from "../grid.js" */
/** @import { Label } from "../labels.js" */
/** @import { Page } from "../page.js" */
/** @import { Effect, Trial } from "../trials.js" */
/** @import { Groups, Tried } from "./what_if.js" */

import { div, keepInSight, svg, wide } from "../elements.js";
import { heat, outlined } from "../grid.js";
import { capital, quoted } from "../labels.js";
import { chance, sum, whole } from "../numbers.js";
import { drawing, gutterOf, textWidth } from "../pictures.js";
import { nameOf, WAITING } from "../trials.js";

/** Of a probability: what changes by less is left out of the picture, and does not "matter". */
export const NOTABLE = 0.05;
const NARROW = 600;
const ROW = 23;

/**
 * One row a change, one column a written token.
 * @param {Page} page
 * @param {Groups} groups
 * @param {Tried[]} all
 */
export function picture(page, groups, all) {
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
      return `${capital(nameOf(all[i - 1]))}: ${effects ? told(effects[t], names.writes[t]) : WAITING}`;
    },
    pick: (i, step) =>
      page.go(i === 0 ? { step } : { step, intervention: all[i - 1].intervention, hypothesis: 0 }),
    extra: (box) =>
      svg(
        "g",
        {},
        separators(groups, box, width * numSteps),
        outlined(box.left + width * page.state.step, box.above, width, ROW * rows.length),
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
    drawing(width, height, { class: "gutter", "aria-hidden": "true" }, labels),
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
