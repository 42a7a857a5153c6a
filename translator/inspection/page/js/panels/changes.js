// ---- 3, beside the row: what the reader may change
/** The box of changes: switches, and the weights and the context that follow from them. */
function changes(r) {
  const toggle = (name, text, disabled = false) =>
    control(
      text,
      el("input", {
        id: name,
        type: "checkbox",
        checked: state[name],
        disabled,
        onchange: (event) => go({ [name]: event.target.checked, edited: null }),
      }),
    );
  return el(
    "aside",
    { class: "changes", "aria-label": "Change something" },
    h3("Change something"),
    toggle("scaling", `divide by √${K_WIDTH}`),
    pads
      ? toggle("pad", "add a <pad>")
      : quiet("No <pad> can be added: this inspection came from a file, without its model."),
    toggle("mask", "apply the mask", !r.hidden.some(Boolean)),
    el(
      "label",
      {},
      "temperature ",
      el("input", {
        id: "temperature",
        type: "range",
        min: 0.1,
        max: 5,
        step: 0.1,
        value: state.temperature,
        onchange: (event) => go({ temperature: Number(event.target.value), edited: null }),
      }),
      ` ${num(state.temperature, 1)}`,
    ),
    el("button", {
      id: "reset",
      disabled: !isChanged() && !state.pad && state.temperature === 1,
      onclick: () => go({ ...AS_THE_MODEL_DID, pad: false }),
    }, "As the model did"),
    el("div", { id: "follows" }, follows(r)),
  );
}
/** What follows from the changes: the weights, with the model's own as lines, and the context. */
function follows(r) {
  const length = (x) => Math.sqrt(dot(x, x));
  const far = length(r.context.map((x, i) => x - r.ownContext[i])) /
    Math.max(1e-9, length(r.ownContext));
  const context = heat({
    id: "follow-context",
    label: "context",
    values: [r.context],
    width: Math.min(9, 300 / K_WIDTH),
    height: 20,
    top: most(r.V),
    tell: (_, j) => `context, number ${j + 1}: ${num(r.context[j])}`,
  });
  return [
    h4("Softmax"),
    columnsOf(r),
    view([h4("Context"), context]),
    quiet(
      isChanged()
        ? `Lines: the model's own weights. The context is another by ${whole(far)} of its length.`
        : "As the model computed it. Lines mark its weights while you change them.",
    ),
  ];
}
function columnsOf(r) {
  const tokens = sources().map(show), step = Math.min(24, 294 / tokens.length), named = step >= 9;
  const longest = named ? Math.max(...tokens.map((text) => textWidth(text, 11))) : 0;
  const column = (text, s) => {
    const x = 5 + step * s, height = 70 * r.weights[s];
    const place = `translate(${x + step / 2 + 4} 90) rotate(-60)`;
    return [
      svg("rect", { class: "enc", x, y: 78 - height, width: step - 2, height }),
      svg("path", { class: "ghost", d: `M${x} ${78 - 70 * r.own[s]}h${step - 2}` }),
      named && svg("text", { class: "tick", transform: place, "text-anchor": "end" }, text),
    ];
  };
  const label = tokens.map((text, s) => `${text} ${whole(r.weights[s])}`).join(", ");
  const width = step * tokens.length + 10;
  return drawing(
    width,
    92 + 0.8 * longest,
    { role: "img", "aria-label": `Weights: ${label}` },
    svg("path", { class: "axis", d: `M4 78H${width - 4}` }),
    tokens.map(column),
  );
}
/** After a weight was dragged: the slider in the reader's hand must stay the same element. */
function showEdited() {
  const r = row();
  r.weights.forEach((w, s) => {
    const slider = document.getElementById(`weight-${s}`);
    if (!slider) return;
    document.getElementById(`shown-${s}`).textContent = num(w);
    if (slider !== document.activeElement) slider.value = w;
  });
  document.getElementById("work-7")?.replaceWith(
    contextStep(r, sources().map(show), chosenSource()),
  );
  document.getElementById("follows")?.replaceChildren(...follows(r).flat());
  document.getElementById("reset")?.removeAttribute("disabled");
  panels.forEach((one) => {
    if (one.panel.open && one.draw !== worked) redrawPanel(one);
  });
  tellRow();
}
