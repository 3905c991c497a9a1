// What the job was started with, and what differs from the run before.

import { useMemo, useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { readTool, type Data } from "../lib/api";
import { usePlace, useRead, type Reading } from "../lib/hooks";
import { lastRun, rowsOf } from "../lib/jobs";
import { secondsOf, span } from "../lib/time";
import { Failure, Link, Loading, Section, Untrusted } from "./basics";

export function SpecPanel({ job, earlier }: { job: Data; earlier: Reading<Data> | null }) {
  const { t } = useWords();
  const specs = Array.isArray(job["JobSpecs"]) ? (job["JobSpecs"] as Data[]) : [];
  return (
    <div class="columns">
      <Section title="spec.title" id="spec">
        <dl class="preview">
          <Fact name="JobType" value={job["JobType"]} />
          <Fact name="UserCommand" value={job["UserCommand"]} isCode />
          {specs.map((spec, at) => <Fact key={at} name={`${String(spec["Type"] ?? "Worker")} × ${String(spec["PodCount"] ?? 1)}`} value={resourcesOf(spec)} />)}
          {specs.map((spec, at) => <Fact key={at} name="Image" value={spec["Image"]} isCode />)}
          <Fact name="Priority" value={job["Priority"] || null} />
          <Limit value={job["JobMaxRunningTimeMinutes"]} />
          <Fact name="DataSources" value={list(job["DataSources"])} isCode />
          <Fact name="CodeSource" value={code(job["CodeSource"])} isCode />
          <Fact name="Envs" value={names(job["Envs"])} isCode />
          <Fact name="Description" value={job["Description"]} />
          <Fact name="RestartTimes" value={job["RestartTimes"]} />
        </dl>
        <details>
          <summary>{t("spec.whole")}</summary>
          <pre tabIndex={0}><Untrusted text={JSON.stringify(job, null, 1)} /></pre>
        </details>
      </Section>
      {earlier && <LastRun job={job} earlier={earlier} />}
    </div>
  );
}

function Fact({ name, value, isCode = false }: { name: string; value: unknown; isCode?: boolean }) {
  const { language } = useWords();
  const text = value === null || value === undefined ? "" : String(value);
  if (!text) return null;
  return (
    <div>
      <dt><Untrusted text={translateIfKnown(language, `spec.${name}`) ?? name} /></dt>
      <dd>{isCode ? <pre tabIndex={-1}><Untrusted text={text} /></pre> : <Untrusted text={text} />}</dd>
    </div>
  );
}

function Limit({ value }: { value: unknown }) {
  const { t, language } = useWords();
  const minutes = Number(value ?? 0);
  return <div><dt>{t("spec.limit")}</dt><dd>{minutes > 0 ? span(minutes * 60, language) : t("spec.noLimit")}</dd></div>;
}

function resourcesOf(spec: Data): string {
  const config = (spec["ResourceConfig"] ?? {}) as Data;
  const parts = [spec["EcsSpec"], config["GPU"] && `${String(config["GPU"])} GPU ${String(config["GPUType"] ?? "")}`.trim(), config["CPU"] && `${String(config["CPU"])} CPU`, config["Memory"]];
  return parts.filter(Boolean).join(", ");
}

function list(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.map((one) => JSON.stringify(one)).join("\n") : "";
}

function code(value: unknown): string {
  if (!value || typeof value !== "object") return "";
  const entries = Object.entries(value as Data).filter(([, one]) => one);
  return entries.map(([name, one]) => `${name}: ${String(one)}`).join("\n");
}

function names(value: unknown): string {
  return value && typeof value === "object" ? Object.entries(value as Data).map(([name, one]) => `${name}=${String(one)}`).join("\n") : "";
}

function LastRun({ job, earlier }: { job: Data; earlier: Reading<Data> }) {
  const { t } = useWords();
  const { region } = usePlace();
  const id = String(job["JobId"]);
  const created = secondsOf(job["GmtCreateTime"]);
  const [isAsked, setAsked] = useState(false);
  const last = useMemo(() => {
    const rows = rowsOf(earlier.data);
    const own = rows.find((row) => row.id === id);
    return lastRun(rows, { id, name: String(job["DisplayName"] ?? ""), created, owner: own?.owner ?? String(job["Username"] ?? "") });
  }, [earlier.data, id, created]);
  const compared = useRead(last && isAsked ? () => readTool("dlc_compare_jobs", { job_ids: [last.id, id], region }) : null, ["compare", last?.id, id]);
  return (
    <Section title="spec.last" id="last" note={last && <Link to={`/jobs/${encodeURIComponent(last.id)}`}><Untrusted text={last.name} /></Link>}>
      {earlier.fault && <Failure fault={earlier.fault} retry={earlier.reload} />}
      {!earlier.data && earlier.isLoading && <Loading />}
      {earlier.data && !last && <p class="empty">{t("spec.noLast")}</p>}
      {last && !isAsked && <button type="button" onClick={() => setAsked(true)}>{t("spec.compare")}</button>}
      {isAsked && compared.isLoading && !compared.data && <Loading />}
      {compared.fault && <Failure fault={compared.fault} retry={compared.reload} />}
      {compared.data && last && <Differences data={compared.data} before={last.id} after={id} />}
    </Section>
  );
}

function Differences({ data, before, after }: { data: Data; before: string; after: string }) {
  const { t } = useWords();
  const rows = Array.isArray(data["differs"]) ? (data["differs"] as Data[]) : [];
  const cell = (value: unknown) => (value === undefined || value === null ? <span class="quiet">–</span> : <Untrusted text={typeof value === "string" ? value : JSON.stringify(value)} />);
  return (
    <>
      {rows.length === 0 ? <p class="empty">{t("spec.same")}</p> : (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("spec.last")}>
          <table class="rows small differences">
            <thead><tr><th>{t("spec.field")}</th><th>{t("spec.before")}</th><th>{t("spec.now")}</th></tr></thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}><th scope="row"><Untrusted text={String(row["field"])} /></th><td>{cell(row[before])}</td><td>{cell(row[after])}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {typeof data["alike"] === "string" && <p class="quiet">{t("spec.alike")} <Untrusted text={data["alike"]} /></p>}
    </>
  );
}
