// Search for translations: greedy, beam, sampling over cached decoding steps. Ids in, ids out. The
// program's own search, translator/decoding/search.py, for one source.

/** @import { Candidate } from "./candidates.js" */
/** @import { Rows } from "./matrix.js" */
/** @import { KeysAndValues, Options, Transformer } from "./transformer.js" */

import { draw, generatedLogprobs, mostProbable } from "./candidates.js";
import { BOS_ID, EOS_ID } from "./config.js";
import { uniforms } from "./draws.js";

/**
 * @typedef {object} BeamSearch
 * @property {"beam"} kind
 * @property {number} beamSize hypotheses kept at each decoding step; 1 is greedy
 * @property {number} lengthPenalty score = sum of log-probabilities / length ** lengthPenalty
 * @property {number} numBest hypotheses returned, at most beamSize
 */

/**
 * @typedef {object} Sampling
 * @property {"sampling"} kind
 * @property {number} temperature
 * @property {number} topK draw from that many tokens only; 0 is all
 * @property {number} topP then from the fewest that together have this probability
 * @property {number} numSamples
 * @property {number} seed
 */

/** @typedef {BeamSearch | Sampling} Strategy */

/**
 * @typedef {object} Hypothesis
 * @property {number[]} ids end in </s>, unless cut off
 * @property {number[]} logprobs of each id
 * @property {number} score what hypotheses are ordered by; those cut off follow the finished
 */

/**
 * The last token of a hypothesis, linked to the one before it.
 * @typedef {object} Node
 * @property {Node | null} parent null before <s>
 * @property {number} token
 * @property {number} logprob
 * @property {number} total sum of the log-probabilities so far
 * @property {KeysAndValues[]} past what the decoder has read before this token, by layer
 * @property {number} draw of a sample: which one of its source's samples it is
 */

/** @typedef {{ score: number, node: Node }} Scored */

// As many more tokens may an unfinished hypothesis hope for, see `survivors`.
const CERTAIN_TOKENS = 3;

/**
 * Tokens, </s> included, after which a hypothesis is returned unfinished.
 * @param {number} sourceLength
 */
const maxTargetLength = (sourceLength) => 10 + 2 * sourceLength;

/**
 * The translations of `source`, which ends in </s>, best first.
 * @param {Transformer} transformer
 * @param {readonly number[]} source
 * @param {Strategy} strategy
 * @param {Options} options
 * @returns {Promise<Hypothesis[]>}
 */
export async function decode(transformer, source, strategy, options = {}) {
  const { width, numBest, lengthPenalty } = shapeOf(strategy);
  const limit = maxTargetLength(source.length);
  const choose = chooser(strategy, source, limit);
  const started = transformer.start(await transformer.encode(source, options));
  const past = transformer.noPast();
  /** @type {Node[]} */
  let live = [{ parent: null, token: BOS_ID, logprob: 0, total: 0, past, draw: 0 }];
  /** @type {Scored[]} */
  let finished = [];
  for (let length = 1; live.length > 0 && length <= limit; length++) {
    const { logits, pasts } = await transformer.decodingStep(
      live.map((node) => node.token),
      live.map((node) => node.past),
      started,
      options,
    );
    const candidates = choose(logits.map(generatedLogprobs), live, length);
    const nodes = candidates.map((candidate, rank) => longer(live, pasts, candidate, rank));
    const { open, ended } = part(nodes, width);
    // Of the finished only as many are kept as are asked for.
    finished = bestFirst([...finished, ...scored(ended, length, lengthPenalty)]).slice(0, numBest);
    live = finished.length < numBest ? open : survivors(open, finished, length, lengthPenalty);
  }
  const cutOff = bestFirst(scored(live, limit, lengthPenalty));
  return [...finished, ...cutOff].slice(0, numBest).map(hypothesis);
}

/**
 * Hypotheses searched, hypotheses returned, length penalty.
 * @param {Strategy} strategy
 */
