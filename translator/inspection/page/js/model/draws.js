// Random numbers for sampling: the very ones of translator/decoding/candidates.py, so that a seed
// gives the same samples in the page as in the program. The hash of source and seed (SHA-256, FIPS
// 180-4) starts the generator that PyTorch has (Mersenne Twister, Matsumoto and Nishimura 1998).

/**
 * Numbers from 0 to 1 that a source owes to itself and the seed alone.
 * @param {readonly number[]} source
 * @param {number} seed
 * @param {number} rows one a decoding step
 * @param {number} columns one a sample
 */
export function uniforms(source, seed, rows, columns) {
  const key = sha256(`(${seed}, [${source.join(", ")}])`); // as Python writes them
  // Of the first 7 bytes as one number the generator takes the lower half.
  const next = mersenneTwister(((key[0] << 24) | (key[1] >>> 8)) >>> 0);
  const belowOne = Math.fround(1 - 1e-6);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround((next() % 2 ** 24) * 2 ** -24 * belowOne)),
  );
}

/**
 * Eight words of 32 bits.
 * @param {string} text ASCII
 */
export function sha256(text) {
  const primes = firstPrimes(64);
  const state = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  for (const block of blocksOf(text)) {
    const w = new Int32Array(64);
    w.set(block);
    for (let i = 16; i < 64; i++) {
      const s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] += x;
  }
  return new Uint32Array(state.buffer);
}

/**
 * The text, a bit, zeros, and the text's length in bits: whole blocks of 16 words.
 * @param {string} text
 */
function blocksOf(text) {
  const numBlocks = Math.ceil((text.length + 9) / 64);
  const words = new Int32Array(16 * numBlocks);
  for (let i = 0; i < text.length; i++) {
    words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i % 4));
  }
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length % 4));
  words[words.length - 1] = 8 * text.length;
  return Array.from({ length: numBlocks }, (_, i) => words.subarray(16 * i, 16 * (i + 1)));
}

/** @param {number} count */
function firstPrimes(count) {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p > 0)) primes.push(n);
  return primes;
}

/**
 * The first 32 bits behind the point.
 * @param {number} x
 */
const fraction = (x) => Math.floor((x % 1) * 2 ** 32) | 0;

/** @type {(word: number, by: number) => number} */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

const [SIZE, DISTANCE] = [624, 397];

/**
 * What gives the generator's next number of 32 bits.
 * @param {number} seed
 */
export function mersenneTwister(seed) {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let at = 0;
  return () => {
    const mixed = (state[at] & 0x80000000) | (state[(at + 1) % SIZE] & 0x7fffffff);
    state[at] = state[(at + DISTANCE) % SIZE] ^ (mixed >>> 1) ^ (mixed % 2 ? 0x9908b0df : 0);
    let y = state[at];
    at = (at + 1) % SIZE;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
