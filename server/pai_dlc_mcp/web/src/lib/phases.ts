// The phases of a job on its time line. Pure.

import { secondsOf } from "./time";

export interface Phase {
  readonly status: string;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
}

const OVER = new Set(["Succeeded", "Failed", "Stopped"]);

export function isOver(status: string): boolean {
  return OVER.has(status);
}

/** What a job went through, in order; the last is open while the job is not over. Falls back to the job's own times. */
export function phasesOf(job: Readonly<Record<string, unknown>>, now: number): Phase[] {
  const history = Array.isArray(job["StatusHistory"]) ? (job["StatusHistory"] as Record<string, unknown>[]) : [];
  const found: Phase[] = [];
  for (const entry of history) {
    const status = String(entry["Status"] ?? "");
    const from = secondsOf(entry["StartTime"]);
    if (from === null || OVER.has(status)) continue;
    const end = secondsOf(entry["EndTime"]);
    found.push({ status, from, to: end ?? Math.max(now, from), isOpen: end === null });
  }
  if (found.length > 0) return closed(found, job);
  const created = secondsOf(job["GmtCreateTime"]);
  if (created === null) return [];
  const running = secondsOf(job["GmtRunningTime"]);
  const ended = secondsOf(job["GmtFinishTime"]);
  const phases: Phase[] = [];
  if (running !== null && running > created) phases.push({ status: "Queuing", from: created, to: running, isOpen: false });
  const from = running ?? created;
  const status = running !== null ? "Running" : "Queuing";
  phases.push({ status, from, to: ended ?? Math.max(now, from), isOpen: ended === null });
  return phases;
}

/** A job that is over has no open phase, whatever its history forgot to close. */
function closed(phases: Phase[], job: Readonly<Record<string, unknown>>): Phase[] {
  const ended = secondsOf(job["GmtFinishTime"]) ?? endOf(job);
  if (!OVER.has(String(job["Status"]))) return phases;
  return phases.map((phase) => (phase.isOpen ? { ...phase, to: ended ?? phase.to, isOpen: false } : phase));
}

function endOf(job: Readonly<Record<string, unknown>>): number | null {
  const history = job["StatusHistory"] as Record<string, unknown>[];
  return secondsOf(history.find((entry) => OVER.has(String(entry["Status"])))?.["StartTime"]);
}

/**
 * Shares of the bar's width in percent: in proportion to time, but no phase narrower than `least`, so that a queue of
 * three seconds before three days can still be seen and touched.
 */
export function widths(phases: readonly Phase[], least = 4): number[] {
  const total = phases.reduce((sum, phase) => sum + Math.max(0, phase.to - phase.from), 0);
  if (phases.length === 0) return [];
  if (total === 0) return phases.map(() => 100 / phases.length);
  const floor = Math.min(least, 100 / phases.length);
  const raw = phases.map((phase) => (100 * Math.max(0, phase.to - phase.from)) / total);
  const small = raw.map((share) => share < floor);
  const fixed = small.filter(Boolean).length * floor;
  const rest = raw.reduce((sum, share, at) => sum + (small[at] ? 0 : share), 0);
  return raw.map((share, at) => (small[at] ? floor : (share / rest) * (100 - fixed)));
}

/** Where an instant stands on the bar, in percent; null outside it. */
export function placeOf(at: number, phases: readonly Phase[], shares: readonly number[]): number | null {
  let left = 0;
  for (const [index, phase] of phases.entries()) {
    const share = shares[index]!;
    if (at >= phase.from && at <= phase.to) {
      const inside = phase.to > phase.from ? (at - phase.from) / (phase.to - phase.from) : 0;
      return left + share * inside;
    }
    left += share;
  }
  return phases.length > 0 && at > phases[phases.length - 1]!.to ? 100 : null;
}
