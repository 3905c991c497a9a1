import { describe, expect, it } from "vitest";

import { progressTables, runOf, useTable } from "../src/lib/curves";

const labels = { median: "median", least: "least", most: "most", whole: "whole job" };
const data = {
  points: [[10, 0, 2, 100], [11, 1, 1.9, null], [12, null, 1.8, 104], ["x", 3, 1, 1], [13, 4, "nan", 101]],
  unit: "samples/s", values: 9, is_whole: false, places: { looked: 3, of: 24 },
};

describe("curves", () => {
  it("take from the server what is a number", () => {
    const run = runOf(data);
    expect(run.points.map((point) => point.at)).toEqual([10, 11, 12, 13]);
    expect(run.points[3]).toEqual({ at: 13, step: 4, loss: null, throughput: 101 });
    expect([run.unit, run.values, run.isWhole, run.looked, run.places]).toEqual(["samples/s", 9, false, 3, 24]);
    expect(runOf(null).points).toEqual([]);
    expect(runOf({ error: { code: "not_found" } }).points).toEqual([]);
  });
  it("have a table each, and the step of each instant", () => {
    const found = progressTables(runOf(data).points, { loss: "Loss", throughput: "Throughput" });
    expect(found.loss!.series[0]!.values).toEqual([2, 1.9, 1.8, null]);
    expect(found.throughput!.series[0]!.values).toEqual([100, null, 104, 101]);
    expect([...found.steps]).toEqual([[10, 0], [11, 1], [13, 4]]);
  });
  it("are none where there is nothing to draw", () => {
    expect(progressTables([], { loss: "", throughput: "" }).loss).toBeNull();
    expect(useTable(new Map(), new Map(), [], null, labels)).toBeNull();
  });
  it("draw a few pods one by one", () => {
    const samples = new Map([["p", [[1, 5], [2, 6]]], ["q", [[2, 8]]]] as [string, [number, number][]][]);
    const table = useTable(samples, new Map([["p", "worker-0"]]), [], null, labels)!;
    expect(table.times).toEqual([1, 2]);
    expect(table.series.map((one) => [one.label, ...one.values])).toEqual([["worker-0", 5, 6], ["q", null, 8]]);
  });
  it("draw the middle, the edges and who stands apart of a thousand", () => {
    const samples = new Map(Array.from({ length: 1000 }, (_, pod) => [`p${pod}`, [[1, 40], [2, 40]]] as [string, [number, number][]]));
    samples.set("p5", [[1, 99], [2, 98]]);
    const table = useTable(samples, new Map(), ["p5"], "p7", labels)!;
    expect(table.series.map((one) => one.kind)).toEqual(["edge", "edge", "main", "apart", "chosen"]);
    expect(table.series[2]!.values).toEqual([40, 40]);
    expect(table.series[1]!.values).toEqual([99, 98]);
  });
});
