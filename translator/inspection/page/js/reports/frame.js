// A report in a frame, as in a notebook, is as high as what it shows.

/** Below the content, for a scroll bar of the frame. */
const MARGIN = 4;

/** Where the page stands by itself, or may not reach out of its frame, nothing happens. */
export function fitFrame() {
  const frame = /** @type {HTMLElement | null} */ (window.frameElement);
  if (window.parent === window) return;
  const content = document.documentElement;
  content.classList.add("framed");
  if (!frame) return;
  const fit = () => {
    frame.style.height = `${Math.ceil(content.getBoundingClientRect().height) + MARGIN}px`;
  };
  new ResizeObserver(fit).observe(content);
}
