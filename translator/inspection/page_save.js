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
function saveSvg(name, drawn) {
  const frame = drawn.getBoundingClientRect();
  const width = Math.ceil(
    Math.max(
      drawn.scrollWidth,
      ...[...drawn.querySelectorAll(".wide")].map((box) => box.scrollWidth),
    ),
  );
  const height = Math.ceil(drawn.scrollHeight);
  const picture = svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}` },
    svg("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }),
  );
  redraw(drawn, picture, { x: -frame.left, y: -frame.top });
  save(`${name}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(picture));
}
function redraw(node, picture, offset) {
  if (node.nodeType === Node.TEXT_NODE) return redrawText(node, picture, offset);
  if (
    node.nodeType !== Node.ELEMENT_NODE ||
    node.matches(
      "input, select, button:not(.mini, .plain), figcaption, .tools, .readout, details:not([open]) > :not(summary)",
    )
  ) return null;
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  if (!box.width || style.visibility === "hidden") return null;
  if (node instanceof SVGElement) {
    const copy = inlined(node);
    copy.setAttribute("x", box.left + offset.x);
    copy.setAttribute("y", box.top + offset.y);
    return picture.append(copy);
  }
  const at = {
    x: box.left + offset.x,
    y: box.top + offset.y,
    width: box.width,
    height: box.height,
  };
  if (style.backgroundColor !== "rgba(0, 0, 0, 0)") {
    picture.append(
      svg("rect", {
        ...at,
        fill: style.backgroundColor,
        rx: parseFloat(style.borderTopLeftRadius) || 0,
      }),
    );
  }
  if (parseFloat(style.borderBottomWidth)) {
    picture.append(
      svg("path", {
        stroke: style.borderBottomColor,
        d: `M${at.x} ${at.y + at.height}h${at.width}`,
      }),
    );
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
    picture.append(
      svg("text", {
        x: box.left + offset.x,
        y: box.top + offset.y + 0.8 * box.height,
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight,
      }, text),
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
