// Asks the page's engine what Python wants to compare: node parity.js MODEL.json
//
// MODEL.json is what `embed_model` returns. Each line of the input is a list in JSON of calls, [name,
// ...arguments], see ANSWERS; for each a line with the list of their answers is printed.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const ENGINE = "../../../../translator/inspection/page/js/model/";
const { readModel } = await import(`${ENGINE}model.js`);
const { normalize } = await import(`${ENGINE}normalization.js`);
const { sentencesOf } = await import(`${ENGINE}sentences.js`);
const { record, score } = await import(`${ENGINE}record.js`);
const { decode } = await import(`${ENGINE}search.js`);
const { uniforms } = await import(`${ENGINE}draws.js`);
const { groupIntoWords } = await import(`${ENGINE}words.js`);
const { readTensors } = await import(`${ENGINE}weights.js`);
const { NOTHING } = await import(`${ENGINE}intervention.js`);

const embedded = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { tokenizer, transformer } = readModel(embedded);

/** An intervention names only what it changes. */
const options = (change) => ({ intervention: { ...NOTHING, ...change } });

const ANSWERS = {
  normalize,
  sentences: sentencesOf,
  encode: (text) => tokenizer.encode(text),
  text: (ids) => tokenizer.text(ids),
  pieces: (ids) => tokenizer.pieces(ids),
  words: groupIntoWords,
  tensors: () => Object.fromEntries(readTensors(embedded.tensors, embedded.precision)),
  projection: (...place) => transformer.projection(...place),
  uniforms,
  decode: (source, strategy, change) => decode(transformer, source, strategy, options(change)),
  record: (source, target, change) => record(transformer, source, target, options(change)),
  score: (source, target, change) => score(transformer, source, target, options(change)),
};

async function answered([name, ...given]) {
  const started = process.cpuUsage();
  const answer = await ANSWERS[name](...given);
  const { user, system } = process.cpuUsage(started);
  return { answer, milliseconds: (user + system) / 1000 };
}

const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);

for await (const line of createInterface({ input: process.stdin })) {
  const answers = [];
  for (const call of JSON.parse(line)) answers.push(await answered(call));
  process.stdout.write(`${JSON.stringify(answers, plain)}\n`);
}