function shapeOf(strategy) {
  if (strategy.kind === "sampling") {
    return { width: strategy.numSamples, numBest: strategy.numSamples, lengthPenalty: 1 };
  }
  const { beamSize, numBest, lengthPenalty } = strategy;
  return { width: beamSize, numBest, lengthPenalty };
}

/**
 * What chooses the tokens that may come next, the best first, given the log-probabilities of each
 * live hypothesis.
 * @param {Strategy} strategy
 * @param {readonly number[]} source
 * @param {number} limit
 * @returns {(logprobs: Rows, live: Node[], length: number) => Candidate[]}
 */
function chooser(strategy, source, limit) {
  if (strategy.kind === "beam") {
    // Each hypothesis can end but once: of twice `beamSize` candidates, as many go on. Greedy
    // search is over where its one candidate ends.
    const count = strategy.beamSize === 1 ? 1 : 2 * strategy.beamSize;
    return (logprobs, live) =>
      mostProbable(
        logprobs,
        live.map((node) => node.total),
        count,
      );
  }
  const uniform = uniforms(source, strategy.seed, limit, strategy.numSamples);
  return (logprobs, live, length) => {
    const row = uniform[length - 1];
    // In the first decoding step all samples are drawn from one hypothesis, then each from its own.
    const own = length === 1 ? [row] : live.map((node) => [row[node.draw]]);
    return draw(logprobs, own, strategy);
  };
}

/**
 * A hypothesis one token longer.
 * @param {Node[]} live
 * @param {KeysAndValues[][]} pasts
 * @param {Candidate} candidate
 * @param {number} rank
 * @returns {Node}
 */
function longer(live, pasts, { place, token, logprob }, rank) {
  const parent = live[place];
  const total = parent.total + logprob;
  const drawn = parent.parent === null ? rank : parent.draw;
  return { parent, token, logprob, total, past: pasts[place], draw: drawn };
}

/**
 * Those that go on, at most `width`, and those that ended.
 * @param {Node[]} nodes the best first
 * @param {number} width
 */
function part(nodes, width) {
  const going = nodes.filter((node) => node.token !== EOS_ID).slice(0, width);
  const last = going.length === width ? nodes.indexOf(going[width - 1]) : nodes.length;
  // Lower ones than `width` are not finished, or a beam would end too much too early.
  const ended = nodes.slice(0, Math.min(last, width)).filter((node) => node.token === EOS_ID);
  return { open: going, ended };
}

/**
 * Those that may still win. A live hypothesis never gains log-probability, so without a reward for
 * length it scores at most its present sum. With one, a tail of certain tokens would raise its
 * score, up to the length limit; no model writes such tails, so only a few are granted.
 * @param {Node[]} open
 * @param {Scored[]} finished the best first, as many as are asked for
 * @param {number} length
 * @param {number} lengthPenalty
 */
function survivors(open, finished, length, lengthPenalty) {
  const end = length + (lengthPenalty > 0 ? CERTAIN_TOKENS : 1);
  const worst = finished[finished.length - 1].score * end ** lengthPenalty;
  return open.filter((node) => node.total > worst);
}

/** @type {(nodes: Node[], length: number, lengthPenalty: number) => Scored[]} */
const scored = (nodes, length, lengthPenalty) =>
  nodes.map((node) => ({ score: node.total / length ** lengthPenalty, node }));

/** @param {Scored[]} list */
const bestFirst = (list) => list.toSorted((a, b) => b.score - a.score);

/**
 * All tokens after <s>.
 * @param {Scored} scored
 * @returns {Hypothesis}
 */
function hypothesis({ score, node }) {
  /** @type {Node[]} */
  const nodes = [];
  for (let at = node; at.parent; at = at.parent) nodes.unshift(at);
  return { ids: nodes.map((at) => at.token), logprobs: nodes.map((at) => at.logprob), score };
}
