// The page: the model, what it was asked and what it did, and the sections that show it.

/** @import { Child } from "./elements.js" */
/** @import { Embedded, Model, Score } from "./embedded.js" */
/** @import { Learning } from "./learning.js" */
/** @import { Intervention } from "./model/intervention.js" */
/** @import { Strategy } from "./model/search.js" */
/** @import { Answer } from "./session.js" */
/** @import { State } from "./state.js" */

import { remember } from "./address.js";
import { rowOf, stepWorthLooking } from "./attention.js";
import { isNothing } from "./changes.js";
import { Earlier } from "./earlier.js";
import { byId, nodes, settle } from "./elements.js";
import { headName, quoted } from "./labels.js";
import { breathe } from "./model/pace.js";
import { score } from "./model/record.js";
import { largest, whole } from "./numbers.js";
import { answerTo, Refusal } from "./session.js";
import { askedIn, asksAnew, placed, stateAt } from "./state.js";

/** @typedef {(page: Page) => Child[]} Draw */
/** @typedef {{ body: HTMLElement, draw: Draw }} Part  of the page, drawn anew after each change */

export class Page {
  /**
   * @param {Embedded} embedded
   * @param {Model} model
   */
  constructor(embedded, model) {
    this.embedded = embedded;
    this.model = model;
    /**
     * Read while the first sentence is translated.
     * @type {Learning | null}
     */
    this.learning = null;
    this.earlier = new Earlier(this);
    /** @type {Strategy} */
    this.beam = { kind: "beam", ...embedded.decoding, numBest: embedded.decoding.beamSize };
    this.state = stateAt(embedded.start, embedded.text, embedded.tgt);
    /**
     * The last answer; null before the first.
     * @type {Answer | null}
     */
    this.answer = null;
    /** Why the text in the field has none. */
    this.refusal = "";
    /** Stops what the model is doing when it is asked anew. */
    this.asking = new AbortController();
    /**
     * What else the model was asked about the translation, by what was changed.
     * @type {Map<string, Score>}
     */
    this.scores = new Map();
    /** @type {Map<string, Intervention>} */
    this.wanted = new Map();
    /** The width of the sections. Read once per drawing, because reading it forces a layout. */
    this.room = 0;
    /** Keys of the sections that the reader has unfolded. */
    this.unfolded = new Set();
    /**
     * Where Tab returns to: a cell of each grid, and a source token.
     * @type {Map<string, [i: number, j: number]>}
     */
    this.lastCell = new Map();
    this.lastSource = 0;
    /** The last position of the mouse on the screen. */
    this.pointer = "";
    /**
     * The timer that goes from one decoding step to the next.
     * @type {number | null}
     */
    this.playing = null;
    /** What was unfolded before the page was laid out for paper; null on the screen. */
    this.printing = /** @type {string[] | null} */ (null);
    this.dark = matchMedia("screen and (prefers-color-scheme: dark)");
    /** @type {Part[]} */
    this.parts = [];
    /**
     * The part in which a slider is in the reader's hand: it must stay the same element, so the
     * part brings itself up to date.
     * @type {{ draw: Draw, follow: () => void } | null}
     */
    this.held = null;
    this.isMeasuring = false;
    this.isAsking = false;
    /** Stops the drawing of what is out of sight when the page is drawn anew. */
    this.drawing = new AbortController();
  }

  /** Of the model with what is changed. */
  get inspection() {
    if (!this.answer) throw new Error("the page has no answer yet");
    return this.answer.inspection;
  }

  /** Of the model as it is. */
  get original() {
    if (!this.answer) throw new Error("the page has no answer yet");
    return this.answer.original;
  }

  /** The row of the chosen decoding step and head. */
  row() {
    return rowOf(this);
  }

  /** Whether the answer is that of a changed model. */
  isChanged() {
    return this.answer !== null && !isNothing(this.answer.asked.intervention);
  }

  /** The name of the chosen head. */
  headName() {
    return headName(this.state.layer, this.state.head);
  }

  /**
   * Draw something into `body` after every change.
   * @param {HTMLElement} body
   * @param {Draw} draw
   */
  show(body, draw) {
    this.parts.push({ body, draw });
  }

  /**
   * Go to another place, or ask the model something else.
   * @param {Partial<State>} changes
   */
  async go(changes) {
    this.state = { ...this.state, ...changes };
    if (asksAnew(changes)) await this.ask();
    else this.update();
  }

  /**
   * Change something in the model.
   * @param {Partial<Intervention>} changes
   */
  change(changes) {
    return this.go({ intervention: { ...this.state.intervention, ...changes }, hypothesis: 0 });
  }

  /**
   * Translate, and show what the model did. A newer question stops an older one.
   * @param {boolean} isPlaced whether the decoding step was asked for, too
   */
  async ask(isPlaced = false) {
    this.asking.abort();
    this.drawing.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const known = this.answer?.unchanged ?? null;
    const isNew = this.state.text !== (this.answer?.asked ?? this.embedded).text;
    if (isNew) this.held = null;
    this.isAsking = true;
    document.body.setAttribute("aria-busy", "true");
    try {
      this.answer = await answerTo(
        this.model,
        this.beam,
        this.state,
        signal,
        known,
        showTranslation,
      );
      this.refusal = "";
      if (isNew && !isPlaced) this.#lookAround();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      this.refusal = error.message;
      // The page goes on showing its last answer, so it must not speak of another question.
      if (this.answer) this.state = { ...this.state, ...askedIn(this.answer.asked) };
    }
    this.scores.clear();
    this.wanted.clear();
    if (this.answer) this.state = placed(this.state, this.answer.inspection);
    this.isAsking = false;
    this.update();
  }

