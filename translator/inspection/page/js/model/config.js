// The shape of a model, and the ids that are the same in every one.

/**
 * @typedef {object} Config
 * @property {number} dModel
 * @property {number} numHeads
 * @property {number} numEncoderLayers
 * @property {number} numDecoderLayers
 * @property {number} dFf
 * @property {number} vocabSize
 * @property {number} maxSrcLength the longest source in training, with </s>
 * @property {number} splitOver tokens above which the program translates a text sentence by sentence;
 *   0: always
 */

/** <pad>, <unk>, <s>, </s>. */
export const [PAD_ID, UNK_ID, BOS_ID, EOS_ID] = [0, 1, 2, 3];
