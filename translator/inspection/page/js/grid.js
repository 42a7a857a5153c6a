// ---- grids of numbers as coloured cells, which the arrow keys walk
const ruler = document.createElement("canvas").getContext("2d");
const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
const widths = new Map();
/** In pixels, of text in the pictures' font. */
function textWidth(text, size = 13, weight = 400) {
  const font = `${weight} ${size}px ${family}`, key = font + text;
  if (!widths.has(key)) {
    ruler.font = font;
    widths.set(key, ruler.measureText(text).width);
  }
  return widths.get(key);
}
/** The width that the panels have. Measured once for each drawing: it makes the browser lay out. */
let measured = 0;
const measureRoom = () => {
  measured = document.getElementById("panels").clientWidth;
};
const room = () => measured;

/** Labels are strings, or lists of [text, class] in a row. */
const spans = (label) => (typeof label === "string" ? [[label, ""]] : label);
const plain = (label) => spans(label).map(([text]) => text).join("");
const labelWidth = (label) =>
  sum(spans(label).map(([text, look]) => textWidth(text, 12, look.includes("strong") ? 700 : 400)));
/** The room that row labels take; grids below one another share the widest. */
const gutterOf = (labels) => Math.max(...labels.map(labelWidth)) + 10;
const written = (label) => spans(label).map(([text, look]) => svg("tspan", { class: look }, text));

const dark = matchMedia("screen and (prefers-color-scheme: dark)");
/** How strong a cell's colour may be before its number has to be light, or in the dark, dark. */
const darkest = () => (dark.matches && !printing ? 0.55 : 0.78);

const lastCell = new Map(); // of each grid, so that Tab comes back to where the reader was

/**
 * values[i][j] as cells, `width` by `height` each.
 *
 * `side` ("enc", "dec"): a scale from 0 to `top` in that side's colour; without it two colours for
 * the signs. tell(i, j): what a cell says of itself. pick(i, j): what happens on click and Enter.
 * hidden(i, j): struck out. numbers(x, i, j): a text in the cell, or a list of lines. `current`: the
 * row that is outlined. `gutter`: the least room for row labels. extra({ left, above }, width):
 * drawn last.
 */
function heat(given) {
  const grid = {
    rows: null,
    columns: null,
    side: null,
    top: most(given.values),
    pick: null,
    hidden: () => false,
    numbers: null,
    current: -1,
    gutter: 0,
    rowSide: "",
    columnSide: "",
    extra: null,
    ...given,
    n: given.values.length,
    m: given.values[0].length,
  };
  const box = boxOf(grid), { id, n, m, width, height, current, extra } = grid;
  const picture = drawing(box.left + width * m + box.over + 2, box.above + height * n + 2, {
    role: "grid",
    id,
    "aria-label": grid.label,
    "aria-rowcount": n,
    "aria-colcount": m,
  });
  const ground = { x: box.left, y: box.above, width: width * m, height: height * n };
  picture.append(svg("rect", { class: "ground", ...ground }));
  if (grid.columns) picture.append(columnLabels(grid, box));
  const stop = lastCell.get(id) || [Math.max(0, current), 0];
  picture.append(...grid.values.map((_, i) => cellsOfRow(grid, box, i, stop)));
  if (current >= 0) {
    picture.append(outlined(box.left, box.above + height * current, width * m, height));
  }
  if (extra) picture.append(extra(box, width));
  return walkable(picture, grid);
}
const drawing = (width, height, attributes, ...children) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes }, children);
const outlined = (x, y, width, height) =>
  svg("rect", { class: "current", x: x - 1, y: y - 1, width: width + 2, height: height + 1 });

