// 3. One row, worked: what can be changed about the softmax and the padding of the whole model.

/** @import { Child } from "../elements.js" */
/** @import { Intervention } from "../model/intervention.js" */
/** @import { Page } from "../page.js" */

import { maskingPads } from "../changes.js";
import { checkbox, div, el, p, slider, table } from "../elements.js";
import { quoted } from "../labels.js";
import { chance, num } from "../numbers.js";
import { WAITING } from "../trials.js";

/** What is tried out for the reader while the temperature is the model's. */
const WARM = 3;
const PADS = 2;

/**
 * Each change, what to watch, and what it does to the token that is written.
 * @param {Page} page
 */
export function softmaxChanges(page) {
  const { inspection, state } = page;
  const { temperature, scaling, pads, mask } = state.intervention;
  const written = inspection.names.writes[state.step];
  const root = num(Math.sqrt(inspection.dHead), 2);
  const masking = (/** @type {number} */ kept) =>
    maskingPads(state.intervention, inspection.isPad, kept);
  /** @type {(id: string, text: string, changed: Partial<Intervention>, back: Partial<Intervention>, is: boolean) => Node} */
  const toggle = (id, text, changed, back, is) =>
    checkbox(id, text, { checked: is }, (checked) => page.change(checked ? changed : back));
  return [
    div(
      "wraps",
      table(
        "Changes to the whole model",
        ["change", "what to watch in the table above", `probability of ${quoted(written)}`],
        [
          [
            temperatureSlider(page),
            "The scores are divided by it. Above 1 the weights even out; below 1 the heaviest takes more.",
            effect(page, { temperature: WARM }, temperature !== 1, ` at ${num(WARM, 1)}`),
          ],
          [
            toggle(
              "scaling",
              `no division by ${root}`,
              { scaling: false },
              { scaling: true },
              !scaling,
            ),
            `The scores are ${root} times as large, so the heaviest token takes still more of each row.`,
            effect(page, { scaling: false }, !scaling),
          ],
          [
            toggle("pads", `add ${PADS} <pad>`, { pads: PADS }, masking(0), pads > 0),
            "As in a batch with a longer sentence. The mask sets their scores to −∞, so their weights are 0 and nothing else changes.",
            effect(page, { pads: PADS }, pads > 0),
          ],
          [
            toggle("mask", "and no mask", { pads: PADS, mask: false }, masking(pads), !mask),
            "Now <pad> is a token like any other: it takes its share of every row, in the encoder too.",
            effect(page, { pads: PADS, mask: false }, !mask),
          ],
        ],
      ),
    ),
    p("These change every layer and head of cross-attention, and the translation with them."),
  ];
}

/** @param {Page} page */
function temperatureSlider(page) {
  const { temperature } = page.state.intervention;
  const shown = el("output", {}, num(temperature, 1));
  return el(
    "label",
    {},
    "temperature ",
    shown,
    el("br", {}),
    slider(
      { id: "temperature", min: 0.1, max: 5, step: 0.1, value: temperature },
      {
        drag: (value) => {
          shown.textContent = num(value, 1);
        },
        release: (value) => page.change({ temperature: value }),
      },
    ),
  );
}

/**
 * The probability of the token that is written here, now and with one more change.
 * @param {Page} page
 * @param {Partial<Intervention>} more
 * @param {boolean} isMade
 * @param {string} how
 * @returns {Child}
 */
function effect(page, more, isMade, how = "") {
  const { step } = page.state;
  const now = chance(Math.exp(page.inspection.logprobs[step]));
  if (isMade) return `${now} now, with it`;
  const score = page.scoreWith(more);
  return `${now} → ${score ? chance(Math.exp(score.logprobs[step])) : WAITING}${how}`;
}
