// ---- 1. Who asks, who answers?
const LANE = {
  percent: 14,
  bars: 54,
  source: 74,
  from: 86,
  to: 152,
  reads: 176,
  writes: 206,
  end: 218,
};
const GUTTER = 76;

/** The middles and widths of words that are set side by side with the same room between them. */
function spread(widths, gaps, left, total) {
  const free = Math.max(0, total - sum(widths) - sum(gaps)) / widths.length;
  let x = left;
  return widths.map((width, i) => {
    const middle = x + (width + free) / 2;
    x += width + free + gaps[i];
    return { middle, width: width + free };
  });
}
function lanes() {
  const tokens = sources().map(show), reads = D.reads.map(show), writes = D.writes.map(show);
  const first = new Set(D.sourceWords.map((word) => word.pieces[0]));
  const sourceWidths = tokens.map((text) => Math.max(32, textWidth(text, 15, 700) + 4));
  const sourceGaps = tokens.map((_, s) => (s + 1 >= S || first.has(s + 1) ? 10 : 1));
  const stepWidths = reads.map((text, t) =>
    Math.max(34, textWidth(text, 13), textWidth(writes[t], 15, 700)) + 12
  );
  const stepGaps = stepWidths.map(() => 8);
  const left = 2;
  const inner = Math.max(
    sum(sourceWidths) + sum(sourceGaps),
    sum(stepWidths) + sum(stepGaps),
    Math.min(room() - GUTTER - 6, 76 * Math.max(S, T)),
  );
  const above = spread(sourceWidths, sourceGaps, left, inner),
    below = spread(stepWidths, stepGaps, left, inner);
  const size = { width: left + inner + 2, height: LANE.end + 4 };
  const picture = svg("svg", {
    ...size,
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "group",
    "aria-label": "The sentence above, the translation below, linked by attention",
  });
  const links = svg("g", { "aria-hidden": "true" });
  const preview = (draw) => links.replaceChildren(...draw.flat(3));
  const chosen = () => preview(linksOfStep(state.step, row().weights, above, below));
  picture.append(
    links,
    ...D.sourceWords.filter((word) => word.pieces.length > 1).map(({ pieces }) =>
      svg("path", {
        class: "joins",
        d: `M${above[pieces[0]].middle - above[pieces[0]].width / 2 + 4} ${LANE.source + 7}H${
          above[pieces.at(-1)].middle + above[pieces.at(-1)].width / 2 - 4
        }`,
      })
    ),
    svg(
      "g",
      { role: "group", "aria-label": "The sentence, read by the encoder" },
      tokens.map((text, s) =>
        sourceToken(text, s, above[s], () => preview(linksOfSource(s, above, below)), chosen)
      ),
    ),
    svg(
      "g",
      { role: "radiogroup", "aria-label": "Steps of the decoder" },
      writes.map((_, t) =>
        stepBox(t, below, () => preview(linksOfStep(t, weightsOfStep(t), above, below)), chosen)
      ),
    ),
  );
  chosen();
  return { picture, middle: below[state.step].middle };
}
const weightsOfStep = (
  t,
) => (t === state.step ? row().weights : matrices.cross_attn[state.layer].weights[state.head][t]);

/** The lanes' names, which stay in sight where the lanes are scrolled. */
function gutter() {
  const line = (
    y,
    side,
    text,
  ) => [
    svg("rect", { class: side, x: 0, y: y - 14, width: 18, height: 18, rx: 4 }),
    svg("text", { class: "letter", x: 9, y, "text-anchor": "middle" }, side === "enc" ? "E" : "D"),
    svg("text", { class: "lane", x: 24, y }, text),
  ];
  return svg(
    "svg",
    {
      class: "gutter",
      width: GUTTER,
      height: LANE.end + 4,
      viewBox: `0 0 ${GUTTER} ${LANE.end + 4}`,
      "aria-hidden": "true",
    },
    line(LANE.source, "enc", "answers"),
    line(LANE.reads, "dec", "reads"),
    line(LANE.writes, "dec", "writes"),
  );
}
const curve = (from, to) =>
  `M${from.middle} ${LANE.from}C${from.middle} ${LANE.from + 34} ${to.middle} ${
    LANE.to - 34
  } ${to.middle} ${LANE.to}`;
