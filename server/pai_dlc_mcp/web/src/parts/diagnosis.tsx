// Why a job waits, failed or hangs, or how it runs: the cause, its evidence, and where to look.

import { causeWords, translateIfKnown, useWords } from "../i18n";
import { sourceWords } from "../i18n/phrases";
import type { Data } from "../lib/api";
import { usePlace, type Reading } from "../lib/hooks";
import { groupOf, isCalm } from "../lib/jobs";
import { briefSpan } from "../lib/time";
import { Failure, Untrusted } from "./basics";

export function DiagnosisPanel({ read, status, onEvidence, onPod }: {
  read: Reading<Data>; status: string; onEvidence?: (evidence: string) => void; onPod?: (pod: string) => void;
}) {
  const { t, language } = useWords();
  const { session } = usePlace();
  if (!session.tools.includes("dlc_diagnose_job")) return null;
  const data = read.data;
  if (!data) {
    return (
      <section class="panel diagnosis" aria-label={t("diagnosis.title")}>
        {read.fault ? <Failure fault={read.fault} retry={read.reload} /> : <p class="loading" role="status">{t("diagnosis.reading")}</p>}
      </section>
    );
  }
  const cause = String(data["cause"] ?? "unknown");
  const kind = isCalm(cause) ? "calm" : groupOf(status) === "waiting" ? "warn" : "bad";
  const pod = typeof data["pod"] === "string" ? data["pod"] : null;
  const evidence = strings(data["untrusted_evidence"]);
  const notRead = strings(data["not_read"]);
  const confidence = String(data["confidence"] ?? "");
  return (
    <section class={`panel diagnosis diagnosis-${kind}`} aria-labelledby="diagnosis-title">
      <header>
        <h2 id="diagnosis-title">{causeWords(language, cause)}</h2>
        <span class="quiet">{translateIfKnown(language, `confidence.${confidence}`) ?? confidence}</span>
        <div class="tools">
          <button type="button" disabled={read.isLoading} onClick={read.reload}>{t("diagnosis.again")}</button>
        </div>
      </header>
      {read.fault && <Failure fault={read.fault} isOld />}
      <p lang="en"><Untrusted text={String(data["summary"] ?? "")} /></p>
      <Progress data={data} />
      {evidence.length > 0 && (
        <>
          <h3>{t("diagnosis.evidence")}</h3>
          <ul class="evidence">
            {evidence.map((one, at) => (
              <li key={at}>
                <Evidence text={one} />
                {onEvidence && /^\[(?:last )?log/.test(one) && <button type="button" class="small" onClick={() => onEvidence(one)}>{t("diagnosis.show")}</button>}
              </li>
            ))}
          </ul>
        </>
      )}
      {pod && onPod && <p><button type="button" class="small" onClick={() => onPod(pod)}>{t("diagnosis.pod", { pod: pod.split("-").slice(1).join("-") || pod })}</button></p>}
      {notRead.length > 0 && <p class="quiet">{t("diagnosis.notRead")} <Untrusted text={notRead.join("; ")} /></p>}
    </section>
  );
}

/** The source of a piece of evidence stands apart from its words. */
function Evidence({ text }: { text: string }) {
  const { language } = useWords();
  const found = /^\[([^\]]*)\]\s*(.*)$/s.exec(text);
  return found ? (
    <span>
      <span class="source"><Untrusted text={sourceWords(language, found[1]!)} /></span> <code><Untrusted text={found[2]!} /></code>
    </span>
  ) : (
    <code><Untrusted text={text} /></code>
  );
}

const FIGURES = ["step", "of", "loss", "throughput", "mfu", "seconds_per_step"] as const;

function Progress({ data }: { data: Data }) {
  const { t, language } = useWords();
  const progress = (data["progress"] ?? data["last_metrics"]) as Data | undefined;
  const silent = Number(data["last_line_seconds"] ?? Number.NaN);
  const hours = Number(data["gpu_hours"] ?? Number.NaN);
  const figures = progress && typeof progress === "object" ? FIGURES.filter((name) => progress[name] !== undefined) : [];
  if (figures.length === 0 && Number.isNaN(silent) && Number.isNaN(hours)) return null;
  return (
    <dl class="figures">
      {figures.map((name) => (
        <div key={name}><dt>{t(`figure.${name}`)}</dt><dd><Untrusted text={String(progress![name])} /></dd></div>
      ))}
      {!Number.isNaN(silent) && <div><dt>{t("figure.silent")}</dt><dd class={silent > 600 ? "urgent" : ""}>{briefSpan(silent, language)}</dd></div>}
      {!Number.isNaN(hours) && <div><dt>{t("figure.gpuHours")}</dt><dd>{hours.toLocaleString("en", { maximumFractionDigits: 1 })}</dd></div>}
    </dl>
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

