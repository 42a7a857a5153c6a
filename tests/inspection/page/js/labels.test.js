import assert from "node:assert/strict";
import { test } from "node:test";
import * as labels from "../../../../translator/inspection/page/js/labels.js";

test("a piece is shown without the mark of a word's beginning", () => {
  assert.equal(labels.show("▁dog"), "dog");
  assert.equal(labels.show("s"), "s");
  assert.equal(labels.show("▁"), "▁"); // nothing else would be left
});

test("pieces of the same name are numbered, others are not", () => {
  assert.deepEqual(labels.nameAll(["▁the", "▁dog", "▁the", "s", "▁s"]), [
    "the¹",
    "dog",
    "the²",
    "s¹",
    "s²",
  ]);
  assert.equal(labels.nameAll(new Array(12).fill("▁a"))[11], "a¹²");
});

test("a byte is named by the character that it helps to spell", () => {
  const pieces = ["▁", "<0xC3>", "<0xA9>", "<0xE2>", "<0x82>", "<0xAC>", "<0x41>"];

  assert.deepEqual(labels.nameAll(pieces), ["▁", "é¹", "é²", "€¹", "€²", "€³", "A"]);
});

test("a byte that is part of no character is named as it is", () => {
  assert.deepEqual(labels.nameAll(["<0xA9>", "a", "<0xE2>", "<0x82>"]), [
    "<0xA9>",
    "a",
    "<0xE2>",
    "<0x82>",
  ]);
});

test("layers and heads are counted from 1", () => {
  assert.equal(labels.headName(0, 3), "layer 1, head 4");
});

test("a label in parts reads as one text", () => {
  assert.equal(
    labels.plain([
      ["a", "read"],
      [" → ", "faint"],
      ["b", ""],
    ]),
    "a → b",
  );
  assert.equal(labels.plain("a"), "a");
});
