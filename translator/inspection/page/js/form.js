// The field for a sentence, and examples to choose from.

/** @import { Page } from "./page.js" */

import { forAnotherSentence } from "./changes.js";
import { byId, el } from "./elements.js";

/** Between two keystrokes of somebody who types. */
const PAUSE_IN_MILLISECONDS = 80;
const MAX_CHARACTERS = 2000;

/** @param {Page} page */
export function askForm(page) {
  const { languages } = page.embedded;
  let timer = 0;
  const field = el("input", {
    id: "text",
    value: page.state.text,
    maxlength: MAX_CHARACTERS,
    autocomplete: "off",
    spellcheck: "false",
    lang: languages?.source,
    oninput: () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => ask(page, field.value), PAUSE_IN_MILLISECONDS);
    },
  });
  return el(
    "form",
    {
      id: "ask",
      onsubmit: (event) => {
        event.preventDefault();
        clearTimeout(timer);
        ask(page, field.value);
      },
    },
    el(
      "span",
      { class: "above" },
      el("label", { for: "text", id: "text-label" }, "Type a sentence"),
      examples(page, field),
    ),
    el("span", { class: "field" }, field, el("button", { id: "translate" }, "Translate")),
  );
}

/**
 * Sentences to choose from.
 * @param {Page} page
 * @param {HTMLInputElement} field
 */
function examples(page, field) {
  const list = el(
    "select",
    {
      id: "examples",
      "aria-label": "Examples",
      onchange: () => {
        field.value = list.value;
        list.selectedIndex = 0;
        ask(page, field.value);
      },
    },
    el("option", { value: "" }, "or take an example …"),
    page.embedded.examples.map((text) => el("option", { value: text }, text)),
  );
  return list;
}

/**
 * @param {Page} page
 * @param {string} text
 */
function ask(page, text) {
  if (text === page.state.text && page.state.tgt === null && !page.refusal) return;
  const intervention = forAnotherSentence(page.state.intervention);
  page.go({ text, tgt: null, hypothesis: 0, intervention });
}

/**
 * Say which language is expected. It comes after the first translation, since browsers take their
 * time to find out what languages are called.
 * @param {Page} page
 */
export function nameLanguage({ embedded: { languages } }) {
  if (!languages) return;
  const names = new Intl.DisplayNames("en", { type: "language" });
  byId("text-label").append(` in ${names.of(languages.source)}`);
}
