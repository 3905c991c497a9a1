// The numbers behind the curves: loss and throughput out of a log, GPU use by pod. Pure.

import { median, type Samples } from "./pods";

export interface Series {
  readonly label: string;
  readonly kind: "main" | "pod" | "apart" | "chosen" | "edge";
  readonly values: (number | null)[];
}

export interface Table {
  readonly times: number[];
  readonly series: Series[];
}

export interface Progress {
  readonly at: number;
  readonly step: number | null;
  readonly loss: number | null;
  readonly throughput: number | null;
}

/** The whole run as the server knows it of one pod's log. */
export interface Run {
  readonly points: readonly Progress[];
  /** Unit of the throughput as the lines write it. */
  readonly unit: string;
  /** How many values there are; fewer may be drawn. */
  readonly values: number;
  readonly isWhole: boolean;
  /** Where a log that is too long was looked at so far, and of how many places. */
  readonly looked: number;
  readonly places: number;
}

const NO_RUN: Run = { points: [], unit: "", values: 0, isWhole: true, looked: 0, places: 0 };

/** The data of a `curves:` watch, in order of time; what is no number is none. */
export function runOf(data: Readonly<Record<string, unknown>> | null): Run {
  if (!data || !Array.isArray(data["points"])) return NO_RUN;
  const points = (data["points"] as unknown[][])
    .map(([at, step, loss, throughput]) => ({ at: Number(at), step: numberOf(step), loss: numberOf(loss), throughput: numberOf(throughput) }))
    .filter((point) => Number.isFinite(point.at));
  const places = (data["places"] ?? {}) as Record<string, unknown>;
  return {
    points, unit: String(data["unit"] ?? ""), values: Number(data["values"] ?? points.length), isWhole: data["is_whole"] !== false,
    looked: Number(places["looked"] ?? 0), places: Number(places["of"] ?? 0),
  };
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export interface ProgressTables {
  readonly loss: Table | null;
  readonly throughput: Table | null;
  readonly steps: Map<number, number>;
}

/** Loss and throughput over time. */
export function progressTables(points: readonly Progress[], labels: { loss: string; throughput: string }): ProgressTables {
  const times = points.map((point) => point.at);
  const table = (label: string, values: (number | null)[]): Table | null =>
    values.filter((value) => value !== null).length < 2 ? null : { times, series: [{ label, kind: "main", values }] };
  return {
    loss: table(labels.loss, points.map((point) => point.loss)),
    throughput: table(labels.throughput, points.map((point) => point.throughput)),
    steps: new Map(points.flatMap((point) => (point.step === null ? [] : [[point.at, point.step] as const]))),
  };
}

/** As many pods are drawn one by one; of more the median, the least and the most, and who stands apart or was chosen. */
export const MOST_LINES = 12;
const MOST_APART = 5;

export function useTable(
  samples: Samples, names: ReadonlyMap<string, string>, outliers: readonly string[], chosen: string | null,
  labels: { median: string; least: string; most: string; whole: string },
): Table | null {
  const times = [...new Set([...samples.values()].flatMap((points) => points.map(([at]) => at)))].sort((a, b) => a - b);
  if (times.length < 2) return null;
  const place = new Map(times.map((at, index) => [at, index]));
  const valuesOf = (pod: string) => {
    const values: (number | null)[] = new Array<number | null>(times.length).fill(null);
    for (const [at, value] of samples.get(pod) ?? []) values[place.get(at)!] = value;
    return values;
  };
  const nameOf = (pod: string) => names.get(pod) ?? (pod.startsWith("(") ? labels.whole : pod);
  const special = [...new Set([...outliers.slice(0, MOST_APART), ...(chosen ? [chosen] : [])])].filter((pod) => samples.has(pod));
  const kindOf = (pod: string): Series["kind"] => (outliers.includes(pod) ? "apart" : pod === chosen ? "chosen" : "pod");
  if (samples.size <= MOST_LINES) {
    const series = [...samples.keys()].map((pod) => ({ label: nameOf(pod), kind: samples.size === 1 ? ("main" as const) : kindOf(pod), values: valuesOf(pod) }));
    return { times, series };
  }
  const columns: number[][] = times.map(() => []);
  for (const points of samples.values()) for (const [at, value] of points) columns[place.get(at)!]!.push(value);
  const over = (pick: (values: number[]) => number) => columns.map((values) => (values.length ? pick(values) : null));
  return {
    times,
    series: [
      { label: labels.least, kind: "edge", values: over((values) => values.reduce((a, b) => Math.min(a, b))) },
      { label: labels.most, kind: "edge", values: over((values) => values.reduce((a, b) => Math.max(a, b))) },
      { label: labels.median, kind: "main", values: over(median) },
      ...special.map((pod) => ({ label: nameOf(pod), kind: kindOf(pod), values: valuesOf(pod) })),
    ],
  };
}
