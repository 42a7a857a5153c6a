// Saving what a panel shows, as a picture or as CSV.

/** @import { Place } from "./inspection.js" */

import { el, fill, svg } from "./elements.js";

/** @typedef {(string | number | boolean | null | undefined)[]} Line */

/** Milliseconds: a busy browser may take seconds to begin a download. */
const A_MINUTE = 60_000;

/**
 * @param {string} name
 * @param {string} type
 * @param {string} content
 */
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), A_MINUTE);
}

/**
 * The name of a file: the view, and the place, if it has one, counted from 1.
 * @param {string} name
 * @param {string} ending
 * @param {Place | null} place
 */
export function fileName(name, ending, place) {
  if (!place) return `${name}.${ending}`;
  const { layer, head, step } = place;
  return `${name}-layer${layer + 1}-head${head + 1}-step${step + 1}.${ending}`;
}

/**
 * @param {string} name
 * @param {Place | null} place
 * @param {Line[]} lines
 */
export const saveCsv = (name, place, lines) =>
  save(fileName(name, "csv", place), "text/csv;charset=utf-8", csvOf(lines));

/**
 * Every cell between quotes, lines ended as RFC 4180 has them.
 * @param {Line[]} lines
 */
export const csvOf = (lines) => lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");

const quoted = (/** @type {Line[number]} */ cell) => `"${String(cell).replaceAll('"', '""')}"`;

// A view is HTML with pictures in it. As a file it becomes one picture: text and boxes are drawn
// where the browser puts them, and each carries its styles, since the style sheet stays behind.
const INLINED = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
];
const NOT_DRAWN =
  "input, select, button:not(.mini, .plain), figcaption, .tools, .readout, .again, details:not([open]) > :not(summary)";
const MARGIN = 12;

/** @typedef {{ x: number, y: number, width: number, height: number }} Area */
/** @typedef {(shape: Element, area: Area) => void} Put */
/** @typedef {{ x: number, y: number }} Offset  from the window to the picture */

/**
 * @param {string} name
 * @param {Place | null} place
 * @param {Element} drawn
 */
export function saveSvg(name, place, drawn) {
  const frame = drawn.getBoundingClientRect();
  const picture = svg("svg", {});
  const extent = { width: 0, height: 0 };
  const offset = { x: MARGIN - frame.left, y: MARGIN - frame.top };
  redraw(drawn, offset, (node, { x, y, width, height }) => {
    picture.append(node);
    extent.width = Math.max(extent.width, Math.ceil(x + width + MARGIN));
    extent.height = Math.max(extent.height, Math.ceil(y + height + MARGIN));
  });
  fill(picture, { ...extent, viewBox: `0 0 ${extent.width} ${extent.height}` }, []);
  picture.prepend(
    svg("rect", { ...extent, fill: getComputedStyle(document.body).backgroundColor }),
  );
  const text = new XMLSerializer().serializeToString(picture);
  save(fileName(name, "svg", place), "image/svg+xml", text);
}

/**
 * Call put(shape, area) for everything in a node, in the order of painting.
 * @param {Node} node
 * @param {Offset} offset
 * @param {Put} put
 */
function redraw(node, offset, put) {
  if (node instanceof Text) redrawText(node, offset, put);
  if (!(node instanceof Element) || node.matches(NOT_DRAWN)) return;
  const box = node.getBoundingClientRect();
  if (!box.width) return;
  const at = moved(box, offset);
  if (node instanceof SVGElement) {
    put(fill(inlined(node), { x: at.x, y: at.y }, []), at);
    return;
  }
  redrawBox(getComputedStyle(node), at, put);
  const inner = { x: offset.x + node.scrollLeft, y: offset.y + node.scrollTop };
  for (const child of node.childNodes) redraw(child, inner, put);
}

/** @type {(box: DOMRect, offset: Offset) => Area} */
const moved = ({ left, top, width, height }, { x, y }) => ({
  x: left + x,
  y: top + y,
  width,
  height,
});

/**
 * The background and border of an element, or the line below it.
 * @param {CSSStyleDeclaration} style
 * @param {Area} at
 * @param {Put} put
 */
function redrawBox(style, at, put) {
  const hasGround = style.backgroundColor !== "rgba(0, 0, 0, 0)";
  const hasFrame = Number.parseFloat(style.borderTopWidth) > 0;
  if (hasGround || hasFrame) {
    const look = {
      rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
      fill: hasGround ? style.backgroundColor : "none",
      stroke: hasFrame ? style.borderTopColor : "none",
    };
    put(svg("rect", { ...at, ...look }), at);
  } else if (Number.parseFloat(style.borderBottomWidth)) {
    const d = `M${at.x} ${at.y + at.height}h${at.width}`;
    put(svg("path", { stroke: style.borderBottomColor, d }), at);
  }
}

/**
 * A text node, line by line as the browser breaks it.
 * @param {Text} node
 * @param {Offset} offset
 * @param {Put} put
 */
function redrawText(node, offset, put) {
  const style = getComputedStyle(/** @type {Element} */ (node.parentNode));
  for (const { text, box, right } of linesOf(node)) {
    const at = { ...moved(box, offset), width: right - box.left };
    const look = {
      fill: style.color,
      "font-family": style.fontFamily,
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
    };
    put(svg("text", { x: at.x, y: at.y + 0.8 * at.height, ...look }, text), at);
  }
}

/**
 * Each line's text, the box of its first word, and where its last word ends.
 * @param {Text} node
 */
function linesOf(node) {
  const range = document.createRange();
  /** @type {{ text: string, box: DOMRect, right: number }[]} */
  const lines = [];
  for (const match of node.data.matchAll(/[^ \n]+/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const box = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) {
      last.text += ` ${match[0]}`;
      last.right = box.right;
    } else if (box.width) lines.push({ text: match[0], box, right: box.right });
  }
  return lines;
}

/**
 * A copy of a picture with its styles inlined.
 * @param {SVGElement} node
 */
function inlined(node) {
  const copy = /** @type {SVGElement} */ (node.cloneNode(true));
  const to = [copy, ...copy.querySelectorAll("*")];
  [node, ...node.querySelectorAll("*")].forEach((from, i) => {
    const style = getComputedStyle(from);
    for (const name of INLINED) to[i].setAttribute(name, style.getPropertyValue(name));
    for (const { name } of [...to[i].attributes]) {
      if (/^(id|class|role|tabindex|aria-.*)$/.test(name)) to[i].removeAttribute(name);
    }
  });
  return copy;
}