  /** Go to a decoding step of the new sentence that is worth a look. */
  #lookAround() {
    const { layer, head } = placed(this.state, this.inspection);
    this.state.step = stepWorthLooking(this.inspection.cross[layer].weights[head]);
    this.state.source = null;
  }

  /**
   * What the model says of the shown translation with one more change: null until it has been
   * asked, which happens as soon as it has nothing else to do. Then the page is drawn again.
   * @param {Partial<Intervention>} more
   * @returns {Score | null}
   */
  scoreWith(more) {
    const intervention = { ...this.state.intervention, ...more };
    const key = JSON.stringify(intervention);
    const known = this.scores.get(key);
    if (!known) this.wanted.set(key, intervention);
    return known ?? null;
  }

  /** Ask the model all that the sections want to know, and draw them again. */
  async measure() {
    if (this.isMeasuring || this.isAsking || !this.wanted.size) return;
    this.isMeasuring = true;
    document.body.dataset.measuring = "";
    const { signal } = this.asking;
    const { sourceIds, writeIds, isPad } = this.inspection;
    const source = sourceIds.filter((_, s) => !isPad[s]);
    try {
      for (const [key, intervention] of this.wanted) {
        await breathe(signal);
        const asked = { intervention, signal };
        const found = await score(this.model.transformer, source, writeIds, asked);
        // Meanwhile the page may show another sentence.
        signal.throwIfAborted();
        this.scores.set(key, found);
        this.wanted.delete(key);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.isMeasuring = false;
      delete document.body.dataset.measuring;
    }
    if (signal.aborted) this.measure();
    else this.update();
  }

  /**
   * @param {string} key
   * @param {boolean} isOpen
   */
  keepUnfolded(key, isOpen) {
    if (isOpen) this.unfolded.add(key);
    else this.unfolded.delete(key);
  }

  /**
   * Draw the page again: first what is in sight, the rest as soon as the browser is free. Focus and
   * scroll positions stay. While the model is being asked nothing is drawn: the state is that of the
   * question, and the answer still that of the one before.
   */
  update() {
    if (this.isAsking) return;
    byId("refusal").textContent = this.refusal;
    if (!this.answer) {
      document.body.removeAttribute("aria-busy");
      return;
    }
    this.room = byId("story").clientWidth;
    const isFirst = (/** @type {Part} */ { body }) =>
      this.printing !== null || body.contains(document.activeElement) || isInSight(body);
    const first = this.parts.filter(isFirst);
    this.#draw(first);
    for (const { body } of first) settle(body);
    this.#tell();
    remember(this);
    this.#drawLater(this.parts.filter((part) => !first.includes(part)));
  }

  /** @param {Part[]} parts */
  #draw(parts) {
    const focused = document.activeElement;
    const section = focused?.closest("section");
    for (const part of parts) {
      if (part.draw === this.held?.draw) this.held.follow();
      else redraw(this, part);
    }
    if (focused?.id && !focused.isConnected) refocus(focused.id, section ?? document);
  }

  /**
   * Draw parts one by one, unless the page is drawn anew before, and ask what all parts want to
   * know.
   * @param {Part[]} parts
   */
  async #drawLater(parts) {
    this.drawing.abort();
    this.drawing = new AbortController();
    const { signal } = this.drawing;
    document.body.setAttribute("aria-busy", "true");
    for (const part of parts) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      this.#draw([part]);
    }
    for (const { body } of parts) settle(body);
    document.body.removeAttribute("aria-busy");
    this.measure();
  }

  /** Announce the current row to readers who do not see it. */
  #tell() {
    const { names, numSteps } = this.inspection;
    const { step } = this.state;
    const { weights } = this.row();
    const best = largest(weights);
    const row = `Decoding step ${step + 1} of ${numSteps}, ${this.headName()}`;
    const place = `reads ${quoted(names.reads[step])}, writes ${quoted(names.writes[step])}`;
    const look =
      weights[best] > 0
        ? `looks most at ${quoted(names.source[best])} (${whole(weights[best])})`
        : "is muted";
    const text = `${row}: ${place}, ${look}.`;
    const live = byId("live");
    if (live.textContent !== text) live.textContent = text;
  }
}

/** @param {string} translation */
function showTranslation(translation) {
  byId("german").textContent = translation || "(nothing: the model ended at once)";
}

/**
 * Boxes that were scrolled stay so. They say it themselves, because asking the browser, or telling
 * it that a box is not scrolled, would make it lay out the page for each of them.
 * @param {Page} page
 * @param {Part} part
 */
function redraw(page, { body, draw }) {
  const boxes = () => /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll(".wide"));
  const scrolled = [...boxes()].map((box) => box.dataset.left);
  body.replaceChildren(...nodes(draw(page)));
  boxes().forEach((box, i) => {
    if (scrolled[i]) box.scrollLeft = Number(scrolled[i]);
  });
}

/**
 * Note how far a box is scrolled, for `redraw`.
 * @param {Event} event
 */
export function noteScrolled({ target }) {
  if (target instanceof HTMLElement && target.matches(".wide")) {
    target.dataset.left = String(target.scrollLeft);
  }
}

/**
 * Give the focus to the element that has replaced the one that had it; where there is none, or it
 * is disabled, to the title of its section or to the bar with the decoding steps.
 * @param {string} id
 * @param {ParentNode} place
 */
function refocus(id, place) {
  const same = document.getElementById(id);
  const next = same && !same.matches(":disabled") ? same : place.querySelector("#at-step, h2");
  /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
}

/** @param {Element} body */
function isInSight(body) {
  const { top, bottom } = body.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
