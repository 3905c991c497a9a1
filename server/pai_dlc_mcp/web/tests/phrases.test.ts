import { describe, expect, it } from "vitest";

import { phrase, sourceWords } from "../src/i18n/phrases";

describe("phrases of the server", () => {
  it.each([
    ["yes", "是"],
    ["no, it belongs to bob", "否，属于 bob"],
    ["no, it belongs to another account", "否，属于另一个账号"],
    ["cannot be determined; it belongs to bob", "无法确定；属于 bob"],
    ["2 h 5 min", "2 小时 5 分"],
    ["90 minutes", "90 分钟"],
    ["8 s", "8 秒"],
    ["mentioned in the last 100 log lines, last at 2026-11-26T08:00:00Z", "最近 100 行日志中提到，最后一次在 2026-11-26T08:00:00Z"],
    ["A, B (values are not shown)", "A, B（不显示值）"],
    ["the template with all its versions", "模板及其全部版本"],
  ])("%s", (text, words) => {
    expect(phrase("zh", text)).toBe(words);
    expect(phrase("en", text)).toBe(text);
  });
  it("that have no fixed form stay, and a name is put in as it is", () => {
    expect(phrase("zh", "a job of yes")).toBe("a job of yes");
    expect(phrase("zh", "no, it belongs to $1 $&")).toBe("否，属于 $1 $&");
  });
  it("say where evidence is from", () => {
    expect(sourceWords("zh", "last log line dlc1-worker-4")).toBe("最后一行日志 dlc1-worker-4");
    expect(sourceWords("zh", "log dlc1-worker-4 rank 12")).toBe("日志 dlc1-worker-4 进程 12");
    expect(sourceWords("en", "pod_event dlc1_worker-4")).toBe("pod event dlc1_worker-4");
    expect(sourceWords("zh", "logical x")).toBe("logical x");
  });
});
