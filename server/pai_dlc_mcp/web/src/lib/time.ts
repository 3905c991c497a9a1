// Instants and spans: seconds since the epoch in, short words out.

export type Language = "en" | "zh";

/** Seconds since the epoch of an ISO instant, or null. An instant without a zone is UTC. */
export function secondsOf(text: unknown): number | null {
  if (typeof text !== "string" || !text) return null;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : at / 1000;
}

const UNITS: readonly (readonly [number, string, string])[] = [
  [86_400, "d", "天"],
  [3_600, "h", "小时"],
  [60, "min", "分"],
  [1, "s", "秒"],
];

/** A span as at most two units: `2 d 3 h`, `14 min 5 s`, `8 s`. */
export function span(seconds: number, language: Language = "en"): string {
  let left = Math.max(0, Math.round(seconds));
  const words: string[] = [];
  for (const [size, en, zh] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0 || (size === 1 && words.length === 0)) {
      words.push(language === "zh" ? `${count} ${zh}` : `${count} ${en}`);
      left -= count * size;
    } else if (words.length > 0) break;
    if (words.length === 2) break;
  }
  return words.join(" ");
}

/** The largest unit alone, for narrow columns: `2 d`, `14 min`. */
export function briefSpan(seconds: number, language: Language = "en"): string {
  const whole = Math.max(0, Math.round(seconds));
  const [size, en, zh] = UNITS.find(([size]) => whole >= size) ?? UNITS[3]!;
  return `${Math.floor(whole / size)} ${language === "zh" ? zh : en}`;
}

/** `14:03:22` of today, `11-25 14:03` otherwise, in the viewer's zone. */
export function clock(seconds: number, now: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === new Date(now * 1000).toDateString()) return `${time}:${two(at.getSeconds())}`;
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** The whole instant in the viewer's zone, with the offset. */
export function instant(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const offset = -at.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone}`;
}

const STAMP = /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(Z|[+-]\d\d:?\d\d)?/;

export interface Stamp {
  /** Seconds since the epoch, as if a stamp without a zone were UTC. */
  readonly at: number;
  readonly isZoned: boolean;
}

/** The first time stamp of a line within its first 80 characters, or null. */
export function stampOf(line: string): Stamp | null {
  const found = STAMP.exec(line.slice(0, 80));
  if (!found) return null;
  const [, day, time, part, zone] = found;
  const at = Date.parse(`${day}T${time}${part ? `.${part.slice(0, 3).padEnd(3, "0")}` : ""}${zone ?? "Z"}`);
  return Number.isNaN(at) ? null : { at: at / 1000, isZoned: zone !== undefined };
}

const HALF_HOUR_S = 1_800;

/**
 * Seconds that local stamps are ahead of UTC, guessed: the multiple of half an hour that brings the first stamp next
 * to the instant that is known of it (a container's clock and the service's events name no zone).
 */
export function offsetOf(firstStamp: number, knownInstant: number): number {
  const halves = Math.round((firstStamp - knownInstant) / HALF_HOUR_S);
  return Math.abs(halves) <= 28 ? halves * HALF_HOUR_S : 0;
}
