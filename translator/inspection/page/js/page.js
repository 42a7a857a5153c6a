// The page: what it shows, and its panels, which are redrawn after every change.

/** @import { Child } from "./elements.js" */
/** @import { Inspection } from "./inspection.js" */
/** @import { Looked, State } from "./state.js" */

import { remember } from "./address.js";
import { isChanged, rowOf, sourcesOf } from "./attention.js";
import { controls } from "./controls.js";
import { byId, el, nodes, settle } from "./elements.js";
import { headName, quoted } from "./labels.js";
import { largest, whole } from "./numbers.js";
import { changed, LOOKED, stateAt } from "./state.js";

/** @typedef {(page: Page) => Child[]} Draw */
/** @typedef {{ panel: HTMLDetailsElement, body: HTMLElement, draw: Draw }} Panel */

export class Page {
  /**
   * @param {Inspection} inspection
   * @param {[title: string, draw: Draw][]} panels
   */
  constructor(inspection, panels) {
    this.inspection = inspection;
    this.state = stateAt(inspection.start);
    /** The width of the panels. Read once per drawing, because reading it forces a layout. */
    this.room = 0;
    /** Keys of the sections that the reader has unfolded in the panels. */
    this.unfolded = new Set(["step-1"]);
    /**
     * Where Tab returns to: a cell of each grid, and a source token.
     * @type {Map<string, [i: number, j: number]>}
     */
    this.lastCell = new Map();
    this.lastSource = 0;
    /**
     * Pictures that are the same at every step, with what they depend on.
     * @type {Map<string, { depends: string, picture: Node }>}
     */
    this.drawnOnce = new Map();
    /** The last position of the mouse on the screen. */
    this.pointer = "";
    /**
     * The timer that goes from step to step.
     * @type {number | null}
     */
    this.playing = null;
    /**
     * What was open before the page was laid out for paper; null on the screen.
     * @type {{ open: boolean[], unfolded: string[] } | null}
     */
    this.printing = null;
    this.dark = matchMedia("screen and (prefers-color-scheme: dark)");
    this.panels = panels.map(([title, draw], i) => this.#panel(i + 1, title, draw));
  }

  /**
   * @param {number} number
   * @param {string} title
   * @param {Draw} draw
   * @returns {Panel}
   */
  #panel(number, title, draw) {
    const body = el("div", { class: "body" });
    const panel = el(
      "details",
      {
        class: "panel",
        id: `panel-${number}`,
        open: number === 1,
        ontoggle: () => {
          if (panel.open && !body.hasChildNodes()) this.#redraw(one);
          remember(this);
        },
      },
      el("summary", {}, el("h2", {}, el("span", { class: "ordinal" }, String(number)), title)),
      body,
    );
    const one = { panel, body, draw };
    return one;
  }

  /** The source tokens of the row. */
  sources() {
    return sourcesOf(this.inspection, this.state);
  }

  /** The row of the chosen step and head, with what the reader has changed. */
  row() {
    return rowOf(this.inspection, this.state);
  }

  isChanged() {
    return isChanged(this.inspection, this.state);
  }

  /** The name of the chosen head. */
  headName() {
    return headName(this.state.layer, this.state.head);
  }

  /**
   * Go to another place, or change something.
   * @param {Partial<State>} changes
   */
  go(changes) {
    this.state = changed(this.state, changes, this.inspection);
    this.update();
  }

  /**
   * @param {string} key
   * @param {boolean} isOpen
   */
  keepUnfolded(key, isOpen) {
    if (isOpen) this.unfolded.add(key);
    else this.unfolded.delete(key);
  }

  /** Redraw the page; focus and scroll positions stay. */
  update() {
    const focused = document.activeElement?.id;
    this.room = byId("panels").clientWidth;
    byId("controls").replaceChildren(...controls(this));
    for (const one of this.panels) {
      if (one.panel.open) this.#redrawScrolled(one);
      else one.body.replaceChildren();
    }
    this.tell();
    remember(this);
    // The element that had the focus has been replaced.
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /**
   * Redraw all open panels except the one that `kept` draws.
   * @param {Draw} kept
   */
  redrawAllBut(kept) {
    for (const one of this.panels) if (one.panel.open && one.draw !== kept) this.#redraw(one);
  }

  /** @param {Panel} panel */
  #redraw({ body, draw }) {
    body.replaceChildren(...nodes(draw(this)));
    settle(body);
  }

  /** @param {Panel} panel */
  #redrawScrolled(panel) {
    const boxes = () => [...panel.body.querySelectorAll(".wide")];
    const scrolled = boxes().map((box) => box.scrollLeft);
    this.#redraw(panel);
    boxes().forEach((box, i) => {
      box.scrollLeft = scrolled[i] || 0;
    });
  }

  /** Announce the current row to the reader, and to any script that listens. */
  tell() {
    const { reads, writes, numSource, numSteps } = this.inspection;
    const { layer, head, step, edited } = this.state;
    const { weights } = this.row();
    const best = largest(weights);
    const row = `Step ${step + 1} of ${numSteps}, ${this.headName()}`;
    const place = `reads ${quoted(reads[step])}, writes ${quoted(writes[step])}`;
    const look = `looks most at ${quoted(this.sources()[best])} (${whole(weights[best])})`;
    const text = `${row}: ${place}, ${look}.`;
    const live = byId("live");
    if (live.textContent !== text) live.textContent = text;
    /** @type {Looked} */
    const detail = { layer, head, step, edited: edited?.slice(0, numSource) ?? null };
    document.dispatchEvent(new CustomEvent(LOOKED, { detail }));
  }
}
