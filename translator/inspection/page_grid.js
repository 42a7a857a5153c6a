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
const measureRoom = () => { measured = document.getElementById("panels").clientWidth; };
const room = () => measured;

/** Labels are strings, or lists of [text, class] in a row. */
const spans = (label) => (typeof label === "string" ? [[label, ""]] : label);
const plain = (label) => spans(label).map(([text]) => text).join("");
const labelWidth = (label) => sum(spans(label).map(([text, look]) => textWidth(text, 12, look.includes("strong") ? 700 : 400)));
/** The room that row labels take; grids below one another share the widest. */
const gutterOf = (labels) => Math.max(...labels.map(labelWidth)) + 10;
const written = (label) => spans(label).map(([text, look]) => svg("tspan", { class: look }, text));

const dark = matchMedia("screen and (prefers-color-scheme: dark)");
/** How strong a cell's colour may be before its number has to be light, or in the dark, dark. */
const darkest = () => (dark.matches && !printing ? 0.55 : 0.78);

const lastCell = new Map();  // of each grid, so that Tab comes back to where the reader was

/**
 * values[i][j] as cells `width` by `height`. `side` ("enc", "dec"): a scale from 0 to `top` in that
 * side's colour; without it two colours for the signs. tell(i, j) is what a cell says of itself;
 * pick(i, j) happens on click and Enter; hidden(i, j) is struck out; numbers: written into cells
 * that have the room, in one line or a list of lines.
 */
function heat({ id, label, rows = null, columns = null, values, width, height, side = null, top = most(values),
  tell, pick = null, hidden = () => false, numbers = null, current = -1, gutter = 0, rowSide = "", columnSide = "", extra = null }) {
  const left = Math.max(gutter, rows ? gutterOf(rows) : 1);
  const lean = columns && Math.max(...columns.map(labelWidth)) > width - 4;
  const above = !columns ? 1 : lean ? Math.max(...columns.map(labelWidth)) * 0.77 + 16 : 20;
  const n = values.length, m = values[0].length;
  const over = lean ? Math.max(0, ...columns.map((c, j) => 0.64 * labelWidth(c) + 12 - width * (m - j - 0.5))) : 0;
  const size = { width: left + width * m + over + 2, height: above + height * n + 2 };
  const picture = svg("svg", { ...size, viewBox: `0 0 ${size.width} ${size.height}`, role: "grid", id, "aria-label": label,
    "aria-rowcount": n, "aria-colcount": m });
  picture.append(svg("rect", { class: "ground", x: left, y: above, width: width * m, height: height * n }));
  if (columns) {
    picture.append(svg("g", { role: "row", class: columnSide }, columns.map((c, j) => svg("text",
      { role: "columnheader", ...(lean ? { transform: `translate(${left + width * (j + 0.5) + 4} ${above - 6}) rotate(-50)` }
        : { x: left + width * (j + 0.5), y: above - 6, "text-anchor": "middle" }) }, written(c)))));
  }
  const [atI, atJ] = lastCell.get(id) || [Math.max(0, current), 0];
  values.forEach((line, i) => {
    const group = svg("g", { role: "row" });
    if (rows) {
      group.append(svg("text", { role: "rowheader", class: rowSide, x: left - 7, y: above + height * (i + 0.5) + 4,
        "text-anchor": "end" }, written(rows[i])));
    }
    line.forEach((x, j) => {
      const strength = Math.min(1, Math.abs(x) / top);
      const texts = numbers && !hidden(i, j) ? [numbers(x, i, j)].flat().filter(Boolean) : [];
      group.append(svg("rect", { class: `cell ${side || (x < 0 ? "minus" : "plus")}`, role: "gridcell", id: `${id}-${i}-${j}`,
        tabindex: i === Math.min(atI, n - 1) && j === Math.min(atJ, m - 1) ? 0 : -1, "aria-label": tell(i, j),
        x: left + width * j, y: above + height * i, width: width - Math.min(1, width / 8), height: height - 1,
        "fill-opacity": strength.toFixed(3) }));
      group.append(...texts.map((text, line) => svg("text", { class: strength > darkest() ? "number on" : "number", "aria-hidden": "true",
        x: left + width * (j + 0.5), y: above + height * (i + 0.5) + 4 + 13 * (line - (texts.length - 1) / 2), "text-anchor": "middle" }, text)));
      if (hidden(i, j)) group.append(svg("path", { class: "struck",
        d: `M${left + width * j + 3} ${above + height * (i + 1) - 4}l${width - 7} ${7 - height}` }));
    });
    picture.append(group);
  });
  if (current >= 0) picture.append(svg("rect", { class: "current", x: left - 1, y: above + height * current - 1, width: width * m + 2, height: height + 1 }));
  if (extra) picture.append(extra({ left, above }));
  return walkable(picture, id, n, m, tell, pick);
}

