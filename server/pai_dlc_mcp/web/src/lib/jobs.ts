// The rows of the list of jobs: read, filtered, sorted. Pure.

import { secondsOf } from "./time";

export type Group = "waiting" | "running" | "failed" | "succeeded" | "stopped" | "other";

export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly group: Group;
  readonly owner: string;
  readonly workspace: string;
  readonly resource: string;
  readonly type: string;
  readonly gpus: number;
  readonly created: number | null;
  readonly ended: number | null;
  /** Seconds that it has lasted. */
  readonly lasted: number | null;
  readonly reason: string;
}

const GROUPS: Record<string, Group> = {
  Creating: "waiting", Queuing: "waiting", Bidding: "waiting", EnvPreparing: "waiting", SanityChecking: "waiting",
  Running: "running", Restarting: "running", Stopping: "running", SucceededReserving: "running", FailedReserving: "running",
  Succeeded: "succeeded", Failed: "failed", Stopped: "stopped",
};

export function groupOf(status: string): Group {
  return GROUPS[status] ?? "other";
}

/** The rows of a ListJobs answer in its full view. */
export function rowsOf(data: Readonly<Record<string, unknown>> | null | undefined): JobRow[] {
  const jobs = Array.isArray(data?.["Jobs"]) ? (data["Jobs"] as Record<string, unknown>[]) : [];
  return jobs.filter((job) => job["JobId"]).map(rowOf);
}

function rowOf(job: Record<string, unknown>): JobRow {
  const status = String(job["Status"] ?? "");
  const specs = Array.isArray(job["JobSpecs"]) ? (job["JobSpecs"] as Record<string, unknown>[]) : [];
  return {
    id: String(job["JobId"]),
    name: String(job["DisplayName"] ?? ""),
    status,
    group: groupOf(status),
    owner: String(job["Username"] || job["UserId"] || ""),
    workspace: String(job["WorkspaceName"] || job["WorkspaceId"] || ""),
    resource: String(job["ResourceName"] || job["ResourceId"] || specs[0]?.["EcsSpec"] || ""),
    type: String(job["JobType"] ?? ""),
    gpus: Number(job["RequestGPU"] ?? 0) || 0,
    created: secondsOf(job["GmtCreateTime"]),
    ended: secondsOf(job["GmtFinishTime"]),
    lasted: typeof job["Duration"] === "number" ? (job["Duration"] as number) : null,
    reason: String(job["ReasonCode"] ?? ""),
  };
}

export interface Filter {
  readonly words: string;
  readonly group: Group | "all";
  readonly owner: string;
  readonly workspace: string;
}

export const NO_FILTER: Filter = { words: "", group: "all", owner: "", workspace: "" };

/** Rows that hold every word in their name, id, owner, workspace, resource or state, and belong to what was chosen. */
export function filtered(rows: readonly JobRow[], filter: Filter): JobRow[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (filter.group !== "all" && row.group !== filter.group) return false;
    if (filter.owner && row.owner !== filter.owner) return false;
    if (filter.workspace && row.workspace !== filter.workspace) return false;
    const text = `${row.name}\n${row.id}\n${row.owner}\n${row.workspace}\n${row.resource}\n${row.status}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const COLUMNS = ["state", "name", "owner", "workspace", "gpus", "age", "lasted", "cause"] as const;
export type Column = (typeof COLUMNS)[number];
export interface Order {
  readonly column: Column;
  readonly isDescending: boolean;
}

export const NEWEST_FIRST: Order = { column: "age", isDescending: false };

const GROUP_ORDER: Record<Group, number> = { running: 0, waiting: 1, failed: 2, other: 3, stopped: 4, succeeded: 5 };

function keyOf(row: JobRow, column: Column, cause: (row: JobRow) => string): string | number {
  switch (column) {
    case "state": return GROUP_ORDER[row.group];
    case "name": return row.name.toLowerCase();
    case "owner": return row.owner.toLowerCase();
    case "workspace": return row.workspace.toLowerCase();
    case "gpus": return row.gpus;
    case "age": return -(row.created ?? 0);
    case "lasted": return row.lasted ?? -1;
    case "cause": return cause(row) || "\uffff";
  }
}

/** Rows in an order that stays put: what is equal keeps the newest first. */
export function sorted(rows: readonly JobRow[], order: Order, cause: (row: JobRow) => string = () => ""): JobRow[] {
  const sign = order.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [keyOf(a, order.column, cause), keyOf(b, order.column, cause)];
    if (x !== y) return (x < y ? -1 : 1) * sign;
    return (b.created ?? 0) - (a.created ?? 0) || a.id.localeCompare(b.id);
  });
}

export function counts(rows: readonly JobRow[]): Record<Group | "all", number> {
  const found = { all: rows.length, waiting: 0, running: 0, failed: 0, succeeded: 0, stopped: 0, other: 0 };
  for (const row of rows) found[row.group] += 1;
  return found;
}

export interface Sign {
  readonly cause: string;
  readonly pod: string;
  readonly confidence: string;
  /** What else the survey says: step, GPU use, age of the last line. */
  readonly rest: string;
}

const WHAT = /^([a-z][a-z0-9_]*)(?: in ([\w.-]+))?(?: \((high|medium|low)\))?(?:, (.*))?$/;

/** What the survey says of a job, in parts; null where it says it in other words. */
export function signOf(what: unknown): Sign | null {
  const found = typeof what === "string" ? WHAT.exec(what) : null;
  if (!found) return null;
  return { cause: found[1]!, pod: found[2] ?? "", confidence: found[3] ?? "", rest: found[4] ?? "" };
}

/** Causes that say that nothing is wrong. */
const CALM = new Set(["healthy", "succeeded", "starting", "waiting", "stopped", "stopped_by_person", "unclear"]);

export function isCalm(cause: string): boolean {
  return CALM.has(cause);
}

/** The run before this one: the newest earlier job of the same name, or else of the same stem and owner. */
export function lastRun(rows: readonly JobRow[], job: { id: string; name: string; created: number | null; owner: string }): JobRow | null {
  const earlier = rows.filter((row) => row.id !== job.id && (row.created ?? 0) < (job.created ?? Number.POSITIVE_INFINITY));
  earlier.sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
  const stem = stemOf(job.name);
  return earlier.find((row) => row.name === job.name) ?? earlier.find((row) => stem.length >= 3 && stemOf(row.name) === stem && row.owner === job.owner) ?? null;
}

/** A name without the number, date or version at its end. */
export function stemOf(name: string): string {
  return name.toLowerCase().replace(/(?:[-_.]?(?:v|run|try|attempt|copy|clone)?[-_.]?\d+)+$/, "");
}
