// The numbers behind the curves: loss and throughput out of a log, GPU use by pod. Pure.

import { progressOf, type Progress } from "./log";
import { median, type Samples } from "./pods";
import { stampOf, zoneOf } from "./time";

export interface Series {
  readonly label: string;
  readonly kind: "main" | "pod" | "apart" | "chosen" | "edge";
  readonly values: (number | null)[];
}

export interface Table {
  readonly times: number[];
  readonly series: Series[];
}

/**
 * What the lines say of progress, in order of time, one entry an instant. Local stamps become UTC where the time in
 * which the job ran is known (see `zoneOf`).
 */
export function progressPoints(lines: readonly string[], ran: { from: number; to: number } | null): Progress[] {
  const found = lines.map(progressOf).filter((one) => one !== null);
  const stamps = lines.map(stampOf).filter((stamp) => stamp !== null);
  const [first, last] = [stamps[0], stamps[stamps.length - 1]];
  const offset = first && last && !last.isZoned && ran !== null ? zoneOf(first.at, last.at, ran.from, ran.to) : 0;
  const byTime = new Map<number, Progress>();
  for (const point of found) {
    const at = point.at - offset;
    const before = byTime.get(at);
    byTime.set(at, { ...point, at, loss: point.loss ?? before?.loss ?? null, throughput: point.throughput ?? before?.throughput ?? null });
  }
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}

export interface ProgressTables {
  readonly loss: Table | null;
  readonly throughput: Table | null;
  readonly unit: string;
  readonly steps: Map<number, number>;
}

/** Loss and throughput over time. Of several units of throughput the commonest is taken. */
export function progressTables(points: readonly Progress[], labels: { loss: string; throughput: string }): ProgressTables {
  const units = new Map<string, number>();
  for (const point of points) if (point.unit) units.set(point.unit, (units.get(point.unit) ?? 0) + 1);
  const unit = [...units].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
  const times = points.map((point) => point.at);
  const table = (label: string, values: (number | null)[]): Table | null =>
    values.filter((value) => value !== null).length < 2 ? null : { times, series: [{ label, kind: "main", values }] };
  return {
    loss: table(labels.loss, points.map((point) => point.loss)),
    throughput: table(labels.throughput, points.map((point) => (point.unit === unit ? point.throughput : null))),
    unit,
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
