// What a tool answered, as a card: the same parts as on the page, without a way to decide anything.

import { causeWords, translateIfKnown, useWords } from "../i18n";
import type { Data, Envelope } from "../lib/api";
import type { Reading } from "../lib/hooks";
import { isCalm, groupOf, signOf } from "../lib/jobs";
import { amountsOf, holdersOf } from "../lib/quotas";
import { Failure, State, Untrusted } from "../parts/basics";
import { DiagnosisPanel } from "../parts/diagnosis";
import { Preview } from "../parts/preview";
import { UseBar } from "../parts/usebar";

/** The card that fits an answer, whatever tool it is of. */
export function Card({ answer, reload }: { answer: Envelope; reload: () => void }) {
  const { t } = useWords();
  const error = answer.error as (Envelope["error"] & { confirmation?: { preview?: Data } }) | undefined;
  const preview = error?.confirmation?.preview;
  if (preview) return <Confirmation preview={preview} />;
  if (error) return <Failure fault={error} />;
  const data = answer.data ?? {};
  if (typeof data["cause"] === "string") return <Diagnosis data={data} reload={reload} />;
  if (Array.isArray(data["quotas"])) return <>{(data["quotas"] as Data[]).map((row, at) => <Quota key={at} row={row} />)}</>;
  if (Array.isArray(data["jobs"])) return <Survey rows={data["jobs"] as Data[]} />;
  if (data["JobId"]) return <Job job={data} />;
  return <p class="empty">{t("view.nothing")}</p>;
}

function Confirmation({ preview }: { preview: Data }) {
  const { t, language } = useWords();
  const act = String(preview["act"] ?? "");
  const tool = `act.dlc_${act.replace(/(?!^)([A-Z])/g, "_$1").toLowerCase()}`;
  return (
    <section class="panel decision" aria-labelledby="title">
      <h2 id="title">{translateIfKnown(language, tool) ?? act} <Untrusted text={String(preview["name"] ?? "")} /></h2>
      <Preview preview={preview} />
      <p class="notice">{t("view.decide")}</p>
    </section>
  );
}

function Diagnosis({ data, reload }: { data: Data; reload: () => void }) {
  const read: Reading<Data> = { data, fault: null, isLoading: false, reload };
  return (
    <>
      <p class="facts"><State status={String(data["Status"] ?? "")} /> <b><Untrusted text={String(data["DisplayName"] ?? data["JobId"] ?? "")} /></b></p>
      <DiagnosisPanel read={read} status={String(data["Status"] ?? "")} />
    </>
  );
}

function Quota({ row }: { row: Data }) {
  const { t } = useWords();
  const [total, used, free] = [amountsOf(row["total"]), amountsOf(row["used"]), amountsOf(row["free"])];
  const name = String(row["QuotaName"] || row["QuotaId"]);
  const waiting = Number(row["waiting"] ?? 0);
  return (
    <section class="panel quota" aria-label={name}>
      <h2><Untrusted text={name} /></h2>
      <p class="figure">
        <strong>{free.gpu ?? free.cpu ?? "–"}</strong> {t(free.gpu === null ? "quotas.cpuFree" : "quotas.gpuFree", { total: total.gpu ?? total.cpu ?? "–" })}
        {waiting > 0 && <span class="tag warn">{t("quotas.waiting", { count: waiting })}</span>}
      </p>
      <UseBar holders={holdersOf(row["holders"])} used={used} total={total} name={name} />
    </section>
  );
}

function Survey({ rows }: { rows: Data[] }) {
  const { t, language } = useWords();
  return (
    <ul class="survey">
      {rows.map((row) => {
        const sign = signOf(row["what"]);
        const status = String(row["Status"] ?? "");
        const kind = !sign || isCalm(sign.cause) ? "calm" : groupOf(status) === "waiting" ? "warn" : "bad";
        return (
          <li key={String(row["JobId"])}>
            <State status={status} />
            <b><Untrusted text={String(row["DisplayName"] ?? row["JobId"])} /></b>
            <span class="quiet"><Untrusted text={String(row["owner"] ?? "")} /></span>
            <span class="number">{t("view.gpus", { count: String(row["GPU"] ?? 0) })}</span>
            {sign && <span class={`verdict verdict-${kind}`}>{causeWords(language, sign.cause)}</span>}
            {sign?.pod && <span class="quiet"><Untrusted text={sign.pod} /></span>}
          </li>
        );
      })}
    </ul>
  );
}

const FACTS = ["WorkspaceName", "Duration", "RequestGPU", "JobType", "ReasonMessage", "UserCommand"] as const;

function Job({ job }: { job: Data }) {
  const { t, language } = useWords();
  const pods = Array.isArray(job["Pods"]) ? job["Pods"].length : 0;
  const facts = FACTS.filter((name) => job[name] !== undefined && job[name] !== "");
  return (
    <section class="panel" aria-labelledby="title">
      <h2 id="title"><Untrusted text={String(job["DisplayName"] ?? job["JobId"])} /></h2>
      <p class="facts"><State status={String(job["Status"] ?? "")} /> <code>{String(job["JobId"])}</code> {pods > 0 && <span>{t("job.podCount", { count: pods })} {t("job.pods")}</span>}</p>
      <dl class="preview">
        {facts.map((name) => (
          <div key={name}><dt>{translateIfKnown(language, `fact.${name}`) ?? name}</dt><dd><Untrusted text={String(job[name])} /></dd></div>
        ))}
      </dl>
    </section>
  );
}
