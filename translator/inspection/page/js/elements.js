// Builders of HTML and SVG elements. Text only ever becomes text.

/** @typedef {Node | string | number | boolean | null | undefined | Child[]} Child */
/**
 * Attributes and event listeners. true: an attribute without a value; false and
 * null: none.
 * @typedef {{
 *   [name: string]: string | number | boolean | null | undefined | ((event: never) => void),
 *   onclick?: (event: MouseEvent) => void,
 *   onfocus?: () => void,
 *   onblur?: () => void,
 *   onsubmit?: (event: SubmitEvent) => void,
 *   onmouseenter?: () => void,
 *   onmouseleave?: () => void,
 *   onchange?: () => void,
 *   oninput?: () => void,
 *   ontoggle?: () => void,
 *   onkeydown?: (event: KeyboardEvent) => void,
 * }} Attributes
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {Element} E
 * @param {E} node
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (typeof value === "function") {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...nodes(children));
  return node;
}

/**
 * All children in one flat list, without the empty ones.
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function nodes(children) {
  return children.flatMap((child) => {
    if (Array.isArray(child)) return nodes(child);
    if (child == null || typeof child === "boolean") return [];
    return [typeof child === "number" ? String(child) : child];
  });
}

/**
 * An element of HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);

/**
 * An element of a picture.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

/**
 * An element that is always on the page.
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @type {(look: string, ...children: Child[]) => HTMLDivElement} */
export const div = (look, ...children) => el("div", { class: look || null }, ...children);
/** @param {Child[]} children */
export const h3 = (...children) => el("h3", {}, ...children);
/** @param {Child[]} children */
export const p = (...children) => el("p", {}, ...children);
/** @param {Child[]} children */
export const quiet = (...children) => el("p", { class: "quiet" }, ...children);

/** @typedef {"enc" | "dec"} Side  the encoder, the decoder */
/**
 * A letter in the colour of its side: Q, K, V.
 * @type {(side: Side, letter: string) => HTMLElement}
 */
export const badge = (side, letter) => el("b", { class: `badge ${side}` }, letter);

/**
 * @param {string} id
 * @param {string} text
 * @param {{ checked: boolean, disabled?: boolean }} is
 * @param {(checked: boolean) => void} choose
 */
export function checkbox(id, text, is, choose) {
  const input = el("input", {
    id,
    type: "checkbox",
    ...is,
    onchange: () => choose(input.checked),
  });
  return el("label", {}, input, ` ${text}`);
}

/**
 * A slider. It calls `drag` while it moves and `release` when it is let go.
 * @param {Attributes} attributes
 * @param {{ drag?: (value: number) => void, release: (value: number) => void }} moved
 */
export function slider(attributes, { drag, release }) {
  const input = el("input", {
    type: "range",
    ...attributes,
    oninput: drag && (() => drag(Number(input.value))),
    onchange: () => release(Number(input.value)),
  });
  return input;
}

/**
 * A labelled drop-down list.
 * @param {string} id
 * @param {string} label
 * @param {(readonly [value: string | number, text: string])[]} options
 * @param {string | number} chosen
 * @param {(value: string) => void} choose
 */
export function dropDown(id, label, options, chosen, choose) {
  const list = el(
    "select",
    { id, onchange: () => choose(list.value) },
    options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
  return el("label", {}, `${label} `, list);
}

/**
 * A table of `lines`, whose first cell is a header; it scrolls if it is wider than the page.
 * @param {string} label
 * @param {string[]} heads
 * @param {Child[][]} lines
 * @param {number} current the line that is marked
 */
export function table(label, heads, lines, current = -1) {
  /** @type {(content: Child, column: number) => Node} */
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
          heads.map((head) => (head ? el("th", { scope: "col" }, head) : el("td", {}))),
        ),
      ),
      el(
        "tbody",
        {},
        lines.map((cells, i) => el("tr", { class: i === current && "here" }, cells.map(cell))),
      ),
    ),
  );
}

/**
 * A box that scrolls if its content is wider than the page.
 * @param {string} label
 * @param {Child[]} children
 */
export const wide = (label, ...children) =>
  el("div", { class: "wide", role: "region", "aria-label": label }, ...children);

/**
 * Scroll a box, once it is on the page, until what lies `middle` pixels from its left is in sight.
 * @param {Element} box
 * @param {number} middle
 * @param {number} margin in which nothing counts as seen, at the left
 */
export function keepInSight(box, middle, margin) {
  requestAnimationFrame(() => {
    const at = middle - box.scrollLeft;
    if (box.scrollWidth > box.clientWidth && (at < margin || at > box.clientWidth - 60)) {
      box.scrollLeft = middle - (margin + box.clientWidth) / 2;
    }
  });
}

/**
 * Let Tab stop at boxes that scroll and hold nothing else to focus, so that keys can scroll them.
 * @param {Element} node
 */
export function settle(node) {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(".wide"))) {
    if (box.scrollWidth > box.clientWidth && !box.querySelector("[tabindex]")) box.tabIndex = 0;
  }
}
