// An inspection small enough to check by hand: 3 source tokens, 2 steps, 1 layer, 2 heads of width 4.

import { readInspection } from "../../../../translator/inspection/page/js/inspection.js";

const LOG_9 = 2 * Math.log(3);

/** The inspection as the page reads it. */
export const inspectionByHand = () => readInspection(embeddedByHand());

/** The same as Python embeds it. */
export function embeddedByHand() {
  const square = pack([1, 1, 1], [1]);
  return {
    text: "A dog",
    translation: "Hund",
    how: "given by the user",
    source: ["▁A", "▁dog", "</s>"],
    reads: ["<s>", "▁Hund"],
    writes: ["▁Hund", "</s>"],
    sourceWords: [],
    readsWords: [],
    writesWords: [],
    logprobs: [-1, -2],
    alternatives: [[], []],
    start: { layer: 0, head: 1, step: 1 },
    cross: [
      {
        queryInput: pack([2, 8], new Array(16).fill(0)),
        queries: pack([2, 2, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0]),
        keys: pack(
          [2, 3, 4],
          [...new Array(12).fill(0), 0, 1, 0, 0, LOG_9 / 2, 0, 0, 0, 0, 0, 0, 1],
        ),
        values: pack(
          [2, 3, 4],
          [4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 9, 5, 0, 0, 5, 0, 10, 0, 0, 0, 0, 10, 0],
        ),
        mask: [
          [0, 0, 0],
          [0, 0, 0],
        ],
        wO: pack([8, 8], new Array(64).fill(0)),
        bO: pack([8], new Array(8).fill(0)),
      },
    ],
    memory: pack([3, 8], new Array(24).fill(0)),
    matrices: {
      cross_attn: [
        {
          weights: pack([2, 2, 3], [1, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 0.2, 0.6, 0.2]),
          norms: pack([2, 2, 3], new Array(12).fill(1)),
        },
      ],
      encoder_self_attn: [{ weights: square, norms: square }],
      decoder_self_attn: [{ weights: square, norms: square }],
    },
    pad: {
      layers: [
        {
          key: pack([2, 4], [0, 0, 0, 0, LOG_9 / 2, 0, 0, 0]),
          value: pack([2, 4], new Array(8).fill(1)),
        },
      ],
    },
    whatIf: [],
    explanation: null,
  };
}

/** As `_pack` does in Python. */
export function pack(shape, numbers) {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((x, i) => {
    view.setFloat32(4 * i, x, true);
  });
  return { shape, data: btoa(String.fromCharCode(...new Uint8Array(view.buffer))) };
}
