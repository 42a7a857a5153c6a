// ---- the page
const PANELS = [
  ["Who asks, who answers?", who],
  ["Where do Q, K and V come from?", origins],
  ["One row, worked", worked],
  ["The whole matrix", matrix],
  ["Several heads", several],
  ["What if?", whatIf],
  ["Is attention an explanation?", explains],
];
const live = document.getElementById("live");
const say = (text) => {
  if (live.textContent !== text) live.textContent = text;
};
const kept = (drawn) => drawn.flat().filter(Boolean);
function redrawPanel({ body, draw }) {
  body.replaceChildren(...kept(draw()));
  settle(body);
}
const panels = PANELS.map(([title, draw], i) => {
  const body = el("div", { class: "body" });
  const panel = el(
    "details",
    {
      class: "panel",
      id: `panel-${i + 1}`,
      open: i === 0,
      ontoggle: () => {
        if (panel.open && !body.hasChildNodes()) redrawPanel(one);
        remember();
      },
    },
    el("summary", {}, el("h2", {}, el("span", { class: "ordinal" }, String(i + 1)), title)),
    body,
  );
  const one = { panel, body, draw };
  return one;
});

function go(changes) {
  Object.assign(state, changes);
  for (const [name, size] of [["step", T], ["layer", cross.length], ["head", H]]) {
    state[name] = Math.max(0, Math.min(size - 1, state[name]));
  }
  if (["layer", "head", "step"].some((name) => name in changes)) state.edited = null;
  update();
}
function update() {
  const focused = document.activeElement && document.activeElement.id;
  measureRoom();
  drawControls();
  for (const one of panels) {
    const { panel, body } = one;
    if (!panel.open) {
      body.replaceChildren();
      continue;
    }
    const scrolled = [...body.querySelectorAll(".wide")].map((box) => box.scrollLeft);
    redrawPanel(one);
    [...body.querySelectorAll(".wide")].forEach((box, i) => {
      box.scrollLeft = scrolled[i] || 0;
    });
  }
  tellRow();
  remember();
  // What had the focus was drawn anew.
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
function tellRow() {
  const { weights } = row(), best = largest(weights);
  say(
    `Step ${state.step + 1} of ${T}, ${headName()}: reads ${quoted(D.reads[state.step])}, writes ${
      quoted(D.writes[state.step])
    }, looks most at ${quoted(sources()[best])} (${whole(weights[best])}).`,
  );
}
function drawControls() {
  const list = (name, label, texts) =>
    el(
      "label",
      {},
      `${label} `,
      el("select", {
        id: `at-${name}`,
        onchange: (event) => go({ [name]: Number(event.target.value) }),
      }, texts.map((text, i) => el("option", { value: i, selected: i === state[name] }, text))),
    );
  const numbers = (n) => Array.from({ length: n }, (_, i) => `${i + 1} of ${n}`);
  document.getElementById("controls").replaceChildren(
    list("layer", "layer", numbers(cross.length)),
    list("head", "head", numbers(H)),
    el(
      "span",
      { class: "stepper" },
      el("button", {
        id: "back",
        "aria-label": "Previous step",
        disabled: state.step === 0,
        onclick: () => go({ step: state.step - 1 }),
      }, "‹"),
      list(
        "step",
        "step",
        D.writes.map((piece, t) => `${t + 1} of ${T}: ${show(D.reads[t])} → ${show(piece)}`),
      ),
      el("button", {
        id: "on",
        "aria-label": "Next step",
        disabled: state.step === T - 1,
        onclick: () => go({ step: state.step + 1 }),
      }, "›"),
    ),
  );
}

// ---- the address remembers the place: #layer=2&head=1&step=4&open=1.3
function remember() {
  const open = panels.map(({ panel }, i) => (panel.open ? i + 1 : 0)).filter(Boolean).join(".");
  const same = ["layer", "head", "step"].every((name) => state[name] === D.start[name]) &&
    open === "1";
  const hash = same
    ? ""
    : `#layer=${state.layer + 1}&head=${state.head + 1}&step=${state.step + 1}&open=${open}`;
  if (printing || hash === location.hash) return;
  try {
    history.replaceState(null, "", hash || location.pathname + location.search);
  } catch { /* a page inside a page has no address */ }
}
function recall() {
  const asked = new URLSearchParams(location.hash.slice(1)),
    open = (asked.get("open") || "").split(".");
  for (const [name, size] of [["layer", cross.length], ["head", H], ["step", T]]) {
    const value = Number(asked.get(name));
    if (Number.isInteger(value) && value >= 1 && value <= size) state[name] = value - 1;
  }
  if (asked.has("open")) {
    panels.forEach(({ panel }, i) => {
      panel.open = open.includes(String(i + 1));
    });
  }
}

// ---- keys, paper, another width
document.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest("input, select, textarea, [role=grid], .wide")) return;
  event.preventDefault();
  go({ step: state.step + by });
});
let printing = null;
addEventListener("beforeprint", () => {
  printing = { open: panels.map(({ panel }) => panel.open), unfolded: [...unfolded] };
  panels.forEach(({ panel }) => {
    panel.open = true;
  });
  STEPS.forEach((_, i) => unfolded.add(`step-${i + 1}`));
  update();
});
addEventListener("afterprint", () => {
  if (!printing) return;
  panels.forEach(({ panel }, i) => {
    panel.open = printing.open[i];
  });
  unfolded.clear();
  printing.unfolded.forEach((key) => unfolded.add(key));
  printing = null;
  update();
});
dark.addEventListener("change", () => update());
addEventListener("resize", () => {
  if (document.getElementById("panels").clientWidth !== room()) update();
});
addEventListener("hashchange", () => {
  recall();
  update();
});

document.getElementById("opening").textContent = D.whatIf.length
  ? "The page opens on the step and the head that matter most: where switching one head off moves a written word furthest."
  : "The page opens on the step and the head with the longest contribution.";
document.title = `“${D.text}”: where the model looked`;
document.getElementById("sentence").append(
  el("span", {}, badge("enc"), ` ${D.text}`),
  el("span", {}, badge("dec"), ` ${D.translation}`),
  el("span", { class: "quiet" }, `Translation: ${D.how}.`),
);
document.getElementById("panels").append(...panels.map(({ panel }) => panel));
measureRoom();
recall();
update();
