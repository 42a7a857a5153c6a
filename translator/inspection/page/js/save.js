// ---- files: what a panel shows, as a picture or as lines of cells
function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const place = `layer${state.layer + 1}-head${state.head + 1}-step${state.step + 1}`;
  el("a", { href: url, download: name.replace(".", `-${place}.`) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
const field = (x) => `"${String(x).replaceAll('"', '""')}"`;
const saveCsv = (name, lines) =>
  save(
    `${name}.csv`,
    "text/csv;charset=utf-8",
    lines.map((line) => line.map(field).join(",") + "\r\n").join(""),
  );

// A view is HTML with pictures in it. As a file it becomes one picture: its text and boxes are
// drawn where the browser has put them, and the style sheet, which stays behind, goes into each.
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
  "input, select, button:not(.mini, .plain), figcaption, .tools, .readout, details:not([open]) > :not(summary)";
const MARGIN = 12;
function saveSvg(name, drawn) {
  const frame = drawn.getBoundingClientRect(), picture = svg("svg", {});
  const extent = { width: 0, height: 0 };
  redraw(
    drawn,
    { x: MARGIN - frame.left, y: MARGIN - frame.top },
    (node, { x, y, width, height }) => {
      picture.append(node);
      extent.width = Math.max(extent.width, Math.ceil(x + width + MARGIN));
      extent.height = Math.max(extent.height, Math.ceil(y + height + MARGIN));
    },
  );
  fill(picture, { ...extent, viewBox: `0 0 ${extent.width} ${extent.height}` }, []);
  picture.prepend(
    svg("rect", { ...extent, fill: getComputedStyle(document.body).backgroundColor }),
  );
  save(`${name}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(picture));
}
/** put(shape, place) is called for everything in a node, in the order of painting. */
function redraw(node, offset, put) {
  if (node.nodeType === Node.TEXT_NODE) return redrawText(node, offset, put);
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(NOT_DRAWN)) return;
  const box = node.getBoundingClientRect();
  if (!box.width) return;
  const at = moved(box, offset);
  if (node instanceof SVGElement) {
    const copy = inlined(node);
    copy.setAttribute("x", at.x);
    copy.setAttribute("y", at.y);
    put(copy, at);
    return;
  }
  redrawBox(getComputedStyle(node), at, put);
  const inner = { x: offset.x + node.scrollLeft, y: offset.y + node.scrollTop };
  for (const child of node.childNodes) redraw(child, inner, put);
}
const moved = ({ left, top, width, height }, { x, y }) => ({
  x: left + x,
  y: top + y,
  width,
  height,
});
function redrawBox(style, at, put) {
  const hasGround = style.backgroundColor !== "rgba(0, 0, 0, 0)";
  const hasFrame = parseFloat(style.borderTopWidth) > 0;
  if (hasGround || hasFrame) {
    put(
      svg("rect", {
        ...at,
        rx: parseFloat(style.borderTopLeftRadius) || 0,
        fill: hasGround ? style.backgroundColor : "none",
        stroke: hasFrame ? style.borderTopColor : "none",
      }),
      at,
    );
  } else if (parseFloat(style.borderBottomWidth)) {
    const d = `M${at.x} ${at.y + at.height}h${at.width}`;
    put(svg("path", { stroke: style.borderBottomColor, d }), at);
  }
}
/** A text node, line by line as the browser has broken it. */
function redrawText(node, offset, put) {
  const style = getComputedStyle(node.parentNode), range = document.createRange(), lines = [];
  for (const match of node.data.matchAll(/[^ \n]+/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const box = range.getBoundingClientRect(), last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) {
      last.text += ` ${match[0]}`;
      last.right = box.right;
    } else if (box.width) lines.push({ text: match[0], box, right: box.right });
  }
  for (const { text, box, right } of lines) {
    const at = { ...moved(box, offset), width: right - box.left };
    put(
      svg("text", {
        x: at.x,
        y: at.y + 0.8 * at.height,
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight,
      }, text),
      at,
    );
  }
}
function inlined(node) {
  const copy = node.cloneNode(true);
  const from = [node, ...node.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((one, i) => {
    const style = getComputedStyle(one);
    for (const name of INLINED) to[i].setAttribute(name, style.getPropertyValue(name));
    for (const { name } of [...to[i].attributes]) {
      if (/^(id|class|role|tabindex|aria-.*)$/.test(name)) to[i].removeAttribute(name);
    }
  });
  return copy;
}
