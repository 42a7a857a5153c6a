// Built from js/ by npm run build: do not edit.
"use strict";
(() => {
  // translator/inspection/page/js/address.js
  function remember({ inspection: { start }, state, panels, printing }) {
    const open = panels.flatMap(({ panel }, i) => panel.open ? [i + 1] : []).join(".");
    const { layer, head, step } = state;
    const isStart = layer === start.layer && head === start.head && step === start.step;
    const hash = isStart && open === "1" ? "" : `#layer=${layer + 1}&head=${head + 1}&step=${step + 1}&open=${open}`;
    if (printing || hash === location.hash) return;
    try {
      history.replaceState(null, "", hash || location.pathname + location.search);
    } catch {
    }
  }
  function recall(page2) {
    const { numLayers, numHeads, numSteps } = page2.inspection;
    const asked = new URLSearchParams(location.hash.slice(1));
    page2.state.layer = placeIn(asked.get("layer"), numLayers) ?? page2.state.layer;
    page2.state.head = placeIn(asked.get("head"), numHeads) ?? page2.state.head;
    page2.state.step = placeIn(asked.get("step"), numSteps) ?? page2.state.step;
    if (!asked.has("open")) return;
    const open = (asked.get("open") ?? "").split(".");
    page2.panels.forEach(({ panel }, i) => {
      panel.open = open.includes(String(i + 1));
    });
  }
  function placeIn(text, size) {
    const value = Number(text);
    return Number.isInteger(value) && value >= 1 && value <= size ? value - 1 : null;
  }

  // translator/inspection/page/js/elements.js
  var SVG = "http://www.w3.org/2000/svg";
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
  var svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
  }
  var div = (look, ...children) => el("div", { class: look || null }, ...children);
  var h3 = (...children) => el("h3", {}, ...children);
  var h4 = (...children) => el("h4", {}, ...children);
  var p = (...children) => el("p", {}, ...children);
  var quiet = (...children) => el("p", { class: "quiet" }, ...children);
  var badge = (side) => el("b", { class: `badge ${side}` }, side === "enc" ? "E" : "D");
  function checkbox(id, text, is, choose) {
    const input = el("input", {
      id,
      type: "checkbox",
      ...is,
      onchange: () => choose(input.checked)
    });
    return el("label", {}, input, ` ${text}`);
  }
  function slider(attributes, { drag, release }) {
    const input = el("input", {
      type: "range",
      ...attributes,
      oninput: drag && (() => drag(Number(input.value))),
      onchange: () => release(Number(input.value))
    });
    return input;
  }
  function dropDown(id, label, options, chosen, choose) {
    const list2 = el(
      "select",
      { id, onchange: () => choose(list2.value) },
      options.map(([value, text]) => el("option", { value, selected: value === chosen }, text))
    );
    return el("label", {}, `${label} `, list2);
  }
  function table(label, heads2, lines, current = -1) {
    const cell2 = (content, column) => el(column ? "td" : "th", { scope: !column && "row" }, content);
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
            heads2.map((head) => el("th", { scope: "col" }, head))
          )
        ),
        el(
          "tbody",
          {},
          lines.map((cells, i) => el("tr", { class: i === current && "here" }, cells.map(cell2)))
        )
      )
    );
  }
  var wide = (label, ...children) => el("div", { class: "wide", role: "region", "aria-label": label }, ...children);
  function settle(node) {
    for (
      const box of
      /** @type {NodeListOf<HTMLElement>} */
      node.querySelectorAll(".wide")
    ) {
      if (box.scrollWidth > box.clientWidth && !box.querySelector("[tabindex]")) box.tabIndex = 0;
    }
  }

  // translator/inspection/page/js/numbers.js
  var MINUS = "−";
  var sum = (list2) => list2.reduce((total, x) => total + x, 0);
  var dot = (a, b) => a.reduce((total, x, i) => total + x * b[i], 0);
  var length = (vector2) => Math.sqrt(dot(vector2, vector2));
  var largest = (list2) => list2.indexOf(Math.max(...list2));
  var most = (rows) => Math.max(1e-9, ...rows.map((row2) => Math.max(...row2.map(Math.abs))));
  var within = (place, size) => Math.max(0, Math.min(size - 1, place));
  function num(x, digits = 3) {
    if (x === -Infinity) return `${MINUS}∞`;
    if (Math.abs(x) < 0.5 * 10 ** -digits) return 0 .toFixed(digits);
    return x.toFixed(digits).replace("-", MINUS);
  }
  var signed = (x, digits = 2) => (x > 0 && num(x, digits) !== num(0, digits) ? "+" : "") + num(x, digits);
  var factor = (x) => x < 0 ? `(${num(x)})` : num(x);
  var products = (a, b) => a.map((x, i) => `${factor(x)} × ${factor(b[i])}`).join(" + ");
  var whole = (x) => `${(100 * x).toFixed(0)}%`.replace("-", MINUS);
  function chance(p2) {
    if (p2 >= 0.1) return whole(p2);
    return p2 >= 1e-4 ? `${Number((100 * p2).toPrecision(2))}%` : "< 0.01%";
  }

  // translator/inspection/page/js/labels.js
  var show = (piece) => piece.replaceAll("▁", "") || piece;
  var quoted = (piece) => `“${show(piece)}”`;
  var headName = (layer, head) => `layer ${layer + 1}, head ${head + 1}`;
  var spans = (label) => typeof label === "string" ? [[label, ""]] : label;
  var plain = (label) => spans(label).map(([text]) => text).join("");

  // translator/inspection/page/js/pictures.js
  var drawing = (width, height, attributes, ...children) => svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes }, children);
  var bar = (share, look, width) => svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", { class: look, width: Math.max(0, Math.min(1, share)) * width, height: 12, rx: 2 })
  );
  var twoWay = (x, top, width) => svg(
    "svg",
    { class: "bar", width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
    svg("rect", { class: "track", width, height: 12, rx: 2 }),
    svg("rect", {
      class: x < 0 ? "minus" : "plus",
      height: 12,
      width: Math.min(1, Math.abs(x) / top) * width / 2,
      x: x < 0 ? width / 2 * (1 - Math.min(1, -x / top)) : width / 2
    }),
    svg("path", { class: "axis", d: `M${width / 2} 0V12` })
  );
  function legend(top, side = null, digits = 2) {
    const steps = side ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
    const box = (i) => ({ x: 6 + 44 * i, y: 1, width: 42, height: 11 });
    return svg(
      "svg",
      {
        class: "legend",
        width: 230,
        height: 30,
        viewBox: "0 0 230 30",
        role: "img",
        "aria-label": side ? `Colours from 0 to ${num(top, digits)}` : `Colours from ${num(-top, digits)} to ${num(top, digits)}`
      },
      steps.map((x, i) => [
        svg("rect", { class: "ground", ...box(i) }),
        svg("rect", {
          class: side || (x < 0 ? "minus" : "plus"),
          ...box(i),
          "fill-opacity": Math.abs(x)
        }),
        svg(
          "text",
          { class: "tick", x: 27 + 44 * i, y: 26, "text-anchor": "middle" },
          num(x * top, digits)
        )
      ])
    );
  }
  var ruler = null;
  var widths = /* @__PURE__ */ new Map();
  function makeRuler() {
    const context2 = document.createElement("canvas").getContext("2d");
    if (!context2) throw new Error("this browser cannot measure text");
    const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
    return { context: context2, family };
  }
  function textWidth(text, size = 13, weight = 400) {
    ruler ??= makeRuler();
    const font = `${weight} ${size}px ${ruler.family}`;
    const known = widths.get(font + text);
    if (known !== void 0) return known;
    ruler.context.font = font;
    const { width } = ruler.context.measureText(text);
    widths.set(font + text, width);
    return width;
  }
  var labelWidth = (label) => sum(spans(label).map(([text, look]) => textWidth(text, 12, look.includes("strong") ? 700 : 400)));
  var gutterOf = (labels) => Math.max(...labels.map(labelWidth)) + 10;
  var written = (label) => spans(label).map(([text, look]) => svg("tspan", { class: look }, text));

  // translator/inspection/page/js/grid.js
  function heat(page2, given) {
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
      m: given.values[0].length
    };
    const { id, n, m, width, height, current, extra } = grid;
    const box = boxOf(grid);
    const picture2 = drawing(box.left + width * m + box.over + 2, box.above + height * n + 2, {
      role: "grid",
      id,
      "aria-label": grid.label,
      "aria-rowcount": n,
      "aria-colcount": m
    });
    const ground = { x: box.left, y: box.above, width: width * m, height: height * n };
    picture2.append(svg("rect", { class: "ground", ...ground }));
    if (grid.columns) picture2.append(columnLabels(grid, grid.columns, box));
    const [stopI, stopJ] = page2.lastCell.get(id) ?? [Math.max(0, current), 0];
    const stop = [Math.min(stopI, n - 1), Math.min(stopJ, m - 1)];
    picture2.append(...grid.values.map((_, i) => cellsOfRow(page2, grid, box, i, stop)));
    if (current >= 0) {
      picture2.append(outlined(box.left, box.above + height * current, width * m, height));
    }
    if (extra) picture2.append(extra(box, width));
    walk(page2, picture2, grid);
    return picture2;
  }
  var outlined = (x, y, width, height) => svg("rect", { class: "current", x: x - 1, y: y - 1, width: width + 2, height: height + 1 });
  function boxOf({ rows, columns: columns2, width, gutter: gutter2, m }) {
    const left = Math.max(gutter2, rows ? gutterOf(rows) : 1);
    if (!columns2) return { left, above: 1, over: 0, leaning: false };
    const longest = Math.max(...columns2.map(labelWidth));
    if (longest <= width - 4) return { left, above: 20, over: 0, leaning: false };
    const over = columns2.map((label, j) => 0.64 * labelWidth(label) + 12 - width * (m - j - 0.5));
    return { left, above: longest * 0.77 + 16, over: Math.max(0, ...over), leaning: true };
  }
  function columnLabels({ columnSide, width }, columns2, { left, above, leaning }) {
    const place = (j) => {
      const x = left + width * (j + 0.5);
      const y = above - 6;
      return leaning ? { transform: `translate(${x + 4} ${y}) rotate(-50)` } : { x, y, "text-anchor": "middle" };
    };
    const labels = columns2.map(
      (label, j) => svg("text", { role: "columnheader", ...place(j) }, written(label))
    );
    return svg("g", { role: "row", class: columnSide }, labels);
  }
  function cellsOfRow(page2, grid, { left, above }, i, stop) {
    const { rows, height } = grid;
    const y = above + height * i;
    const group = svg("g", { role: "row" });
    if (rows) {
      const place = { x: left - 7, y: y + height / 2 + 4, "text-anchor": "end" };
      group.append(
        svg("text", { role: "rowheader", class: grid.rowSide, ...place }, written(rows[i]))
      );
    }
    grid.values[i].forEach((value, j) => {
      const x = left + grid.width * j;
      const isStop = i === stop[0] && j === stop[1];
      group.append(...cell(page2, grid, value, { i, j, x, y, isStop }));
    });
    return group;
  }
  function cell(page2, grid, value, { i, j, x, y, isStop }) {
    const { id, width, height, side, top, tell, hidden, numbers } = grid;
    const strength = Math.min(1, Math.abs(value) / top);
    const texts = numbers && !hidden(i, j) ? [numbers(value, i, j)].flat().filter(Boolean) : [];
    const drawn2 = [
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
        "fill-opacity": strength.toFixed(3)
      }),
      ...texts.map(
        (text, line) => svg(
          "text",
          {
            class: strength > darkest(page2) ? "number on" : "number",
            "aria-hidden": "true",
            x: x + width / 2,
            y: y + height / 2 + 4 + 13 * (line - (texts.length - 1) / 2),
            "text-anchor": "middle"
          },
          text
        )
      )
    ];
    if (hidden(i, j)) {
      const line = `M${x + 3} ${y + height - 4}l${width - 7} ${7 - height}`;
      drawn2.push(svg("path", { class: "struck", d: line }));
    }
    return drawn2;
  }
  var darkest = ({ dark, printing }) => dark.matches && !printing ? 0.55 : 0.78;
  function walk(page2, picture2, { id, n, m, tell, pick }) {
    const readoutOf = () => picture2.closest(".view")?.querySelector(".readout");
    const read = (at) => {
      const readout = readoutOf();
      if (!readout) return;
      readout.textContent = tell(...at);
      readout.classList.remove("quiet");
    };
    const focus = ([i, j]) => {
      const to = `${id}-${within(i, n)}-${within(j, m)}`;
      document.getElementById(to)?.focus();
    };
    picture2.addEventListener("mousemove", (event) => {
      const at = cellOf(id, event);
      if (at && placeOf(event) !== page2.pointer) read(at);
    });
    picture2.addEventListener("focusin", (event) => {
      const at = cellOf(id, event);
      if (!at) return;
      picture2.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
      event.target.setAttribute("tabindex", "0");
      page2.lastCell.set(id, at);
      read(at);
    });
    picture2.addEventListener("click", (event) => {
      const at = cellOf(id, event);
      if (at) pick?.(...at);
    });
    picture2.addEventListener("keydown", (event) => {
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
  var placeOf = (event) => `${event.screenX} ${event.screenY}`;
  function cellOf(id, event) {
    const at = (
      /** @type {Element} */
      event.target.id
    );
    if (!at.startsWith(`${id}-`)) return null;
    const [i, j] = at.slice(id.length + 1).split("-").map(Number);
    return [i, j];
  }
  function target({ key, ctrlKey }, [i, j], [n, m]) {
    const targets = {
      ArrowUp: [i - 1, j],
      ArrowDown: [i + 1, j],
      ArrowLeft: [i, j - 1],
      ArrowRight: [i, j + 1],
      Home: [ctrlKey ? 0 : i, 0],
      End: [ctrlKey ? n - 1 : i, m - 1]
    };
    return targets[key];
  }
  var strip = (page2, { name, values, width, height = 22, ...more }) => heat(page2, {
    ...more,
    values: [values],
    width,
    height,
    label: `${name}, ${values.length} numbers`,
    tell: (_, j) => `${name}, number ${j + 1} of ${values.length}: ${num(values[j])}`
  });

  // translator/inspection/page/js/inspection.js
  function readInspection(embedded) {
    const { source, writes, matrices, pad, explanation: explanation2 } = embedded;
    const cross = embedded.cross.map((layer) => ({
      queryInput: matrix(layer.queryInput),
      queries: matricesOf(layer.queries),
      keys: matricesOf(layer.keys),
      values: matricesOf(layer.values),
      mask: layer.mask,
      wO: matrix(layer.wO),
      bO: vector(layer.bO)
    }));
    return {
      ...embedded,
      cross,
      memory: matrix(embedded.memory),
      matrices: {
        cross_attn: matrices.cross_attn.map(weightsAndNorms),
        encoder_self_attn: matrices.encoder_self_attn.map(weightsAndNorms),
        decoder_self_attn: matrices.decoder_self_attn.map(weightsAndNorms)
      },
      pads: pad?.layers.map(({ key, value }) => ({ key: matrix(key), value: matrix(value) })) ?? null,
      explanation: explanation2 && {
        ...explanation2,
        leaveOneOut: matrix(explanation2.leaveOneOut),
        gradientXInput: matrix(explanation2.gradientXInput)
      },
      numSource: source.length,
      numSteps: writes.length,
      numLayers: cross.length,
      numHeads: embedded.cross[0].queries.shape[0],
      dHead: embedded.cross[0].queries.shape[2],
      dModel: embedded.memory.shape[1]
    };
  }
  var weightsAndNorms = ({ weights, norms }) => ({
    weights: matricesOf(weights),
    norms: matricesOf(norms)
  });
  var vector = (packed) => (
    /** @type {number[]} */
    unpack(packed)
  );
  var matrix = (packed) => (
    /** @type {Matrix} */
    unpack(packed)
  );
  var matricesOf = (packed) => (
    /** @type {Matrices} */
    unpack(packed)
  );
  function unpack({ shape, data }) {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const view2 = new DataView(bytes.buffer);
    let at = 0;
    const read = ([n, ...rest]) => Array.from({ length: n }, () => rest.length ? read(rest) : view2.getFloat32(4 * at++, true));
    return read(shape);
  }

  // translator/inspection/page/js/attention.js
  function softmax(scaled, hidden, temperature) {
    const logits = scaled.map((x, s) => hidden[s] ? -Infinity : x / temperature);
    const top = Math.max(...logits);
    const powers = logits.map((x) => Math.exp(x - top));
    const total = sum(powers);
    return { logits, powers, total, weights: powers.map((x) => x / total) };
  }
  var mix = (weights, V) => V[0].map((_, i) => weights.reduce((total, w, s) => total + w * V[s][i], 0));
  var sourcesOf = ({ source }, { pad }) => pad ? [...source, "<pad>"] : source;
  function rowOf({ cross, pads }, state) {
    const { head, step } = state;
    const layer = cross[state.layer];
    const q = layer.queries[head][step];
    const K = [...layer.keys[head]];
    const V = [...layer.values[head]];
    const hidden = layer.mask[step].map(Boolean);
    if (state.pad && pads) {
      K.push(pads[state.layer].key[head]);
      V.push(pads[state.layer].value[head]);
      hidden.push(true);
    }
    const root = Math.sqrt(q.length);
    const scores2 = K.map((k) => dot(q, k));
    const scaled = scores2.map((x) => x / (state.scaling ? root : 1));
    const masked = hidden.map((is) => is && state.mask);
    const found = softmax(scaled, masked, state.temperature);
    const weights = state.edited || found.weights;
    const own = softmax(
      scores2.map((x) => x / root),
      hidden,
      1
    ).weights;
    const contexts = { context: mix(weights, V), ownContext: mix(own, V) };
    return { q, K, V, hidden, scores: scores2, scaled, ...found, weights, own, ...contexts };
  }
  var isChanged = (inspection, state) => Boolean(state.edited) || !state.scaling || state.temperature !== 1 || !state.mask && rowOf(inspection, state).hidden.some(Boolean);
  function withWeight(weights, at, value) {
    if (weights.length === 1) return [1];
    const rest = 1 - weights[at];
    const share = (w) => rest > 1e-9 ? w / rest * (1 - value) : (1 - value) / (weights.length - 1);
    return weights.map((w, s) => s === at ? value : share(w));
  }
  function contextsOf(inspection, state) {
    const { values } = inspection.cross[state.layer];
    const { weights } = inspection.matrices.cross_attn[state.layer];
    return values.map(
      (V, head) => head === state.head ? rowOf(inspection, state).context : mix(weights[head][state.step], V)
    );
  }
  function project(wO, context2, head) {
    const out = new Array(wO[0].length).fill(0);
    context2.forEach((x, i) => {
      const line = wO[head * context2.length + i];
      for (let j = 0; j < out.length; j++) out[j] += x * line[j];
    });
    return (
      /** @type {number[]} */
      out
    );
  }

  // translator/inspection/page/js/controls.js
  function controls(page2) {
    const { reads, writes, numSteps, numLayers, numHeads } = page2.inspection;
    const { step } = page2.state;
    const steps = writes.map(
      (piece, t) => `${t + 1} of ${numSteps}: ${show(reads[t])} → ${show(piece)}`
    );
    return [
      list(page2, "layer", counted(numLayers)),
      list(page2, "head", counted(numHeads)),
      el(
        "span",
        { class: "stepper" },
        button("back", "Previous step", "‹", step === 0, () => page2.go({ step: step - 1 })),
        list(page2, "step", steps),
        button("on", "Next step", "›", step === numSteps - 1, () => page2.go({ step: step + 1 }))
      )
    ];
  }
  var counted = (n) => Array.from({ length: n }, (_, i) => `${i + 1} of ${n}`);
  var list = (page2, name, texts) => dropDown(
    `at-${name}`,
    name,
    texts.map((text, i) => [i, text]),
    page2.state[name],
    (value) => page2.go({ [name]: Number(value) })
  );
  var button = (id, label, sign, disabled, onclick) => el("button", { id, "aria-label": label, disabled, onclick }, sign);

  // translator/inspection/page/js/state.js
  var LOOKED = "looked";
  var AS_THE_MODEL_DID = { scaling: true, mask: true, temperature: 1, edited: null };
  var stateAt = (start) => ({
    ...start,
    ...AS_THE_MODEL_DID,
    pad: false,
    source: null,
    number: 0,
    output: 0,
    by: "weights",
    units: "pieces",
    change: "zero",
    self: { encoder_self_attn: [0, 0], decoder_self_attn: [0, 0] }
  });
  function changed(state, changes2, { numSteps, numLayers, numHeads }) {
    const next = { ...state, ...changes2 };
    next.step = within(next.step, numSteps);
    next.layer = within(next.layer, numLayers);
    next.head = within(next.head, numHeads);
    if ("layer" in changes2 || "head" in changes2 || "step" in changes2) next.edited = null;
    return next;
  }

  // translator/inspection/page/js/page.js
  var Page = class {
    /**
     * @param {Inspection} inspection
     * @param {[title: string, draw: Draw][]} panels
     */
    constructor(inspection, panels) {
      this.inspection = inspection;
      this.state = stateAt(inspection.start);
      this.room = 0;
      this.unfolded = /* @__PURE__ */ new Set(["step-1"]);
      this.lastCell = /* @__PURE__ */ new Map();
      this.lastSource = 0;
      this.drawnOnce = /* @__PURE__ */ new Map();
      this.pointer = "";
      this.playing = null;
      this.printing = null;
      this.dark = matchMedia("screen and (prefers-color-scheme: dark)");
      this.panels = panels.map(([title, draw], i) => this.#panel(i + 1, title, draw));
    }
    /**
     * @param {number} number
     * @param {string} title
     * @param {Draw} draw
     * @returns {Panel}
     */
    #panel(number, title, draw) {
      const body = el("div", { class: "body" });
      const panel = el(
        "details",
        {
          class: "panel",
          id: `panel-${number}`,
          open: number === 1,
          ontoggle: () => {
            if (panel.open && !body.hasChildNodes()) this.#redraw(one);
            remember(this);
          }
        },
        el("summary", {}, el("h2", {}, el("span", { class: "ordinal" }, String(number)), title)),
        body
      );
      const one = { panel, body, draw };
      return one;
    }
    /** The source tokens of the row. */
    sources() {
      return sourcesOf(this.inspection, this.state);
    }
    /** The row of the chosen step and head, with what the reader has changed. */
    row() {
      return rowOf(this.inspection, this.state);
    }
    isChanged() {
      return isChanged(this.inspection, this.state);
    }
    /** The name of the chosen head. */
    headName() {
      return headName(this.state.layer, this.state.head);
    }
    /**
     * Go to another place, or change something.
     * @param {Partial<State>} changes
     */
    go(changes2) {
      this.state = changed(this.state, changes2, this.inspection);
      this.update();
    }
    /**
     * @param {string} key
     * @param {boolean} isOpen
     */
    keepUnfolded(key, isOpen) {
      if (isOpen) this.unfolded.add(key);
      else this.unfolded.delete(key);
    }
    /** Redraw the page; focus and scroll positions stay. */
    update() {
      const focused = document.activeElement?.id;
      this.room = byId("panels").clientWidth;
      byId("controls").replaceChildren(...controls(this));
      for (const one of this.panels) {
        if (one.panel.open) this.#redrawScrolled(one);
        else one.body.replaceChildren();
      }
      this.tell();
      remember(this);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    /**
     * Redraw all open panels except the one that `kept` draws.
     * @param {Draw} kept
     */
    redrawAllBut(kept) {
      for (const one of this.panels) if (one.panel.open && one.draw !== kept) this.#redraw(one);
    }
    /** @param {Panel} panel */
    #redraw({ body, draw }) {
      body.replaceChildren(...nodes(draw(this)));
      settle(body);
    }
    /** @param {Panel} panel */
    #redrawScrolled(panel) {
      const boxes = () => [...panel.body.querySelectorAll(".wide")];
      const scrolled = boxes().map((box) => box.scrollLeft);
      this.#redraw(panel);
      boxes().forEach((box, i) => {
        box.scrollLeft = scrolled[i] || 0;
      });
    }
    /** Announce the current row to the reader, and to any script that listens. */
    tell() {
      const { reads, writes, numSource, numSteps } = this.inspection;
      const { layer, head, step, edited } = this.state;
      const { weights } = this.row();
      const best = largest(weights);
      const row2 = `Step ${step + 1} of ${numSteps}, ${this.headName()}`;
      const place = `reads ${quoted(reads[step])}, writes ${quoted(writes[step])}`;
      const look = `looks most at ${quoted(this.sources()[best])} (${whole(weights[best])})`;
      const text = `${row2}: ${place}, ${look}.`;
      const live = byId("live");
      if (live.textContent !== text) live.textContent = text;
      const detail = { layer, head, step, edited: edited?.slice(0, numSource) ?? null };
      document.dispatchEvent(new CustomEvent(LOOKED, { detail }));
    }
  };

  // translator/inspection/page/js/save.js
  function save(name, type, content) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1e3);
  }
  var fileName = (name, ending, { layer, head, step }) => `${name}-layer${layer + 1}-head${head + 1}-step${step + 1}.${ending}`;
  var saveCsv = (name, place, lines) => save(fileName(name, "csv", place), "text/csv;charset=utf-8", csvOf(lines));
  var csvOf = (lines) => lines.map((line) => `${line.map(quoted2).join(",")}\r
`).join("");
  var quoted2 = (cell2) => `"${String(cell2).replaceAll('"', '""')}"`;
  var INLINED = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "font-family",
    "font-size",
    "font-weight",
    "opacity"
  ];
  var NOT_DRAWN = "input, select, button:not(.mini, .plain), figcaption, .tools, .readout, details:not([open]) > :not(summary)";
  var MARGIN = 12;
  function saveSvg(name, place, drawn2) {
    const frame = drawn2.getBoundingClientRect();
    const picture2 = svg("svg", {});
    const extent = { width: 0, height: 0 };
    const offset = { x: MARGIN - frame.left, y: MARGIN - frame.top };
    redraw(drawn2, offset, (node, { x, y, width, height }) => {
      picture2.append(node);
      extent.width = Math.max(extent.width, Math.ceil(x + width + MARGIN));
      extent.height = Math.max(extent.height, Math.ceil(y + height + MARGIN));
    });
    fill(picture2, { ...extent, viewBox: `0 0 ${extent.width} ${extent.height}` }, []);
    picture2.prepend(
      svg("rect", { ...extent, fill: getComputedStyle(document.body).backgroundColor })
    );
    const text = new XMLSerializer().serializeToString(picture2);
    save(fileName(name, "svg", place), "image/svg+xml", text);
  }
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
  var moved = ({ left, top, width, height }, { x, y }) => ({
    x: left + x,
    y: top + y,
    width,
    height
  });
  function redrawBox(style, at, put) {
    const hasGround = style.backgroundColor !== "rgba(0, 0, 0, 0)";
    const hasFrame = Number.parseFloat(style.borderTopWidth) > 0;
    if (hasGround || hasFrame) {
      const look = {
        rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
        fill: hasGround ? style.backgroundColor : "none",
        stroke: hasFrame ? style.borderTopColor : "none"
      };
      put(svg("rect", { ...at, ...look }), at);
    } else if (Number.parseFloat(style.borderBottomWidth)) {
      const d = `M${at.x} ${at.y + at.height}h${at.width}`;
      put(svg("path", { stroke: style.borderBottomColor, d }), at);
    }
  }
  function redrawText(node, offset, put) {
    const style = getComputedStyle(
      /** @type {Element} */
      node.parentNode
    );
    for (const { text, box, right } of linesOf(node)) {
      const at = { ...moved(box, offset), width: right - box.left };
      const look = {
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight
      };
      put(svg("text", { x: at.x, y: at.y + 0.8 * at.height, ...look }, text), at);
    }
  }
  function linesOf(node) {
    const range = document.createRange();
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
  function inlined(node) {
    const copy = (
      /** @type {SVGElement} */
      node.cloneNode(true)
    );
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

  // translator/inspection/page/js/views.js
  var choice = (page2, name, label, options) => dropDown(
    `choose-${name}`,
    label,
    options,
    page2.state[name],
    (value) => page2.go({ [name]: value })
  );
  function fold(page2, key, title, ...content) {
    const details = el(
      "details",
      {
        class: "sum",
        open: page2.unfolded.has(key),
        ontoggle: () => page2.keepUnfolded(key, details.open)
      },
      el("summary", { id: `fold-${key}` }, title),
      ...content
    );
    return details;
  }
  var view = (content, caption = null) => framed(drawn(content), caption);
  var drawn = (content) => el("div", { class: "drawn" }, content);
  var framed = (content, caption, ...more) => el(
    "figure",
    { class: "view" },
    content,
    content.querySelector("[role=grid]") && el(
      "output",
      { class: "readout quiet" },
      "Point at a cell, or walk with Tab and the arrow keys: its number appears here."
    ),
    caption && el("figcaption", {}, caption),
    more
  );
  function figure(page2, name, csv3, content, caption = null, ...more) {
    const shown = drawn(content);
    return framed(shown, caption, keep(page2, name, csv3, shown, ...more));
  }
  var keep = (page2, name, csv3, shown, ...more) => el(
    "div",
    { class: "tools" },
    more,
    el(
      "button",
      { id: `svg-${name}`, onclick: () => saveSvg(name, page2.state, shown) },
      "Save as SVG"
    ),
    el(
      "button",
      { id: `csv-${name}`, onclick: () => saveCsv(name, page2.state, csv3()) },
      "CSV of this view"
    )
  );

  // translator/inspection/page/js/panels/what_if.js
  var NO_MODEL = "This inspection came from a file, without its model: inspect the sentence again";
  var NOTHING = 0.01;
  var CHANGES = [
    ["zero", "each head zeroed"],
    ["uniform", "each head made uniform"],
    ["permute", "each head's weights moved to other tokens"],
    ["layer", "each whole layer made uniform"],
    ["drop", "each source token removed"]
  ];
  var ABLATED = { zero: "zeroed", uniform: "uniform", permute: "moved elsewhere" };
  function whatIf(page2) {
    const { inspection, state } = page2;
    if (!inspection.whatIf.length) return [p(`${NO_MODEL} to try things out.`)];
    const group = inspection.whatIf.filter(({ kind }) => kind === state.change);
    const top = Math.max(1, Math.min(5, most(group.map(({ changes: changes2 }) => changes2.map(orZero)))));
    const columns2 = state.change === "drop" ? el("span", { class: "enc" }, "source token that nobody may look at") : "what is changed (layer.head)";
    return [
      el("p", { id: "verdict" }, verdict(page2)),
      strongest(page2),
      h3("For every word"),
      div("tools", choice(page2, "change", "what if", CHANGES)),
      figure(
        page2,
        "what-if",
        () => csv(page2),
        [
          div("axes", el("span", { class: "dec" }, "written token"), " ↓   ", columns2, " →"),
          wide("Changes", changesOf(page2, group, top)),
          legend(top, null, 1)
        ],
        "Each cell: how far the log-probability of the written word moves. Below 0 it becomes less probable. Where another word becomes the most probable, it stands in the cell, or a dot does."
      ),
      quiet(
        "Computed beforehand by the model, which read the same translation again with one thing changed. Zeroed: the head adds nothing. Uniform: it looks everywhere alike. Moved: its weights go to tokens half a sentence away. Removed: nobody, encoder or decoder, may look at the token."
      )
    ];
  }
  var orZero = (change) => change ?? 0;
  function nameOf({ inspection: { source } }, one) {
    if (one.drop.length) return `without ${quoted(source[one.drop[0]])}`;
    const [layer, head, how] = one.ablate[0];
    if (one.kind === "layer") return `layer ${layer + 1}, all heads uniform`;
    return `${headName(layer, head)} ${ABLATED[how]}`;
  }
  function shortNameOf({ inspection: { source } }, one) {
    if (one.drop.length) return show(source[one.drop[0]]);
    const [layer, head] = one.ablate[0];
    return one.kind === "layer" ? `layer ${layer + 1}` : `${layer + 1}.${head + 1}`;
  }
  function changeAt({ changes: changes2 }, t, digits = 2) {
    const change = changes2[t];
    return change === null ? "no number" : signed(change, digits);
  }
  function isNothing({ changes: changes2, topChanged }, t) {
    const change = changes2[t];
    return change !== null && Math.abs(change) < NOTHING && !topChanged[t];
  }
  function effect(one, t) {
    if (one.topChanged[t]) return `${quoted(one.newTop[t])} becomes the most probable`;
    if (isNothing(one, t)) return "did not matter for this word";
    return `${quoted(one.newTop[t])} stays the most probable`;
  }
  function probability({ inspection: { logprobs } }, { changes: changes2 }, t) {
    const change = changes2[t];
    if (change === null) return "";
    return `${chance(Math.exp(logprobs[t]))} → ${chance(Math.exp(logprobs[t] + change))}`;
  }
  function verdict(page2) {
    const { inspection, state } = page2;
    const t = state.step;
    const of = (kind) => (
      /** @type {WhatIf} */
      inspection.whatIf.find((one) => {
        const [layer, head2] = one.ablate[0] ?? [];
        return one.kind === kind && layer === state.layer && head2 === state.head;
      })
    );
    const [zero, uniform, permute] = [of("zero"), of("uniform"), of("permute")];
    const word = quoted(inspection.writes[t]);
    const head = page2.headName();
    const numbers = `zeroed ${changeAt(zero, t, 3)}, uniform ${changeAt(uniform, t, 3)}, weights moved ${changeAt(permute, t, 3)}`;
    const noPattern = isNothing(uniform, t) && isNothing(permute, t);
    if (noPattern && isNothing(zero, t)) {
      return `Whatever is done to ${head}, the log-probability of ${word} moves by less than ${NOTHING} (${numbers}): this pattern did not matter for this word.`;
    }
    if (noPattern) {
      return `What ${head} adds matters here, but not where it looks (${numbers}; less than ${NOTHING} counts as none): this pattern did not matter for this word.`;
    }
    return `What ${head} does here moves the log-probability of ${word}: ${numbers}.`;
  }
  function strongest(page2) {
    const t = page2.state.step;
    const size = ({ changes: changes2 }) => Math.abs(orZero(changes2[t]));
    const sorted = [...page2.inspection.whatIf].sort((a, b) => size(b) - size(a));
    const rest = sorted.slice(8);
    return [
      table(
        `What moves ${quoted(page2.inspection.writes[t])} most`,
        ["what if", "change", "probability", "then"],
        sorted.slice(0, 8).map((one) => [
          nameOf(page2, one),
          changeAt(one, t),
          probability(page2, one, t),
          effect(one, t)
        ])
      ),
      rest.length > 0 && quiet(
        `${rest.length} others move it by at most ${num(size(rest[0]))}; the table saved as CSV has them all.`
      )
    ];
  }
  function changesOf(page2, group, top) {
    const { writes } = page2.inspection;
    const rows = writes.map((piece) => [[show(piece), "strong"]]);
    const width = Math.max(18, Math.min(64, (page2.room - gutterOf(rows) - 10) / group.length));
    return heat(page2, {
      id: "moves",
      label: "changes of log-probability",
      rows,
      columns: group.map((one) => shortNameOf(page2, one)),
      values: writes.map((_, t) => group.map(({ changes: changes2 }) => orZero(changes2[t]))),
      width,
      height: width >= 44 ? 34 : 20,
      top,
      current: page2.state.step,
      rowSide: "dec",
      columnSide: page2.state.change === "drop" ? "enc" : "",
      numbers: (x, t, j) => inCell(x, group[j], t, width),
      tell: (t, j) => `${nameOf(page2, group[j])}: ${quoted(writes[t])} ${changeAt(group[j], t)}, ${effect(group[j], t)}`,
      pick: (step) => page2.go({ step })
    });
  }
  function inCell(x, one, t, width) {
    const text = signed(x, width >= 44 ? 2 : 1);
    const number = width >= 34 && /[1-9]/.test(text) ? text : "";
    if (!one.topChanged[t]) return number;
    const word = `→ ${show(one.newTop[t])}`;
    return width >= 44 && textWidth(word, 11) < width - 4 ? [number, word] : `${number}•`;
  }
  function csv(page2) {
    const { whatIf: whatIf2, writes } = page2.inspection;
    return [
      ["what if", ...writes.flatMap((piece) => [`${piece}: change`, `${piece}: most probable then`])],
      ...whatIf2.map((one) => [
        nameOf(page2, one),
        ...one.changes.flatMap((x, t) => [x, one.newTop[t]])
      ])
    ];
  }

  // translator/inspection/page/js/panels/explanation.js
  var PAIRS = (
    /** @type {const} */
    [
      ["weights_leave_one_out", "weights, leaving one out"],
      ["norms_leave_one_out", "contributions, leaving one out"],
      ["weights_gradient", "weights, gradient × input"],
      ["norms_gradient", "contributions, gradient × input"]
    ]
  );
  function explanation(page2) {
    const { explanation: explanation2 } = page2.inspection;
    if (!explanation2) return [p(`${NO_MODEL} to measure this.`)];
    const measures = measuresAt(page2, explanation2);
    return [
      p(
        "If attention explained why a word was written, it would put the source tokens in the order of their importance. Two measures of importance that do not look at attention: ",
        el("b", {}, "leaving one out"),
        " hides a token from the model and sees how far the written word's log-probability moves; ",
        el("b", {}, "gradient × input"),
        " asks how fast it moves when the token's embedding is scaled."
      ),
      el("p", { id: "in-words" }, inOneSentence(page2, explanation2, measures)),
      orders(page2, measures),
      correlations(page2, explanation2),
      p(
        "Attention shows where a head took its vectors from, and that exactly. It does not show why the word was chosen: the encoder has already mixed the tokens, other layers and the decoder's own state take part, and other weights can lead to the same word (Jain and Wallace 2019; Serrano and Smith 2019). Whether that disqualifies it depends on what one wants explained (Wiegreffe and Pinter 2019), and the lengths of the vectors often tell more than the weights (Kobayashi et al. 2020). The two measures disagree with each other, too: neither is the truth, and one sentence proves little."
      )
    ];
  }
  function measuresAt(page2, { leaveOneOut, gradientXInput }) {
    const t = page2.state.step;
    return [
      { name: "mean weight", values: meanRow(page2, "weights") },
      { name: "mean contribution", values: meanRow(page2, "norms") },
      { name: "leaving it out", values: leaveOneOut[t].map(Math.abs) },
      { name: "gradient × input", values: gradientXInput[t].map(Math.abs) }
    ];
  }
  function meanRow({ inspection, state }, name) {
    const heads2 = inspection.matrices.cross_attn.flatMap((layer) => layer[name]);
    return inspection.source.map(
      (_, s) => sum(heads2.map((one) => one[state.step][s])) / heads2.length
    );
  }
  function mean(list2) {
    const known = list2.filter((x) => x !== null);
    return known.length ? sum(known) / known.length : null;
  }
  function inWords(x) {
    if (x === null) return "cannot be compared";
    if (x >= 0.7) return "much the same order";
    if (x >= 0.3) return "partly the same order";
    return x > -0.3 ? "hardly related" : "rather the opposite order";
  }
  var two = (x) => x === null ? "none" : num(x, 2);
  function inOneSentence(page2, explanation2, measures) {
    const { weights_leave_one_out: weights, norms_leave_one_out: norms } = explanation2;
    const t = page2.state.step;
    const word = quoted(page2.inspection.writes[t]);
    const here = `${inWords(weights[t])} (rank correlation ${two(weights[t])}); the contributions: ${inWords(norms[t])} (${two(norms[t])})`;
    const everywhere = `weights ${two(mean(weights))}, contributions ${two(mean(norms))}`;
    return `For ${word}, the weights and leaving one out: ${here}. ${favourites(page2, measures)} Over all steps, the mean: ${everywhere}.`;
  }
  function favourites({ inspection: { source } }, [weights, , leavingOut]) {
    const first = largest(weights.values);
    const second = largest(leavingOut.values);
    return first === second ? `Both put ${quoted(source[first])} first.` : `The weights put ${quoted(source[first])} first, leaving one out ${quoted(source[second])}.`;
  }
  function orders(page2, measures) {
    const { source, writes } = page2.inspection;
    const heads2 = ["token", ...measures.map(({ name }) => name)];
    const width = page2.room < 600 ? 30 : 90;
    const measured = ({ values }, s) => el(
      "span",
      { class: "with" },
      bar(values[s] / Math.max(1e-9, ...values), "enc", width),
      ` ${num(values[s])}`
    );
    return figure(
      page2,
      "orders",
      () => [heads2, ...source.map((piece, s) => [piece, ...measures.map(({ values }) => values[s])])],
      [
        h4(`Four orders of the source tokens, for ${quoted(writes[page2.state.step])}`),
        table(
          "Four orders",
          heads2,
          source.map((piece, s) => [show(piece), ...measures.map((one) => measured(one, s))])
        )
      ],
      "Weights and contributions: the mean over all layers and heads. The other two: by size, whether they help the word or hold it back."
    );
  }
  function correlations(page2, explanation2) {
    const heads2 = ["written", ...PAIRS.map(([, name]) => name)];
    const width = page2.room < 600 ? 30 : 64;
    const cell2 = (x) => x === null ? two(x) : el("span", { class: "with" }, twoWay(x, 1, width), ` ${two(x)}`);
    const lines = [
      ...page2.inspection.writes.map((piece, t) => ({
        name: show(piece),
        values: PAIRS.map(([name]) => explanation2[name][t])
      })),
      { name: "mean of all steps", values: PAIRS.map(([name]) => mean(explanation2[name])) }
    ];
    return figure(
      page2,
      "explanation",
      () => [heads2, ...lines.map(({ name, values }) => [name, ...values.map((x) => x ?? "")])],
      [
        h4("Rank correlation at every step"),
        table(
          "Rank correlations",
          heads2,
          lines.map(({ name, values }) => [name, ...values.map(cell2)]),
          page2.state.step
        )
      ],
      "1: the same order. 0: nothing in common. −1: the opposite order. (Spearman's, over the source tokens.)"
    );
  }

  // translator/inspection/page/js/panels/origins.js
  function origins(page2) {
    const { inspection, state } = page2;
    const { source, reads, memory, numHeads, dHead, dModel } = inspection;
    const layer = inspection.cross[state.layer];
    const decoderState = layer.queryInput[state.step];
    const q = layer.queries[state.head][state.step];
    const K = layer.keys[state.head];
    const V = layer.values[state.head];
    const token = reads[state.step];
    const csv3 = () => [
      ["what", "side", "token", ...decoderState.map((_, i) => i + 1)],
      ["state", "decoder", token, ...decoderState],
      ["q", "decoder", token, ...q],
      ...memory.map((v, s) => ["encoder output", "encoder", source[s], ...v]),
      ...K.map((v, s) => ["key", "encoder", source[s], ...v]),
      ...V.map((v, s) => ["value", "encoder", source[s], ...v])
    ];
    return [
      p(
        "Q comes from the decoder ",
        badge("dec"),
        ". K and V come from the encoder ",
        badge("enc"),
        ": both from the same output, by two different matrices. Only q knows what has been translated so far; K and V know the sentence alone, so they are computed once and kept."
      ),
      figure(page2, "origins", csv3, flow(page2, decoderState, q, K, V), [
        `The true numbers of ${page2.headName()}: each cell is one, darker where it is larger. `,
        el("span", { class: "key minus" }, "below 0"),
        " ",
        el("span", { class: "key plus" }, "above 0"),
        `. The other heads have ${dHead} columns of their own of the same ${dModel} × ${numHeads * dHead} matrices. A bias is added after each multiplication.`
      ])
    ];
  }
  function flow(page2, decoderState, q, K, V) {
    const { source, reads, memory, numSource, numSteps, dHead, dModel } = page2.inspection;
    const t = page2.state.step;
    const width = cellWidths(page2);
    const rows = [show(reads[t])];
    const gutter2 = gutterOf([...source.map(show), ...rows]);
    const ofDecoder = { rows, rowSide: "dec", gutter: gutter2 };
    const always = "computed once for all steps";
    return div(
      "origins",
      block(
        "dec",
        "decoder's state",
        `1 × ${dModel}`,
        `after reading ${quoted(reads[t])}, normalized: another at every step`,
        strip(page2, {
          id: "state",
          name: "decoder's state",
          values: decoderState,
          width: width.model,
          ...ofDecoder
        })
      ),
      times(page2, "W_Q", "dec"),
      block(
        "dec",
        "q",
        `1 × ${dHead}`,
        `what step ${t + 1} asks: computed anew at each of the ${numSteps} steps`,
        strip(page2, { id: "q", name: "q", values: q, width: width.head, ...ofDecoder })
      ),
      div(
        "both",
        block(
          "enc",
          "encoder's output",
          `${numSource} × ${dModel}`,
          `a row for each token of the sentence: ${always}`,
          ofTokens(page2, "memory", "encoder's output", memory, width.model, gutter2)
        )
      ),
      times(page2, "W_K", "enc"),
      block(
        "enc",
        "K",
        `${numSource} × ${dHead}`,
        `what each token can be found by: ${always}`,
        ofTokens(page2, "keys", "key", K, width.head, gutter2)
      ),
      times(page2, "W_V", "enc"),
      block(
        "enc",
        "V",
        `${numSource} × ${dHead}`,
        `what each token hands over: ${always}`,
        ofTokens(page2, "values", "value", V, width.head, gutter2)
      )
    );
  }
  function cellWidths({ room, inspection: { dHead, dModel } }) {
    const narrow = room < 720;
    const forModel = narrow ? room - 24 : Math.min(560, room / 2);
    const forHead = narrow ? room : room * 0.36;
    return {
      model: Math.max(2, Math.min(4, (forModel - 70) / dModel)),
      head: Math.max(5, Math.min(10, (forHead - 90) / dHead))
    };
  }
  var block = (side, title, shape, note, content) => div(
    `block ${side}-side`,
    div("title", badge(side), ` ${title} `, el("span", { class: "shape" }, shape)),
    wide(title, content),
    div("note", note)
  );
  var times = ({ room, inspection: { dHead, dModel } }, name, side) => outline(name, dModel, dHead, side, room < 720 ? "↓" : "→");
  function outline(name, rows, columns2, side, sign) {
    const scale = 84 / Math.max(rows, columns2);
    const width = Math.max(12, columns2 * scale);
    const height = Math.max(12, rows * scale);
    const label = `${name}, a matrix of ${rows} rows and ${columns2} columns`;
    const arrow = () => el("span", { class: "arrow", "aria-hidden": "true" }, sign);
    return div(
      "times",
      arrow(),
      div(
        "matrix",
        drawing(
          width + 2,
          height + 2,
          { role: "img", "aria-label": label },
          svg("rect", { class: `outline ${side}-line`, x: 1, y: 1, width, height })
        ),
        el("b", {}, name),
        el("span", { class: "shape" }, `${rows} × ${columns2}`)
      ),
      sign === "→" && arrow()
    );
  }
  function ofTokens(page2, id, name, values, width, gutter2) {
    const { source, numSource } = page2.inspection;
    const depends = [page2.state.layer, page2.state.head, width, gutter2].join();
    const known = page2.drawnOnce.get(id);
    if (known?.depends === depends) return known.picture;
    const picture2 = heat(page2, {
      id,
      label: `${name}: ${values.length} rows, ${values[0].length} columns`,
      rows: source.map(show),
      values,
      width,
      height: numSource > 20 ? 12 : 15,
      gutter: gutter2,
      rowSide: "enc",
      tell: (i, j) => `${name} of ${quoted(source[i])}, number ${j + 1}: ${num(values[i][j])}`
    });
    page2.drawnOnce.set(id, { depends, picture: picture2 });
    return picture2;
  }

  // translator/inspection/page/js/panels/heads.js
  function heads(page2) {
    const { numHeads, dHead, dModel } = page2.inspection;
    const parts = partsOf(page2);
    const { contexts, outputs, bias, result } = parts;
    const i = page2.state.output;
    const terms = outputs.map((one, head) => `head ${head + 1}: ${factor(one[i])}`).join(" + ");
    const csv3 = () => [
      ["vector", ...result.map((_, j) => j + 1)],
      ["concatenated contexts", ...contexts.flat()],
      ...outputs.map((one, head) => [`head ${head + 1} times W_O`, ...one]),
      ["bias", ...bias],
      ["sum", ...result]
    ];
    return [
      p(
        `Each of the ${numHeads} heads of layer ${page2.state.layer + 1} has its own q, K and V, its own row of weights, and so its own context of ${dHead} numbers.`
      ),
      figure(
        page2,
        "heads",
        csv3,
        [
          h4(`1. Side by side: ${numHeads} contexts`),
          div("cards", cards(page2, parts)),
          h4(`2. Concatenated: ${numHeads} × ${dHead} = ${numHeads * dHead} numbers`),
          wide("Concatenated", concatenated(page2, contexts)),
          h4("3. Times W_O, plus its bias"),
          div(
            "through",
            outline("W_O", numHeads * dHead, dModel, "dec", "↓"),
            div(
              "note",
              `Each head meets ${dHead} rows of its own of W_O: what the heads found is mixed only here.`
            )
          ),
          h4(badge("dec"), ` 4. One vector of ${dModel} numbers, added to the decoder's state`),
          wide("Result", resultOf(page2, parts))
        ],
        "Under each head what it looks at most. Its share says how far it carries the result in the result's own direction: the shares sum to 100%, and one below 0 pulls back."
      ),
      fold(
        page2,
        "sum-heads",
        `Check the sum of number ${i + 1} of the result`,
        el(
          "p",
          { class: "arithmetic", id: "arithmetic-heads" },
          `${terms} + bias: ${factor(bias[i])} = ${num(result[i])}`
        )
      ),
      page2.isChanged() && quiet("With what you have changed in panel 3."),
      h3("And with one head only?"),
      el("p", { id: "one-head" }, oneHead(page2))
    ];
  }
  function partsOf({ inspection, state }) {
    const { wO, bO: bias } = inspection.cross[state.layer];
    const contexts = contextsOf(inspection, state);
    const outputs = contexts.map((context2, head) => project(wO, context2, head));
    const total = bias.map((_, j) => sum(outputs.map((one) => one[j])));
    const squared = Math.max(1e-12, dot(total, total));
    return {
      contexts,
      outputs,
      bias,
      result: total.map((x, j) => x + bias[j]),
      shares: outputs.map((one) => dot(one, total) / squared),
      lengths: outputs.map(length)
    };
  }
  function cards(page2, parts) {
    const { room } = page2;
    const { numHeads, dHead } = page2.inspection;
    const columns2 = Math.max(1, Math.min(numHeads, Math.floor(room / 240)));
    const width = Math.min(9, (Math.min(room / columns2, 290) - 40) / dHead);
    return parts.contexts.map((_, head) => card(page2, parts, head, width));
  }
  function card(page2, { contexts, shares: shares2, lengths }, head, width) {
    const { state } = page2;
    const share = shares2[head];
    const isChosen = head === state.head;
    const sources = page2.sources();
    const weights = isChosen ? page2.row().weights : weightsOf(page2, head);
    const heaviest = weights.map((weight, s) => ({ weight, s })).sort((a, b) => b.weight - a.weight).slice(0, 3);
    return div(
      isChosen ? "card here" : "card",
      el(
        "button",
        {
          class: "plain",
          id: `head-${head}`,
          "aria-pressed": String(isChosen),
          onclick: () => page2.go({ head })
        },
        `head ${head + 1}`
      ),
      div(
        "looks",
        heaviest.map(({ weight, s }) => [
          el("span", { class: "enc" }, show(sources[s])),
          bar(weight, "enc", 80),
          el("span", {}, whole(weight))
        ])
      ),
      strip(page2, {
        id: `context-${head}`,
        name: `context of head ${head + 1}`,
        values: contexts[head],
        width,
        top: most(contexts)
      }),
      div("note", `adds a length of ${num(lengths[head], 2)}, ${whole(share)} of the result`),
      bar(Math.abs(share), share < 0 ? "minus" : "plus", width * page2.inspection.dHead)
    );
  }
  var weightsOf = ({ inspection, state: { layer, step } }, head) => inspection.matrices.cross_attn[layer].weights[head][step];
  var long = (page2, given) => heat(page2, {
    ...given,
    width: Math.max(1.6, Math.min(9, (page2.room - 8) / given.values[0].length)),
    height: 24
  });
  function concatenated(page2, contexts) {
    const { dHead } = page2.inspection;
    const joined = contexts.flat();
    const cuts = ({ left, above }, width) => {
      const lines = contexts.slice(1).map((_, head) => `M${left + width * dHead * (head + 1)} ${above - 1}v26`);
      return svg("path", { class: "cut", d: lines.join("") });
    };
    return long(page2, {
      id: "concat",
      label: "concatenated contexts",
      values: [joined],
      top: most(contexts),
      tell: (_, j) => `head ${Math.floor(j / dHead) + 1}, ${j % dHead + 1}: ${num(joined[j])}`,
      extra: cuts
    });
  }
  function resultOf(page2, { outputs, bias, result }) {
    const sumOf = (j) => outputs.map((one) => factor(one[j])).join(" + ");
    return long(page2, {
      id: "result",
      label: "the vector after W_O",
      values: [result],
      tell: (_, j) => `number ${j + 1}: ${sumOf(j)} + bias ${factor(bias[j])} = ${num(result[j])}`,
      pick: (_, output) => page2.go({ output })
    });
  }
  function oneHead(page2) {
    const { source, numHeads, dModel } = page2.inspection;
    if (numHeads === 1) {
      return "This model has one head: one row of weights, and nothing to lay side by side.";
    }
    const looks = Array.from({ length: numHeads }, (_, head) => {
      const weights = weightsOf(page2, head);
      const best = largest(weights);
      return { best, weight: weights[best] };
    });
    const listed = looks.map(
      ({ best, weight }, head) => `head ${head + 1} at ${quoted(source[best])} (${whole(weight)})`
    ).join(", ");
    return `With one head only, there is one row of weights, and it has 100% to give. Here there are ${numHeads} rows, and they look most: ${listed}. ${verdict2(looks)} The context of one head would have all ${dModel} numbers, so a model with one head has just as many parameters. What such a model would have learned to look at, this one cannot tell.`;
  }
  function verdict2(looks) {
    const strongest2 = /* @__PURE__ */ new Map();
    for (const { best, weight } of looks) {
      strongest2.set(best, Math.max(weight, strongest2.get(best) ?? 0));
    }
    const n = strongest2.size;
    const total = sum([...strongest2.values()]);
    if (n === 1) {
      return `All ${looks.length} agree on the place, so at this step one row might have done; what they fetch from there still differs, since each has a W_V of its own.`;
    }
    const together = `Their strongest looks at ${n} different tokens come to ${whole(total)}`;
    return total > 1.005 ? `${together}: no single row could give that. One head would have to choose, or blur.` : `${together}; one row could give as much, but would mix what it finds there into one context, where ${looks.length} heads keep theirs apart.`;
  }

  // translator/inspection/page/js/panels/matrix.js
  var KINDS = {
    cross_attn: { title: "cross-attention", asks: "dec", answers: "enc" },
    encoder_self_attn: { title: "encoder self-attention", asks: "enc", answers: "enc" },
    decoder_self_attn: { title: "decoder self-attention", asks: "dec", answers: "dec" }
  };
  var SHOWN = {
    weights: {
      name: "weight",
      about: "Colour: the weight, always from 0 to 1. Each row of pieces sums to 1."
    },
    norms: {
      name: "length",
      about: "Colour: the length of the vector that a token adds, weight × value × W_O. A heavy weight on a short vector adds little. All heads of a kind share one scale."
    },
    difference: {
      name: "share of the lengths minus weight",
      about: "Each token's share of a row's lengths minus its weight. Below 0: it adds less than its weight suggests, as </s> and full stops often do. All heads of a kind share one scale."
    }
  };
  var SHADES = 12;
  function matrix2(page2) {
    const { room, state } = page2;
    const { numSource, numSteps, numHeads } = page2.inspection;
    const forCross = room > 900 ? room - Math.min(4, numHeads) * 124 - 40 : room;
    const forSelf = room > 900 ? room / 2 - 30 : room;
    return [
      p(
        `One row for each of the ${numSteps} steps, one column for each of the ${numSource} source tokens: a rectangle, since question and answer are two different sentences. The row of this step is outlined; click a row, or press Enter in it, to go to its step.`
      ),
      div(
        "tools",
        choice(page2, "by", "show", [
          ["weights", "weights"],
          ["norms", "contributions (norms)"],
          ["difference", "difference of the two"]
        ]),
        choice(page2, "units", "by", [
          ["pieces", "pieces"],
          ["words", "words"]
        ])
      ),
      quiet(
        SHOWN[state.by].about,
        state.units === "words" && " By words: the columns of a word's pieces are summed, its rows averaged."
      ),
      attention(
        page2,
        "cross_attn",
        forCross,
        state.units === "pieces" ? "Rows: what the step reads → what it writes." : "Rows: the word that the steps write."
      ),
      h3("Self-attention beside it: square"),
      p(
        "Within one sentence, askers and answerers are the same tokens. The encoder looks in both directions; the decoder only back, at what it has read so far: struck out is what the causal mask hides."
      ),
      div(
        "beside",
        attention(page2, "encoder_self_attn", forSelf, null),
        attention(
          page2,
          "decoder_self_attn",
          forSelf,
          "Rows and columns: the tokens that the decoder reads."
        )
      )
    ];
  }
  function attention(page2, kind, space, about) {
    const { title, asks, answers } = KINDS[kind];
    const [layer, head] = placeOf2(page2, kind);
    const [rows, columns2] = unitsOf(page2, kind);
    const top = scaleOf(page2, kind);
    const csv3 = () => [
      ["", ...columns2.map(({ text }) => plain(text))],
      ...valuesOf(page2, kind, layer, head).map((line, i) => [plain(rows[i].text), ...line])
    ];
    const large = div(
      "",
      h4(badge(asks), " asks ", badge(answers), ` ${title}, ${headName(layer, head)}`),
      div("axes", axis(asks, "asks"), " ↓   ", axis(answers, "answers"), " →"),
      wide(title, big(page2, kind, space, top)),
      legend(top, page2.state.by === "difference" ? null : answers)
    );
    const small2 = div(
      "",
      h4("Every layer and head"),
      everyHead(page2, kind, top, page2.room > 900 ? 500 : page2.room)
    );
    return figure(page2, kind, csv3, div("whole", large, small2), about);
  }
  var axis = (side, verb) => el(
    "span",
    { class: side },
    side === "enc" ? `source (encoder, ${verb})` : `target (decoder, ${verb})`
  );
  var placeOf2 = ({ state }, kind) => kind === "cross_attn" ? [state.layer, state.head] : state.self[kind];
  function unitsOf({ inspection, state }, kind) {
    const { source, reads, writes, sourceWords, readsWords, writesWords } = inspection;
    const isByWords = state.units === "words";
    const columns2 = isByWords ? sourceWords : pieces(source);
    const read = isByWords ? readsWords : pieces(reads);
    if (kind === "encoder_self_attn") return [columns2, columns2];
    if (kind === "decoder_self_attn") return [read, read];
    if (isByWords) return [writesWords, columns2];
    const rows = writes.map((piece, t) => ({ text: readsAndWrites(reads[t], piece), pieces: [t] }));
    return [rows, columns2];
  }
  var readsAndWrites = (reads, writes) => [
    [show(reads), "read"],
    [" → ", "faint"],
    [show(writes), "strong"]
  ];
  var pieces = (list2) => list2.map((piece, i) => ({ text: show(piece), pieces: [i] }));
  function valuesOf(page2, kind, layer, head) {
    const { weights, norms } = page2.inspection.matrices[kind][layer];
    const { by, units } = page2.state;
    const [rows, columns2] = unitsOf(page2, kind);
    const inUnits = (m) => units === "pieces" ? m : merged(m, rows, columns2);
    const w = inUnits(weights[head]);
    if (by === "weights") return w;
    const n = inUnits(norms[head]);
    return by === "norms" ? n : shares(n).map((line, i) => line.map((x, j) => x - w[i][j]));
  }
  var merged = (m, rows, columns2) => rows.map(
    (row2) => columns2.map(
      (column) => sum(row2.pieces.map((i) => sum(column.pieces.map((j) => m[i][j])))) / row2.pieces.length
    )
  );
  var shares = (m) => m.map((line) => {
    const all = sum(line) || 1;
    return line.map((x) => x / all);
  });
  function scaleOf(page2, kind) {
    if (page2.state.by === "weights") return 1;
    const all = page2.inspection.matrices[kind].flatMap(
      ({ norms }, layer) => norms.map((_, head) => most(valuesOf(page2, kind, layer, head)))
    );
    return Math.max(...all);
  }
  function big(page2, kind, space, top) {
    const { by, step } = page2.state;
    const { title, asks, answers } = KINDS[kind];
    const [layer, head] = placeOf2(page2, kind);
    const [rows, columns2] = unitsOf(page2, kind);
    const values = valuesOf(page2, kind, layer, head);
    const left = Math.max(...rows.map(({ text }) => labelWidth(text))) + 20;
    const widest = kind === "cross_attn" ? 46 : 34;
    const cell2 = Math.max(15, Math.min(widest, (space - left) / columns2.length));
    const isSteps = kind !== "encoder_self_attn";
    const name = ({ text }) => quoted(plain(text));
    const hidden = (i, j) => kind === "decoder_self_attn" && Math.min(...columns2[j].pieces) > Math.max(...rows[i].pieces);
    return heat(page2, {
      id: `grid-${kind}`,
      label: `${title}, ${headName(layer, head)}: ${rows.length} rows, ${columns2.length} columns`,
      rows: rows.map(({ text }) => text),
      columns: columns2.map(({ text }) => text),
      values,
      width: cell2,
      height: Math.min(30, cell2),
      side: by === "difference" ? null : answers,
      top,
      rowSide: asks,
      columnSide: answers,
      hidden,
      numbers: cell2 >= 28 ? short : null,
      current: isSteps ? rows.findIndex((row2) => row2.pieces.includes(step)) : -1,
      tell: (i, j) => hidden(i, j) ? `${name(rows[i])} may not look at ${name(columns2[j])}: it comes later` : `${name(rows[i])} asks, ${name(columns2[j])} answers: ${SHOWN[by].name} ${num(values[i][j])}`,
      pick: (i) => isSteps && page2.go({ step: rows[i].pieces[0] })
    });
  }
  var short = (x) => Math.abs(x) >= 5e-3 ? num(x, 2).replace(/^(\D?)0\./, "$1.") : "";
  function everyHead(page2, kind, top, space) {
    return el(
      "div",
      { class: "many", role: "group", "aria-label": "Every layer and head" },
      page2.inspection.matrices[kind].map(
        ({ weights }, layer) => div(
          "of-layer",
          el("span", { class: "note" }, `layer ${layer + 1}`),
          weights.map((_, head) => {
            const picture2 = small(page2, kind, layer, head, top, space);
            return headButton(page2, kind, layer, head, picture2);
          })
        )
      )
    );
  }
  function headButton(page2, kind, layer, head, picture2) {
    const [atLayer, atHead] = placeOf2(page2, kind);
    return el(
      "button",
      {
        class: "mini",
        id: `mini-${kind}-${layer}-${head}`,
        "aria-pressed": String(layer === atLayer && head === atHead),
        "aria-label": `Show ${headName(layer, head)}`,
        onclick: () => {
          if (kind === "cross_attn") page2.go({ layer, head });
          else page2.go({ self: { ...page2.state.self, [kind]: [layer, head] } });
        }
      },
      picture2,
      el("span", { class: "note" }, `head ${head + 1}`)
    );
  }
  function small(page2, kind, layer, head, top, space) {
    const values = valuesOf(page2, kind, layer, head);
    const n = values.length;
    const m = values[0].length;
    const widest = Math.min(104, space / Math.min(4, page2.inspection.numHeads) - 18);
    const cell2 = Math.max(2, Math.min(8, widest / Math.max(n, m)));
    const width = cell2 * m;
    const height = cell2 * n;
    const side = page2.state.by === "difference" ? null : KINDS[kind].answers;
    return svg(
      "svg",
      {
        width: width + 2,
        height: height + 2,
        viewBox: `-1 -1 ${width + 2} ${height + 2}`,
        "aria-hidden": "true"
      },
      svg("rect", { class: "ground", width, height }),
      [...shaded(values, cell2, top, side)].map(([key, d]) => {
        const [look, shade] = key.split(" ");
        return svg("path", { class: look, "fill-opacity": (Number(shade) / SHADES).toFixed(2), d });
      })
    );
  }
  function shaded(values, cell2, top, side) {
    const paths = /* @__PURE__ */ new Map();
    const size = cell2.toFixed(2);
    values.forEach((line, i) => {
      line.forEach((x, j) => {
        const shade = Math.ceil(SHADES * Math.min(1, Math.abs(x) / top) - 0.3);
        if (shade <= 0) return;
        const key = `${side ?? (x < 0 ? "minus" : "plus")} ${shade}`;
        const corner = `${+(cell2 * j).toFixed(2)} ${+(cell2 * i).toFixed(2)}`;
        paths.set(key, `${paths.get(key) ?? ""}M${corner}h${size}v${size}h-${size}z`);
      });
    });
    return paths;
  }

  // translator/inspection/page/js/panels/changes.js
  function changes(page2, r) {
    const { pad, temperature } = page2.state;
    const toggle = (name, text, disabled = false) => checkbox(
      name,
      text,
      { checked: page2.state[name], disabled },
      (checked) => page2.go({ [name]: checked, edited: null })
    );
    return el(
      "aside",
      { class: "changes", "aria-label": "Change something" },
      h3("Change something"),
      toggle("scaling", `divide by √${r.q.length}`),
      page2.inspection.pads ? toggle("pad", "add a <pad>") : quiet("No <pad> can be added: this inspection came from a file, without its model."),
      toggle("mask", "apply the mask", !r.hidden.some(Boolean)),
      el(
        "label",
        {},
        "temperature ",
        slider(
          { id: "temperature", min: 0.1, max: 5, step: 0.1, value: temperature },
          { release: (value) => page2.go({ temperature: value, edited: null }) }
        ),
        ` ${num(temperature, 1)}`
      ),
      el(
        "button",
        {
          id: "reset",
          disabled: !page2.isChanged() && !pad,
          onclick: () => page2.go({ ...AS_THE_MODEL_DID, pad: false })
        },
        "As the model did"
      ),
      el("div", { id: "follows" }, following(page2, r))
    );
  }
  function showFollowing(page2, r) {
    document.getElementById("follows")?.replaceChildren(...following(page2, r));
    document.getElementById("reset")?.removeAttribute("disabled");
  }
  function following(page2, r) {
    const away = length(r.context.map((x, i) => x - r.ownContext[i]));
    const share = away / Math.max(1e-9, length(r.ownContext));
    const context2 = heat(page2, {
      id: "follow-context",
      label: "context",
      values: [r.context],
      width: Math.min(9, 300 / r.context.length),
      height: 20,
      top: most(r.V),
      tell: (_, j) => `context, number ${j + 1}: ${num(r.context[j])}`
    });
    return [
      h4("Softmax"),
      columns(page2, r),
      view([h4("Context"), context2]),
      quiet(
        page2.isChanged() ? `Lines: the model's own weights. The context is another by ${whole(share)} of its length.` : "As the model computed it. Lines mark its weights while you change them."
      )
    ];
  }
  function columns(page2, r) {
    const tokens = page2.sources().map(show);
    const step = Math.min(24, 294 / tokens.length);
    const isNamed = step >= 9;
    const longest = isNamed ? Math.max(...tokens.map((text) => textWidth(text, 11))) : 0;
    const column = (text, s) => {
      const x = 5 + step * s;
      const height = 70 * r.weights[s];
      const transform = `translate(${x + step / 2 + 4} 90) rotate(-60)`;
      return [
        svg("rect", { class: "enc", x, y: 78 - height, width: step - 2, height }),
        svg("path", { class: "ghost", d: `M${x} ${78 - 70 * r.own[s]}h${step - 2}` }),
        isNamed && svg("text", { class: "tick", transform, "text-anchor": "end" }, text)
      ];
    };
    const label = tokens.map((text, s) => `${text} ${whole(r.weights[s])}`).join(", ");
    const width = step * tokens.length + 10;
    return drawing(
      width,
      92 + 0.8 * longest,
      { role: "img", "aria-label": `Weights: ${label}` },
      svg("path", { class: "axis", d: `M4 78H${width - 4}` }),
      tokens.map(column)
    );
  }

  // translator/inspection/page/js/panels/row_steps.js
  function chosenSource({ state: { source } }, r) {
    return source !== null && source < r.weights.length ? source : largest(r.weights);
  }
  function cellWidth({ room, inspection: { dHead } }) {
    const free = room > 960 ? room - 380 : room;
    return Math.max(9, Math.min(17, (free - 210) / dHead));
  }
  var cellHeight = (n) => n > 20 ? 15 : 18;
  var tokensOf = (page2) => page2.sources().map(show);
  var arithmetic = (name, text) => el("p", { class: "arithmetic", id: `arithmetic-${name}` }, text);
  var vectors = (page2, given) => heat(page2, {
    ...given,
    width: cellWidth(page2),
    height: cellHeight(given.values.length),
    tell: (i, j) => `${given.label} of ${plain(given.rows[i])}, number ${j + 1}: ${num(given.values[i][j])}`,
    pick: (i) => page2.go({ source: i < page2.sources().length ? i : null })
  });
  var question = (page2, r) => ({
    subtitle: `1 × ${r.q.length}`,
    draw: () => [
      p(badge("dec"), ` One vector of ${r.q.length} numbers, made from the decoder's state by W_Q.`),
      view(
        wide(
          "q",
          vectors(page2, {
            id: "question",
            label: "q",
            values: [r.q],
            rows: ["q"],
            rowSide: "dec",
            gutter: gutterOf(tokensOf(page2))
          })
        )
      )
    ]
  });
  var keys = (page2, r) => ({
    subtitle: `${r.K.length} × ${r.q.length}`,
    draw: () => [
      p(badge("enc"), " One vector for each token, made from the encoder's output by W_K."),
      view(
        wide(
          "K",
          vectors(page2, {
            id: "offer",
            label: "key",
            values: r.K,
            rows: tokensOf(page2),
            rowSide: "enc",
            current: chosenSource(page2, r)
          })
        )
      )
    ]
  });
  function scores(page2, r) {
    const chosen = chosenSource(page2, r);
    const width = r.q.length;
    const draw = () => [
      p(
        "Number by number, q is multiplied with each key; the products of a row are summed to its score. A large score: this key is what q asked for."
      ),
      view(
        wide("Products and scores", productsAndSums(page2, r, chosen)),
        "Under q its products with each key; right their sums, the scores. Click a row, or press Enter on it, to have its arithmetic written out."
      ),
      fold(
        page2,
        "sum-scores",
        `Check the sum for ${quoted(page2.sources()[chosen])}`,
        arithmetic("scores", `${products(r.q, r.K[chosen])} = ${num(r.scores[chosen])}`)
      )
    ];
    const n = r.K.length;
    return { subtitle: `1 × ${width} times ${width} × ${n} (K transposed) = 1 × ${n}`, draw };
  }
  function productsAndSums(page2, r, chosen) {
    const tokens = tokensOf(page2);
    const parts = r.K.map((k) => k.map((x, i) => r.q[i] * x));
    const shape = { height: cellHeight(parts.length), current: chosen };
    const pick = (source) => page2.go({ source });
    return div(
      "pair",
      div(
        "",
        vectors(page2, {
          id: "asked",
          label: "q",
          values: [r.q],
          rows: [[["q", "strong dec"]]],
          rowSide: "dec",
          gutter: gutterOf(tokens)
        }),
        heat(page2, {
          ...shape,
          id: "products",
          label: "products of q and each key",
          rows: tokens,
          values: parts,
          width: cellWidth(page2),
          rowSide: "enc",
          tell: (i, j) => `${tokens[i]}, number ${j + 1}: ${num(r.q[j])} × ${num(r.K[i][j])} = ${num(parts[i][j])}`,
          pick
        })
      ),
      div(
        "",
        div("note", "summed"),
        heat(page2, {
          ...shape,
          id: "sums",
          label: "scores",
          values: r.scores.map((x) => [x]),
          width: 62,
          numbers: (x) => num(x, 2),
          tell: (i) => `score of ${tokens[i]}: ${num(r.scores[i])}`,
          pick
        })
      )
    );
  }
  function scaling(page2, r) {
    const { scaling: scaling2 } = page2.state;
    const width = r.q.length;
    const root = num(Math.sqrt(width));
    const top = most([r.scaled]);
    const tokens = tokensOf(page2);
    const draw = () => [
      p(
        `A sum of ${width} products spreads about √${width} times as wide as one product. Divided by that, scores stay in the range where the softmax can share, however long the vectors are.`
      ),
      table(
        "Scaled scores",
        ["token", "score", "", "scaled", ""],
        r.scores.map((x, s) => [
          tokens[s],
          num(x),
          scaling2 ? `÷ ${root} =` : "=",
          num(r.scaled[s]),
          twoWay(r.scaled[s], top, 120)
        ]),
        chosenSource(page2, r)
      )
    ];
    return { subtitle: scaling2 ? `√${width} = ${root}` : "switched off by you", draw };
  }
  function masking(page2, r) {
    const { mask } = page2.state;
    const tokens = tokensOf(page2);
    const hidesAny = r.hidden.some(Boolean);
    const draw = () => [
      p(
        hidesAny ? "In a batch, shorter sentences are filled up with <pad>. It is no word, so its score becomes −∞, and after the softmax its weight is 0." : "In cross-attention the mask hides padding, and only that: the decoder may look at the whole sentence. One sentence alone has no padding, so here the mask hides nothing."
      ),
      page2.inspection.pads && quiet(aboutPad(page2.state.pad)),
      table(
        "Scores after the mask",
        ["token", "scaled", "may be looked at", "after the mask"],
        r.scaled.map((x, s) => [
          tokens[s],
          num(x),
          r.hidden[s] ? mask ? "no" : "no, but ignored" : "yes",
          num(r.hidden[s] && mask ? -Infinity : x)
        ]),
        chosenSource(page2, r)
      )
    ];
    const hides = mask ? "<pad> may not be looked at" : "ignored by you";
    return { subtitle: hidesAny ? hides : "hides nothing here", draw };
  }
  var aboutPad = (isShown) => isShown ? "The <pad> below is real: the model computed its key and value from the encoder's output one position behind this sentence, as in a batch with a longer one. Take the mask away and see what it would have done." : "Add a <pad> (in the box of changes) to see the mask at work: its key and value are those that the model computes behind this sentence in a batch with a longer one.";
  function weighing(page2, r, setWeight2) {
    const { temperature } = page2.state;
    const chosen = chosenSource(page2, r);
    const tokens = tokensOf(page2);
    const draw = () => [
      p(
        "Each score becomes a power of e, and each power is divided by the sum of all: shares of the attention that there is to give."
      ),
      table(
        "Weights",
        [
          "token",
          temperature === 1 ? "after the mask" : "÷ temperature",
          "e^(it − largest)",
          "weight",
          "drag it"
        ],
        r.weights.map((w, s) => [
          tokens[s],
          num(r.logits[s]),
          num(r.powers[s]),
          el("output", { id: `shown-${s}` }, num(w)),
          slider(
            {
              id: `weight-${s}`,
              min: 0,
              max: 1,
              step: 0.01,
              value: w,
              "aria-label": `Weight of ${tokens[s]}`
            },
            { drag: (value) => setWeight2(s, value), release: () => page2.update() }
          )
        ]),
        chosen
      ),
      fold(page2, "sum-softmax", "Check the sum", ...sumsOfSoftmax(page2, r, chosen))
    ];
    const subtitle = temperature === 1 ? "" : `temperature ${num(temperature, 1)}, set by you`;
    return { subtitle, draw };
  }
  function sumsOfSoftmax(page2, r, chosen) {
    const list2 = (numbers) => numbers.map((x) => num(x)).join(" + ");
    const power = num(r.powers[chosen]);
    const share = `${power} ÷ (${list2(r.powers)}) = ${power} ÷ ${num(r.total)}`;
    return [
      arithmetic(
        "softmax",
        `For ${quoted(page2.sources()[chosen])}: ${share} = ${num(r.powers[chosen] / r.total)}`
      ),
      arithmetic("weights", `All weights: ${list2(r.weights)} = ${num(sum(r.weights))}`)
    ];
  }
  function context(page2, r) {
    const tokens = tokensOf(page2);
    const n = r.V.length;
    const width = r.q.length;
    const i = page2.state.number;
    const numbers = r.V.map((v) => v[i]);
    const labels = labelsOfSum(tokens, r.weights);
    const values = () => vectors(page2, {
      id: "v",
      label: "value",
      values: r.V,
      rows: tokens,
      rowSide: "enc",
      current: chosenSource(page2, r),
      gutter: gutterOf(labels)
    });
    const draw = () => [
      p(
        "Every token's value counts as much as its weight. Their sum is what this head brings back: the context."
      ),
      view(
        [
          h4(badge("enc"), " V: the values"),
          wide("V", values()),
          h4("Weight × value, to the same scale; below, their sum"),
          wide("Weighted values", weightedValues(page2, r, labels))
        ],
        "Click a column, or press Enter on it, to have its arithmetic written out."
      ),
      fold(
        page2,
        "sum-context",
        `Check the sum of number ${i + 1}`,
        arithmetic("context", `${products(r.weights, numbers)} = ${num(r.context[i])}`)
      )
    ];
    return { subtitle: `1 × ${n} times ${n} × ${width} = 1 × ${width}`, draw };
  }
  function labelsOfSum(tokens, weights) {
    const weighted = (token, s) => [
      [`${num(weights[s], 2)} × `, "faint"],
      [token, ""]
    ];
    return [...tokens.map(weighted), [["sum: context", "strong"]]];
  }
  function weightedValues(page2, r, rows) {
    const tokens = tokensOf(page2);
    const parts = r.V.map((v, s) => v.map((x) => r.weights[s] * x));
    const end = parts.length;
    return heat(page2, {
      id: "weighted",
      label: "weighted values and their sum",
      rows,
      values: [...parts, r.context],
      width: cellWidth(page2),
      height: cellHeight(end),
      top: most(r.V),
      rowSide: "enc",
      current: end,
      tell: (s, j) => s === end ? `context, number ${j + 1}: ${num(r.context[j])}` : `${tokens[s]}, number ${j + 1}: ${num(r.weights[s])} × ${num(r.V[s][j])} = ${num(parts[s][j])}`,
      pick: (_, number) => page2.go({ number })
    });
  }

  // translator/inspection/page/js/panels/row.js
  var STEPS = [
    "q: what the decoder asks",
    "K: what each token can be found by",
    "q times each key, summed: the scores",
    "Divide by the square root of the width",
    "Mask",
    "Softmax: weights that sum to 1",
    "Weights times V, summed: the context"
  ];
  var KEYS = STEPS.map((_, i) => `step-${i + 1}`);
  function row(page2) {
    const r = page2.row();
    const all = [
      question(page2, r),
      keys(page2, r),
      scores(page2, r),
      scaling(page2, r),
      masking(page2, r),
      weighing(page2, r, (at, value) => setWeight(page2, at, value)),
      context(page2, r)
    ];
    const steps = div(
      "steps",
      all.map((step, i) => stepOf(page2, i + 1, step))
    );
    return [
      p(
        `How the row of ${page2.headName()} came about when `,
        badge("dec"),
        ` wrote ${quoted(page2.inspection.writes[page2.state.step])}: seven steps, computed here in the page from the recorded q, K and V. Change something, and all that follows changes with it.`
      ),
      keep(
        page2,
        "row",
        () => csv2(page2),
        steps,
        el("button", { id: "unfold", onclick: () => unfoldSteps(page2) }, "Unfold all seven"),
        el("button", { id: "fold", onclick: () => foldSteps(page2) }, "Fold them")
      ),
      div("bench", changes(page2, r), steps)
    ];
  }
  function unfoldSteps(page2) {
    for (const key of KEYS) page2.unfolded.add(key);
    page2.update();
  }
  function foldSteps(page2) {
    for (const key of KEYS) page2.unfolded.delete(key);
    page2.update();
  }
  function stepOf(page2, number, { subtitle, draw }) {
    const key = KEYS[number - 1];
    const body = el("div", {});
    const drawBody = () => {
      if (body.hasChildNodes()) return;
      body.append(...nodes([draw(), number < STEPS.length && nextStep(number)]));
    };
    if (page2.unfolded.has(key)) drawBody();
    const details = el(
      "details",
      {
        class: "step",
        id: `work-${number}`,
        open: page2.unfolded.has(key),
        ontoggle: () => {
          page2.keepUnfolded(key, details.open);
          if (details.open) drawBody();
        }
      },
      el(
        "summary",
        { id: `fold-${key}` },
        el("span", { class: "ordinal" }, String(number)),
        el(
          "span",
          {},
          STEPS[number - 1],
          subtitle && el("span", { class: "subtitle" }, ` ${subtitle}`)
        )
      ),
      body
    );
    return details;
  }
  function nextStep(number) {
    const open = () => {
      const next = (
        /** @type {HTMLDetailsElement | null} */
        document.getElementById(`work-${number + 1}`)
      );
      if (next) next.open = true;
      document.getElementById(`fold-${KEYS[number]}`)?.focus();
    };
    const name = STEPS[number].split(":")[0];
    return div("tools", el("button", { id: `next-${number}`, onclick: open }, `Next: ${name}`));
  }
  function setWeight(page2, at, value) {
    page2.state.edited = withWeight(page2.row().weights, at, value);
    const r = page2.row();
    r.weights.forEach((w, s) => {
      const slider2 = (
        /** @type {HTMLInputElement | null} */
        document.getElementById(`weight-${s}`)
      );
      if (!slider2) return;
      if (slider2 !== document.activeElement) slider2.value = String(w);
      const shown = document.getElementById(`shown-${s}`);
      if (shown) shown.textContent = num(w);
    });
    document.getElementById(`work-${STEPS.length}`)?.replaceWith(stepOf(page2, STEPS.length, context(page2, r)));
    showFollowing(page2, r);
    page2.redrawAllBut(row);
    page2.tell();
  }
  function csv2(page2) {
    const r = page2.row();
    const sources = page2.sources();
    return [
      [
        "token",
        "score",
        "scaled",
        "hidden",
        "after the mask and the temperature",
        "weight",
        "the model's weight",
        ...r.q.map((_, i) => `q ${i + 1} × k ${i + 1}`),
        ...r.q.map((_, i) => `weight × v ${i + 1}`)
      ],
      ...r.K.map((k, s) => [
        sources[s],
        r.scores[s],
        r.scaled[s],
        r.hidden[s],
        r.logits[s],
        r.weights[s],
        r.own[s],
        ...k.map((x, i) => r.q[i] * x),
        ...r.V[s].map((x) => r.weights[s] * x)
      ]),
      ["sum", "", "", "", "", sum(r.weights), sum(r.own), ...r.q.map(() => ""), ...r.context]
    ];
  }

  // translator/inspection/page/js/panels/lanes.js
  var LANE = { bars: 54, source: 74, from: 86, to: 152, reads: 176, writes: 206, end: 218 };
  var GUTTER = 76;
  var MARGIN2 = 2;
  function lanes(page2) {
    const words = placed(page2);
    const { middle } = words.below[page2.state.step];
    const box = wide(
      "The sentence and its translation, linked",
      div("lanes", gutter(), picture(page2, words))
    );
    requestAnimationFrame(() => {
      const out = GUTTER + middle - box.scrollLeft;
      if (box.scrollWidth > box.clientWidth && (out < 140 || out > box.clientWidth - 60)) {
        box.scrollLeft = middle - box.clientWidth / 2;
      }
    });
    return box;
  }
  function placed(page2) {
    const { reads, writes, sourceWords, numSource, numSteps } = page2.inspection;
    const tokens = page2.sources().map(show);
    const first = new Set(sourceWords.map((word) => word.pieces[0]));
    const sourceWidths = tokens.map((text) => Math.max(32, textWidth(text, 15, 700) + 4));
    const sourceGaps = tokens.map((_, s) => s + 1 >= numSource || first.has(s + 1) ? 10 : 1);
    const stepWidths = reads.map(
      (piece, t) => Math.max(34, textWidth(show(piece), 13), textWidth(show(writes[t]), 15, 700)) + 12
    );
    const stepGaps = stepWidths.map(() => 8);
    const total = Math.max(
      sum(sourceWidths) + sum(sourceGaps),
      sum(stepWidths) + sum(stepGaps),
      Math.min(page2.room - GUTTER - 6, 76 * Math.max(numSource, numSteps))
    );
    return {
      width: MARGIN2 + total + MARGIN2,
      above: spread(sourceWidths, sourceGaps, MARGIN2, total),
      below: spread(stepWidths, stepGaps, MARGIN2, total)
    };
  }
  function spread(widths2, gaps, left, total) {
    const free = Math.max(0, total - sum(widths2) - sum(gaps)) / widths2.length;
    let x = left;
    return widths2.map((width, i) => {
      const middle = x + (width + free) / 2;
      x += width + free + gaps[i];
      return { middle, width: width + free };
    });
  }
  function picture(page2, words) {
    const { sourceWords, writes } = page2.inspection;
    const { above } = words;
    const links = svg("g", { "aria-hidden": "true" });
    const preview = (drawn2) => links.replaceChildren(...drawn2.flat());
    const chosen = () => preview(linksOfStep(page2, page2.state.step, words));
    chosen();
    return drawing(
      words.width,
      LANE.end + 4,
      {
        role: "group",
        "aria-label": "The sentence above, the translation below, linked by attention"
      },
      links,
      sourceWords.filter(({ pieces: pieces2 }) => pieces2.length > 1).map(({ pieces: pieces2 }) => join(pieces2, above)),
      svg(
        "g",
        { role: "group", "aria-label": "The sentence, read by the encoder" },
        above.map(
          (place, s) => sourceToken(page2, s, place, () => preview(linksOfSource(page2, s, words)), chosen)
        )
      ),
      svg(
        "g",
        { role: "radiogroup", "aria-label": "Steps of the decoder" },
        writes.map(
          (_, t) => stepBox(page2, t, words, () => preview(linksOfStep(page2, t, words)), chosen)
        )
      )
    );
  }
  function gutter() {
    const line = (y, side, text) => [
      svg("rect", { class: side, x: 0, y: y - 14, width: 18, height: 18, rx: 4 }),
      svg("text", { class: "letter", x: 9, y, "text-anchor": "middle" }, side === "enc" ? "E" : "D"),
      svg("text", { class: "lane", x: 24, y }, text)
    ];
    return drawing(
      GUTTER,
      LANE.end + 4,
      { class: "gutter", "aria-hidden": "true" },
      line(LANE.source, "enc", "answers"),
      line(LANE.reads, "dec", "reads"),
      line(LANE.writes, "dec", "writes")
    );
  }
  function join(pieces2, words) {
    const first = words[pieces2[0]];
    const last = words[pieces2[pieces2.length - 1]];
    const from = first.middle - first.width / 2 + 4;
    const to = last.middle + last.width / 2 - 4;
    return svg("path", { class: "joins", d: `M${from} ${LANE.source + 7}H${to}` });
  }
  function weightsOfStep(page2, t) {
    const { layer, head, step } = page2.state;
    return t === step ? page2.row().weights : page2.inspection.matrices.cross_attn[layer].weights[head][t];
  }
  function linksOfStep(page2, t, { above, below }) {
    return weightsOfStep(page2, t).map((w, s) => [
      ...w >= 5e-3 ? [link(w, above[s], below[t])] : [],
      ...weightAbove(w, above[s])
    ]);
  }
  function linksOfSource(page2, s, { above, below }) {
    return below.map((step, t) => {
      const weight = weightsOfStep(page2, t)[s] || 0;
      const drawn2 = [link(weight, above[s], step)];
      if (weight < 0.05) return drawn2;
      const place = { x: step.middle, y: LANE.to - 4, "text-anchor": "middle" };
      return [...drawn2, svg("text", { class: "tick", ...place }, whole(weight))];
    });
  }
  var link = (weight, from, to) => svg("path", {
    class: "link",
    "stroke-width": 1 + 8 * weight,
    "stroke-opacity": (0.06 + 0.84 * weight).toFixed(3),
    d: curve(from.middle, to.middle)
  });
  var curve = (from, to) => `M${from} ${LANE.from}C${from} ${LANE.from + 34} ${to} ${LANE.to - 34} ${to} ${LANE.to}`;
  function weightAbove(weight, { middle }) {
    const height = 34 * weight;
    const top = LANE.bars - height;
    const rx = Math.min(2, height / 2);
    const look = weight >= 0.05 ? "tick strong" : "tick faint";
    const place = { x: middle, y: top - 5, "text-anchor": "middle" };
    return [
      svg("rect", { class: "enc", x: middle - 12, y: top, width: 24, height, rx }),
      svg("path", { class: "joins", d: `M${middle - 12} ${LANE.bars}h24` }),
      svg("text", { class: look, ...place }, whole(weight))
    ];
  }
  function toSource(page2, s) {
    document.getElementById(`source-${page2.lastSource}`)?.setAttribute("tabindex", "-1");
    page2.lastSource = s;
    const token = document.getElementById(`source-${s}`);
    token?.setAttribute("tabindex", "0");
    token?.focus();
  }
  function sourceToken(page2, s, { middle, width }, look, leave) {
    const { state } = page2;
    const sources = page2.sources();
    const text = show(sources[s]);
    const isChosen = state.source === s;
    const choose = () => page2.go({ source: isChosen ? null : s });
    return svg(
      "g",
      {
        class: "token",
        id: `source-${s}`,
        role: "button",
        tabindex: s === Math.min(page2.lastSource, sources.length - 1) ? 0 : -1,
        "aria-pressed": String(isChosen),
        "aria-label": `${text}, weight ${whole(page2.row().weights[s])}: which steps look at it`,
        onmouseenter: look,
        onfocus: look,
        onmouseleave: leave,
        onblur: leave,
        onclick: choose,
        onkeydown: (event) => {
          if (isPress(event)) choose();
          else if (event.key === "ArrowDown") {
            event.preventDefault();
            document.getElementById(`step-${page2.state.step}`)?.focus();
          } else {
            const to = target2(event, s, sources.length);
            if (to !== null) toSource(page2, within(to, sources.length));
          }
        }
      },
      svg("rect", {
        class: "hit",
        x: middle - width / 2,
        y: LANE.source - 18,
        width,
        height: 28,
        rx: 5
      }),
      svg("text", { class: "enc word", x: middle, y: LANE.source, "text-anchor": "middle" }, text)
    );
  }
  function stepBox(page2, t, { below }, look, leave) {
    const { reads, writes, numSteps } = page2.inspection;
    const { middle, width } = below[t];
    const isChosen = t === page2.state.step;
    const label = (look2, y, text) => svg("text", { class: look2, x: middle, y, "text-anchor": "middle" }, text);
    return svg(
      "g",
      {
        class: "token",
        id: `step-${t}`,
        role: "radio",
        tabindex: isChosen ? 0 : -1,
        "aria-checked": String(isChosen),
        "aria-label": `Step ${t + 1}: reads ${show(reads[t])}, writes ${show(writes[t])}`,
        onmouseenter: look,
        onmouseleave: leave,
        onclick: () => page2.go({ step: t }),
        onkeydown: (event) => {
          if (isPress(event)) page2.go({ step: t });
          else if (event.key === "ArrowUp") {
            event.preventDefault();
            toSource(page2, largest(page2.row().weights));
          } else {
            const to = target2(event, t, numSteps);
            if (to === null) return;
            page2.go({ step: to });
            document.getElementById(`step-${page2.state.step}`)?.focus();
          }
        }
      },
      svg("rect", {
        class: isChosen ? "hit chosen" : "hit",
        x: middle - width / 2,
        y: LANE.to,
        width,
        height: LANE.end - LANE.to,
        rx: 6
      }),
      label("read", LANE.reads, show(reads[t])),
      label("dec word strong", LANE.writes, show(writes[t])),
      below[t + 1] && fed(below[t], below[t + 1])
    );
  }
  function fed(from, to) {
    const left = from.middle + from.width / 2 - 7;
    const right = to.middle - to.width / 2 + 7;
    return svg("path", {
      class: "fed",
      d: `M${left} ${LANE.writes - 9}L${right} ${LANE.reads + 1}`
    });
  }
  function isPress(event) {
    const presses = event.key === "Enter" || event.key === " ";
    if (presses) event.preventDefault();
    return presses;
  }
  function target2(event, at, size) {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: size - 1 }[event.key];
    if (to === void 0) return null;
    event.preventDefault();
    return to;
  }

  // translator/inspection/page/js/panels/who_asks.js
  var MILLISECONDS_A_STEP = 1400;
  function whoAsks(page2) {
    const { reads, writes, how } = page2.inspection;
    const t = page2.state.step;
    const { weights } = page2.row();
    const sources = page2.sources();
    const best = largest(weights);
    const csv3 = () => [
      ["step", "reads", "writes", "source", "weight"],
      ...page2.row().weights.map((w, s) => [t + 1, reads[t], writes[t], sources[s], w])
    ];
    return [
      p(
        badge("dec"),
        ` has just read ${quoted(reads[t])} and is about to write ${quoted(writes[t])}. It asks. Every token of the sentence `,
        badge("enc"),
        ` answers, as loudly as its weight: here ${quoted(sources[best])} with ${whole(weights[best])}.`,
        page2.isChanged() && " (With what you have changed in panel 3.)"
      ),
      figure(
        page2,
        "who",
        csv3,
        lanes(page2),
        "Point at a step or at a word of the sentence to see its links; click a step, or walk with the arrow keys. The step to the right reads what this one has written. A line under tokens: one word in pieces.",
        el(
          "button",
          { id: "play", onclick: () => play(page2) },
          page2.playing ? "Pause" : "Play the steps"
        )
      ),
      h3("What it might have written instead"),
      table(
        "The most probable tokens",
        ["token", "probability", ""],
        alternatives(page2).map(({ piece, logprob, isWritten }) => [
          show(piece),
          chance(Math.exp(logprob)),
          el(
            "span",
            { class: "with" },
            bar(Math.exp(logprob), isWritten ? "dec" : "other", 160),
            isWritten ? " written" : ""
          )
        ])
      ),
      how.startsWith("given") ? quiet("The translation was given by the user; the model read it as if it had written it.") : null
    ];
  }
  function alternatives({ inspection, state: { step } }) {
    const written2 = inspection.writes[step];
    const known = inspection.alternatives[step].map(([piece, logprob]) => ({
      piece,
      logprob,
      isWritten: piece === written2
    }));
    return known.some((one) => one.isWritten) ? known : [...known, { piece: written2, logprob: inspection.logprobs[step], isWritten: true }];
  }
  function play(page2) {
    const isLast = () => page2.state.step === page2.inspection.numSteps - 1;
    if (page2.playing) {
      clearInterval(page2.playing);
      page2.playing = null;
    } else {
      if (isLast()) page2.go({ step: 0 });
      page2.playing = window.setInterval(() => {
        if (isLast()) play(page2);
        else page2.go({ step: page2.state.step + 1 });
      }, MILLISECONDS_A_STEP);
    }
    page2.update();
  }

  // translator/inspection/page/js/paper.js
  function layOutForPaper(page2) {
    page2.printing = {
      open: page2.panels.map(({ panel }) => panel.open),
      unfolded: [...page2.unfolded]
    };
    for (const { panel } of page2.panels) panel.open = true;
    unfoldSteps(page2);
  }
  function layOutForScreen(page2) {
    const { printing } = page2;
    if (!printing) return;
    page2.panels.forEach(({ panel }, i) => {
      panel.open = printing.open[i];
    });
    page2.unfolded = new Set(printing.unfolded);
    page2.printing = null;
    page2.update();
  }

  // translator/inspection/page/js/main.js
  var page = new Page(readInspection(JSON.parse(byId("data").textContent)), [
    ["Who asks, who answers?", whoAsks],
    ["Where do Q, K and V come from?", origins],
    ["One row, worked", row],
    ["The whole matrix", matrix2],
    ["Several heads", heads],
    ["What if?", whatIf],
    ["Is attention an explanation?", explanation]
  ]);
  listen(page);
  introduce(page.inspection);
  byId("panels").append(...page.panels.map(({ panel }) => panel));
  recall(page);
  page.update();
  function listen(page2) {
    document.addEventListener("mousemove", (event) => {
      page2.pointer = placeOf(event);
    });
    document.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      const target3 = (
        /** @type {Element} */
        event.target
      );
      if (target3.closest("input, select, textarea, [role=grid], .wide")) return;
      event.preventDefault();
      page2.go({ step: page2.state.step + by });
    });
    addEventListener("beforeprint", () => layOutForPaper(page2));
    addEventListener("afterprint", () => layOutForScreen(page2));
    page2.dark.addEventListener("change", () => page2.update());
    addEventListener("resize", () => {
      if (byId("panels").clientWidth !== page2.room) page2.update();
    });
    addEventListener("hashchange", () => {
      recall(page2);
      page2.update();
    });
  }
  function introduce({ text, translation, how, whatIf: whatIf2 }) {
    document.title = `“${text}”: where the model looked`;
    byId("opening").textContent = whatIf2.length ? "The page opens on the step and the head that matter most: where switching one head off moves a written word furthest." : "The page opens on the step and the head with the longest contribution.";
    byId("sentence").append(
      el("span", {}, badge("enc"), ` ${text}`),
      el("span", {}, badge("dec"), ` ${translation}`),
      el("span", { class: "quiet" }, `Translation: ${how}.`)
    );
  }
})();
