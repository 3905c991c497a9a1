// Pods of a job: their order, what they use, and which of them stand apart from the rest. Pure.

import { secondsOf } from "./time";

export interface Pod {
  readonly id: string;
  /** Without the job's id: `worker-3`. */
  readonly label: string;
  readonly type: string;
  readonly status: string;
  readonly node: string;
  readonly started: number | null;
}

export type Samples = ReadonlyMap<string, readonly (readonly [number, number])[]>;

/** The pods of a GetJob answer, masters first, then by number. */
export function podsOf(job: Readonly<Record<string, unknown>>): Pod[] {
  const rows = Array.isArray(job["Pods"]) ? (job["Pods"] as Record<string, unknown>[]) : [];
  const jobId = String(job["JobId"] ?? "");
  const pods = rows.map((row) => {
    const id = String(row["PodId"] ?? "");
    return {
      id,
      label: id.startsWith(`${jobId}-`) ? id.slice(jobId.length + 1) : id,
      type: String(row["Type"] ?? ""),
      status: String(row["Status"] ?? ""),
      node: String(row["NodeName"] ?? ""),
      started: secondsOf(row["GmtStartTime"]),
    };
  });
  const keyed = pods.map((pod) => ({
    pod,
    rank: /^(?:master|chief|head|launcher)/i.test(pod.type || pod.label) ? 0 : 1,
    stem: pod.label.replace(/\d+$/, ""),
    number: Number(/(\d+)$/.exec(pod.label)?.[1] ?? 0),
  }));
  keyed.sort((a, b) => a.rank - b.rank || (a.stem < b.stem ? -1 : a.stem > b.stem ? 1 : a.number - b.number));
  return keyed.map(({ pod }) => pod);
}

/** Samples by pod of a metrics answer in its full view: `[seconds, value]`, in order of time. */
export function samplesOf(data: Readonly<Record<string, unknown>> | null | undefined): Map<string, [number, number][]> {
  const found = new Map<string, [number, number][]>();
  const rows = Array.isArray(data?.["PodMetrics"]) ? (data["PodMetrics"] as Record<string, unknown>[]) : [];
  for (const row of rows) {
    const points = Array.isArray(row["Metrics"]) ? (row["Metrics"] as Record<string, unknown>[]) : [];
    const pairs: [number, number][] = [];
    for (const point of points) {
      const at = Number(point["Time"]) / 1000;
      const value = Number(point["Value"]);
      if (Number.isFinite(at) && Number.isFinite(value)) pairs.push([at, value]);
    }
    if (pairs.length > 0) found.set(String(row["PodId"] ?? ""), pairs.sort((a, b) => a[0] - b[0]));
  }
  return found;
}

/** The mean of the newest samples (at most `most`) of each pod. */
export function latest(samples: Samples, most = 6): Map<string, number> {
  const found = new Map<string, number>();
  for (const [pod, points] of samples) {
    const last = points.slice(-most);
    if (last.length > 0) found.set(pod, last.reduce((sum, [, value]) => sum + value, 0) / last.length);
  }
  return found;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Least distance from the median, in the values' own unit, that makes a pod stand apart. */
export const APART_AT_LEAST = 15;

/**
 * The pods whose value stands apart from the rest: farther from the median than five median deviations and than
 * `APART_AT_LEAST`. Of fewer than four pods none does. The farthest first.
 */
export function apart(values: ReadonlyMap<string, number>): string[] {
  if (values.size < 4) return [];
  const middle = median([...values.values()]);
  const deviation = median([...values.values()].map((value) => Math.abs(value - middle)));
  const limit = Math.max(5 * deviation, APART_AT_LEAST);
  return [...values]
    .filter(([, value]) => Math.abs(value - middle) > limit)
    .sort((a, b) => Math.abs(b[1] - middle) - Math.abs(a[1] - middle))
    .map(([pod]) => pod);
}

/** Columns and cell size of a grid of so many cells in so many pixels: cells from 10 to 44 pixels wide. */
export function grid(count: number, width: number): { columns: number; cell: number } {
  const fitting = Math.floor(width / Math.max(1, Math.min(count, 40)));
  const wanted = count <= 16 ? 44 : count <= 64 ? 34 : count <= 256 ? 24 : 16;
  const cell = Math.max(10, Math.min(wanted, count <= 16 ? Math.max(fitting, 28) : wanted));
  return { columns: Math.max(1, Math.floor(width / cell)), cell };
}
