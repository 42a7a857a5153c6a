// One question to the model: a text, how it is translated, and what is changed; and its answer.

/** @import { Inspection } from "./inspection.js" */
/** @import { Intervention } from "./model/intervention.js" */
/** @import { Model } from "./embedded.js" */
/** @import { Hypothesis, Strategy } from "./model/search.js" */
/** @import { Asked } from "./state.js" */

import { isNothing } from "./changes.js";
import { inspectionOf } from "./inspection.js";
import { EOS_ID, PAD_ID } from "./model/config.js";
import { NOTHING } from "./model/intervention.js";
import { record, score } from "./model/record.js";
import { decode } from "./model/search.js";

/**
 * @typedef {object} Answer
 * @property {Asked} asked
 * @property {Inspection} inspection of the model with what is changed
 * @property {Inspection} original of the model as it is; the same where nothing is changed
 * @property {Hypothesis[]} hypotheses what the search ended with, the best first; none where the
 *   translation was given
 * @property {number[]} before log-probability of each token of the original translation
 * @property {number[]} after the same, had the changed model been given that translation to read
 * @property {Unchanged} unchanged kept for the next change to the same sentence
 */
/**
 * What the model as it is does with a text.
 * @typedef {{ key: string, hypotheses: Hypothesis[], original: Inspection }} Unchanged
 */
/** Why a text is not translated, in words for the reader. */
export class Refusal extends Error {}

/** @type {Strategy} */
const GREEDY = { kind: "beam", beamSize: 1, lengthPenalty: 1, numBest: 1 };
/** A longer sentence is no picture any more, and takes long. */
const MAX_TOKENS = 150;

/**
 * @param {Model} model
 * @param {Strategy} beam the program's own
 * @param {Asked} asked
 * @param {AbortSignal} signal
 * @param {Unchanged | null} known of an earlier answer
 * @param {(translation: string) => void} tell the translation, as soon as it is found
 * @returns {Promise<Answer>}
 */
export async function answerTo(model, beam, asked, signal, known, tell) {
  const { intervention, hypothesis } = asked;
  const isChanged = !isNothing(intervention);
  const session = new Session(model, beam, asked, signal);
  const unchanged = await session.unchanged(
    isChanged ? 0 : hypothesis,
    known,
    isChanged ? null : tell,
  );
  const { original } = unchanged;
  const before = original.logprobs;
  if (!isChanged) {
    const { hypotheses } = unchanged;
    return { asked, inspection: original, original, hypotheses, before, after: before, unchanged };
  }
  const hypotheses = await session.search(intervention);
  const target = session.target(hypotheses, hypothesis);
  tell(model.tokenizer.text(target));
  const inspection = await session.inspect(target, intervention);
  const after = await session.logprobs(original.writeIds, intervention);
  return { asked, inspection, original, hypotheses, before, after, unchanged };
}

/** One text, and how it is translated. */
class Session {
  /**
   * @param {Model} model
   * @param {Strategy} beam
   * @param {Asked} asked
   * @param {AbortSignal} signal
   */
  constructor(model, beam, asked, signal) {
    this.model = model;
    this.signal = signal;
    this.source = encoded(model, asked.text, "sentence");
    this.given = asked.tgt === null ? null : encoded(model, asked.tgt, "translation");
    this.strategy = strategyOf(beam, asked);
    this.isSlow = !this.given && this.strategy.kind === "beam" && this.strategy.beamSize > 1;
    this.key = JSON.stringify([this.source, this.given, this.strategy]);
  }

  /**
   * @param {number} hypothesis
   * @param {Unchanged | null} known
   * @param {((translation: string) => void) | null} tell
   * @returns {Promise<Unchanged>}
   */
  async unchanged(hypothesis, known, tell) {
    const key = `${this.key} ${hypothesis}`;
    if (known?.key === key) {
      tell?.(known.original.translation);
      return known;
    }
    if (tell && this.isSlow) tell(await this.greedily());
    const hypotheses = await this.search(NOTHING);
    const target = this.target(hypotheses, hypothesis);
    tell?.(this.model.tokenizer.text(target));
    return { key, hypotheses, original: await this.inspect(target, NOTHING) };
  }

  /** What stands on the screen until the beam search, which takes several times as long, is done. */
  async greedily() {
    const { model, source, signal } = this;
    const [best] = await decode(model.transformer, source, GREEDY, { signal });
    return model.tokenizer.text(best.ids);
  }

  /** @param {Intervention} intervention */
  async search(intervention) {
    const { model, source, strategy, signal } = this;
    if (this.given) return [];
    return decode(model.transformer, source, strategy, { intervention, signal });
  }

  /** @type {(hypotheses: Hypothesis[], at: number) => number[]} */
  target(hypotheses, at) {
    return this.given ?? hypotheses[Math.min(at, hypotheses.length - 1)].ids;
  }

  /**
   * @param {number[]} writeIds
   * @param {Intervention} intervention
   */
  async inspect(writeIds, intervention) {
    const { model, source, signal } = this;
    const asked = { intervention, signal };
    const recorded = await record(model.transformer, source, writeIds, asked);
    const sourceIds = [...source, ...new Array(intervention.pads).fill(PAD_ID)];
    return inspectionOf(model, { sourceIds, writeIds, recorded });
  }

  /**
   * @param {number[]} target
   * @param {Intervention} intervention
   */
  async logprobs(target, intervention) {
    const { model, source, signal } = this;
    return (await score(model.transformer, source, target, { intervention, signal })).logprobs;
  }
}

/**
 * @param {Model} model
 * @param {string} text
 * @param {string} what
 */
function encoded({ tokenizer }, text, what) {
  const ids = tokenizer.encode(text);
  if (ids.length === 1 && ids[0] === EOS_ID) throw new Refusal(`The ${what} is empty: type one.`);
  if (ids.length > MAX_TOKENS) {
    throw new Refusal(
      `The ${what} has ${ids.length} tokens, and this page shows at most ${MAX_TOKENS}: give it sentence by sentence.`,
    );
  }
  return ids;
}

/**
 * @param {Strategy} beam
 * @param {Asked} asked
 * @returns {Strategy}
 */
export function strategyOf(beam, { search, seed }) {
  if (search === "sampling") {
    return { kind: "sampling", temperature: 1, topK: 0, topP: 1, numSamples: 1, seed };
  }
  return search === "greedy" ? GREEDY : beam;
}
