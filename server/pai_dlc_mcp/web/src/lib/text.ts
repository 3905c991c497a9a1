// Text that others wrote: what the eye cannot see, or what turns the direction of a line, is made visible.

export interface Piece {
  readonly text: string;
  readonly isMark: boolean;
}

// Controls but tab and line feed; soft hyphen; zero width, bidirectional marks and isolates; line separators; variation
// and tag characters; the byte order mark.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e01ef}]/gu;

const NAMES: Record<string, string> = {
  "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE",
  "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
  "\u001b": "ESC", "\u0000": "NUL", "\r": "CR", "\u007f": "DEL", "\u0008": "BS",
};

/** The text in pieces; each hidden character is a piece of its own that names it. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index), isMark: false });
    found.push({ text: markOf(match[0]), isMark: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), isMark: false });
  return found;
}

function markOf(character: string): string {
  return NAMES[character] ?? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The same as one string, for attributes and titles. */
export function plain(text: string): string {
  return pieces(text)
    .map((piece) => (piece.isMark ? `[${piece.text}]` : piece.text))
    .join("");
}

/** At most so many characters, with the middle left out. */
export function middle(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}
