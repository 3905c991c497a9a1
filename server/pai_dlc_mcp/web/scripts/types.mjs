// Writes src/generated/tools.ts: the arguments of the tools that the page calls, from the tools' own schemas.
// In: the output of `pai-dlc-mcp tools --json --toolsets all` on standard input. A test of the suite holds it against them.

import { readFileSync, writeFileSync } from "node:fs";

export const TOOLS = [
  "dlc_compare_jobs", "dlc_diagnose_job", "dlc_get_job", "dlc_get_job_events", "dlc_get_job_metrics", "dlc_get_pod_events",
  "dlc_get_pod_logs", "dlc_list_jobs", "dlc_quota_status", "dlc_search_logs", "dlc_stop_job", "dlc_survey_jobs", "pai_status",
];

const SCALARS = { string: "string", integer: "number", number: "number", boolean: "boolean" };

function typeOf(schema) {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `(${typeOf(schema.items ?? {})})[]`;
  return SCALARS[schema.type] ?? "unknown";
}

function fieldsOf(tool) {
  const required = new Set(tool.inputSchema.required ?? []);
  return Object.entries(tool.inputSchema.properties ?? {})
    .filter(([name]) => name !== "confirmation_token")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `    ${name}${required.has(name) ? "" : "?"}: ${typeOf(schema)};`);
}

const catalogue = new Map(JSON.parse(readFileSync(0, "utf8")).map((tool) => [tool.name, tool]));
const missing = TOOLS.filter((name) => !catalogue.has(name));
if (missing.length > 0) throw new Error(`no such tools: ${missing.join(", ")}`);
const lines = [
  "// Made by scripts/types.mjs from the tools' schemas; not to be edited by hand.",
  "",
  "export interface ToolArguments {",
  ...TOOLS.flatMap((name) => [`  ${name}: {`, ...fieldsOf(catalogue.get(name)), "  };"]),
  "}",
  "",
  "export type ToolName = keyof ToolArguments;",
  "",
];
writeFileSync(new URL("../src/generated/tools.ts", import.meta.url), lines.join("\n"));
