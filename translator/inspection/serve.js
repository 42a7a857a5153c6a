"use strict";
// Of served pages only: a text field, and a bar in which the model decodes again with what was changed.
{
  const served = JSON.parse(document.getElementById("served").textContent);
  const changes = new Map(); // by name: what is asked of the model
  let edited = {}; // the row whose weights the reader changed last
  let latest = 0, waiting = 0;

  const list = el("ul", { id: "changes" });
  const answer = el("div", { id: "again", role: "status" });
  const clear = el("button", { id: "clear", type: "button", onclick: () => { changes.clear(); changed(); } }, "Undo all");
  const mute = el("button", { id: "mute", type: "button", onclick: muteHead }, "Mute this head");
  const bar = el("section", { id: "bar", "aria-label": "The model decodes again" },
    el("p", {}, "Mute the head that is shown, or change weights of its row (", el("i", {}, "One row, worked"),
      "): the model decodes again with that."),
    el("div", { class: "tools" }, mute, clear), list, answer);
  Object.assign(bar.style, { position: "sticky", bottom: "0", maxHeight: "45vh", overflow: "auto", zIndex: "2",
    background: "var(--paper, Canvas)", borderTop: "1px solid", padding: ".5rem 0" });

  const form = el("form", { class: "tools", method: "get", action: "/" },
    el("label", { for: "text" }, "Sentence"),
    el("input", { id: "text", name: "text", size: 50, required: true, value: served.text }),
    el("button", { id: "look" }, "Translate and look"));
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
    document.getElementById("panels").addEventListener(type, () => setTimeout(look, 0));
  }

  function changed() {
    list.replaceChildren(...[...changes.keys()].map((name) => el("li", {}, `${name} `,
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
    const move = (x) => (x === null ? "not a number" : (x < 0 ? "−" : "+") + Math.abs(x).toFixed(2));
    return [
      el("p", {}, "Greedy, as the model is: ", el("span", { id: "before", lang: "de" }, found.before)),
      el("p", {}, "Greedy, with this: ", el("b", { id: "after", lang: "de" }, found.after), same ? " (the same)" : ""),
      el("details", {}, el("summary", {}, "Each piece that was written"), el("div", { class: "wide" }, el("table", {},
        el("thead", {}, el("tr", {}, ["step", "wrote", "log p", "most probable then"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, found.writes.map((piece, t) => el("tr", {}, el("th", { scope: "row" }, String(t + 1)),
          el("td", {}, piece), el("td", {}, move(found.changes[t])),
          el("td", {}, found.topChanged[t] ? found.newTop[t] : "as before"))))))),
    ];
  }
  changed();
}
