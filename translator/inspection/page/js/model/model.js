// The trained model that the page brings along.

/** @import { Vocabulary } from "./tokenizer.js" */
/** @import { Config } from "./config.js" */
/** @import { EmbeddedTensor, Precision } from "./weights.js" */

import { Tokenizer } from "./tokenizer.js";
import { Transformer } from "./transformer.js";
import { readTensors } from "./weights.js";

/**
 * What translator/inspection/page/engine.py makes of a translator.
 * @typedef {object} EmbeddedModel
 * @property {Config} config
 * @property {number} parameters
 * @property {Precision} precision
 * @property {EmbeddedTensor[]} tensors
 * @property {Vocabulary} vocabulary
 * @property {{ beamSize: number, lengthPenalty: number }} decoding
 */

/** @param {EmbeddedModel} embedded */
export const readModel = ({ config, precision, tensors, vocabulary }) => ({
  tokenizer: new Tokenizer(vocabulary),
  transformer: new Transformer(config, readTensors(tensors, precision)),
});
