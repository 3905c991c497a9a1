// What quotas have: total, used, free, who holds it and who waits.

import { useState } from "preact/hooks";

import { useWords } from "../i18n";
import { dataOf, readTool, type Data, type Envelope } from "../lib/api";
import { usePlace, useLive, useRead } from "../lib/hooks";
import { amountsOf, gpusToBeHad, holdersOf, parentOf, type Amounts } from "../lib/quotas";
import { briefSpan } from "../lib/time";
import { Empty, Failure, Link, Loading, Untrusted } from "../parts/basics";
import { UseBar } from "../parts/usebar";

export function QuotasPage() {
  const { t } = useWords();
  const { region } = usePlace();
  const pushed = useLive<Envelope>("quotas");
  const read = useRead(() => readTool("dlc_quota_status", { region }), ["quotas", region], 60_000);
  const data = pushed?.ok ? dataOf(pushed) : read.data;
  const rows = Array.isArray(data?.["quotas"]) ? (data["quotas"] as Data[]) : [];
  const names = new Map(rows.map((row) => [String(row["QuotaId"]), String(row["QuotaName"] ?? "")]));
  return (
    <>
      <h1 tabIndex={-1}>{t("page.quotas")}</h1>
      {read.fault && <Failure fault={read.fault} retry={read.reload} isOld={data !== null} />}
      {!data && read.isLoading && <Loading />}
      {data && rows.length === 0 && <Empty>{t("quotas.none")}</Empty>}
      <div class="cards">{rows.map((row) => <QuotaCard key={String(row["QuotaId"])} row={row} names={names} />)}</div>
    </>
  );
}

function QuotaCard({ row, names }: { row: Data; names: ReadonlyMap<string, string> }) {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(false);
  const id = String(row["QuotaId"] ?? "");
  const name = String(row["QuotaName"] || id);
  const [total, used, free] = [amountsOf(row["total"]), amountsOf(row["used"]), amountsOf(row["free"])];
  const parent = parentOf(row["parent"]);
  const within = gpusToBeHad(free, parent?.free);
  const holders = holdersOf(row["holders"]);
  const waiting = Number(row["waiting"] ?? 0);
  return (
    <article class="panel quota" aria-labelledby={`quota-${id}`}>
      <header>
        <h2 id={`quota-${id}`}><Untrusted text={name} /></h2>
        <span class="quiet">{[row["ResourceType"], row["GPUType"]].filter(Boolean).join(" · ")}</span>
      </header>
      <p class="figure">
        <strong>{free.gpu ?? free.cpu ?? "–"}</strong> {t(free.gpu === null ? "quotas.cpuFree" : "quotas.gpuFree", { total: total.gpu ?? total.cpu ?? "–" })}
        {waiting > 0 && <span class="tag warn">{t("quotas.waiting", { count: waiting })}</span>}
      </p>
      <UseBar holders={holders} used={used} total={total} name={name} />
      <table class="small">
        <thead><tr><td /><th>{t("quotas.total")}</th><th>{t("quotas.used")}</th><th>{t("quotas.free")}</th></tr></thead>
        <tbody>
          <AmountRow label="GPU" values={[total.gpu, used.gpu, free.gpu]} />
          <AmountRow label="CPU" values={[total.cpu, used.cpu, free.cpu]} />
          <AmountRow label={t("quotas.memory")} values={[total.memoryGib, used.memoryGib, free.memoryGib]} />
        </tbody>
      </table>
      {parent && (
        <p class="quiet">
          {t("quotas.parent")} <Untrusted text={names.get(parent.id) ?? parent.id} /><FreeAbove free={parent.free} />
          {within !== null && within < (free.gpu ?? 0) && <strong class="limit">{t("quotas.limited", { count: within })}</strong>}
        </p>
      )}
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("quotas.details", { holders: holders.length, waiting })}</summary>
        {isOpen && <QuotaDetail id={id} />}
      </details>
    </article>
  );
}

function FreeAbove({ free }: { free: Amounts }) {
  const { t } = useWords();
  const parts = [[free.gpu, "GPU"], [free.cpu, "CPU"], [free.memoryGib, "GiB"]] as const;
  const known = parts.filter(([amount]) => amount !== null).map(([amount, unit]) => `${amount!.toLocaleString("en")} ${unit}`);
  return known.length === 0 ? null : <>{t("quotas.parentFree", { amounts: known.join(", ") })}</>;
}

function AmountRow({ label, values }: { label: string; values: (number | null)[] }) {
  if (values.every((value) => value === null)) return null;
  return <tr><th scope="row">{label}</th>{values.map((value, at) => <td key={at} class="number">{value === null ? "–" : value.toLocaleString("en")}</td>)}</tr>;
}

function QuotaDetail({ id }: { id: string }) {
  const { t } = useWords();
  const { region } = usePlace();
  const read = useRead(() => readTool("dlc_quota_status", { quota_id: id, region }), ["quota", id, region], 60_000);
  if (!read.data) return read.fault ? <Failure fault={read.fault} retry={read.reload} /> : <Loading />;
  const rows = (name: string) => (Array.isArray(read.data?.[name]) ? (read.data[name] as Data[]) : []);
  return (
    <>
      <h3>{t("quotas.holders")}</h3>
      {rows("holders").length === 0 ? <Empty>{t("quotas.noHolders")}</Empty> : <JobList rows={rows("holders")} amount="holds" />}
      <h3>{t("quotas.queue")}</h3>
      {rows("queue").length === 0 ? <Empty>{t("quotas.noQueue")}</Empty> : <JobList rows={rows("queue")} amount="asks" />}
    </>
  );
}

function JobList({ rows, amount }: { rows: Data[]; amount: "holds" | "asks" }) {
  const { t, language } = useWords();
  return (
    <ol class="joblist">
      {rows.map((row, at) => (
        <li key={at}>
          <JobName row={row} />
          <span class="quiet"><Untrusted text={String(row["user"] ?? "")} /></span>
          <span class="number">{String(row[amount] ?? "").split(",")[0]}</span>
          <span class="quiet number">{typeof row["hours"] === "number" ? briefSpan(row["hours"] * 3600, language) : ""}</span>
          {row["Priority"] !== undefined && <span class="quiet">{t("quotas.priority", { value: String(row["Priority"]) })}</span>}
        </li>
      ))}
    </ol>
  );
}

function JobName({ row }: { row: Data }) {
  const id = String(row["JobId"] ?? "");
  const name = String(row["DisplayName"] || id);
  return id.startsWith("dlc") ? <Link to={`/jobs/${encodeURIComponent(id)}`}><Untrusted text={name} /></Link> : <Untrusted text={name} />;
}
