import { describe, expect, it } from "vitest";

import { phasesOf, placeOf, widths } from "../src/lib/phases";
import { secondsOf } from "../src/lib/time";

const at = (minute: number) => `2026-11-26T00:${String(minute).padStart(2, "0")}:00Z`;
const s = (minute: number) => secondsOf(at(minute))!;

describe("phases", () => {
  const running = { Status: "Running", StatusHistory: [
    { Status: "Creating", StartTime: at(0), EndTime: at(1) },
    { Status: "Running", StartTime: at(1) },
  ] };
  it("end now while the job runs", () => {
    expect(phasesOf(running, s(9))).toEqual([
      { status: "Creating", from: s(0), to: s(1), isOpen: false }, { status: "Running", from: s(1), to: s(9), isOpen: true },
    ]);
  });
  it("are closed when the job is over, even where the history forgot it", () => {
    const over = { ...running, Status: "Failed", GmtFinishTime: at(5) };
    expect(phasesOf(over, s(30)).at(-1)).toEqual({ status: "Running", from: s(1), to: s(5), isOpen: false });
  });
  it("come from the job's own times without a history", () => {
    const job = { Status: "Succeeded", GmtCreateTime: at(0), GmtRunningTime: at(2), GmtFinishTime: at(4) };
    expect(phasesOf(job, s(30)).map((phase) => [phase.status, phase.to])).toEqual([["Queuing", s(2)], ["Running", s(4)]]);
    expect(phasesOf({}, 0)).toEqual([]);
  });
  it("fill the bar, and the short ones can be seen", () => {
    const phases = phasesOf(running, s(1) + 86_400);
    const shares = widths(phases, 4);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(100);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(4);
    expect(widths([])).toEqual([]);
    expect(widths([{ status: "Creating", from: 1, to: 1, isOpen: true }])).toEqual([100]);
  });
  it("give an instant its place", () => {
    const phases = phasesOf(running, s(3));
    const shares = [50, 50];
    expect(placeOf(s(0), phases, shares)).toBe(0);
    expect(placeOf(s(2), phases, shares)).toBe(75);
    expect(placeOf(s(59), phases, shares)).toBe(100);
    expect(placeOf(s(0) - 60, phases, shares)).toBeNull();
  });
});
