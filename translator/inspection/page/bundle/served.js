// Built from js/ by npm run build: do not edit.
"use strict";
(() => {
  // translator/inspection/page/js/elements.js
  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (typeof value === "function") {
        node.addEventListener(
          name.slice(2),
          /** @type {EventListener} */
          value
        );
      } else node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...nodes(children));
    return node;
  }
  function nodes(children) {
    return children.flatMap((child) => {
      if (Array.isArray(child)) return nodes(child);
      if (child == null || typeof child === "boolean") return [];
      return [typeof child === "number" ? String(child) : child];
    });
  }
  var el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
  }
  var p = (...children) => el("p", {}, ...children);
  function table(label, heads, lines, current = -1) {
    const cell = (content, column) => el(column ? "td" : "th", { scope: !column && "row" }, content);
    return wide(
      label,
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            heads.map((head) => el("th", { scope: "col" }, head))
          )
        ),
        el(
          "tbody",
          {},
          lines.map((cells, i) => el("tr", { class: i === current && "here" }, cells.map(cell)))
        )
      )
    );
  }
  var wide = (label, ...children) => el("div", { class: "wide", role: "region", "aria-label": label }, ...children);

  // translator/inspection/page/js/labels.js
  var show = (piece) => piece.replaceAll("▁", "") || piece;
  var headName = (layer, head) => `layer ${layer + 1}, head ${head + 1}`;

  // translator/inspection/page/js/numbers.js
  var MINUS = "−";
  var sum = (list) => list.reduce((total, x) => total + x, 0);
  function num(x, digits = 3) {
    if (x === -Infinity) return `${MINUS}∞`;
    if (Math.abs(x) < 0.5 * 10 ** -digits) return 0 .toFixed(digits);
    return x.toFixed(digits).replace("-", MINUS);
  }
  var signed = (x, digits = 2) => (x > 0 && num(x, digits) !== num(0, digits) ? "+" : "") + num(x, digits);

  // translator/inspection/page/js/state.js
  var LOOKED = "looked";

  // translator/inspection/page/js/served.js
  var PAUSE_IN_MILLISECONDS = 250;
  var Bar = class {
    /** @param {string} text */
    constructor(text) {
      this.text = text;
      this.place = { layer: 0, head: 0 };
      this.changes = /* @__PURE__ */ new Map();
      this.edited = { name: "", weights: "" };
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
          "or change weights in “One row, worked”: the model decodes again."
        ),
        this.list,
        this.answer
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
      if (!(total > 0) || wasEdited && this.edited.weights === weights) return;
      this.edited = { name, weights };
      this.changes.set(name, { override: [layer, head, step, edited.map((w) => w / total)] });
      this.changed();
    }
    /** Show the changes, and ask the model after a pause. */
    changed() {
      const names = [...this.changes.keys()];
      this.list.replaceChildren(
        ...names.map(
          (name) => el(
            "span",
            { role: "listitem" },
            `${name} `,
            button({ "aria-label": `Undo ${name}`, onclick: () => this.undo(name) }, "Undo")
          )
        )
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
        ablate: changes.flatMap(({ ablate }) => ablate ? [ablate] : []),
        override: changes.flatMap(({ override }) => override ? [override] : [])
      });
      if (number === this.latest) this.answer.replaceChildren(...shown(answer));
    }
  };
  var button = (attributes, text) => el("button", { type: "button", ...attributes }, text);
  async function ask(asked) {
    try {
      const response = await fetch("/what_if", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(asked)
      });
      return await response.json();
    } catch {
      return { error: "the program does not answer: is it still running?" };
    }
  }
  function shown(answer) {
    if ("error" in answer) return [el("p", { role: "alert" }, answer.error)];
    const { before, after, writes, changes, newTop, topChanged } = answer;
    const lines = writes.map((piece, t) => [
      t + 1,
      show(piece),
      changes[t] === null ? "not a number" : signed(changes[t]),
      topChanged[t] ? show(newTop[t]) : "as before"
    ]);
    return [
      p("Greedy, as the model is: ", el("span", { id: "before", lang: "de" }, before)),
      p(
        "Greedy, with this: ",
        el("b", { id: "after", lang: "de" }, after),
        before === after ? " (the same)" : ""
      ),
      el(
        "details",
        {},
        el("summary", {}, "Each piece that was written"),
        table(
          "Each piece that was written",
          ["step", "wrote", "change of log p", "most probable then"],
          lines
        )
      )
    ];
  }
  function textField({ text }) {
    const field = el("input", { id: "text", name: "text", required: true, value: text });
    Object.assign(field.style, {
      flex: "1 1 14rem",
      maxWidth: "40rem",
      minWidth: "0",
      padding: ".35rem .5rem"
    });
    return el(
      "form",
      { class: "tools", method: "get", action: "/" },
      el("label", { for: "text" }, "Sentence"),
      field,
      el("button", { id: "look" }, "Translate and look")
    );
  }
  var served = JSON.parse(byId("served").textContent);
  var bar = new Bar(served.text);
  Object.assign(bar.element.style, {
    position: "sticky",
    bottom: "0",
    maxHeight: "40vh",
    overflow: "auto",
    zIndex: "2",
    background: "var(--paper, Canvas)",
    borderTop: "1px solid",
    padding: ".2rem 0",
    fontSize: ".95rem"
  });
  var main = (
    /** @type {Element} */
    document.querySelector("main")
  );
  main.prepend(
    ...nodes([textField(served), served.notice && el("p", { role: "alert" }, served.notice)])
  );
  main.append(bar.element);
  document.addEventListener(LOOKED, (event) => {
    bar.look(
      /** @type {CustomEvent<Looked>} */
      event.detail
    );
  });
})();
