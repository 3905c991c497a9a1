// The list of jobs: what runs, what waits, what failed and why.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { causeWords, translateIfKnown, useWords, type Key } from "../i18n";
import { dataOf, readTool, type Data, type Envelope, type Fault } from "../lib/api";
import { Gate } from "../lib/gate";
import { faultOf, useLive, useNow, usePlace, useRead } from "../lib/hooks";
import {
  counts, filtered, isCalm, NEWEST_FIRST, NO_FILTER, rowsOf, signOf, sorted,
  type Column, type Filter, type Group, type JobRow, type Order, type Sign,
} from "../lib/jobs";
import { samplesOf } from "../lib/pods";
import { plain } from "../lib/text";
import { briefSpan, span } from "../lib/time";
import { Empty, Failure, Link, Loading, Spark, State, Untrusted, When } from "../parts/basics";

const PAGE_SIZE = 100;
const SURVEYED = 20;
const SURVEY_EVERY_MS = 60_000;
const GROUPS: (Group | "all")[] = ["all", "running", "waiting", "failed", "succeeded", "stopped"];
const DAYS = [7, 30, 180];

export function JobsPage() {
  const { t } = useWords();
  const { region, session } = usePlace();
  const [days, setDays] = useState(7);
  const [filter, setFilter] = useState<Filter>(() => kept());
  const [order, setOrder] = useState<Order>(NEWEST_FIRST);
  const [more, setMore] = useState<{ rows: JobRow[]; fault: Fault | null }>({ rows: [], fault: null });
  const isUsual = days === DAYS[0];
  const pushed = useLive<Envelope>(isUsual ? "jobs" : null);
  const window_ = isUsual ? {} : { start_time: `-${days}d` };
  const read = useRead(
    () => readTool("dlc_list_jobs", { view: "full", page_size: PAGE_SIZE, show_own: false, region, ...window_ }),
    ["jobs", region, days],
    isUsual ? 0 : 60_000,
  );
  const data = pushed?.ok ? dataOf(pushed) : read.data;
  const pushFault = pushed?.error ?? null;
  const canSurvey = session.tools.includes("dlc_survey_jobs");
  const { causes, isSurveying } = useCauses(region, canSurvey);
  const rows = useMemo(() => {
    const first = rowsOf(data);
    const known = new Set(first.map((row) => row.id));
    return [...first, ...more.rows.filter((row) => !known.has(row.id))];
  }, [data, more.rows]);
  const total = Math.max(Number(data?.["TotalCount"] ?? 0), rows.length);
  const shown = sorted(filtered(rows, filter), order, (row) => causes.get(row.id)?.cause ?? row.reason);
  useEffect(() => setMore({ rows: [], fault: null }), [region, days]);
  useEffect(() => sessionStorage.setItem("jobs.filter", JSON.stringify(filter)), [filter]);

  const readMore = (args: { page_number: number } | { display_name: string }) =>
    readTool("dlc_list_jobs", { view: "full", page_size: PAGE_SIZE, show_own: false, region, ...window_, ...args }).then(
      (next) => setMore((before) => ({ rows: [...before.rows, ...rowsOf(next)], fault: null })),
      (error: unknown) => setMore((before) => ({ ...before, fault: faultOf(error) })),
    );
  const number = counts(rows);
  const isPartial = total > rows.length;
  return (
    <>
      <h1 tabIndex={-1}>{t("page.jobs")}</h1>
      <div class="groups" role="group" aria-label={t("jobs.groups")}>
        {GROUPS.map((group) => (
          <button key={group} type="button" class={`group group-${group}`} aria-pressed={filter.group === group} onClick={() => setFilter({ ...filter, group })}>
            <b>{number[group]}</b> {t(`group.${group}` as Key)}
          </button>
        ))}
      </div>
      <div class="filters">
        <input type="search" aria-label={t("search")} placeholder={t("jobs.search")} value={filter.words} onInput={(event) => setFilter({ ...filter, words: event.currentTarget.value })} />
        <Choice label={t("column.owner")} all={t("jobs.everyone")} value={filter.owner} of={rows.map((row) => row.owner)} onChoose={(owner) => setFilter({ ...filter, owner })} />
        <Choice label={t("column.workspace")} all={t("jobs.everywhere")} value={filter.workspace} of={rows.map((row) => row.workspace)} onChoose={(workspace) => setFilter({ ...filter, workspace })} />
        <select aria-label={t("jobs.window")} value={String(days)} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {DAYS.map((one) => <option key={one} value={one}>{t("jobs.days", { days: one })}</option>)}
        </select>
      </div>
      {(read.fault ?? pushFault) && <Failure fault={(read.fault ?? pushFault)!} retry={read.reload} isOld={data !== null} />}
      {!data && read.isLoading && <Loading />}
      {data && rows.length === 0 && !pushFault && <Empty>{t("jobs.none", { days })}</Empty>}
      {shown.length > 0 && <Table rows={shown} order={order} onOrder={setOrder} causes={causes} isSurveying={isSurveying} />}
      {rows.length > 0 && shown.length === 0 && (
        <Empty>
          {t("nothingFits")} <button type="button" onClick={() => setFilter(NO_FILTER)}>{t("jobs.clear")}</button>
        </Empty>
      )}
      {more.fault && <Failure fault={more.fault} />}
      {isPartial && (
        <p class="more">
          <span class="quiet">{t("jobs.partial", { shown: rows.length, total })}</span>
          <button type="button" onClick={() => void readMore({ page_number: 1 + Math.floor(rows.length / PAGE_SIZE) })}>{t("jobs.more")}</button>
          {filter.words.trim() && (
            <button type="button" onClick={() => void readMore({ display_name: filter.words.trim() })}>{t("jobs.searchAll", { total })}</button>
          )}
        </p>
      )}
    </>
  );
}

