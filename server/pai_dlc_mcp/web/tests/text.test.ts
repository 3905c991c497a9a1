import { describe, expect, it } from "vitest";

import { middle, pieces, plain } from "../src/lib/text";

describe("text of others", () => {
  it("shows marks that turn the direction of a line", () => {
    expect(pieces("a\u202egnp.exe")).toEqual([
      { text: "a", isMark: false }, { text: "RLO", isMark: true }, { text: "gnp.exe", isMark: false },
    ]);
  });
  it("names every hidden character and leaves the rest", () => {
    for (const code of [0, 7, 0x1b, 0x7f, 0x9b, 0xad, 0x200b, 0x200f, 0x2028, 0x2066, 0xfeff, 0xe0041]) {
      const found = pieces(`x${String.fromCodePoint(code)}y`);
      expect(found.map((piece) => piece.isMark)).toEqual([false, true, false]);
      expect(found[1]!.text).toMatch(/^[\x21-\x7e]+$/);
    }
    expect(pieces("训练 job-1\tπ é 🚀\n")).toEqual([{ text: "训练 job-1\tπ é 🚀\n", isMark: false }]);
  });
  it("keeps markup as it is written", () => expect(plain("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>"));
  it("cuts the middle out of a long text", () => {
    expect(middle("abcdefghij", 20)).toBe("abcdefghij");
    const cut = middle("a".repeat(50) + "end", 20);
    expect(cut).toHaveLength(20);
    expect(cut.endsWith("end")).toBe(true);
  });
});