const link = (weight, from, to) =>
  svg("path", {
    class: "link",
    "stroke-width": 1 + 8 * weight,
    "stroke-opacity": (0.06 + 0.84 * weight).toFixed(3),
    d: curve(from, to),
  });
/** What one step takes from each source token, with the weights as bars above. */
function linksOfStep(t, weights, above, below) {
  return weights.map((
    w,
    s,
  ) => [w >= 0.005 ? link(w, above[s], below[t]) : [], ...weightAbove(w, above[s])]);
}
/** Which steps take something from one source token: a column of the matrix. */
function linksOfSource(s, above, below) {
  return D.writes.map((_, t) => {
    const weight = weightsOfStep(t)[s] || 0;
    return [
      link(weight, above[s], below[t]),
      weight >= 0.05
        ? svg("text", {
          class: "tick",
          x: below[t].middle,
          y: LANE.to - 4,
          "text-anchor": "middle",
        }, whole(weight))
        : [],
    ];
  });
}
function weightAbove(w, { middle }) {
  const height = 34 * w;
  return [
    svg("rect", {
      class: "enc",
      x: middle - 12,
      y: LANE.bars - height,
      width: 24,
      height,
      rx: Math.min(2, height / 2),
    }),
    svg("path", { class: "joins", d: `M${middle - 12} ${LANE.bars}h24` }),
    svg("text", {
      class: w >= 0.05 ? "tick strong" : "tick faint",
      x: middle,
      y: LANE.bars - height - 5,
      "text-anchor": "middle",
    }, whole(w)),
  ];
}
let lastSource = 0; // where Tab comes back to
function toSource(s) {
  document.getElementById(`source-${lastSource}`)?.setAttribute("tabindex", -1);
  lastSource = s;
  const token = document.getElementById(`source-${s}`);
  token.setAttribute("tabindex", 0);
  token.focus();
}
function sourceToken(text, s, { middle, width }, look, leave) {
  const choose = () => go({ source: state.source === s ? null : s });
  return svg(
    "g",
    {
      class: "token",
      id: `source-${s}`,
      role: "button",
      tabindex: s === Math.min(lastSource, sources().length - 1) ? 0 : -1,
      "aria-pressed": String(state.source === s),
      "aria-label": `${text}, weight ${whole(row().weights[s])}: which steps look at it`,
      onmouseenter: look,
      onfocus: look,
      onmouseleave: leave,
      onblur: leave,
      onclick: choose,
      onkeydown: (event) => {
        const to = {
          ArrowRight: s + 1,
          ArrowLeft: s - 1,
          Home: 0,
          End: sources().length - 1,
          ArrowDown: s,
        }[event.key];
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choose();
        }
        if (to === undefined) return;
        event.preventDefault();
        if (event.key === "ArrowDown") {
          return document.getElementById(`step-${state.step}`)
            .focus();
        }
        return toSource(Math.max(0, Math.min(sources().length - 1, to)));
      },
    },
    svg("rect", {
      class: "hit",
      x: middle - width / 2,
      y: LANE.source - 18,
      width,
      height: 28,
      rx: 5,
    }),
    svg("text", { class: "enc word", x: middle, y: LANE.source, "text-anchor": "middle" }, text),
  );
}
function stepBox(t, below, look, leave) {
  const { middle, width } = below[t], next = below[t + 1];
  return svg(
    "g",
    {
      class: "token",
      id: `step-${t}`,
      role: "radio",
      tabindex: t === state.step ? 0 : -1,
      "aria-checked": String(t === state.step),
      "aria-label": `Step ${t + 1}: reads ${show(D.reads[t])}, writes ${show(D.writes[t])}`,
      onmouseenter: look,
      onmouseleave: leave,
      onclick: () => go({ step: t }),
      onkeydown: (event) => {
        const to = { ArrowRight: t + 1, ArrowLeft: t - 1, Home: 0, End: T - 1 }[event.key];
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          go({ step: t });
        }
        if (event.key === "ArrowUp") {
          event.preventDefault();
          toSource(largest(row().weights));
        }
        if (to === undefined) return;
        event.preventDefault();
        go({ step: to });
        document.getElementById(`step-${state.step}`).focus();
      },
    },
    svg("rect", {
      class: t === state.step ? "hit chosen" : "hit",
      x: middle - width / 2,
      y: LANE.to,
      width,
      height: LANE.end - LANE.to,
      rx: 6,
    }),
    svg(
      "text",
      { class: "read", x: middle, y: LANE.reads, "text-anchor": "middle" },
      show(D.reads[t]),
    ),
    svg(
      "text",
      { class: "dec word strong", x: middle, y: LANE.writes, "text-anchor": "middle" },
      show(D.writes[t]),
    ),
    // What is written here is read at the next step.
    next &&
      svg("path", {
        class: "fed",
        d: `M${middle + width / 2 - 7} ${LANE.writes - 9}L${next.middle - next.width / 2 + 7} ${
          LANE.reads + 1
        }`,
      }),
  );
}

