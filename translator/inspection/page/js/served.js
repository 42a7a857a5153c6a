// Of served pages only: a text field, and a bar in which the model decodes again with the reader's
// changes. It runs before main.js, whose page tells it what is on display.

/** @import { Looked } from "./state.js" */

import { byId, el, nodes, p, table } from "./elements.js";
import { headName, show } from "./labels.js";
import { signed, sum } from "./numbers.js";
import { LOOKED } from "./state.js";

/** @typedef {{ text: string, notice: string }} Served  what server.py has embedded */
/**
 * One change asked of the model, as POST /what_if takes it.
 * @typedef {object} Change
 * @property {[layer: number, head: number, how: "zero"]} [ablate]
 * @property {[layer: number, head: number, step: number, weights: number[]]} [override]
 */
/**
 * What the server answers: greedy decoding without and with the changes, and each written token.
 * @typedef {object} Decoded
 * @property {string} before
 * @property {string} after
 * @property {string[]} writes
 * @property {(number | null)[]} changes
 * @property {string[]} newTop
 * @property {boolean[]} topChanged
 */
/** @typedef {Decoded | { error: string }} Answer */

/** How long the reader must pause before the model is asked. */
const PAUSE_IN_MILLISECONDS = 250;

/** The bar: the changes, and what the model writes with them. */
class Bar {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** The head on display, which the button mutes. */
    this.place = { layer: 0, head: 0 };
    /**
     * What is asked of the model, by its name.
     * @type {Map<string, Change>}
     */
    this.changes = new Map();
    /** The row whose weights were edited last. */
    this.edited = { name: "", weights: "" };
    /** The number of changes so far; an answer to an earlier one is out of date. */
    this.latest = 0;
    this.timer = 0;
    this.list = el("div", { id: "changes", class: "tools", role: "list" });
    this.answer = el("div", { id: "again", role: "status" });
    this.clear = button({ id: "clear", onclick: () => this.undoAll() }, "Undo all");
    this.mute = button({ id: "mute", onclick: () => this.muteHead() });
    this.element = el(
      "section",
      { id: "bar", "aria-label": "The model decodes again" },
      el(
        "div",
        { class: "tools" },
        this.mute,
        this.clear,
        "or change weights in “One row, worked”: the model decodes again.",
      ),
      this.list,
      this.answer,
    );
    this.changed();
  }

  muteHead() {
    const { layer, head } = this.place;
    this.changes.set(`${headName(layer, head)}: muted`, { ablate: [layer, head, "zero"] });
    this.changed();
  }

  /** @param {string} name */
  undo(name) {
    this.changes.delete(name);
    this.changed();
    this.mute.focus();
  }

  undoAll() {
    this.changes.clear();
    this.changed();
  }

  /**
   * The reader went elsewhere, edited the weights of a row, or took that back.
   * @param {Looked} looked
   */
  look({ layer, head, step, edited }) {
    this.place = { layer, head };
    this.mute.textContent = `Mute ${headName(layer, head)}`;
    const name = `${headName(layer, head)}, step ${step + 1}: weights changed`;
    const wasEdited = this.edited.name === name;
    if (!edited) {
      this.edited = { name: "", weights: "" };
      if (wasEdited && this.changes.delete(name)) this.changed();
      return;
    }
    const total = sum(edited);
    const weights = edited.join();
    if (!(total > 0) || (wasEdited && this.edited.weights === weights)) return;
    this.edited = { name, weights };
    this.changes.set(name, { override: [layer, head, step, edited.map((w) => w / total)] });
    this.changed();
  }

  /** Show the changes, and ask the model after a pause. */
  changed() {
    const names = [...this.changes.keys()];
    this.list.replaceChildren(
      ...names.map((name) =>
        el(
          "span",
          { role: "listitem" },
          `${name} `,
          button({ "aria-label": `Undo ${name}`, onclick: () => this.undo(name) }, "Undo"),
        ),
      ),
    );
    this.clear.disabled = !names.length;
    clearTimeout(this.timer);
    this.latest += 1;
    this.answer.replaceChildren();
    if (!names.length) return;
    this.answer.append(p("The model decodes again …"));
    this.timer = window.setTimeout(() => this.decode(this.latest), PAUSE_IN_MILLISECONDS);
  }

  /** @param {number} number of the change that is asked about */
  async decode(number) {
    const changes = [...this.changes.values()];
    const answer = await ask({
      text: this.text,
      ablate: changes.flatMap(({ ablate }) => (ablate ? [ablate] : [])),
      override: changes.flatMap(({ override }) => (override ? [override] : [])),
    });
    if (number === this.latest) this.answer.replaceChildren(...shown(answer));
  }
}

/** @type {(attributes: import("./elements.js").Attributes, text?: string) => HTMLButtonElement} */
const button = (attributes, text) => el("button", { type: "button", ...attributes }, text);

/**
 * @param {object} asked
 * @returns {Promise<Answer>}
 */
async function ask(asked) {
  try {
    const response = await fetch("/what_if", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    return await response.json();
  } catch {
    return { error: "the program does not answer: is it still running?" };
  }
}

/** @param {Answer} answer */
function shown(answer) {
  if ("error" in answer) return [el("p", { role: "alert" }, answer.error)];
  const { before, after, writes, changes, newTop, topChanged } = answer;
  const lines = writes.map((piece, t) => [
    t + 1,
    show(piece),
    changes[t] === null ? "not a number" : signed(changes[t]),
    topChanged[t] ? show(newTop[t]) : "as before",
  ]);
  return [
    p("Greedy, as the model is: ", el("span", { id: "before", lang: "de" }, before)),
    p(
      "Greedy, with this: ",
      el("b", { id: "after", lang: "de" }, after),
      before === after ? " (the same)" : "",
    ),
    el(
      "details",
      {},
      el("summary", {}, "Each piece that was written"),
      table(
        "Each piece that was written",
        ["step", "wrote", "change of log p", "most probable then"],
        lines,
      ),
    ),
  ];
}

/** @param {Served} served */
function textField({ text }) {
  const field = el("input", { id: "text", name: "text", required: true, value: text });
  Object.assign(field.style, {
    flex: "1 1 14rem",
    maxWidth: "40rem",
    minWidth: "0",
    padding: ".35rem .5rem",
  });
  return el(
    "form",
    { class: "tools", method: "get", action: "/" },
    el("label", { for: "text" }, "Sentence"),
    field,
    el("button", { id: "look" }, "Translate and look"),
  );
}

/** @type {Served} */
const served = JSON.parse(byId("served").textContent);
const bar = new Bar(served.text);
Object.assign(bar.element.style, {
  position: "sticky",
  bottom: "0",
  maxHeight: "40vh",
  overflow: "auto",
  zIndex: "2",
  background: "var(--paper, Canvas)",
  borderTop: "1px solid",
  padding: ".2rem 0",
  fontSize: ".95rem",
});
const main = /** @type {Element} */ (document.querySelector("main"));
main.prepend(
  ...nodes([textField(served), served.notice && el("p", { role: "alert" }, served.notice)]),
);
main.append(bar.element);
document.addEventListener(LOOKED, (event) => {
  bar.look(/** @type {CustomEvent<Looked>} */ (event).detail);
});