/** Where the cells begin, and how far leaning column labels reach beyond them. */
function boxOf({ rows, columns, width, gutter, m }) {
  const left = Math.max(gutter, rows ? gutterOf(rows) : 1);
  if (!columns) return { left, above: 1, over: 0, leaning: false };
  const longest = Math.max(...columns.map(labelWidth));
  if (longest <= width - 4) return { left, above: 20, over: 0, leaning: false };
  const over = columns.map((label, j) => 0.64 * labelWidth(label) + 12 - width * (m - j - 0.5));
  return { left, above: longest * 0.77 + 16, over: Math.max(0, ...over), leaning: true };
}
function columnLabels({ columns, columnSide, width }, { left, above, leaning }) {
  const place = (j) => {
    const x = left + width * (j + 0.5), y = above - 6;
    return leaning
      ? { transform: `translate(${x + 4} ${y}) rotate(-50)` }
      : { x, y, "text-anchor": "middle" };
  };
  const labels = columns.map((label, j) =>
    svg("text", { role: "columnheader", ...place(j) }, written(label))
  );
  return svg("g", { role: "row", class: columnSide }, labels);
}
function cellsOfRow(grid, { left, above }, i, [stopI, stopJ]) {
  const { id, rows, values, width, height, side, top, tell, hidden, numbers, n, m } = grid;
  const y = above + height * i, middle = y + height / 2 + 4;
  const group = svg("g", { role: "row" });
  if (rows) {
    const place = { x: left - 7, y: middle, "text-anchor": "end" };
    group.append(
      svg("text", { role: "rowheader", class: grid.rowSide, ...place }, written(rows[i])),
    );
  }
  values[i].forEach((value, j) => {
    const x = left + width * j, strength = Math.min(1, Math.abs(value) / top);
    const texts = numbers && !hidden(i, j) ? [numbers(value, i, j)].flat().filter(Boolean) : [];
    const isStop = i === Math.min(stopI, n - 1) && j === Math.min(stopJ, m - 1);
    group.append(
      svg("rect", {
        class: `cell ${side || (value < 0 ? "minus" : "plus")}`,
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
      ...texts.map((text, line) =>
        svg("text", {
          class: strength > darkest() ? "number on" : "number",
          "aria-hidden": "true",
          x: x + width / 2,
          y: middle + 13 * (line - (texts.length - 1) / 2),
          "text-anchor": "middle",
        }, text)
      ),
    );
    if (hidden(i, j)) {
      const line = `M${x + 3} ${y + height - 4}l${width - 7} ${7 - height}`;
      group.append(svg("path", { class: "struck", d: line }));
    }
  });
  return group;
}

let pointer = "";
document.addEventListener("mousemove", (event) => {
  pointer = `${event.screenX} ${event.screenY}`;
});
function walkable(picture, { id, n, m, tell, pick }) {
  const place = ({ id: at }) =>
    at.startsWith(`${id}-`) && at.slice(id.length + 1).split("-").map(Number);
  const cell = (i, j) => document.getElementById(`${id}-${i}-${j}`);
  const on = (name, act) =>
    picture.addEventListener(name, (event) => {
      const at = place(event.target);
      if (at) act(at, event);
    });
  const read = (at) => {
    const readout = picture.closest(".view").querySelector(".readout");
    readout.textContent = tell(...at);
    readout.classList.remove("quiet");
  };
  // Not where the page moves under a resting mouse: it is the keys that move it.
  on("mousemove", (at, event) => {
    if (`${event.screenX} ${event.screenY}` !== pointer) read(at);
  });
  on("focusin", (at, event) => {
    picture.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
    event.target.setAttribute("tabindex", 0);
    lastCell.set(id, at);
    read(at);
  });
  on("click", (at) => pick && pick(...at));
  on("keydown", ([i, j], event) => {
    const picks = event.key === "Enter" || event.key === " ";
    const to = {
      ArrowUp: [i - 1, j],
      ArrowDown: [i + 1, j],
      ArrowLeft: [i, j - 1],
      ArrowRight: [i, j + 1],
      Home: [event.ctrlKey ? 0 : i, 0],
      End: [event.ctrlKey ? n - 1 : i, m - 1],
    }[event.key];
    if (!picks && !to) return;
    event.preventDefault();
    if (to) cell(Math.max(0, Math.min(n - 1, to[0])), Math.max(0, Math.min(m - 1, to[1]))).focus();
    else if (pick) pick(i, j);
  });
  return picture;
}

/** One vector as a strip of cells. */
const strip = ({ name, values, width = 10, height = 22, ...more }) =>
  heat({
    ...more,
    values: [values],
    width,
    height,
    label: `${name}, ${values.length} numbers`,
    tell: (_, j) => `${name}, number ${j + 1} of ${values.length}: ${num(values[j])}`,
  });

/** What colours mean: from 0 to `top` in a side's colour, or both signs. */
function legend(top, side = null, digits = 2) {
  const steps = side ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
  return svg(
    "svg",
    {
      class: "legend",
      width: 230,
      height: 30,
      viewBox: "0 0 230 30",
      role: "img",
      "aria-label": side
        ? `Colours from 0 to ${num(top, digits)}`
        : `Colours from ${num(-top, digits)} to ${num(top, digits)}`,
    },
    steps.map((
      x,
      i,
    ) => [
      svg("rect", { class: "ground", x: 6 + 44 * i, y: 1, width: 42, height: 11 }),
      svg("rect", {
        class: side || (x < 0 ? "minus" : "plus"),
        x: 6 + 44 * i,
        y: 1,
        width: 42,
        height: 11,
        "fill-opacity": Math.abs(x),
      }),
      svg(
        "text",
        { class: "tick", x: 27 + 44 * i, y: 26, "text-anchor": "middle" },
        num(x * top, digits),
      ),
    ]),
  );
}
