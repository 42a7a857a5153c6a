// ---- what panels are built of: elements, tables, and files to save
const SVG = "http://www.w3.org/2000/svg";
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child != null && child !== false));
  return node;
}
const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

const badge = (side) => el("b", { class: `badge ${side}` }, side === "enc" ? "E" : "D");
const p = (...children) => el("p", {}, ...children);
const quiet = (...children) => el("p", { class: "quiet" }, ...children);
const control = (text, input) => el("label", {}, input, ` ${text}`);
/** A drop-down list for state[name]. */
const choice = (name, label, options) => el("label", {}, `${label} `, el("select",
  { id: `choose-${name}`, onchange: (event) => go({ [name]: event.target.value }) },
  options.map(([value, text]) => el("option", { value, selected: state[name] === value }, text))));

/** `lines` of cells, the first of each its header; where it is wider than the page it scrolls. */
function table(label, heads, lines, { current = -1, empty = null } = {}) {
  return wide(label, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((x) => el("th", { scope: "col" }, x)))),
    el("tbody", {}, lines.length ? lines.map((cells, i) => el("tr", { class: i === current && "here" },
      cells.map((x, c) => el(c ? "td" : "th", { scope: !c && "row" }, x))))
      : el("tr", {}, el("td", { colspan: heads.length }, empty)))));
}
const wide = (label, ...children) =>
  el("div", { class: "wide", role: "region", "aria-label": label }, ...children);
/** What is wider than the page and holds nothing to focus is scrolled by keys: Tab stops there. */
function settle(node) {
  for (const box of node.querySelectorAll(".wide")) {
    if (box.scrollWidth > box.clientWidth && !box.querySelector("[tabindex]")) box.tabIndex = 0;
  }
}

/** A bar from 0 to 1 of its room, drawn. */
const bar = (share, side, width = 120, ghost = null) => svg("svg",
  { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
  svg("rect", { class: "track", width, height: 12, rx: 2 }),
  svg("rect", { class: side, width: Math.max(0, Math.min(1, share)) * width, height: 12, rx: 2 }),
  ghost === null ? null : svg("path", { class: "ghost", d: `M${ghost * width} 0V12` }));
/** A bar to the left or right of the middle: `x` of at most `top`. */
const twoWay = (x, top, width = 120) => svg("svg",
  { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
  svg("rect", { class: "track", width, height: 12, rx: 2 }),
  svg("rect", { class: x < 0 ? "minus" : "plus", height: 12, width: Math.min(1, Math.abs(x) / top) * width / 2,
    x: x < 0 ? width / 2 * (1 - Math.min(1, -x / top)) : width / 2 }),
  svg("path", { class: "axis", d: `M${width / 2} 0V12` }));

const fold = (key, title, ...content) => el("details", { class: "sum", open: unfolded.has(key),
  ontoggle: (event) => (event.target.open ? unfolded.add(key) : unfolded.delete(key)) },
el("summary", { id: `fold-${key}` }, title), ...content);
/** What the reader has unfolded stays so when the panel is drawn anew. */
const unfolded = new Set(["step-1"]);

/** Something drawn, its caption, and under it the number of the cell that is pointed at or focused. */
function view(content, caption = null) {
  const drawn = el("div", { class: "drawn" }, content);
  return el("figure", { class: "view" }, drawn,
    drawn.querySelector("[role=grid]") && el("output", { class: "readout quiet" }, "Point at a cell, or walk with Tab and the arrow keys: its number appears here."),
    caption && el("figcaption", {}, caption));
}
/** A view, and two ways to keep it: csv() gives lines of cells. */
function figure(name, csv, content, caption = null, ...more) {
  const shown = view(content, caption);
  shown.append(keep(name, csv, shown.firstChild, ...more));
  return shown;
}
const keep = (name, csv, drawn, ...more) => el("div", { class: "tools" }, more,
  el("button", { id: `svg-${name}`, onclick: () => saveSvg(name, drawn) }, "Save as SVG"),
  el("button", { id: `csv-${name}`, onclick: () => saveCsv(name, csv()) }, "CSV of this view"));

function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const place = `layer${state.layer + 1}-head${state.head + 1}-step${state.step + 1}`;
  el("a", { href: url, download: name.replace(".", `-${place}.`) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
const field = (x) => `"${String(x).replaceAll('"', '""')}"`;
const saveCsv = (name, lines) => save(`${name}.csv`, "text/csv;charset=utf-8",
  lines.map((line) => line.map(field).join(",") + "\r\n").join(""));

// A view is HTML with pictures in it. As a file it becomes one picture: its text and boxes are
// drawn where the browser has put them, and the style sheet, which stays behind, goes into each.
const INLINED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
  "font-family", "font-size", "font-weight", "opacity"];
function saveSvg(name, drawn) {
  const frame = drawn.getBoundingClientRect();
  const width = Math.ceil(Math.max(drawn.scrollWidth, ...[...drawn.querySelectorAll(".wide")].map((box) => box.scrollWidth)));
  const height = Math.ceil(drawn.scrollHeight);
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  redraw(drawn, picture, { x: -frame.left, y: -frame.top });
  save(`${name}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(picture));
}
function redraw(node, picture, offset) {
  if (node.nodeType === Node.TEXT_NODE) return redrawText(node, picture, offset);
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches("input, select, button:not(.mini, .plain), figcaption, .tools, .readout, details:not([open]) > :not(summary)")) return null;
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  if (!box.width || style.visibility === "hidden") return null;
  if (node instanceof SVGElement) {
    const copy = inlined(node);
    copy.setAttribute("x", box.left + offset.x);
    copy.setAttribute("y", box.top + offset.y);
    return picture.append(copy);
  }
  const at = { x: box.left + offset.x, y: box.top + offset.y, width: box.width, height: box.height };
  if (style.backgroundColor !== "rgba(0, 0, 0, 0)") {
    picture.append(svg("rect", { ...at, fill: style.backgroundColor, rx: parseFloat(style.borderTopLeftRadius) || 0 }));
  }
  if (parseFloat(style.borderBottomWidth)) {
    picture.append(svg("path", { stroke: style.borderBottomColor, d: `M${at.x} ${at.y + at.height}h${at.width}` }));
  }
  const inner = { x: offset.x + node.scrollLeft, y: offset.y + node.scrollTop };
  for (const child of node.childNodes) redraw(child, picture, inner);
  return null;
}
function redrawText(node, picture, offset) {
  const style = getComputedStyle(node.parentNode), range = document.createRange(), lines = [];
  for (const match of node.data.matchAll(/[^ \n]+/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const box = range.getBoundingClientRect(), last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) last.text += ` ${match[0]}`;
    else if (box.width) lines.push({ text: match[0], box });
  }
  for (const { text, box } of lines) {
    picture.append(svg("text", { x: box.left + offset.x, y: box.top + offset.y + 0.8 * box.height, fill: style.color,
      "font-family": style.fontFamily, "font-size": style.fontSize, "font-weight": style.fontWeight }, text));
  }
}
function inlined(node) {
  const copy = node.cloneNode(true);
  const from = [node, ...node.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((one, i) => {
    const style = getComputedStyle(one);
    for (const name of INLINED) to[i].setAttribute(name, style.getPropertyValue(name));
    for (const { name } of [...to[i].attributes]) if (/^(id|class|role|tabindex|aria-.*)$/.test(name)) to[i].removeAttribute(name);
  });
  return copy;
}
