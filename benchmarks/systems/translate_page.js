// Milliseconds a sentence of the page's engine; the same in Node and in a browser.

import { readModel } from "../../translator/inspection/page/js/model/model.js";
import { decode } from "../../translator/inspection/page/js/model/search.js";

const WARM_UP = 20; // sentences, after which the engine's code is compiled

/** How long each of the texts took, one at a time. */
export async function millisecondsOf(embedded, texts, beamSize) {
  const { tokenizer, transformer } = readModel(embedded);
  const { lengthPenalty } = embedded.decoding;
  const strategy = { kind: "beam", beamSize, lengthPenalty, numBest: 1 };
  const translate = async (text) => {
    const [best] = await decode(transformer, tokenizer.encode(text), strategy);
    tokenizer.text(best.ids);
  };
  for (const text of texts.slice(0, WARM_UP)) await translate(text);
  const milliseconds = [];
  for (const text of texts) {
    const started = performance.now();
    await translate(text);
    milliseconds.push(performance.now() - started);
  }
  return milliseconds;
}
