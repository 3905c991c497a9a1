import { describe, expect, it } from "vitest";

import { counts, filtered, lastRun, NO_FILTER, rowsOf, signOf, sorted, stemOf } from "../src/lib/jobs";

const job = (id: string, more: Record<string, unknown> = {}) => ({
  JobId: id, DisplayName: id, Status: "Running", Username: "alice", WorkspaceName: "vision", RequestGPU: "8", GmtCreateTime: "2026-11-26T00:00:00Z", ...more,
});
const rows = rowsOf({ Jobs: [
  job("a", { GmtCreateTime: "2026-11-26T01:00:00Z" }),
  job("b", { Status: "Failed", Username: "bob", RequestGPU: "16" }),
  job("c", { Status: "Queuing", RequestGPU: "2", GmtCreateTime: "2026-11-26T02:00:00Z" }),
  { DisplayName: "no id" },
] });

describe("the list of jobs", () => {
  it("takes only what is a job", () => expect(rows.map((row) => row.id)).toEqual(["a", "b", "c"]));
  it("is filtered by words, state, owner and workspace", () => {
    expect(filtered(rows, { ...NO_FILTER, words: "BOB failed" }).map((row) => row.id)).toEqual(["b"]);
    expect(filtered(rows, { ...NO_FILTER, words: "bob alice" })).toEqual([]);
    expect(filtered(rows, { ...NO_FILTER, group: "waiting" }).map((row) => row.id)).toEqual(["c"]);
    expect(filtered(rows, { ...NO_FILTER, owner: "alice", workspace: "vision" })).toHaveLength(2);
  });
  it("is sorted by any column, the newest first among equals", () => {
    expect(sorted(rows, { column: "age", isDescending: false }).map((row) => row.id)).toEqual(["c", "a", "b"]);
    expect(sorted(rows, { column: "gpus", isDescending: true }).map((row) => row.id)).toEqual(["b", "a", "c"]);
    expect(sorted(rows, { column: "state", isDescending: false }).map((row) => row.id)).toEqual(["a", "c", "b"]);
    expect(sorted(rows, { column: "workspace", isDescending: false }).map((row) => row.id)).toEqual(["c", "a", "b"]);
  });
  it("is counted by state", () => expect(counts(rows)).toMatchObject({ all: 3, running: 1, waiting: 1, failed: 1, succeeded: 0 }));
});

describe("what the survey says", () => {
  it("is taken apart", () => {
    expect(signOf("hang in worker-1 (high), step 195, GPU 75 %, last line 2589 s ago")).toEqual({
      cause: "hang", pod: "worker-1", confidence: "high", rest: "step 195, GPU 75 %, last line 2589 s ago",
    });
    expect(signOf("queue_order (high)")).toEqual({ cause: "queue_order", pod: "", confidence: "high", rest: "" });
  });
  it("is left alone where it is a sentence", () => {
    expect(signOf("not diagnosed in time")).toBeNull();
    expect(signOf(undefined)).toBeNull();
  });
});

describe("the last run", () => {
  const many = rowsOf({ Jobs: [
    job("old", { DisplayName: "bert", GmtCreateTime: "2026-11-24T00:00:00Z" }),
    job("older", { DisplayName: "bert", GmtCreateTime: "2026-11-23T00:00:00Z" }),
    job("like", { DisplayName: "vit-12", GmtCreateTime: "2026-11-24T00:00:00Z" }),
    job("hers", { DisplayName: "vit-11", GmtCreateTime: "2026-11-25T00:00:00Z", Username: "bob" }),
  ] });
  const now = { created: 1e10, owner: "alice" };
  it("is the newest earlier one of the same name", () => expect(lastRun(many, { ...now, id: "x", name: "bert" })?.id).toBe("old"));
  it("or of the same stem and owner", () => expect(lastRun(many, { ...now, id: "x", name: "vit-13" })?.id).toBe("like"));
  it("or none", () => expect(lastRun(many, { ...now, id: "x", name: "gpt-1" })).toBeNull());
  it("never itself", () => expect(lastRun(many, { ...now, id: "older", name: "bert", created: 1 })).toBeNull());
  it("stems end before the number", () => expect([stemOf("exp-0116"), stemOf("Run_v2"), stemOf("qwen-sft-try3")]).toEqual(["exp", "run", "qwen-sft"]));
});