let pointer = "";
document.addEventListener("mousemove", (event) => { pointer = `${event.screenX} ${event.screenY}`; });
function walkable(picture, id, n, m, tell, pick) {
  const place = (target) => target.id.startsWith(`${id}-`) && target.id.slice(id.length + 1).split("-").map(Number);
  const tellOf = (event) => {
    const at = place(event.target);
    const readout = at && picture.closest(".view").querySelector(".readout");
    if (!readout) return;
    readout.textContent = tell(...at);
    readout.classList.remove("quiet");
  };
  // Not where the page moves under a resting mouse: it is the keys that move it.
  picture.addEventListener("mousemove", (event) => { if (`${event.screenX} ${event.screenY}` !== pointer) tellOf(event); });
  picture.addEventListener("focusin", (event) => {
    const at = place(event.target);
    if (!at) return;
    const old = document.getElementById(`${id}-${(lastCell.get(id) || []).join("-")}`) || picture.querySelector("[tabindex='0']");
    if (old) old.setAttribute("tabindex", -1);
    event.target.setAttribute("tabindex", 0);
    lastCell.set(id, at);
    tellOf(event);
  });
  picture.addEventListener("click", (event) => { const at = place(event.target); if (at && pick) pick(...at); });
  picture.addEventListener("keydown", (event) => {
    const at = place(event.target);
    if (!at) return;
    const [i, j] = at;
    const to = { ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
      Home: [event.ctrlKey ? 0 : i, 0], End: [event.ctrlKey ? n - 1 : i, m - 1] }[event.key];
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); if (pick) pick(i, j); }
    if (!to) return;
    event.preventDefault();
    document.getElementById(`${id}-${Math.max(0, Math.min(n - 1, to[0]))}-${Math.max(0, Math.min(m - 1, to[1]))}`).focus();
  });
  return picture;
}

/** One vector as a strip of cells. */
const strip = ({ name, values, width = 10, height = 22, ...more }) => heat({ ...more, values: [values], width, height,
  label: `${name}, ${values.length} numbers`, tell: (_, j) => `${name}, number ${j + 1} of ${values.length}: ${num(values[j])}` });

/** What colours mean: from 0 to `top` in a side's colour, or both signs. */
function legend(top, side = null, digits = 2) {
  const steps = side ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
  return svg("svg", { class: "legend", width: 230, height: 30, viewBox: "0 0 230 30", role: "img",
    "aria-label": side ? `Colours from 0 to ${num(top, digits)}` : `Colours from ${num(-top, digits)} to ${num(top, digits)}` },
  steps.map((x, i) => [svg("rect", { class: "ground", x: 6 + 44 * i, y: 1, width: 42, height: 11 }),
    svg("rect", { class: side || (x < 0 ? "minus" : "plus"), x: 6 + 44 * i, y: 1, width: 42, height: 11, "fill-opacity": Math.abs(x) }),
    svg("text", { class: "tick", x: 27 + 44 * i, y: 26, "text-anchor": "middle" }, num(x * top, digits))]));
}
