// Bytes to characters.

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The characters that bytes spell; a byte that is part of none is U+FFFD, each one by itself. (A
 * TextDecoder that is not fatal makes one of several.)
 * @param {readonly number[]} bytes
 */
export function charactersOf(bytes) {
  const characters = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAsFirst(bytes[at]);
    const character = decoded(bytes.slice(at, at + length));
    const numBytes = character === null ? 1 : length;
    characters.push({ character: character ?? "\ufffd", numBytes });
    at += numBytes;
  }
  return characters;
}

/**
 * Of a character that begins with this byte, in bytes.
 * @param {number} byte
 */
const lengthAsFirst = (byte) => (byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);

/** @param {readonly number[]} bytes */
function decoded(bytes) {
  try {
    return UTF8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}