function kept(): Filter {
  try {
    return { ...NO_FILTER, ...(JSON.parse(sessionStorage.getItem("jobs.filter") ?? "{}") as Partial<Filter>) };
  } catch {
    return NO_FILTER;
  }
}

/** What the survey says of the newest active and failed jobs, by job. */
function useCauses(region: string, canSurvey: boolean): { causes: Map<string, Sign>; isSurveying: boolean } {
  const survey = (status: "active" | "failed") => () => readTool("dlc_survey_jobs", { status, max_jobs: SURVEYED, region });
  const active = useRead(canSurvey ? survey("active") : null, ["survey", "active", region], SURVEY_EVERY_MS);
  const failed = useRead(canSurvey ? survey("failed") : null, ["survey", "failed", region], SURVEY_EVERY_MS);
  const causes = useMemo(() => {
    const found = new Map<string, Sign>();
    for (const data of [active.data, failed.data]) {
      for (const row of (Array.isArray(data?.["jobs"]) ? data["jobs"] : []) as Data[]) {
        const sign = signOf(row["what"]);
        if (sign) found.set(String(row["JobId"]), sign);
      }
    }
    return found;
  }, [active.data, failed.data]);
  return { causes, isSurveying: canSurvey && ((!active.data && !active.fault) || (!failed.data && !failed.fault)) };
}

function Choice({ label, all, value, of, onChoose }: { label: string; all: string; value: string; of: string[]; onChoose: (value: string) => void }) {
  const names = [...new Set([...of, ...(value ? [value] : [])])].filter(Boolean).sort();
  if (names.length < 2 && !value) return null;
  return (
    <select aria-label={label} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="">{all}</option>
      {names.map((name) => <option key={name} value={name}>{plain(name)}</option>)}
    </select>
  );
}

const HEADS: { column: Column; isNumber?: boolean }[] = [
  { column: "state" }, { column: "name" }, { column: "cause" }, { column: "gpus", isNumber: true }, { column: "owner" },
  { column: "workspace" }, { column: "lasted", isNumber: true }, { column: "age", isNumber: true },
];

