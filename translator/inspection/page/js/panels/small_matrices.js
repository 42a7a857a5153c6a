// A small matrix for every layer and head.

/** @import { Side } from "../elements.js" */
/** @import { Kind, Matrix } from "../inspection.js" */
/** @import { Page } from "../page.js" */
/** @import { State } from "../state.js" */

import { div, el, svg } from "../elements.js";
import { headName } from "../labels.js";
import { within } from "../numbers.js";
import { painted } from "../painting.js";
import { drawing } from "../pictures.js";

/** @typedef {(layer: number, head: number) => void} Go */
/**
 * @typedef {object} EveryHead
 * @property {string} id
 * @property {string} title what the kind is called
 * @property {Side} answers whose colour it has
 * @property {Matrix[][]} weights by layer and head
 */

/**
 * The chosen layer and head of a kind.
 * @param {State} state
 * @param {Kind} kind
 * @returns {[layer: number, head: number]}
 */
export const placeOf = (state, kind) =>
  kind === "cross_attn" ? [state.layer, state.head] : state.self[kind];

/**
 * The room for a small matrix, of which four stand in a row.
 * @param {Page} page
 */
export const miniSize = ({ room }) => Math.min(104, room / 4 - 18);

/**
 * A small matrix for every layer and head, of which one is chosen: one stop for Tab.
 * @param {Page} page
 * @param {Kind} kind
 * @param {EveryHead} of
 */
export function everyHead(page, kind, { id, title, answers, weights }) {
  const room = miniSize(page);
  /** @type {Go} */
  const go = (layer, head) => {
    const [toLayer, toHead] = [within(layer, weights.length), within(head, weights[0].length)];
    if (kind === "cross_attn") page.go({ layer: toLayer, head: toHead });
    else page.go({ self: { ...page.state.self, [kind]: [toLayer, toHead] } });
    document.getElementById(`${id}-${toLayer}-${toHead}`)?.focus();
  };
  return el(
    "div",
    { class: "many", role: "radiogroup", "aria-label": `Heads of ${title}` },
    weights.map((ofLayer, layer) =>
      div(
        "of-layer",
        el("span", { class: "note" }, `layer ${layer + 1}`),
        ofLayer.map((of, head) => {
          const isMuted = kind === "cross_attn" && !of.flat().some(Boolean);
          const picture = small(of, answers, room, isMuted);
          return headButton(page.state, { id, kind, layer, head, isMuted, picture, go });
        }),
      ),
    ),
  );
}

/**
 * @param {State} state
 * @param {{ id: string, kind: Kind, layer: number, head: number, isMuted: boolean, picture: Node, go: Go }} of
 */
function headButton(state, { id, kind, layer, head, isMuted, picture, go }) {
  const [atLayer, atHead] = placeOf(state, kind);
  const isChosen = layer === atLayer && head === atHead;
  return el(
    "button",
    {
      class: "mini",
      id: `${id}-${layer}-${head}`,
      role: "radio",
      tabindex: isChosen ? 0 : -1,
      "aria-checked": String(isChosen),
      "aria-label": `${headName(layer, head)}${isMuted ? ", muted" : ""}`,
      onclick: () => go(layer, head),
      onkeydown: (event) => {
        const by = MOVES[event.key];
        if (!by) return;
        event.preventDefault();
        go(layer + by[0], head + by[1]);
      },
    },
    picture,
    el("span", { class: "note" }, `head ${head + 1}`),
  );
}

/** @type {Record<string, [layers: number, heads: number]>} */
const MOVES = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * A small matrix without labels.
 * @param {Matrix} weights
 * @param {Side} side
 * @param {number} room
 * @param {boolean} isMuted
 */
function small(weights, side, room, isMuted) {
  const [n, m] = [weights.length, weights[0].length];
  const cell = Math.max(2, Math.min(8, room / Math.max(n, m)));
  const box = { x: 1, y: 1, width: cell * m, height: cell * n };
  return drawing(
    box.width + 2,
    box.height + 2,
    { "aria-hidden": "true" },
    svg("rect", { class: "ground", ...box }),
    painted(weights, 1, box, side),
    isMuted && svg("path", { class: "ghost", d: `M1 ${box.height}L${box.width} 1` }),
  );
}
