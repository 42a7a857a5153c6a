// What the file of a head report brings along: the fields of heads/report.py, which says more, as
// `heads --json` writes them. Layers and heads count from 0.

/** @typedef {[mean: number, low: number, high: number]} Estimate  with the ends of its interval */
/** @typedef {[layer: number, head: number]} Head */
/** @typedef {number[][]} ByHead  by layer and head */
/** @typedef {Estimate[][]} Estimates  by layer and head */
/** @typedef {"entropy" | "largest" | "sink_share" | "same_position" | "coverage"} Measure */
/** @typedef {"weights" | "norms" | "alti" | "gradient_x_input" | "best" | "random"} View */
/**
 * @typedef {object} HeadReport
 * @property {string} run
 * @property {string} split
 * @property {number} num_sentences
 * @property {number} num_rows
 * @property {number} bleu
 * @property {string} bleu_signature
 * @property {Record<Measure, Estimates>} pattern
 * @property {Estimates} zeroed
 * @property {Estimates} uniform
 * @property {ByHead} bleu_without
 * @property {Estimate[]} layer_zeroed
 * @property {number[]} layer_bleu_without
 * @property {Pruned[]} pruning
 * @property {Alignment | null} alignment
 * @property {Contributions} contributions
 * @property {Record<View, Explained> | null} explained
 * @property {number} num_explained
 */
/** @typedef {{ removed: Head | null, bleu: number, lost: number }} Pruned */
/**
 * @typedef {object} Alignment
 * @property {number} num_sentences
 * @property {ByHead} by_weights
 * @property {ByHead} by_norms
 * @property {Reader} chosen
 * @property {number} chosen_on_validation
 * @property {number} chosen_here
 * @property {Head} best_head
 * @property {number} best_head_here
 * @property {Way[]} ways all ways to read links from a head
 */
/**
 * @typedef {object} Reader
 * @property {number | null} layer
 * @property {number | null} head
 * @property {"weights" | "norms"} by
 * @property {"reads" | "writes"} rows
 * @property {"target" | "source" | "both"} chosen_by
 */
/**
 * @typedef {Pick<Reader, "by" | "rows" | "chosen_by"> & {
 *   best_head: Head, best_head_on_validation: number, best_head_here: number,
 *   mean_on_validation: number, mean_here: number
 * }} Way
 */
/** @typedef {"embedding" | "self-attention" | "cross-attention" | "feed-forward" | "biases" | "total"} ModelPart */
/**
 * @typedef {object} Contributions
 * @property {Estimate} source_share
 * @property {Estimates} head_logit
 * @property {Record<ModelPart, Estimate>} part_logit
 */
/**
 * @typedef {object} Explained
 * @property {Estimate | null} top1
 * @property {Estimate[]} comprehensiveness for 1, 2 and 3 tokens
 * @property {Estimate[]} sufficiency
 */

export {};
