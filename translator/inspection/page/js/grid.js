// Grids of numbers as coloured cells, which the arrow keys walk.

/** @import { Label } from "./labels.js" */
/** @import { Surface } from "./surface.js" */

import { svg } from "./elements.js";
import { most, within } from "./numbers.js";
import { drawing, gutterOf, labelWidth, written } from "./pictures.js";

/** Between lines of text in a cell. */
const LINE_HEIGHT = 13;

/** @typedef {{ left: number, above: number, over: number, leaning: boolean }} Box */
/**
 * values[i][j] as cells, `width` by `height` each.
 * @typedef {object} Given
 * @property {string} id
 * @property {string} label
 * @property {number[][]} values
 * @property {number} width
 * @property {number} height
 * @property {(i: number, j: number) => string} tell what a cell says of itself
 * @property {Label[] | null} [rows]
 * @property {Label[] | null} [columns]
 * @property {string | null} [side] "enc", "dec": a scale from 0 to `top` in that side's colour;
 *   without it two colours for the signs
 * @property {number} [top]
 * @property {((i: number, j: number) => void) | null} [pick] what happens on click and Enter
 * @property {(i: number, j: number) => boolean} [hidden] struck out
 * @property {((x: number, i: number, j: number) => string) | null} [numbers] the lines of text in the cell
 * @property {number} [current] the row that is outlined
 * @property {string} [rowSide]
 * @property {string} [columnSide]
 * @property {((box: Box, width: number) => Node) | null} [extra] drawn last
 * @property {number} [beside] room for that at the right
 */
/**
 * A grid of n rows and m columns.
 * @typedef {Required<Given> & { n: number, m: number, turns: Turns }} Grid
 */

/**
 * The strength of each colour at which its number turns from black to white, or on dark paper from
 * white to black. On both sides the contrast is 4.5 : 1 at least.
 * @typedef {Record<string, number>} Turns
 */
/** @type {Turns} */
const ON_LIGHT = { enc: 0.87, dec: 0.85, plus: 0.79, minus: 0.83 };
/** @type {Turns} */
const ON_DARK = { enc: 0.57, dec: 0.6, plus: 0.57, minus: 0.62 };

/**
 * @param {Surface} page
 * @param {Given} given
 */
export function heat(page, given) {
  /** @type {Grid} */
  const grid = {
    rows: null,
    columns: null,
    side: null,
    top: most(given.values),
    pick: null,
    hidden: () => false,
    numbers: null,
    current: -1,
    rowSide: "",
    columnSide: "",
    extra: null,
    beside: 0,
    ...given,
    n: given.values.length,
    m: given.values[0].length,
    turns: page.dark.matches && page.printing === null ? ON_DARK : ON_LIGHT,
  };
  const { id, n, m, width, height, current, extra, beside } = grid;
  const box = boxOf(grid);
  const picture = drawing(
    box.left + width * m + Math.max(box.over, beside) + 2,
    box.above + height * n + 2,
    {
      role: "grid",
      id,
      // Only its cells take the focus. Chromium would let Tab stop here, too, because of the listeners.
      tabindex: -1,
      "aria-label": grid.label,
      "aria-rowcount": n,
      "aria-colcount": m,
    },
  );
  const ground = { x: box.left, y: box.above, width: width * m, height: height * n };
  picture.append(svg("rect", { class: "ground", ...ground }));
  if (grid.columns) picture.append(columnLabels(grid, grid.columns, box));
  const [stopI, stopJ] = page.lastCell.get(id) ?? [Math.max(0, current), 0];
  const stop = [Math.min(stopI, n - 1), Math.min(stopJ, m - 1)];
  picture.append(...grid.values.map((_, i) => cellsOfRow(grid, box, i, stop)));
  if (current >= 0) {
    picture.append(outlined(box.left, box.above + height * current, width * m, height));
  }
  if (extra) picture.append(extra(box, width));
  walk(page, picture, grid);
  return picture;
}

/**
 * A frame around cells.
 * @type {(x: number, y: number, width: number, height: number) => SVGRectElement}
 */
export const outlined = (x, y, width, height) =>
  svg("rect", { class: "current", x: x - 1, y: y - 1, width: width + 2, height: height + 1 });

/**
 * Where the cells start, and how far slanted column labels reach beyond them.
 * @param {Grid} grid
 * @returns {Box}
 */
function boxOf({ rows, columns, width, m }) {
  const left = rows ? gutterOf(rows) : 1;
  if (!columns) return { left, above: 1, over: 0, leaning: false };
  const longest = Math.max(...columns.map(labelWidth));
  if (longest <= width - 4) return { left, above: 20, over: 0, leaning: false };
  const over = columns.map((label, j) => 0.64 * labelWidth(label) + 12 - width * (m - j - 0.5));
  return { left, above: longest * 0.77 + 16, over: Math.max(0, ...over), leaning: true };
}

/**
 * @param {Grid} grid
 * @param {Label[]} columns
 * @param {Box} box
 */
function columnLabels({ columnSide, width }, columns, { left, above, leaning }) {
  const place = (/** @type {number} */ j) => {
    const x = left + width * (j + 0.5);
    const y = above - 6;
    return leaning
      ? { transform: `translate(${x + 4} ${y}) rotate(-50)` }
      : { x, y, "text-anchor": "middle" };
  };
  const labels = columns.map((label, j) =>
    svg("text", { role: "columnheader", ...place(j) }, written(label)),
  );
  return svg("g", { role: "row", class: columnSide }, labels);
}

