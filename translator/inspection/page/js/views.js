// What panels are built of: views with their captions and files, lists, and what unfolds.

/** @import { Child } from "./elements.js" */
/** @import { Page } from "./page.js" */
/** @import { Line } from "./save.js" */
/** @import { State } from "./state.js" */

import { dropDown, el } from "./elements.js";
import { saveCsv, saveSvg } from "./save.js";

/**
 * A drop-down list for one part of the state.
 * @template {"by" | "units" | "change"} Name
 * @param {Page} page
 * @param {Name} name
 * @param {string} label
 * @param {[value: State[Name], text: string][]} options
 */
export const choice = (page, name, label, options) =>
  dropDown(`choose-${name}`, label, options, page.state[name], (value) =>
    page.go({ [name]: value }),
  );

/**
 * What the reader has unfolded stays so when the panel is drawn anew.
 * @param {Page} page
 * @param {string} key
 * @param {string} title
 * @param {Child[]} content
 */
export function fold(page, key, title, ...content) {
  const details = el(
    "details",
    {
      class: "sum",
      open: page.unfolded.has(key),
      ontoggle: () => page.keepUnfolded(key, details.open),
    },
    el("summary", { id: `fold-${key}` }, title),
    ...content,
  );
  return details;
}

/**
 * Something drawn, its caption, and under it the number of the cell that is pointed at or focused.
 * @param {Child} content
 * @param {Child} caption
 */
export const view = (content, caption = null) => framed(drawn(content), caption);

/** @param {Child} content */
const drawn = (content) => el("div", { class: "drawn" }, content);

/** @type {(content: HTMLElement, ...more: Child[]) => HTMLElement} */
const framed = (content, caption, ...more) =>
  el(
    "figure",
    { class: "view" },
    content,
    content.querySelector("[role=grid]") &&
      el(
        "output",
        { class: "readout quiet" },
        "Point at a cell, or walk with Tab and the arrow keys: its number appears here.",
      ),
    caption && el("figcaption", {}, caption),
    more,
  );

/**
 * A view, and two ways to keep it: csv() gives lines of cells.
 * @param {Page} page
 * @param {string} name
 * @param {() => Line[]} csv
 * @param {Child} content
 * @param {Child} caption
 * @param {Child[]} more
 */
export function figure(page, name, csv, content, caption = null, ...more) {
  const shown = drawn(content);
  return framed(shown, caption, keep(page, name, csv, shown, ...more));
}

/**
 * The buttons that keep a view as a file, behind `more`.
 * @param {Page} page
 * @param {string} name
 * @param {() => Line[]} csv
 * @param {Element} shown
 * @param {Child[]} more
 */
export const keep = (page, name, csv, shown, ...more) =>
  el(
    "div",
    { class: "tools" },
    more,
    el(
      "button",
      { id: `svg-${name}`, onclick: () => saveSvg(name, page.state, shown) },
      "Save as SVG",
    ),
    el(
      "button",
      { id: `csv-${name}`, onclick: () => saveCsv(name, page.state, csv()) },
      "CSV of this view",
    ),
  );
