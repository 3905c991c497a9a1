// A log's lines: how grave each is, which repeat, and what they say of the training's progress. Pure.

export type Level = "error" | "warning" | "info" | "debug" | "none";

const ERROR =
  /\b(?:ERROR|FATAL|CRITICAL|PANIC|[A-Z]\w*(?:Error|Exception)(?=:|$)|Segmentation fault|core dumped|Killed)\b|Traceback \(most recent call last\)|\[[EF]\]|^[EF]\d{4} /;
const WARNING = /\b(?:WARN|WARNING|Warning|[A-Z]\w*Warning)\b|\[W\]|^W\d{4} /;
const INFO = /\bINFO\b|\[I\]|^I\d{4} /;
const DEBUG = /\b(?:DEBUG|TRACE)\b|\[D\]/;

/** How grave a line calls itself. Long lines are judged by their first 400 characters. */
export function levelOf(line: string): Level {
  const head = line.slice(0, 400);
  if (ERROR.test(head)) return "error";
  if (WARNING.test(head)) return "warning";
  if (INFO.test(head)) return "info";
  return DEBUG.test(head) ? "debug" : "none";
}

export interface Row {
  /** Index of the first line that the row stands for. */
  readonly first: number;
  /** How many lines in sequence are alike but for their numbers. */
  readonly count: number;
}

const SHAPE_NUMBERS = /0x[0-9a-f]+|\d+(?:[.,:]\d+)*/gi;

/** What of a line stays the same when it is printed again: numbers and times are taken out. */
export function shapeOf(line: string): string {
  return line.slice(0, 500).replace(SHAPE_NUMBERS, "#");
}

/** Lines in a row that are alike become one row; `least` or fewer stay as they are. */
export function fold(lines: readonly string[], least = 2): Row[] {
  const rows: Row[] = [];
  let from = 0;
  while (from < lines.length) {
    const shape = shapeOf(lines[from]!);
    let to = from + 1;
    while (to < lines.length && shapeOf(lines[to]!) === shape) to += 1;
    if (to - from > least && shape.trim()) rows.push({ first: from, count: to - from });
    else for (let at = from; at < to; at += 1) rows.push({ first: at, count: 1 });
    from = to;
  }
  return rows;
}

/** Indexes of the lines that hold the words, in any case. Nothing asked: none. */
export function search(lines: readonly string[], words: string): number[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  const found: number[] = [];
  lines.forEach((line, at) => {
    if (line.toLowerCase().includes(wanted)) found.push(at);
  });
  return found;
}

/**
 * The index of the line that a piece of evidence quotes, or -1. Evidence begins with its source in brackets and may be
 * cut short.
 */
export function evidenceLine(lines: readonly string[], evidence: string): number {
  const quoted = evidence.replace(/^\[[^\]]*\]\s*/, "").replace(/(?:…|\.\.\.)$/, "").trim();
  if (quoted.length < 4) return -1;
  const exact = lines.findLastIndex((line) => line.includes(quoted));
  if (exact >= 0) return exact;
  const head = quoted.slice(0, 60);
  return head.length < 12 ? -1 : lines.findLastIndex((line) => line.includes(head));
}

/** The pod that a piece of evidence names, or null. */
export function evidencePod(evidence: string): string | null {
  return /^\[[^\]]*?(\S+)\]/.exec(evidence)?.[1] ?? null;
}

/** New lines behind those that are known: the overlap of two readings of the same log's end is found and taken once. */
export function merged(known: readonly string[], read: readonly string[], most: number): string[] {
  if (known.length === 0 || read.length === 0) return [...(read.length ? read : known)].slice(-most);
  const last = known[known.length - 1]!;
  for (let at = read.length - 1; at >= 0; at -= 1) {
    if (read[at] !== last) continue;
    const overlap = Math.min(at + 1, known.length);
    let same = true;
    for (let back = 1; back < overlap && same; back += 1) same = read[at - back] === known[known.length - 1 - back];
    if (same) return [...known, ...read.slice(at + 1)].slice(-most);
  }
  return [...known, ...read].slice(-most);
}
