// 1. Who asks, who answers?

/** @import { Page } from "../page.js" */

import { badge, el, h3, p, quiet, table } from "../elements.js";
import { quoted, show } from "../labels.js";
import { chance, largest, whole } from "../numbers.js";
import { bar } from "../pictures.js";
import { figure } from "../views.js";
import { lanes } from "./lanes.js";

const MILLISECONDS_A_STEP = 1400;

/** @param {Page} page */
export function whoAsks(page) {
  const { reads, writes, how } = page.inspection;
  const t = page.state.step;
  const { weights } = page.row();
  const sources = page.sources();
  const best = largest(weights);
  const csv = () => [
    ["step", "reads", "writes", "source", "weight"],
    ...page.row().weights.map((w, s) => [t + 1, reads[t], writes[t], sources[s], w]),
  ];
  return [
    p(
      badge("dec"),
      ` has just read ${quoted(reads[t])} and is about to write ${quoted(writes[t])}. It asks. Every token of the sentence `,
      badge("enc"),
      ` answers, as loudly as its weight: here ${quoted(sources[best])} with ${whole(weights[best])}.`,
      page.isChanged() && " (With what you have changed in panel 3.)",
    ),
    figure(
      page,
      "who",
      csv,
      lanes(page),
      "Point at a step or at a word of the sentence to see its links; click a step, or walk with the arrow keys. The step to the right reads what this one has written. A line under tokens: one word in pieces.",
      el(
        "button",
        { id: "play", onclick: () => play(page) },
        page.playing ? "Pause" : "Play the steps",
      ),
    ),
    h3("What it might have written instead"),
    table(
      "The most probable tokens",
      ["token", "probability", ""],
      alternatives(page).map(({ piece, logprob, isWritten }) => [
        show(piece),
        chance(Math.exp(logprob)),
        el(
          "span",
          { class: "with" },
          bar(Math.exp(logprob), isWritten ? "dec" : "other", 160),
          isWritten ? " written" : "",
        ),
      ]),
    ),
    how.startsWith("given")
      ? quiet("The translation was given by the user; the model read it as if it had written it.")
      : null,
  ];
}

/**
 * The most probable tokens, plus the written one if it is not among them.
 * @param {Page} page
 */
function alternatives({ inspection, state: { step } }) {
  const written = inspection.writes[step];
  const known = inspection.alternatives[step].map(([piece, logprob]) => ({
    piece,
    logprob,
    isWritten: piece === written,
  }));
  return known.some((one) => one.isWritten)
    ? known
    : [...known, { piece: written, logprob: inspection.logprobs[step], isWritten: true }];
}

/**
 * Start or stop walking through the steps.
 * @param {Page} page
 */
function play(page) {
  const isLast = () => page.state.step === page.inspection.numSteps - 1;
  if (page.playing) {
    clearInterval(page.playing);
    page.playing = null;
  } else {
    if (isLast()) page.go({ step: 0 });
    page.playing = window.setInterval(() => {
      if (isLast()) play(page);
      else page.go({ step: page.state.step + 1 });
    }, MILLISECONDS_A_STEP);
  }
  page.update();
}
