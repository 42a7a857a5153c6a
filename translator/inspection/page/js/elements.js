// ---- what panels are built of
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

const div = (look, ...children) => el("div", { class: look || null }, ...children);
const h3 = (...children) => el("h3", {}, ...children);
const h4 = (...children) => el("h4", {}, ...children);
const badge = (side) => el("b", { class: `badge ${side}` }, side === "enc" ? "E" : "D");
const p = (...children) => el("p", {}, ...children);
const quiet = (...children) => el("p", { class: "quiet" }, ...children);
const control = (text, input) => el("label", {}, input, ` ${text}`);
/** A drop-down list for state[name]. */
const choice = (name, label, options) =>
  el(
    "label",
    {},
    `${label} `,
    el(
      "select",
      { id: `choose-${name}`, onchange: (event) => go({ [name]: event.target.value }) },
      options.map(([value, text]) =>
        el("option", { value, selected: state[name] === value }, text)
      ),
    ),
  );

/** `lines` of cells, the first of each its header; where it is wider than the page it scrolls. */
function table(label, heads, lines, current = -1) {
  const lineOf = (cells, i) =>
    el(
      "tr",
      { class: i === current && "here" },
      cells.map((x, c) => el(c ? "td" : "th", { scope: !c && "row" }, x)),
    );
  return wide(
    label,
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((x) => el("th", { scope: "col" }, x)))),
      el("tbody", {}, lines.map(lineOf)),
    ),
  );
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
const bar = (share, side, width) =>
  svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", { class: side, width: Math.max(0, Math.min(1, share)) * width, height: 12, rx: 2 }),
  );
/** A bar to the left or right of the middle: `x` of at most `top`. */
const twoWay = (x, top, width) =>
  svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", {
      class: x < 0 ? "minus" : "plus",
      height: 12,
      width: Math.min(1, Math.abs(x) / top) * width / 2,
      x: x < 0 ? width / 2 * (1 - Math.min(1, -x / top)) : width / 2,
    }),
    svg("path", { class: "axis", d: `M${width / 2} 0V12` }),
  );

const fold = (key, title, ...content) =>
  el(
    "details",
    {
      class: "sum",
      open: unfolded.has(key),
      ontoggle: (event) => (event.target.open ? unfolded.add(key) : unfolded.delete(key)),
    },
    el("summary", { id: `fold-${key}` }, title),
    ...content,
  );
/** What the reader has unfolded stays so when the panel is drawn anew. */
const unfolded = new Set(["step-1"]);

/** Something drawn, its caption, and under it the number of the cell that is pointed at or focused. */
function view(content, caption = null) {
  const drawn = el("div", { class: "drawn" }, content);
  return el(
    "figure",
    { class: "view" },
    drawn,
    drawn.querySelector("[role=grid]") &&
      el(
        "output",
        { class: "readout quiet" },
        "Point at a cell, or walk with Tab and the arrow keys: its number appears here.",
      ),
    caption && el("figcaption", {}, caption),
  );
}
/** A view, and two ways to keep it: csv() gives lines of cells. */
function figure(name, csv, content, caption = null, ...more) {
  const shown = view(content, caption);
  shown.append(keep(name, csv, shown.firstChild, ...more));
  return shown;
}
const keep = (name, csv, drawn, ...more) =>
  el(
    "div",
    { class: "tools" },
    more,
    el("button", { id: `svg-${name}`, onclick: () => saveSvg(name, drawn) }, "Save as SVG"),
    el("button", { id: `csv-${name}`, onclick: () => saveCsv(name, csv()) }, "CSV of this view"),
  );
