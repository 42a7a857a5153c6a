// What the file brings along beside its scripts, as page.py embeds it.

/** @import { Place } from "./inspection.js" */
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
 */
/** @typedef {EmbeddedModel & Asked} Embedded */
/**
 * A sentence that the program translated with the weights of this file.
 * @typedef {{ text: string, translation: string, logprob: number }} Check
 */
/**
 * What attention explains over many sentences, as measured by explanation.py.
 * @typedef {Record<string, any>} Faithfulness
 */
/** @typedef {ReturnType<typeof readModel>} Model */
/** @typedef {Awaited<ReturnType<typeof score>>} Score */

export {};
