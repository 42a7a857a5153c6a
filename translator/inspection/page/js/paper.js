// On paper everything is unfolded; afterwards the page is as it was.

/** @import { Surface } from "./surface.js" */

/** @param {Surface} page */
export function layOutForPaper(page) {
  page.printing = [...page.unfolded];
  for (const more of document.querySelectorAll("details")) page.unfolded.add(more.id);
  page.update();
}

/** @param {Surface} page */
export function layOutForScreen(page) {
  if (!page.printing) return;
  page.unfolded = new Set(page.printing);
  page.printing = null;
  page.update();
}
