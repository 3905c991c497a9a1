// The server's own phrases of a fixed form, in the viewer's language. What others wrote, and what has no fixed form,
// stays as it is.

import type { Language } from "../lib/time";

type Form = readonly [RegExp, string];

/** `$1`, `$2` stand for what a form leaves open: numbers, instants, names. The first form that fits the whole is taken. */
const PHRASES: readonly Form[] = [
  [/^yes$/, "是"],
  [/^unknown$/, "未知"],
  [/^none$/, "无"],
  [/^none: public resources, pay as you go$/, "无：公共资源，按量付费"],
  [/^no, it belongs to another account$/, "否，属于另一个账号"],
  [/^no, it belongs to (.*)$/s, "否，属于 $1"],
  [/^cannot be determined$/, "无法确定"],
  [/^cannot be determined; it belongs to (.*)$/s, "无法确定；属于 $1"],
  [/^no pod, so no log$/, "没有 Pod,因此没有日志"],
  [/^the log could not be read$/, "无法读取日志"],
  [/^not mentioned in the last (\d+) log lines$/, "最近 $1 行日志中未提到"],
  [/^mentioned in the last (\d+) log lines, last at (\S+)$/, "最近 $1 行日志中提到，最后一次在 $2"],
  [/^mentioned in the last (\d+) log lines, at a time that the line does not tell$/, "最近 $1 行日志中提到，该行未写明时间"],
  [/^(\d+) h (\d+) min$/, "$1 小时 $2 分"],
  [/^(\d+) min(?:utes)?$/, "$1 分钟"],
  [/^(\d+) s$/, "$1 秒"],
  [/^(.*) \(values are not shown\)$/s, "$1（不显示值）"],
  [/^(\d+) in all: (.*)$/s, "共 $1 个：$2"],
  [/^the job's record; its logs and events cannot be read any more$/, "任务记录；其日志和事件将无法再读取"],
  [/^the template with all its versions$/, "模板及其全部版本"],
  [/^the workspace with its members, roles and settings$/, "工作空间及其成员、角色和设置"],
  [/^the registration of the image; the registry keeps the image itself$/, "镜像的登记；镜像本身仍在镜像仓库中"],
  [/^the registration with its versions and labels; the stored files stay where they are$/, "登记及其版本和标签；存储的文件保留在原处"],
  [/^the model's registration and labels$/, "模型的登记和标签"],
  [/^the experiment and what is recorded in it$/, "实验及其中的记录"],
  [/^the resources: unless Option is Detach, they are deleted, not only taken out$/, "资源：除非 Option 为 Detach，否则将被删除，而不只是移出"],
  [/^money: the order is binding$/, "费用：订单一经提交即生效"],
  [/^CloudMonitor, the whole job$/, "云监控，整个任务"],
];

/** A phrase of the server in the viewer's language. */
export function phrase(language: Language, text: string): string {
  if (language === "en") return text;
  for (const [form, words] of PHRASES) if (form.test(text)) return text.replace(form, words);
  return text;
}

const SOURCES: Readonly<Record<string, string>> = {
  "last log line": "最后一行日志", "last log lines": "最后几行日志", log: "日志", job_event: "任务事件", pod_event: "Pod 事件", job_events: "任务事件",
  pod_events: "Pod 事件", metric: "指标", metrics: "指标", status: "状态",
};
const SOURCE = new RegExp(`^(${Object.keys(SOURCES).join("|")})(?= |$)`);

/** Where a piece of evidence is from: `pod_event dlc1-worker-4`, `log dlc1-worker-0 rank 3`. */
export function sourceWords(language: Language, text: string): string {
  if (language === "en") return text.replace(SOURCE, (found) => found.replaceAll("_", " "));
  return text.replace(SOURCE, (found) => SOURCES[found]!).replace(/ rank (\d+)$/, " 进程 $1");
}
