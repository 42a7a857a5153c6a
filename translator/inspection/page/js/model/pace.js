// Long work in short pieces: between two of them the browser may draw, scroll and take keys.

const PATIENCE = 10; // milliseconds

let lastPause = 0;

/**
 * Goes on at once, unless the browser has waited for longer than PATIENCE.
 * @param {AbortSignal} [signal] whose reason is thrown once it is aborted
 */
export async function breathe(signal) {
  signal?.throwIfAborted();
  if (performance.now() - lastPause < PATIENCE) return;
  await turn();
  lastPause = performance.now();
  signal?.throwIfAborted();
}

/**
 * Behind what the browser has to do already. A timeout of 0 would take 4 ms.
 * @returns {Promise<void>}
 */
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
