// 8. Watch it learn: the slider over the steps, and what plays them.

/** @import { Draw, Page } from "../page.js" */

import { byId, div, el, slider } from "../elements.js";

/** From the first step to the last. */
const MILLISECONDS = 5000;
/** Where motion is unwelcome, so many still pictures are shown in that time. */
const NUM_STILLS = 5;
/** Between two steps that are to be compared. */
const MILLISECONDS_TO_COMPARE = 1200;

/**
 * @param {Page} page
 * @param {object} of
 * @param {number[]} of.steps
 * @param {number} of.at the place where it stands
 * @param {Draw} of.draw the section
 * @param {() => void} of.show brings the rest of the section up to date
 * @param {() => boolean} of.isReady whether it shows the step that was asked for
 */
export function timeline(page, { steps, at, draw, show, isReady }) {
  const last = steps.length - 1;
  /** @type {number | null} */
  let timer = null;
  const shown = el("span", { id: "learning-step" });
  const input = slider(
    {
      id: "learning-at",
      min: 0,
      max: last,
      step: 1,
      value: at,
      "aria-label": "Step of the training",
    },
    {
      drag: (to) => {
        stop();
        hold();
        goTo(to);
      },
      release: letGo,
    },
  );
  const button = el("button", {
    id: "learning-play",
    class: "main",
    onclick: () => {
      if (timer !== null) stop();
      else play(at === last ? 0 : at, last);
    },
    onblur: () => stop(),
  });

  // Held, the slider and the button stay the same elements while the page is drawn anew.
  function hold() {
    page.held = { draw, follow: show };
  }
  function letGo() {
    if (page.held?.follow === show) page.held = null;
  }

  /** @param {number} to */
  function goTo(to) {
    at = to;
    page.state.learning = { ...page.state.learning, step: steps[at] };
    tell();
    show();
  }

  function tell() {
    const text = `step ${steps[at]} of ${steps[last]}`;
    input.value = String(at);
    input.setAttribute("aria-valuetext", text);
    shown.textContent = text;
    button.textContent = timer === null ? "Play the training" : "Pause";
  }

  /** @type {(from: number, to: number) => void} */
  function play(from, to) {
    stop();
    button.focus({ preventScroll: true });
    hold();
    const [pause, stride] = paceOf(from, to);
    goTo(from);
    timer = window.setInterval(() => {
      if (at >= to || isLeft()) stop();
      else if (isReady()) goTo(Math.min(to, at + stride));
    }, pause);
    tell();
  }

  /** @type {(from: number, to: number) => [milliseconds: number, stride: number]} */
  function paceOf(from, to) {
    if (to - from === 1) return [MILLISECONDS_TO_COMPARE, 1];
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const stride = isStill ? Math.ceil(last / NUM_STILLS) : 1;
    return [(MILLISECONDS * stride) / last, stride];
  }

  /** Whether the reader looks elsewhere. */
  function isLeft() {
    const { top, bottom } = byId("learned").getBoundingClientRect();
    return document.hidden || !button.isConnected || bottom < -innerHeight || top > innerHeight;
  }

  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    letGo();
    tell();
  }

  tell();
  return { elements: div("timeline", button, input, shown), goTo, play };
}
