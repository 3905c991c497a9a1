// What was done, the newest first.

import { useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { request, type Act, type Fault } from "../lib/api";
import { faultOf, useNow, useRead } from "../lib/hooks";
import { clock, secondsOf } from "../lib/time";
import { Empty, Failure, Loading, Untrusted, When } from "../parts/basics";

interface Page {
  readonly acts: readonly Act[];
  readonly next: string | number | null;
  /** False where no audit log is kept. */
  readonly recorded?: boolean;
}

const PAGE_SIZE = 100;
const MOST_ACTS = 2_000;

export function AuditPage() {
  const { t, language } = useWords();
  const now = useNow(30_000);
  const first = useRead(() => request<Page>("GET", `/api/audit?limit=${PAGE_SIZE}`), ["audit"], 15_000);
  const [more, setMore] = useState<Page | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [words, setWords] = useState("");
  const next = more ? more.next : (first.data?.next ?? null);
  const known = new Set((first.data?.acts ?? []).map(keyOf));
  const acts = [...(first.data?.acts ?? []), ...(more?.acts ?? []).filter((act) => !known.has(keyOf(act)))];
  const wanted = words.trim().toLowerCase();
  const shown = wanted ? acts.filter((act) => textOf(act).toLowerCase().includes(wanted)) : acts;
  const older = () => {
    request<Page>("GET", `/api/audit?limit=${PAGE_SIZE}&before=${encodeURIComponent(String(next))}`).then(
      (page) => setMore((before) => ({ acts: [...(before?.acts ?? []), ...page.acts], next: page.next })),
      (error: unknown) => setFault(faultOf(error)),
    );
  };
  return (
    <>
      <h1 tabIndex={-1}>{t("page.audit")}</h1>
      <p class="lead">{t("audit.what")}</p>
      <div class="filters">
        <input type="search" aria-label={t("search")} placeholder={t("audit.search")} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      </div>
      {first.fault && <Failure fault={first.fault} retry={first.reload} isOld={first.data !== null} />}
      {!first.data && first.isLoading && <Loading />}
      {first.data?.recorded === false && <p class="notice">{t("audit.notRecorded")}</p>}
      {first.data && first.data.recorded !== false && acts.length === 0 && <Empty>{t("audit.none")}</Empty>}
      {shown.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("page.audit")}>
          <table class="rows">
            <thead>
              <tr><th>{t("audit.time")}</th><th>{t("audit.tool")}</th><th>{t("audit.target")}</th><th>{t("audit.caller")}</th><th>{t("audit.outcome")}</th><th>{t("audit.ids")}</th></tr>
            </thead>
            <tbody>
              {shown.map((act, at) => (
                <tr key={`${keyOf(act)}-${at}`}>
                  <td><When at={secondsOf(act.time)}>{clock(secondsOf(act.time) ?? 0, now)}</When></td>
                  <td class="ids"><code>{act.tool}</code></td>
                  <td class="wide"><Untrusted text={targetOf(act)} /></td>
                  <td><Untrusted text={act.caller} /></td>
                  <td><Outcome code={act.outcome} known={translateIfKnown(language, `outcome.${act.outcome}`) ?? translateIfKnown(language, `error.${act.outcome}`)} /></td>
                  <td class="quiet ids"><code>{act.call_id ?? ""}</code> <code>{act.request_id ?? ""}</code></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {wanted && acts.length > 0 && shown.length === 0 && <Empty>{t("nothingFits")}</Empty>}
      {fault && <Failure fault={fault} />}
      {next !== null && acts.length < MOST_ACTS && <button type="button" onClick={older}>{t("audit.older")}</button>}
    </>
  );
}

/** Outcomes that are no end: somebody was asked. */
const ASKED = new Set(["confirmation_required", "paused"]);

function Outcome({ code, known }: { code: string; known: string | null }) {
  const kind = code === "ok" || code === "done" ? "tag good" : ASKED.has(code) ? "tag warn" : "tag bad";
  return <span class={kind} title={code}>{known ?? code}</span>;
}

function targetOf(act: Act): string {
  if (typeof act.target === "string") return act.target;
  return Object.values(act.target ?? {}).filter(Boolean).join(" · ");
}

function textOf(act: Act): string {
  return `${act.time} ${act.tool} ${targetOf(act)} ${act.caller} ${act.outcome} ${act.call_id} ${act.request_id}`;
}

function keyOf(act: Act): string {
  return `${act.call_id}|${act.time}|${act.tool}`;
}
