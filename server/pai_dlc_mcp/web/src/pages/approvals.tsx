// What waits for a person's yes or no, and what was decided.

import { useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { request, type Approvals, type Decided } from "../lib/api";
import { useNow, useRead } from "../lib/hooks";
import { clock, secondsOf } from "../lib/time";
import { Decision, type Made } from "../parts/decision";
import { Empty, Failure, Loading, Untrusted, When } from "../parts/basics";

export function ApprovalsPage({ pushed }: { pushed: Approvals | null }) {
  const { t } = useWords();
  const read = useRead(() => request<Approvals>("GET", "/api/approvals"), ["approvals"], 20_000);
  const [made, setMade] = useState<Made[]>([]);
  const answer = pushed && Array.isArray(pushed.waiting) ? pushed : read.data;
  const gone = new Set(made.map((one) => one.approval.id));
  const waiting = (answer?.waiting ?? []).filter((one) => !gone.has(one.id));
  return (
    <>
      <h1 tabIndex={-1}>{t("page.approvals")}</h1>
      <p class="lead">{t("approvals.what")}</p>
      {read.fault && <Failure fault={read.fault} retry={read.reload} isOld={answer !== null} />}
      {!answer && read.isLoading && <Loading />}
      {made.map((one) => <Result key={one.approval.id} made={one} />)}
      {answer && waiting.length === 0 && <Empty>{t("approvals.none")}</Empty>}
      <div class="stack">
        {waiting.map((approval) => (
          <article key={approval.id} class="panel approval">
            <Decision approval={approval} onDecided={(one) => { setMade((before) => [one, ...before]); read.reload(); }} />
          </article>
        ))}
      </div>
      {answer && answer.decided.length > 0 && <DecidedList rows={answer.decided} />}
    </>
  );
}

export function Result({ made }: { made: Made }) {
  const { t, language } = useWords();
  const name = made.approval.target.name;
  const error = made.answer && !made.answer.ok ? made.answer.error : null;
  if (error) return <Failure fault={error} />;
  const key = made.decision === "no" ? "approvals.saidNo" : made.answer ? "approvals.done" : "approvals.saidYes";
  const status = made.answer?.data?.["Status"];
  return (
    <p class={made.decision === "no" ? "notice" : "notice good"} role="status">
      {t(key)} <Untrusted text={name} />
      {typeof status === "string" && <> · {translateIfKnown(language, `state.${status}`) ?? status}</>}
    </p>
  );
}

function DecidedList({ rows }: { rows: readonly Decided[] }) {
  const { t, language } = useWords();
  const now = useNow(30_000);
  return (
    <section aria-labelledby="decided">
      <h2 id="decided">{t("approvals.decided")}</h2>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("approvals.decided")}>
        <table class="rows">
          <thead>
            <tr><th>{t("approvals.when")}</th><th>{t("approvals.decision")}</th><th>{t("approvals.act")}</th><th>{t("audit.target")}</th><th>{t("approvals.by")}</th><th>{t("audit.outcome")}</th></tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.id}-${row.decided_at}`}>
                <td><When at={secondsOf(row.decided_at)}>{clock(secondsOf(row.decided_at) ?? 0, now)}</When></td>
                <td><span class={row.decision === "yes" ? "tag good" : "tag"}>{t(row.decision === "yes" ? "yes" : "no")}</span></td>
                <td><code>{row.tool}</code></td>
                <td class="wide"><Untrusted text={typeof row.target === "string" ? row.target : row.target.name} /></td>
                <td><Untrusted text={row.decided_by} /></td>
                <td class="quiet">{row.outcome ? (translateIfKnown(language, `outcome.${row.outcome}`) ?? translateIfKnown(language, `error.${row.outcome}`) ?? row.outcome) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
