import assert from "node:assert/strict";
import { test } from "node:test";
import { breathe } from "../../../../translator/inspection/page/js/model/pace.js";

function work(milliseconds) {
  const start = performance.now();
  while (performance.now() - start < milliseconds);
}

test("others have their turn once work has taken some time, and not before", async () => {
  await breathe();
  work(11);
  await breathe();
  let turns = 0;
  setImmediate(() => turns++);
  await breathe();
  assert.equal(turns, 0);
  work(11);
  await breathe();
  assert.equal(turns, 1);
});

test("work that is called off ends with the reason", async () => {
  const control = new AbortController();
  control.abort(new Error("the text has changed"));

  await assert.rejects(breathe(control.signal), /the text has changed/);
});

test("work that is called off while others have their turn ends then", async () => {
  const control = new AbortController();
  setImmediate(() => control.abort(new Error("the text has changed")));
  work(11);

  await assert.rejects(breathe(control.signal), /the text has changed/);
});
