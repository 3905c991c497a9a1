import { describe, expect, it } from "vitest";

import { briefSpan, offsetOf, secondsOf, span, stampOf } from "../src/lib/time";

describe("spans", () => {
  it("are at most two units", () => {
    expect(span(0)).toBe("0 s");
    expect(span(59)).toBe("59 s");
    expect(span(125)).toBe("2 min 5 s");
    expect(span(3600)).toBe("1 h");
    expect(span(3605)).toBe("1 h");
    expect(span(93_784)).toBe("1 d 2 h");
    expect(span(93_784, "zh")).toBe("1 天 2 小时");
    expect(span(-5)).toBe("0 s");
  });
  it("are one unit in narrow columns", () => {
    expect(briefSpan(93_784)).toBe("1 d");
    expect(briefSpan(61)).toBe("1 min");
    expect(briefSpan(0)).toBe("0 s");
  });
});

describe("instants", () => {
  it("are UTC where no zone is named", () => {
    expect(secondsOf("2026-11-26T00:00:00Z")).toBe(secondsOf("2026-11-26 00:00:00"));
    expect(secondsOf("2026-11-26T08:00:00+08:00")).toBe(secondsOf("2026-11-26T00:00:00Z"));
    expect(secondsOf("soon")).toBeNull();
    expect(secondsOf(5)).toBeNull();
  });
  it("are found in a line, with fractions of either kind", () => {
    expect(stampOf("2026-11-26 04:10:47,498 INFO step 1")).toEqual({ at: secondsOf("2026-11-26T04:10:47Z")! + 0.498, isZoned: false });
    expect(stampOf("[2026-11-26T04:10:47.5+08:00] x")?.isZoned).toBe(true);
    expect(stampOf("no time here")).toBeNull();
    expect(stampOf(`${"x".repeat(100)} 2026-11-26 04:10:47`)).toBeNull();
  });
  it("of a local clock are brought to UTC by what is known of them", () => {
    expect(offsetOf(1000 + 8 * 3600 + 40, 1000)).toBe(8 * 3600);
    expect(offsetOf(1000 - 5.5 * 3600, 1000)).toBe(-5.5 * 3600);
    expect(offsetOf(1000 + 300, 1000)).toBe(0);
    expect(offsetOf(1000 + 40 * 3600, 1000)).toBe(0);
  });
});
