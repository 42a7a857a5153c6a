// What the model did with the reader's sentence at earlier steps of its training. Its weights of then
// lie in the file beside those of now, and are not read before somebody asks.

/** @import { Frame } from "./learning.js" */
/** @import { EmbeddedTensor } from "./model/weights.js" */
/** @import { Page } from "./page.js" */

import { byId } from "./elements.js";
import { record } from "./model/record.js";
import { decode } from "./model/search.js";
import { Transformer } from "./model/transformer.js";
import { readTensors } from "./model/weights.js";
import { strategyOf } from "./session.js";

/** The browser reads them after the script has begun. */
const allRead = () =>
  new Promise((resolve) => {
    if (document.readyState !== "loading") resolve(null);
    else document.addEventListener("DOMContentLoaded", resolve);
  });

export class Earlier {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<number, Transformer>} */
    this.models = new Map();
    /** What was asked of the translation that the page shows, by step. */
    this.known = /** @type {Map<number, Frame>} */ (new Map());
    this.translation = "";
    /** The step that is to be asked next. */
    this.wanted = /** @type {number | null} */ (null);
    this.isBusy = false;
  }

  /**
   * What the model of `step` did: null until it has been asked, which begins now. Then the page is
   * drawn again.
   * @param {number} step
   * @returns {Frame | null}
   */
  frame(step) {
    if (this.translation !== this.asked()) {
      this.known.clear();
      this.translation = this.asked();
    }
    const known = this.known.get(step);
    if (!known) {
      this.wanted = step;
      this.work();
    }
    return known ?? null;
  }

  /** What the models of then are asked: a sentence, how to search, and a translation to read. */
  asked() {
    const { answer, state } = this.page;
    const { sourceIds, writeIds } = answer?.original ?? {};
    return JSON.stringify([sourceIds, writeIds, state.search, state.seed]);
  }

  /** Ask for what is wanted last; a slider may have moved on meanwhile. */
  async work() {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.wanted !== null) {
      const step = this.wanted;
      const { translation, page } = this;
      const { signal } = page.asking;
      this.wanted = null;
      try {
        const found = await this.ask(step, signal);
        if (translation === this.translation) this.known.set(step, found);
        page.update();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    this.isBusy = false;
  }

  /**
   * Its own translation, and how it reads the one that the page shows.
   * @param {number} step
   * @param {AbortSignal} signal
   * @returns {Promise<Frame>}
   */
  async ask(step, signal) {
    const { beam, model, original, state } = this.page;
    const { sourceIds, writeIds } = original;
    await allRead();
    const transformer = this.modelOf(step);
    const [best] = await decode(transformer, sourceIds, strategyOf(beam, state), { signal });
    const found = await record(transformer, sourceIds, writeIds, { signal });
    const { cross, encoderSelf, decoderSelf, logprobs } = found;
    const kinds = {
      cross_attn: cross,
      encoder_self_attn: encoderSelf,
      decoder_self_attn: decoderSelf,
    };
    return {
      weights: (kind) => kinds[kind].map(({ weights }) => weights),
      probabilities: writeIds.map((id, t) => Math.exp(logprobs[t][id])),
      translation: model.tokenizer.text(best.ids),
    };
  }

  /** @param {number} step */
  modelOf(step) {
    const known = this.models.get(step);
    if (known) return known;
    /** @type {EmbeddedTensor[]} */
    const tensors = JSON.parse(byId(`weights-${step}`).textContent);
    const model = new Transformer(this.page.embedded.config, readTensors(tensors, "int8"));
    this.models.set(step, model);
    return model;
  }
}
