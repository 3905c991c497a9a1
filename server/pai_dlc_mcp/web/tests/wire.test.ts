import { describe, expect, it } from "vitest";

import { Gate } from "../src/lib/gate";
import { addressOf, routeOf } from "../src/lib/router";
import { EventParser } from "../src/lib/sse";

describe("server-sent events", () => {
  const text = ": keep-alive\n\nevent: jobs\ndata: {\"a\":\ndata: 1}\n\nevent: job:x\r\ndata: 2\r\n\r\n";
  it("are whole however the stream is cut", () => {
    for (let size = 1; size <= text.length; size += 1) {
      const parser = new EventParser();
      const events = [];
      for (let from = 0; from < text.length; from += size) events.push(...parser.feed(text.slice(from, from + size)));
      expect(events).toEqual([{ name: "jobs", data: '{"a":\n1}' }, { name: "job:x", data: "2" }]);
    }
  });
});

describe("addresses", () => {
  it("name a page", () => {
    expect(routeOf("/")).toEqual({ page: "jobs" });
    expect(routeOf("/jobs/dlc1")).toEqual({ page: "job", id: "dlc1" });
    expect(routeOf("/jobs/a%2Fb")).toEqual({ page: "job", id: "a/b" });
    expect(routeOf("/jobs/%zz")).toEqual({ page: "job", id: "%zz" });
    expect(routeOf("/quotas")).toEqual({ page: "quotas" });
    expect(routeOf("/what")).toEqual({ page: "unknown" });
    expect(routeOf("/quotas/x")).toEqual({ page: "unknown" });
  });
  it("carry the region only where it differs", () => {
    expect(addressOf("/jobs", "cn-shanghai", "cn-hangzhou")).toBe("/jobs?region=cn-shanghai");
    expect(addressOf("/jobs", "cn-hangzhou", "cn-hangzhou")).toBe("/jobs");
  });
});

describe("the gate", () => {
  it("lets so many through at once, and the rest after them, failures included", async () => {
    const gate = new Gate(2);
    let inFlight = 0;
    let most = 0;
    const work = async (number: number) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await Promise.resolve();
      inFlight -= 1;
      if (number % 2) throw new Error("odd");
      return number;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((number) => gate.run(() => work(number))));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(most).toBe(2);
  });
});
