// The start of the page's script: it draws the panels and listens to keys, printing and the window.

/** @import { Inspection } from "./inspection.js" */

import { recall } from "./address.js";
import { badge, byId, el } from "./elements.js";
import { placeOf } from "./grid.js";
import { readInspection } from "./inspection.js";
import { Page } from "./page.js";
import { explanation } from "./panels/explanation.js";
import { heads } from "./panels/heads.js";
import { matrix } from "./panels/matrix.js";
import { origins } from "./panels/origins.js";
import { row } from "./panels/row.js";
import { whatIf } from "./panels/what_if.js";
import { whoAsks } from "./panels/who_asks.js";
import { layOutForPaper, layOutForScreen } from "./paper.js";

const page = new Page(readInspection(JSON.parse(byId("data").textContent)), [
  ["Who asks, who answers?", whoAsks],
  ["Where do Q, K and V come from?", origins],
  ["One row, worked", row],
  ["The whole matrix", matrix],
  ["Several heads", heads],
  ["What if?", whatIf],
  ["Is attention an explanation?", explanation],
]);
listen(page);
introduce(page.inspection);
byId("panels").append(...page.panels.map(({ panel }) => panel));
recall(page);
page.update();

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
  addEventListener("beforeprint", () => layOutForPaper(page));
  addEventListener("afterprint", () => layOutForScreen(page));
  page.dark.addEventListener("change", () => page.update());
  addEventListener("resize", () => {
    if (byId("panels").clientWidth !== page.room) page.update();
  });
  addEventListener("hashchange", () => {
    recall(page);
    page.update();
  });
}

/**
 * Fill in the title and the text above the panels.
 * @param {Inspection} inspection
 */
function introduce({ text, translation, how, whatIf }) {
  document.title = `“${text}”: where the model looked`;
  byId("opening").textContent = whatIf.length
    ? "The page opens on the step and the head that matter most: where switching one head off moves a written word furthest."
    : "The page opens on the step and the head with the longest contribution.";
  byId("sentence").append(
    el("span", {}, badge("enc"), ` ${text}`),
    el("span", {}, badge("dec"), ` ${translation}`),
    el("span", { class: "quiet" }, `Translation: ${how}.`),
  );
}
