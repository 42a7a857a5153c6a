// What the file brings along beside its scripts, as page.py embeds it.

/** @import { Place } from "./inspection.js" */
/** @import { EmbeddedLearning } from "./learning.js" */
/** @import { EmbeddedModel, readModel } from "./model/model.js" */
/** @import { score } from "./model/record.js" */

/**
 * @typedef {object} Asked
 * @property {string} name of the run
 * @property {string} text on which the page opens
 * @property {string | null} tgt its translation, where the user has given one
 * @property {Place} start a row worth looking at
 * @property {string[]} examples
 * @property {{ source: string, target: string } | null} languages as BCP 47 names them
 * @property {Check[]} checks
 * @property {Faithfulness | null} faithfulness
 * @property {EmbeddedLearning | null} learning
 * @property {number[]} thenSteps at which the file has the model's weights, too
 */
/** @typedef {EmbeddedModel & Asked} Embedded */
/**
 * A sentence that the program translated with the weights of this file.
 * @typedef {{ text: string, translation: string, logprob: number }} Check
 */
/**
 * How well attention explains, over many sentences; measured by explanation.py, which says more.
 * @typedef {object} Faithfulness
 * @property {number} numSentences
 * @property {number} numSteps decoding steps at which some token matters
 * @property {number} top1Weights share of them where the heaviest token is the one that matters most
 * @property {number} top1Norms the same by norms
 * @property {Losses} comprehensiveness tokens hidden
 * @property {Losses} sufficiency all but these tokens hidden
 * @property {number[][]} headAlone nats lost without the head, by layer and head
 * @property {number[]} layerTogether nats lost without all heads of the layer
 */
/**
 * Nats that a written token loses, for 1, 2 and 3 tokens.
 * @typedef {{ lostHeaviest: number[], lostBest: number[], lostRandom: number[] }} Losses
 */
/** @typedef {ReturnType<typeof readModel>} Model */
/** @typedef {Awaited<ReturnType<typeof score>>} Score */

export {};