let playing = null;
function play() {
  if (playing) {
    clearInterval(playing);
    playing = null;
  } else {
    if (state.step === T - 1) go({ step: 0 });
    playing = setInterval(() => {
      if (state.step === T - 1) play();
      else go({ step: state.step + 1 });
    }, 1400);
  }
  update();
}
/** The most probable tokens, and what was written where it is none of them. */
function alternatives(t) {
  const known = D.alternatives[t].map(([piece, logprob]) => ({
    piece,
    logprob,
    isWritten: piece === D.writes[t],
  }));
  return known.some((one) => one.isWritten)
    ? known
    : [...known, { piece: D.writes[t], logprob: D.logprobs[t], isWritten: true }];
}
function who() {
  const { picture, middle } = lanes();
  const box = wide(
    "The sentence and its translation, linked",
    el("div", { class: "lanes" }, gutter(), picture),
  );
  requestAnimationFrame(() => {
    const out = GUTTER + middle - box.scrollLeft;
    if (box.scrollWidth > box.clientWidth && (out < 140 || out > box.clientWidth - 60)) {
      box.scrollLeft = middle - box.clientWidth / 2;
    }
  });
  const weights = row().weights, best = largest(weights), t = state.step;
  return [
    p(
      badge("dec"),
      ` has just read ${quoted(D.reads[t])} and is about to write ${
        quoted(D.writes[t])
      }. It asks. Every token of the sentence `,
      badge("enc"),
      ` answers, as loudly as its weight: here ${quoted(sources()[best])} with ${
        whole(weights[best])
      }.`,
      isChanged() && " (With what you have changed in panel 3.)",
    ),
    figure(
      "who",
      () => [
        ["step", "reads", "writes", "source", "weight"],
        ...row().weights.map((w, s) => [t + 1, D.reads[t], D.writes[t], sources()[s], w]),
      ],
      box,
      "Point at a step or at a word of the sentence to see its links; click a step, or walk with the arrow keys. The step to the right reads what this one has written. A line under tokens: one word in pieces.",
      el("button", { id: "play", onclick: play }, playing ? "Pause" : "Play the steps"),
    ),
    el("h3", {}, "What it might have written instead"),
    table(
      "The most probable tokens",
      ["token", "probability", ""],
      alternatives(t).map((
        one,
      ) => [
        show(one.piece),
        chance(Math.exp(one.logprob)),
        el(
          "span",
          { class: "with" },
          bar(Math.exp(one.logprob), one.isWritten ? "dec" : "other", 160),
          one.isWritten ? " written" : "",
        ),
      ]),
    ),
    D.how.startsWith("given")
      ? quiet("The translation was given by the user; the model read it as if it had written it.")
      : null,
  ];
}
