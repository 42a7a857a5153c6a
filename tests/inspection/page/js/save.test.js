import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf, fileName } from "../../../../translator/inspection/page/js/save.js";

test("cells are quoted, quotes doubled, and lines ended as RFC 4180 has them", () => {
  const lines = [
    ["token", 'say "no"', "a,b"],
    [1.5, false, ""],
  ];

  assert.equal(csvOf(lines), '"token","say ""no""","a,b"\r\n"1.5","false",""\r\n');
});

test("numbers keep their full precision", () => {
  assert.equal(csvOf([[0.1 + 0.2]]), '"0.30000000000000004"\r\n');
});

test("a file is named by the view and its place, counted from 1", () => {
  const name = fileName("what-if", "csv", { layer: 0, head: 2, step: 10 });

  assert.equal(name, "what-if-layer1-head3-step11.csv");
});
