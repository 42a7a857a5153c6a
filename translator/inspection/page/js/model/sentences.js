// The sentences of a text, which the program translates one by one: translator/decoding/sentences.py.

import { normalize } from "./normalization.js";

const ABBREVIATIONS =
  "Mr Mrs Ms Dr Prof Rev Gen Col Capt Lt Sgt St Jr Sr Inc Ltd Co vs etc cf al approx " +
  "Hr Fr Nr Str bzw ca usw evtl ggf inkl";
const WORD = String.raw`\p{L}\p{N}`;
const NO_END = `(?<!(?<![${WORD}_])(?:${ABBREVIATIONS.replaceAll(" ", "|")}|[${WORD}]|\\p{Nd}{2})\\.)`;
const STOPS = String.raw`.!?…\u0589\u061f\u06d4\u0964\u0965\u104b\u1362\u17d4`;
const CLOSING = String.raw`["'”’“‘»«›‹\)\]]`;
const WIDE_STOPS = "。｡！？";
const WIDE_CLOSING = String.raw`[」』】〉》）］"'”’\)\]]`;
const SENTENCE_END = new RegExp(
  `[${STOPS}${WIDE_STOPS}](?:` +
    `(?<![${STOPS}].)(?:${NO_END}|(?=[${STOPS}]))[${STOPS}]*` +
    // A sentence does not end before a small letter: "Go!" he said.
    `(?: +|${CLOSING}+ +(?![ a-zäöüß]))` +
    `|(?<=[${WIDE_STOPS}])[${WIDE_STOPS}]*${WIDE_CLOSING}* *)`,
  "gsu",
);
const LINE_ENDS = String.raw`\n-\r\x1c-\x1e\x85\u2028\u2029`;
const LINE_END = new RegExp(`\\r\\n|[${LINE_ENDS}]`);

/**
 * The sentences of each line, normalized, each with the white space that follows.
 * @param {string} text
 */
export const sentencesOf = (text) =>
  text
    .split(LINE_END)
    .map(normalize)
    .flatMap((line) => {
      const ends = [...line.matchAll(SENTENCE_END)].map(({ index, 0: end }) => index + end.length);
      return [0, ...ends].map((start, i) => line.slice(start, ends[i])).filter(Boolean);
    });
