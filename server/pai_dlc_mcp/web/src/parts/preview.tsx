// The whole preview of an act, what a decision rests on first.

import { translateIfKnown, useWords, type Translate } from "../i18n";
import { phrase } from "../i18n/phrases";
import type { Data } from "../lib/api";
import type { Language } from "../lib/time";
import { Untrusted } from "./basics";

/** Facts that a decision rests on come first; the rest follows as it was sent. */
const FIRST = ["owner", "yours", "state", "running_time", "gpus", "gpu_hours", "checkpoint", "pods", "workspace", "region"];

/** What others named: never read as a phrase of ours. */
const QUOTED = new Set(["owner", "owner_name", "workspace", "template", "image", "images", "uri", "job", "job_id", "region"]);

function entriesOf(preview: Data): [string, unknown][] {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(preview)
    .filter(([name]) => name !== "act" && name !== "name")
    .sort(([a], [b]) => rank(a) - rank(b));
}

function labelOf(t: Translate, name: string): string {
  const argument = /^argument (.*)$/s.exec(name);
  return argument ? t("preview.argument", { name: argument[1]! }) : name;
}

/** The guard's own phrases in the viewer's language; an argument is shown as it is sent. */
function wordsOf(language: Language, name: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (name === "state") return translateIfKnown(language, `state.${value}`) ?? value;
  return QUOTED.has(name) ? value : phrase(language, value);
}

export function Preview({ preview }: { preview: Data }) {
  const { t, language } = useWords();
  return (
    <dl class="preview">
      {entriesOf(preview).map(([name, value]) => (
        <div key={name} class={name === "yours" || name === "checkpoint" ? "weighty" : ""}>
          <dt><Untrusted text={translateIfKnown(language, `preview.${name}`) ?? labelOf(t, name)} /></dt>
          <dd class={name === "yours" && value !== "yes" ? "urgent" : ""}><Value value={wordsOf(language, name, value)} /></dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (value !== null && typeof value === "object") return <pre><Untrusted text={JSON.stringify(value, null, 1)} /></pre>;
  const text = String(value ?? "");
  return text.includes("\n") || text.length > 200 ? <pre><Untrusted text={text} /></pre> : <Untrusted text={text} />;
}