function Table({ rows, order, onOrder, causes, isSurveying }: {
  rows: JobRow[]; order: Order; onOrder: (order: Order) => void; causes: Map<string, Sign>; isSurveying: boolean;
}) {
  const { t } = useWords();
  const { session } = usePlace();
  const now = useNow(10_000);
  const hasMetrics = session.tools.includes("dlc_get_job_metrics");
  const choose = (column: Column) => onOrder({ column, isDescending: order.column === column ? !order.isDescending : column === "gpus" || column === "lasted" });
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("page.jobs")}>
      <table class="rows jobs" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {HEADS.map(({ column, isNumber }) => (
              <th key={column} role="columnheader" class={isNumber ? "number" : ""} aria-sort={order.column === column ? (order.isDescending ? "descending" : "ascending") : "none"}>
                <button type="button" onClick={() => choose(column)}>{t(`column.${column}`)}</button>
              </th>
            ))}
            {hasMetrics && <th role="columnheader">{t("column.use")}</th>}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => <Row key={row.id} row={row} now={now} sign={causes.get(row.id)} hasMetrics={hasMetrics} isSurveying={isSurveying} />)}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, now, sign, hasMetrics, isSurveying }: { row: JobRow; now: number; sign: Sign | undefined; hasMetrics: boolean; isSurveying: boolean }) {
  const { t, language } = useWords();
  const { go } = usePlace();
  const path = `/jobs/${encodeURIComponent(row.id)}`;
  const lasted = row.ended === null && row.created !== null ? now - row.created : row.lasted;
  const open = (event: MouseEvent) => {
    if (!(event.target as Element).closest("a,button,input,select") && !getSelection()?.toString()) go(path);
  };
  return (
    <tr role="row" onClick={open} class="open">
      <td role="cell" class="first"><State status={row.status} /></td>
      <td role="cell" class="name">
        <Link to={path}><Untrusted text={row.name || row.id} /></Link>
        <small class="quiet">{row.id}</small>
      </td>
      <td role="cell" class="cause"><CauseCell row={row} sign={sign} isSurveying={isSurveying} /></td>
      <td role="cell" class="number" data-label="GPU">{row.gpus ? row.gpus.toLocaleString("en") : "–"}</td>
      <td role="cell" data-label={t("column.owner")}><Untrusted text={row.owner} /></td>
      <td role="cell" data-label={t("column.workspace")} class="where">
        <Untrusted text={row.workspace} />
        <small class="quiet"><Untrusted text={row.resource} /></small>
      </td>
      <td role="cell" class="number" data-label={t("column.lasted")}>{lasted === null ? "–" : span(lasted, language)}</td>
      <td role="cell" class="number" data-label={t("column.age")}><When at={row.created}>{briefSpan(now - (row.created ?? now), language)}</When></td>
      {hasMetrics && <td role="cell" class="use">{row.group === "running" && <GpuSpark id={row.id} />}</td>}
    </tr>
  );
}

function CauseCell({ row, sign, isSurveying }: { row: JobRow; sign: Sign | undefined; isSurveying: boolean }) {
  const { t, language } = useWords();
  if (!sign) {
    const known = translateIfKnown(language, `reason.${row.reason}`);
    if (isSurveying && row.group !== "succeeded" && row.group !== "stopped") return <span class="quiet">{known ? `${known} …` : t("jobs.looking")}</span>;
    return known ? <span class="quiet">{known}</span> : null;
  }
  const kind = isCalm(sign.cause) ? "calm" : row.group === "waiting" ? "warn" : "bad";
  return (
    <>
      <span class={`verdict verdict-${kind}`}>{causeWords(language, sign.cause)}</span>
      <small class="quiet">
        {sign.pod && <Untrusted text={sign.pod} />}
        {sign.pod && sign.rest && " · "}
        <Rest text={sign.rest} />
        {!sign.rest && !sign.pod && sign.confidence === "low" && t("jobs.unsure")}
      </small>
    </>
  );
}

/** Step and silence out of the survey's words, in the viewer's language; the GPU use stands in its own column. */
function Rest({ text }: { text: string }) {
  const { t, language } = useWords();
  const step = /\bstep (\d+(?:\/\d+)?)/.exec(text)?.[1];
  const silent = Number(/last line (\d+) s ago/.exec(text)?.[1] ?? 0);
  const parts = [step && t("jobs.step", { step }), silent >= 120 && t("jobs.silent", { span: briefSpan(silent, language) })];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}

const gate = new Gate(3);
const METRICS_EVERY_MS = 60_000;

/** GPU use of the last hour; read only while the row can be seen. */
function GpuSpark({ id }: { id: string }) {
  const { t } = useWords();
  const { region } = usePlace();
  const holder = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setSeen(entries.some((entry) => entry.isIntersecting)));
    if (holder.current) observer.observe(holder.current);
    return () => observer.disconnect();
  }, []);
  const read = useRead(
    isSeen ? () => gate.run(() => readTool("dlc_get_job_metrics", { job_id: id, metric_type: "GpuCoreUsage", view: "full", region })) : null,
    ["spark", id, region],
    METRICS_EVERY_MS,
  );
  const values = useMemo(() => meanCurve(read.data), [read.data]);
  const last = values[values.length - 1];
  return (
    <span ref={holder}>
      {values.length > 1 ? <Spark values={values} label={t("jobs.use", { value: Math.round(last ?? 0) })} /> : <span class="quiet">{read.data || read.fault ? "–" : "…"}</span>}
    </span>
  );
}

/** The mean of all pods at each instant. */
function meanCurve(data: Data | null): number[] {
  const sums = new Map<number, [number, number]>();
  for (const points of samplesOf(data).values()) {
    for (const [at, value] of points) {
      const [sum, count] = sums.get(at) ?? [0, 0];
      sums.set(at, [sum + value, count + 1]);
    }
  }
  return [...sums].sort((a, b) => a[0] - b[0]).map(([, [sum, count]]) => sum / count);
}
