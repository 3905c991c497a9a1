import { describe, expect, it } from "vitest";

import { apart, grid, latest, median, podsOf, samplesOf } from "../src/lib/pods";

describe("pods", () => {
  it("come with the master first, then by number", () => {
    const job = { JobId: "dlc1", Pods: ["worker-10", "worker-2", "master-0"].map((name) => ({ PodId: `dlc1-${name}`, Type: name.split("-")[0], Status: "Running" })) };
    expect(podsOf(job).map((pod) => pod.label)).toEqual(["master-0", "worker-2", "worker-10"]);
    expect(podsOf({})).toEqual([]);
  });
  it("that are unlike the others stand apart", () => {
    const values = new Map(Array.from({ length: 1000 }, (_, at) => [`p${at}`, 33 + (at % 5)]));
    values.set("p7", 99);
    values.set("p8", 2);
    expect(apart(values)).toEqual(["p7", "p8"]);
  });
  it("that differ by little, or are too few to tell, do not", () => {
    expect(apart(new Map([["a", 50], ["b", 51], ["c", 50], ["d", 60]]))).toEqual([]);
    expect(apart(new Map([["a", 1], ["b", 99]]))).toEqual([]);
  });
  it("have the mean of their newest samples", () => {
    const data = { PodMetrics: [{ PodId: "p", Metrics: [{ Time: 2000, Value: 4 }, { Time: 1000, Value: 2 }, { Time: 3000, Value: "x" }] }, { PodId: "q", Metrics: [] }] };
    expect(samplesOf(data)).toEqual(new Map([["p", [[1, 2], [2, 4]]]]));
    expect(latest(samplesOf(data), 1)).toEqual(new Map([["p", 4]]));
    expect(samplesOf(null).size).toBe(0);
  });
  it("fill a grid that is never wider than its place", () => {
    for (const count of [1, 8, 50, 200, 1000]) for (const width of [320, 600, 1200]) {
      const { columns, cell } = grid(count, width);
      expect(columns * cell).toBeLessThanOrEqual(width);
      expect(cell).toBeGreaterThanOrEqual(10);
    }
  });
  it("have a median", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
