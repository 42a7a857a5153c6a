// 3. One row, worked: the box beside it, in which the reader changes something.

/** @import { Row } from "../attention.js" */
/** @import { Child } from "../elements.js" */
/** @import { Page } from "../page.js" */

import { checkbox, el, h3, h4, quiet, slider, svg } from "../elements.js";
import { heat } from "../grid.js";
import { show } from "../labels.js";
import { length, most, num, whole } from "../numbers.js";
import { drawing, textWidth } from "../pictures.js";
import { AS_THE_MODEL_DID } from "../state.js";
import { view } from "../views.js";

/**
 * Switches and sliders, and the weights and the context that follow from them.
 * @param {Page} page
 * @param {Row} r
 */
export function changes(page, r) {
  const { pad, temperature } = page.state;
  /** @type {(name: "scaling" | "mask" | "pad", text: string, disabled?: boolean) => Node} */
  const toggle = (name, text, disabled = false) =>
    checkbox(name, text, { checked: page.state[name], disabled }, (checked) =>
      page.go({ [name]: checked, edited: null }),
    );
  return el(
    "aside",
    { class: "changes", "aria-label": "Change something" },
    h3("Change something"),
    toggle("scaling", `divide by √${r.q.length}`),
    page.inspection.pads
      ? toggle("pad", "add a <pad>")
      : quiet("No <pad> can be added: this inspection came from a file, without its model."),
    toggle("mask", "apply the mask", !r.hidden.some(Boolean)),
    el(
      "label",
      {},
      "temperature ",
      slider(
        { id: "temperature", min: 0.1, max: 5, step: 0.1, value: temperature },
        { release: (value) => page.go({ temperature: value, edited: null }) },
      ),
      ` ${num(temperature, 1)}`,
    ),
    el(
      "button",
      {
        id: "reset",
        disabled: !page.isChanged() && !pad,
        onclick: () => page.go({ ...AS_THE_MODEL_DID, pad: false }),
      },
      "As the model did",
    ),
    el("div", { id: "follows" }, following(page, r)),
  );
}

/**
 * Redraw what follows from the weights, after one was dragged.
 * @param {Page} page
 * @param {Row} r
 */
export function showFollowing(page, r) {
  document.getElementById("follows")?.replaceChildren(...following(page, r));
  document.getElementById("reset")?.removeAttribute("disabled");
}

/**
 * The weights, with the model's own as lines, and the context.
 * @param {Page} page
 * @param {Row} r
 */
function following(page, r) {
  const away = length(r.context.map((x, i) => x - r.ownContext[i]));
  const share = away / Math.max(1e-9, length(r.ownContext));
  const context = heat(page, {
    id: "follow-context",
    label: "context",
    values: [r.context],
    width: Math.min(9, 300 / r.context.length),
    height: 20,
    top: most(r.V),
    tell: (_, j) => `context, number ${j + 1}: ${num(r.context[j])}`,
  });
  return [
    h4("Softmax"),
    columns(page, r),
    view([h4("Context"), context]),
    quiet(
      page.isChanged()
        ? `Lines: the model's own weights. The context is another by ${whole(share)} of its length.`
        : "As the model computed it. Lines mark its weights while you change them.",
    ),
  ];
}

/**
 * A column for each weight, and the model's own as a line.
 * @param {Page} page
 * @param {Row} r
 */
function columns(page, r) {
  const tokens = page.sources().map(show);
  const step = Math.min(24, 294 / tokens.length);
  const isNamed = step >= 9;
  const longest = isNamed ? Math.max(...tokens.map((text) => textWidth(text, 11))) : 0;
  /** @type {(text: string, s: number) => Child[]} */
  const column = (text, s) => {
    const x = 5 + step * s;
    const height = 70 * r.weights[s];
    const transform = `translate(${x + step / 2 + 4} 90) rotate(-60)`;
    return [
      svg("rect", { class: "enc", x, y: 78 - height, width: step - 2, height }),
      svg("path", { class: "ghost", d: `M${x} ${78 - 70 * r.own[s]}h${step - 2}` }),
      isNamed && svg("text", { class: "tick", transform, "text-anchor": "end" }, text),
    ];
  };
  const label = tokens.map((text, s) => `${text} ${whole(r.weights[s])}`).join(", ");
  const width = step * tokens.length + 10;
  return drawing(
    width,
    92 + 0.8 * longest,
    { role: "img", "aria-label": `Weights: ${label}` },
    svg("path", { class: "axis", d: `M4 78H${width - 4}` }),
    tokens.map(column),
  );
}
