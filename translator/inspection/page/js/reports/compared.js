// What the file of a comparison brings along: the fields of comparison.py or heads/comparison.py,
// which say more. A is the first run, B the second; layers and heads count from 0.

/** @import { Matrix } from "../inspection.js" */
/** @import { Estimate, Head, HeadReport, Measure } from "./head_report.js" */

/** @typedef {{ first: Head, second: Head, likeness: number }} HeadPair */
/**
 * @typedef {object} Matching
 * @property {HeadPair[]} pairs
 * @property {HeadPair[]} only_first heads of A without a partner, each beside the most like of B
 * @property {HeadPair[]} only_second
 * @property {number[][][][]} likeness by layer and head of A, then by those of B
 */
/**
 * One sentence, and two translators.
 * @typedef {object} SentenceComparison
 * @property {[string, string]} names
 * @property {string} text
 * @property {{ translation: string, how: string }[]} own
 * @property {string} target
 * @property {"A" | "B" | "user"} target_by
 * @property {number[][]} logprobs by who reads, then by who wrote
 * @property {"pieces" | "words"} units
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {[Matrix[][], Matrix[][]]} weights by layer and head
 * @property {Matching} matching
 */
/** @typedef {Measure | "zeroed" | "uniform" | "head_logit"} Difference */
/**
 * Many sentences, and two runs.
 * @typedef {object} HeadComparison
 * @property {HeadReport} a
 * @property {HeadReport} b
 * @property {Tested} bleu
 * @property {Tested} chrf
 * @property {Tested} ter
 * @property {Matching} matching
 * @property {Record<Difference, Estimate[]>} differences by matched pair, B's less A's
 * @property {Estimate} source_share the difference of it
 * @property {Estimate[] | null} layer_zeroed by layer; null where the numbers of layers differ
 */
/** @typedef {{ name: string, system: Score, baseline: Score, p_value: number, signature: string }} Tested  B and A */
/** @typedef {{ value: number, mean: number, confidence: number }} Score */

export {};
