// Parts that panels share: views with captions and save buttons, lists, sections that unfold.

/** @import { Child } from "./elements.js" */
/** @import { Place } from "./inspection.js" */
/** @import { Page } from "./page.js" */
/** @import { Line } from "./save.js" */
/** @import { Surface } from "./surface.js" */

import { el, nodes, settle } from "./elements.js";
import { saveCsv, saveSvg } from "./save.js";

/**
 * A part that the reader may unfold. It is drawn when it is open, and stays open when its section
 * is redrawn.
 * @param {Surface} page
 * @param {string} key
 * @param {string} title
 * @param {() => Child[]} draw
 */
export function fold(page, key, title, draw) {
  const id = `fold-${key}`;
  const body = el("div", {});
  let isOpen = page.unfolded.has(id);
  const details = el(
    "details",
    {
      class: "more",
      id,
      open: isOpen,
      ontoggle: () => {
        // The browser tells, too, that it was drawn open, and late: after printing.
        if (details.open === isOpen) return;
        isOpen = details.open;
        page.keepUnfolded(id, isOpen);
        if (isOpen && !body.hasChildNodes()) fill();
      },
    },
    el("summary", { id: `${id}-summary` }, title),
    body,
  );
  const fill = () => {
    body.append(...nodes(draw()));
    settle(body);
    page.measure();
  };
  if (isOpen) fill();
  return details;
}

/**
 * The one thing to do in a section.
 * @type {(id: string, text: string, onclick: () => void) => HTMLElement}
 */
export const tryButton = (id, text, onclick) =>
  el("button", { id, class: "main", onclick }, `Try: ${text}`);

/**
 * The name of a source token, in the colour of the encoder and read out in its language.
 * @param {Page} page
 * @param {string} name
 */
export const sourceToken = ({ embedded }, name) =>
  el("b", { class: "enc", lang: embedded.languages?.source }, name);

/**
 * The name of a token of the translation, in the colour of the decoder.
 * @param {Page} page
 * @param {string} name
 */
export const targetToken = ({ embedded }, name) =>
  el("b", { class: "dec", lang: embedded.languages?.target }, name);

/**
 * The token that the chosen decoding step writes.
 * @param {Page} page
 */
export const writtenToken = (page) =>
  targetToken(page, page.inspection.names.writes[page.state.step]);

/**
 * A picture, a readout for the cell under the mouse or in focus, and a caption.
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
 * A view with buttons that save it; csv() gives its cells, line by line.
 * @param {{ state: Place | null }} page whose place the file's name says, if it has one
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
 * The buttons that save a view, after `more`.
 * @param {{ state: Place | null }} page whose place the file's name says, if it has one
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
      "span",
      { class: "save" },
      el(
        "button",
        { id: `svg-${name}`, onclick: () => saveSvg(name, page.state, shown) },
        "Save as SVG",
      ),
      el(
        "button",
        { id: `csv-${name}`, onclick: () => saveCsv(name, page.state, csv()) },
        "Save as CSV",
      ),
    ),
  );
