import { describe, expect, it } from "vitest";

import { progressPoints, progressTables, useTable } from "../src/lib/curves";
import { secondsOf } from "../src/lib/time";

const labels = { median: "median", least: "least", most: "most", whole: "whole job" };
const lines = Array.from({ length: 5 }, (_, at) => `2026-11-26 08:00:0${at} INFO step ${at} | loss ${2 - at / 10} | 10${at} samples/s`);

describe("curves", () => {
  it("of a container whose clock is ahead stand at their true time", () => {
    const points = progressPoints(lines, { from: secondsOf("2026-11-25T23:59:00Z")!, to: secondsOf("2026-11-26T00:30:00Z")! });
    expect(points[0]!.at).toBe(secondsOf("2026-11-26T00:00:00Z"));
    expect(points).toHaveLength(5);
  });
  it("have a table each, and the step of each instant", () => {
    const found = progressTables(progressPoints(lines, null), { loss: "Loss", throughput: "Throughput" });
    expect(found.loss!.series[0]!.values).toEqual([2, 1.9, 1.8, 1.7, 1.6]);
    expect(found.throughput!.series[0]!.values[4]).toBe(104);
    expect(found.unit).toBe("samples/s");
    expect([...found.steps.values()]).toEqual([0, 1, 2, 3, 4]);
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
