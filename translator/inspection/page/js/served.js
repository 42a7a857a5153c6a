"use strict";
// Of served pages only: a text field, and a bar in which the model decodes again with what was changed.
{
  const served = JSON.parse(document.getElementById("served").textContent);
  const changes = new Map(); // by name: what is asked of the model
  let edited = {}; // the row whose weights the reader changed last
  let latest = 0, waiting = 0;

  const list = el("div", { id: "changes", class: "tools", role: "list" });
  const answer = el("div", { id: "again", role: "status" });
  const clear = el("button", { id: "clear", type: "button", onclick: () => { changes.clear(); changed(); } }, "Undo all");
  const mute = el("button", { id: "mute", type: "button", onclick: muteHead });
  const bar = el("section", { id: "bar", "aria-label": "The model decodes again" },
    el("div", { class: "tools" }, mute, clear, "or change weights in “One row, worked”: the model decodes again."), list, answer);
  Object.assign(bar.style, { position: "sticky", bottom: "0", maxHeight: "40vh", overflow: "auto", zIndex: "2",
    background: "var(--paper, Canvas)", borderTop: "1px solid", padding: ".2rem 0", fontSize: ".95rem" });

  const field = el("input", { id: "text", name: "text", required: true, value: served.text });
  Object.assign(field.style, { flex: "1 1 14rem", maxWidth: "40rem", minWidth: "0", padding: ".35rem .5rem" });
  const form = el("form", { class: "tools", method: "get", action: "/" },
    el("label", { for: "text" }, "Sentence"), field, el("button", { id: "look" }, "Translate and look"));
  const main = document.querySelector("main") || document.body;
  main.prepend(form, ...(served.notice ? [el("p", { role: "alert" }, served.notice)] : []));
  main.append(bar);

  function muteHead() {
    const { layer, head } = state;
    changes.set(`layer ${layer + 1}, head ${head + 1}: muted`, { ablate: [layer, head, "zero"] });
    changed();
  }

  // The page tells nobody that a weight was changed: look after whatever the reader did to it.
  function look() {
    const { layer, head, step } = state;
    mute.textContent = `Mute layer ${layer + 1}, head ${head + 1}`;
    const name = `layer ${layer + 1}, head ${head + 1}, step ${step + 1}: weights changed`;
    if (state.edited) {
      const weights = row().weights.slice(0, D.source.length);
      const sum = weights.reduce((a, b) => a + b, 0);
      const asText = weights.join();
      if (!(sum > 0) || (edited.name === name && edited.asText === asText)) return;
      edited = { name, asText };
      changes.set(name, { override: [layer, head, step, weights.map((w) => w / sum)] });
      changed();
    } else {
      if (edited.name === name && changes.delete(name)) changed();
      edited = {};
    }
  }
  for (const type of ["input", "change", "click", "keyup", "pointerup"]) {
    document.addEventListener(type, () => setTimeout(look, 0));
  }

  function changed() {
    list.replaceChildren(...[...changes.keys()].map((name) => el("span", { role: "listitem" }, `${name} `,
      el("button", { type: "button", "aria-label": `Undo ${name}`,
        onclick: () => { changes.delete(name); changed(); mute.focus(); } }, "Undo"))));
    clear.disabled = !changes.size;
    clearTimeout(waiting);
    latest += 1;
    answer.replaceChildren();
    if (!changes.size) return;
    answer.append(el("p", {}, "The model decodes again …"));
    waiting = setTimeout(decode, 250, latest);
  }

  async function decode(mine) {
    const all = (what) => [...changes.values()].filter((one) => one[what]).map((one) => one[what]);
    let found;
    try {
      const response = await fetch("/what_if", { method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text: served.text, ablate: all("ablate"), override: all("override") }) });
      found = await response.json();
    } catch {
      found = { error: "the program does not answer: is it still running?" };
    }
    if (mine === latest) answer.replaceChildren(...shown(found)); // else something changed meanwhile
  }

  function shown(found) {
    if (found.error) return [el("p", { role: "alert" }, found.error)];
    const same = found.before === found.after;
    const digits = (x) => Math.abs(x).toFixed(2);
    const move = (x) => (x === null ? "not a number" : digits(x) === "0.00" ? "0.00" : (x < 0 ? "−" : "+") + digits(x));
    const plain = (piece) => piece.replace("\u2581", "") || piece;
    return [
      el("p", {}, "Greedy, as the model is: ", el("span", { id: "before", lang: "de" }, found.before)),
      el("p", {}, "Greedy, with this: ", el("b", { id: "after", lang: "de" }, found.after), same ? " (the same)" : ""),
      el("details", {}, el("summary", {}, "Each piece that was written"), el("div", { class: "wide" }, el("table", {},
        el("thead", {}, el("tr", {}, ["step", "wrote", "change of log p", "most probable then"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, found.writes.map((piece, t) => el("tr", {}, el("th", { scope: "row" }, String(t + 1)),
          el("td", {}, plain(piece)), el("td", {}, move(found.changes[t])),
          el("td", {}, found.topChanged[t] ? plain(found.newTop[t]) : "as before"))))))),
    ];
  }
  changed();
  look();
}
