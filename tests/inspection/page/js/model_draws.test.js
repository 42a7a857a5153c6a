import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { mersenneTwister, sha256 } from "../../../../translator/inspection/page/js/model/draws.js";

const hex = (words) => Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");

test("the hash is SHA-256: the examples of FIPS 180-4, and lengths around a block's end", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(hex(sha256("abc")), abc);
  assert.equal(
    hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  for (const length of [0, 55, 56, 63, 64, 119, 120]) {
    const text = "x".repeat(length);
    assert.equal(hex(sha256(text)), createHash("sha256").update(text).digest("hex"));
  }
});

test("the generator is the Mersenne Twister: its 10,000th number from seed 5489", () => {
  const next = mersenneTwister(5489);
  for (let i = 1; i < 10_000; i++) next();

  assert.equal(next(), 4123659995); // as the C++ standard states it for mt19937
});
