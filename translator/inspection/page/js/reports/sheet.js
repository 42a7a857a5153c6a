// A report on the screen: sections that are drawn from its data, again when the screen changes.

/** @import { Child } from "../elements.js" */
/** @import { Place } from "../inspection.js" */

import { byId, el, nodes, settle } from "../elements.js";
import { placeOf } from "../grid.js";
import { layOutForPaper, layOutForScreen } from "../paper.js";

/** @typedef {(sheet: Sheet) => Child[]} Draw */
/**
 * @typedef {object} Story
 * @property {string} name of the document
 * @property {string} title
 * @property {Child[]} lead
 * @property {[title: string, short: string, draw: Draw][]} sections
 * @property {Child[]} about
 */

/** Pixels. A phone has more. */
const NARROWEST = 250;

/** It has no model: it is what pictures need of a page, and no more. See surface.js. */
export class Sheet {
  constructor() {
    this.state = /** @type {Place | null} */ (null);
    this.room = 0;
    this.dark = matchMedia("screen and (prefers-color-scheme: dark)");
    this.printing = /** @type {string[] | null} */ (null);
    /** @type {Set<string>} */
    this.unfolded = new Set();
    /** @type {Map<string, [i: number, j: number]>} */
    this.lastCell = new Map();
    this.pointer = "";
    /** @type {{ body: HTMLElement, draw: Draw }[]} */
    this.parts = [];
    /** What the reader has chosen, by the id of a drop-down list. */
    this.chosen = /** @type {Map<string, string>} */ (new Map());
  }

  /** Nothing is lacking: all numbers are in the file. */
  measure() {}

  /**
   * @param {string} key
   * @param {boolean} isOpen
   */
  keepUnfolded(key, isOpen) {
    if (isOpen) this.unfolded.add(key);
    else this.unfolded.delete(key);
  }

  /** Draw everything again; what had the focus keeps it. */
  update() {
    const focused = document.activeElement?.id;
    // A window that has just been opened may have no width yet; it is resized later.
    this.room = Math.max(NARROWEST, byId("story").clientWidth);
    for (const { body, draw } of this.parts) {
      body.replaceChildren(...nodes(draw(this)));
      settle(body);
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /**
   * Put a story on the page.
   * @param {Story} story
   */
  tell({ name, title, lead, sections, about }) {
    document.title = name;
    byId("title").append(title);
    byId("lead").append(...nodes(lead));
    byId("about").append(...nodes(about));
    sections.forEach(([heading, short, draw], i) => {
      const number = i + 1;
      const body = el("div", {});
      this.parts.push({ body, draw });
      byId("jumps").append(el("a", { href: `#section-${number}` }, short));
      byId("story").append(section(number, heading, body));
    });
    this.update();
    this.#listen();
  }

  #listen() {
    document.addEventListener("mousemove", (event) => {
      this.pointer = placeOf(event);
    });
    addEventListener("beforeprint", () => layOutForPaper(this));
    addEventListener("afterprint", () => layOutForScreen(this));
    this.dark.addEventListener("change", () => this.update());
    addEventListener("resize", () => {
      if (byId("story").clientWidth !== this.room) this.update();
    });
  }
}

/** @type {(number: number, title: string, body: Node) => HTMLElement} */
const section = (number, title, body) =>
  el(
    "section",
    { id: `section-${number}`, "aria-labelledby": `title-${number}` },
    el(
      "h2",
      { id: `title-${number}`, tabindex: -1 },
      el("span", { class: "ordinal" }, String(number)),
      title,
    ),
    body,
  );
