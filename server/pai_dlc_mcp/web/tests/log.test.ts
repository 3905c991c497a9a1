import { describe, expect, it } from "vitest";

import { evidenceLine, evidencePod, fold, levelOf, merged, search } from "../src/lib/log";

describe("levels", () => {
  it.each([
    ["2026-11-26 04:10:47 ERROR boom", "error"],
    ["torch.cuda.OutOfMemoryError: CUDA out of memory.", "error"],
    ["Traceback (most recent call last):", "error"],
    ["E1126 04:10:47 failed", "error"],
    ["2026 WARNING slow", "warning"],
    ["UserWarning: lr is odd", "warning"],
    ["2026 INFO step 1 | loss 0.1", "info"],
    ["DEBUG x", "debug"],
    ["loading shard 12", "none"],
    ["no errors were found", "none"],
  ])("%s is %s", (line, level) => expect(levelOf(line)).toBe(level));
});

describe("folding", () => {
  const steps = Array.from({ length: 50 }, (_, at) => `step ${at} loss ${1 / (at + 1)}`);
  it("makes one row of lines that are alike but for numbers", () => {
    expect(fold(["start", ...steps, "end"], 6)).toEqual([
      { first: 0, count: 1 }, { first: 1, count: 50 }, { first: 51, count: 1 },
    ]);
  });
  it("covers every line once and in order, whatever the log", () => {
    for (let seed = 1; seed < 40; seed += 1) {
      const lines = Array.from({ length: 60 }, (_, at) => ["a 1", "b", "", "c 2.5"][(at * seed * 7) % (1 + (seed % 4))]!);
      const covered = fold(lines, 2).flatMap((row) => Array.from({ length: row.count }, (_, at) => row.first + at));
      expect(covered).toEqual(lines.map((_, at) => at));
    }
  });
  it("leaves few alike and blank lines as they are", () => {
    expect(fold(["a 1", "a 2"], 2)).toHaveLength(2);
    expect(fold(["", "", "", ""], 2)).toHaveLength(4);
  });
});

describe("search and evidence", () => {
  const lines = ["INFO a", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB.", "INFO b"];
  it("finds words in any case, and nothing for nothing", () => {
    expect(search(lines, "OUT OF memory")).toEqual([1]);
    expect(search(lines, "  ")).toEqual([]);
  });
  it("finds the line that evidence quotes, whole or cut", () => {
    expect(evidenceLine(lines, "[log dlc1-worker-6] torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB.")).toBe(1);
    expect(evidenceLine(lines, "[log dlc1-worker-6] torch.cuda.OutOfMemoryError: CUDA out…")).toBe(1);
    expect(evidenceLine(lines, "[log x] something else entirely")).toBe(-1);
    expect(evidenceLine(lines, "[log x] a")).toBe(-1);
  });
  it("knows the pod", () => {
    expect(evidencePod("[last log line dlc1-worker-4] x")).toBe("dlc1-worker-4");
    expect(evidencePod("x")).toBeNull();
  });
});

describe("a log that goes on", () => {
  it("takes the overlap once", () => {
    expect(merged(["a", "b", "c"], ["b", "c", "d"], 10)).toEqual(["a", "b", "c", "d"]);
    expect(merged(["a", "b"], ["a", "b"], 10)).toEqual(["a", "b"]);
    expect(merged(["x", "x"], ["x", "x", "x"], 10)).toEqual(["x", "x"]);
    expect(merged([], ["a"], 10)).toEqual(["a"]);
    expect(merged(["a"], [], 10)).toEqual(["a"]);
  });
  it("keeps both where nothing overlaps, and only the newest of many", () => {
    expect(merged(["a"], ["b"], 10)).toEqual(["a", "b"]);
    expect(merged(["a", "b"], ["b", "c"], 2)).toEqual(["b", "c"]);
  });
});
