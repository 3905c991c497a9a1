import { describe, expect, it } from "vitest";

import { causeWords, translate } from "../src/i18n";
import causes from "../src/i18n/causes.json";
import en from "../src/i18n/en.json";
import zh from "../src/i18n/zh.json";

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const source = Object.values(import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })).join("\n");

describe("the dictionaries", () => {
  it("have the same keys in the same order, all with words", () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text.trim()).not.toBe("");
  });
  it("fill in the same values", () => {
    for (const [key, text] of Object.entries(en)) expect([key, placeholders(zh[key as keyof typeof zh])]).toEqual([key, placeholders(text)]);
  });
  it("are Chinese where they are Chinese", () => {
    const same = new Set(["language.own", "figure.mfu", "approvals.saidNo", "region"]);
    const latin = Object.entries(zh).filter(([key, text]) => !same.has(key) && !/[\u4e00-\u9fff]/.test(text));
    expect(latin.map(([key]) => key)).toEqual([]);
  });
  it("hold nothing that no part of the page uses", () => {
    const families = /^(?:state|reason|error|outcome|act|preview|confidence|metric|column|group|spec|page|live|fact|theme|figure|log\.level)\./;
    const unused = Object.keys(en).filter((key) => !families.test(key) && !source.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
  it("put values in as text", () => expect(translate("en", "jobs.step", { step: "<b>" })).toBe("step <b>"));
});

describe("causes", () => {
  it("take at most six words", () => {
    for (const [code, words] of Object.entries(causes)) {
      expect([code, words.en.split(/\s+/).length <= 6, words.zh.length <= 20]).toEqual([code, true, true]);
      expect(words.zh).toMatch(/[\u4e00-\u9fff]/);
    }
  });
  it("of later versions are shown as they are", () => {
    expect(causeWords("en", "some_new_cause")).toBe("some new cause");
    expect(causeWords("zh", "exit_137")).toContain("137");
    expect(causeWords("en", "constructor")).toBe("constructor");
  });
});