/**
 * @param {Grid} grid
 * @param {Box} box
 * @param {number} i
 * @param {number[]} stop the cell where Tab stops
 */
function cellsOfRow(grid, { left, above }, i, stop) {
  const { rows, height } = grid;
  const y = above + height * i;
  const group = svg("g", { role: "row" });
  if (rows) {
    const place = { x: left - 7, y: y + height / 2 + 4, "text-anchor": "end" };
    group.append(
      svg("text", { role: "rowheader", class: grid.rowSide, ...place }, written(rows[i])),
    );
  }
  grid.values[i].forEach((value, j) => {
    const x = left + grid.width * j;
    const isStop = i === stop[0] && j === stop[1];
    group.append(...cell(grid, value, { i, j, x, y, isStop }));
  });
  return group;
}

/**
 * A cell, the text in it, and the line that strikes it out.
 * @param {Grid} grid
 * @param {number} value
 * @param {{ i: number, j: number, x: number, y: number, isStop: boolean }} place
 */
function cell(grid, value, { i, j, x, y, isStop }) {
  const { id, width, height, side, top, tell, hidden, numbers, turns } = grid;
  const strength = Math.min(1, Math.abs(value) / top);
  const colour = side || (value < 0 ? "minus" : "plus");
  const text = numbers && !hidden(i, j) && numbers(value, i, j);
  /** @type {SVGElement[]} */
  const drawn = [
    svg("rect", {
      class: `cell ${colour}`,
      role: "gridcell",
      id: `${id}-${i}-${j}`,
      tabindex: isStop ? 0 : -1,
      "aria-label": tell(i, j),
      x,
      y,
      width: width - Math.min(1, width / 8),
      height: height - 1,
      "fill-opacity": strength.toFixed(3),
    }),
  ];
  if (text) {
    const look = strength > turns[colour] ? "number on" : "number";
    const lines = text.split("\n");
    const first = y + height / 2 + 4 - (LINE_HEIGHT / 2) * (lines.length - 1);
    lines.forEach((line, k) => {
      const place = { x: x + width / 2, y: first + LINE_HEIGHT * k, "text-anchor": "middle" };
      drawn.push(svg("text", { class: look, "aria-hidden": "true", ...place }, line));
    });
  }
  if (hidden(i, j)) {
    const line = `M${x + 3} ${y + height - 4}l${width - 7} ${7 - height}`;
    drawn.push(svg("path", { class: "struck", d: line }));
  }
  return drawn;
}

/**
 * Lets the mouse and the keys walk the cells.
 * @param {Surface} page
 * @param {SVGSVGElement} picture
 * @param {Grid} grid
 */
function walk(page, picture, { id, n, m, tell, pick }) {
  const readoutOf = () => picture.closest(".view")?.querySelector(".readout");
  const read = (/** @type {Cell} */ at) => {
    const readout = readoutOf();
    if (!readout) return;
    readout.textContent = tell(...at);
    readout.classList.remove("quiet");
  };
  const focus = (/** @type {Cell} */ [i, j]) => {
    const to = `${id}-${within(i, n)}-${within(j, m)}`;
    document.getElementById(to)?.focus();
  };
  // A page that scrolls under a resting mouse must not change the readout.
  picture.addEventListener("mousemove", (event) => {
    const at = cellOf(id, event);
    if (at && placeOf(event) !== page.pointer) read(at);
  });
  picture.addEventListener("focusin", (event) => {
    const at = cellOf(id, event);
    if (!at) return;
    picture.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    /** @type {Element} */ (event.target).setAttribute("tabindex", "0");
    page.lastCell.set(id, at);
    read(at);
  });
  picture.addEventListener("click", (event) => {
    const at = cellOf(id, event);
    if (at) pick?.(...at);
  });
  picture.addEventListener("keydown", (event) => {
    const at = cellOf(id, event);
    if (!at) return;
    const picks = event.key === "Enter" || event.key === " ";
    const to = target(event, at, [n, m]);
    if (!picks && !to) return;
    event.preventDefault();
    if (to) focus(to);
    else pick?.(...at);
  });
}

/** @typedef {[i: number, j: number]} Cell */

/** The position of the mouse on the screen. */
export const placeOf = (/** @type {MouseEvent} */ event) => `${event.screenX} ${event.screenY}`;

/**
 * The cell an event happened on; its id is made of the grid's id, row and column.
 * @param {string} id
 * @param {Event} event
 * @returns {Cell | null}
 */
function cellOf(id, event) {
  const at = /** @type {Element} */ (event.target).id;
  if (!at.startsWith(`${id}-`)) return null;
  const [i, j] = at
    .slice(id.length + 1)
    .split("-")
    .map(Number);
  return [i, j];
}

/**
 * Where a key leads, perhaps outside the grid.
 * @param {KeyboardEvent} event
 * @param {Cell} at
 * @param {Cell} size
 * @returns {Cell | undefined}
 */
function target({ key, ctrlKey }, [i, j], [n, m]) {
  /** @type {Record<string, Cell>} */
  const targets = {
    ArrowUp: [i - 1, j],
    ArrowDown: [i + 1, j],
    ArrowLeft: [i, j - 1],
    ArrowRight: [i, j + 1],
    Home: [ctrlKey ? 0 : i, 0],
    End: [ctrlKey ? n - 1 : i, m - 1],
  };
  return targets[key];
}
