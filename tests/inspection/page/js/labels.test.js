import assert from "node:assert/strict";
import { test } from "node:test";
import * as labels from "../../../../translator/inspection/page/js/labels.js";

test("a piece is shown without the mark of a word's beginning", () => {
  assert.equal(labels.show("▁dog"), "dog");
  assert.equal(labels.show("s"), "s");
  assert.equal(labels.show("▁"), "▁"); // nothing else would be left
  assert.equal(labels.quoted("▁dog"), "“dog”");
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
