// The start of the page's script: it reads the model, asks for the first translation, and listens.

/** @import { Embedded } from "./embedded.js" */
/** @import { Draw } from "./page.js" */

import { recall } from "./address.js";
import { checkItself } from "./check.js";
import { changed, controls } from "./controls.js";
import { byId, el } from "./elements.js";
import { askForm, nameLanguage } from "./form.js";
import { placeOf } from "./grid.js";
import { quoted } from "./labels.js";
import { readLearning } from "./learning.js";
import { readModel } from "./model/model.js";
import { noteScrolled, Page } from "./page.js";
import { explanation } from "./panels/explanation.js";
import { heads } from "./panels/heads.js";
import { learning } from "./panels/learning.js";
import { matrix } from "./panels/matrix.js";
import { origins } from "./panels/origins.js";
import { row } from "./panels/row.js";
import { translation } from "./panels/translation.js";
import { whatIf } from "./panels/what_if.js";
import { whoAsks } from "./panels/who_asks.js";
import { layOutForPaper, layOutForScreen } from "./paper.js";

/** @typedef {[title: string, short: string, draw: Draw]} Chapter */
/** @type {Chapter[]} */
const STORY = [
  ["Who asks, and who answers?", "Who asks", whoAsks],
  ["Where do Q, K and V come from?", "Q, K, V", origins],
  ["One row, worked", "One row", row],
  ["The whole matrix", "Matrix", matrix],
  ["Several heads", "Heads", heads],
  ["What if?", "What if", whatIf],
  ["Does attention explain?", "Explains?", explanation],
];
/**
 * The last, since it leaves the reader's sentence for others.
 * @type {Chapter}
 */
const LEARNING = ["Watch it learn", "Learning", learning];

start();

async function start() {
  /** @type {Embedded} */
  const embedded = JSON.parse(byId("model").textContent);
  const page = new Page(embedded, readModel(embedded));
  const isPlaced = recall(page);
  introduce(embedded);
  if (embedded.languages) byId("german").lang = embedded.languages.target;
  byId("form").append(askForm(page));
  page.show(byId("translation"), translation);
  const story = embedded.learning ? [...STORY, LEARNING] : STORY;
  const short = story.map(([, name]) => name);
  page.show(byId("controls"), () => controls(page, short));
  story.forEach(([title, , draw], i) => {
    byId("story").append(section(page, i + 1, title, draw));
  });
  page.show(byId("changes"), changed);
  listen(page);
  readRecord(page);
  await page.ask(isPlaced);
  nameLanguage(page);
  checkItself(page);
}

/** @param {Page} page */
async function readRecord(page) {
  const { learning, config } = page.embedded;
  if (!learning) return;
  page.learning = await readLearning(learning, config);
  page.update();
}

/** @param {Embedded} embedded */
function introduce({ name, parameters, precision }) {
  const millions = (parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 1);
  document.title = `${name}: where the model looks`;
  byId("about").append(
    `This page is the model: the ${millions} million numbers of the run ${quoted(name)}, kept as ${precision}, work here in your browser. Nothing that you type leaves it.`,
  );
}

/**
 * A section of the story, and the link that jumps to it.
 * @param {Page} page
 * @param {number} number
 * @param {string} title
 * @param {Draw} draw
 */
function section(page, number, title, draw) {
  const body = el("div", { class: "body" });
  page.show(body, draw);
  return el(
    "section",
    { id: `section-${number}`, "aria-labelledby": `title-${number}` },
    el(
      "h2",
      { id: `title-${number}`, tabindex: -1 },
      el("span", { class: "ordinal" }, String(number)),
      title,
    ),
    body,
  );
}

/** @param {Page} page */
function listen(page) {
  document.addEventListener("mousemove", (event) => {
    page.pointer = placeOf(event);
  });
  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input, select, textarea, [role=grid], .wide")) return;
    event.preventDefault();
    page.go({ step: page.state.step + by });
  });
  document.addEventListener("scroll", noteScrolled, { capture: true, passive: true });
  addEventListener("beforeprint", () => layOutForPaper(page));
  addEventListener("afterprint", () => layOutForScreen(page));
  page.dark.addEventListener("change", () => page.update());
  addEventListener("resize", () => {
    if (byId("story").clientWidth !== page.room) page.update();
  });
  addEventListener("hashchange", () => {
    const isPlaced = recall(page);
    /** @type {HTMLInputElement} */ (byId("text")).value = page.state.text;
    page.ask(isPlaced);
  });
}
