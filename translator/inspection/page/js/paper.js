// On paper everything is open; afterwards the page is as it was.

/** @import { Page } from "./page.js" */

import { unfoldSteps } from "./panels/row.js";

/** @param {Page} page */
export function layOutForPaper(page) {
  page.printing = {
    open: page.panels.map(({ panel }) => panel.open),
    unfolded: [...page.unfolded],
  };
  for (const { panel } of page.panels) panel.open = true;
  unfoldSteps(page);
}

/** @param {Page} page */
export function layOutForScreen(page) {
  const { printing } = page;
  if (!printing) return;
  page.panels.forEach(({ panel }, i) => {
    panel.open = printing.open[i];
  });
  page.unfolded = new Set(printing.unfolded);
  page.printing = null;
  page.update();
}
