// Under the translation: how it came about, the other hypotheses, and notices.

/** @import { Page } from "../page.js" */
/** @import { SearchName } from "../state.js" */

import { dropDown, el } from "../elements.js";
import { noticesOf } from "../notices.js";
import { fold } from "../views.js";
import { beam } from "./beam.js";

/** @param {Page} page */
export function translation(page) {
  const { inspection, original } = page;
  const isOther = inspection.translation !== original.translation;
  return [
    page.isChanged() &&
      el(
        "p",
        { class: "quiet", id: "unchanged" },
        isOther ? "Without your changes: " : "The same as without your changes.",
        isOther && el("span", { lang: page.embedded.languages?.target }, original.translation),
      ),
    how(page),
    noticesOf(page).map((notice) => el("p", { class: "notice" }, notice)),
  ];
}

/**
 * How the translation was found, and what else the search has to offer.
 * @param {Page} page
 */
function how(page) {
  const { state, answer } = page;
  if (!answer) return null;
  if (state.tgt !== null) {
    return el(
      "p",
      { class: "quiet" },
      "This translation was given; the decoder reads it as if it had written it. The button above asks the model for its own.",
    );
  }
  const { hypotheses } = answer;
  return fold(page, "hypotheses", summaryOf(page), () => [
    el("div", { class: "tools" }, searches(page), state.search === "sampling" && again(page)),
    el("p", { class: "quiet" }, about(page)),
    hypotheses.length > 1 && beam(page, hypotheses),
  ]);
}

/** @param {Page} page */
function summaryOf({ state, answer, beam }) {
  const { hypotheses } = /** @type {NonNullable<typeof answer>} */ (answer);
  if (state.search === "greedy") return "Found by greedy search";
  if (state.search === "sampling") return `Drawn at random, sample ${state.seed}`;
  const size = beam.kind === "beam" ? beam.beamSize : 1;
  return `Beam search, ${size} wide: this is number ${state.hypothesis + 1} of the ${hypotheses.length} that it found`;
}

/** @param {Page} page */
function about({ state }) {
  const texts = {
    beam: "Beam search keeps several beginnings at once and ends with those whose tokens are most probable on average. Choose one: every row below is then that translation's own. Beside each, how probable the model finds it as a whole.",
    greedy:
      "Greedy search writes the most probable token at each decoding step and never goes back.",
    sampling: "Each token is drawn at random with the model's own probability.",
  };
  return texts[state.search];
}

/** @param {Page} page */
const searches = (page) =>
  dropDown(
    "search",
    "how to search",
    [
      ["beam", "beam search"],
      ["greedy", "greedy"],
      ["sampling", "draw at random"],
    ],
    page.state.search,
    (value) => page.go({ search: /** @type {SearchName} */ (value), tgt: null, hypothesis: 0 }),
  );

/** @param {Page} page */
const again = (page) =>
  el(
    "button",
    { id: "again", onclick: () => page.go({ seed: page.state.seed + 1 }) },
    "Draw another",
  );
