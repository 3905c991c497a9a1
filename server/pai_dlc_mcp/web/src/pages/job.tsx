// One job: why it waits or how it runs, and the way to stop it.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { dataOf, readTool, request, type Approval, type Data, type Envelope, type Fault } from "../lib/api";
import { faultOf, useLive, useNow, usePlace, useRead } from "../lib/hooks";
import { groupOf } from "../lib/jobs";
import { evidencePod } from "../lib/log";
import { apart, latest, podsOf, samplesOf } from "../lib/pods";
import { isOver, phasesOf } from "../lib/phases";
import { secondsOf, span } from "../lib/time";
import { Failure, Link, Loading, Section, State, Untrusted } from "../parts/basics";
import { Curves } from "../parts/curves";
import { Decision, type Made } from "../parts/decision";
import { DiagnosisPanel } from "../parts/diagnosis";
import { LogPanel, type Jump } from "../parts/log";
import { PhaseBar } from "../parts/phasebar";
import { METRICS, PodMap, type Metric } from "../parts/podmap";
import { SpecPanel } from "../parts/spec";
import { Result } from "./approvals";

interface Pushed {
  readonly job?: Envelope;
  readonly log?: Envelope | null;
  readonly metrics?: Envelope | null;
  readonly error?: Fault;
}

const DIAGNOSE_EVERY_MS = 60_000;
const METRICS_EVERY_MS = 60_000;
const CURVE_POINTS = 120;

export function JobPage({ id }: { id: string }) {
  const { t, language } = useWords();
  const { region } = usePlace();
  const now = useNow();
  const pushed = useLive<Pushed>(`job:${id}`);
  const read = useRead(() => readTool("dlc_get_job", { job_id: id, view: "full", region }), ["job", id, region]);
  const job = pushed?.job?.ok ? dataOf(pushed.job) : read.data;
  const pushFault = pushed?.error ?? (pushed?.job && !pushed.job.ok ? pushed.job.error : null) ?? null;
  const status = String(job?.["Status"] ?? "");
  const isActive = job !== null && !isOver(status);

  const diagnosis = useRead(
    job ? () => readTool("dlc_diagnose_job", { job_id: id, view: "full", region }) : null,
    ["diagnosis", id, region, status],
    isActive ? DIAGNOSE_EVERY_MS : 0,
  );
  const [metric, setMetric] = useState<Metric>("GpuCoreUsage");
  const phases = useMemo(() => (job ? phasesOf(job, now) : []), [job, isActive ? Math.floor(now / 5) : 0]);
  const from = phases[0]?.from ?? null;
  const to = phases[phases.length - 1]?.to ?? null;
  const metrics = useMetrics(id, metric, from, isActive ? null : to, status);
  const gpu = useMetrics(id, metric === "GpuCoreUsage" ? null : "GpuCoreUsage", from, isActive ? null : to, status);
  const gpuData = metric === "GpuCoreUsage" ? metrics.data : gpu.data;
  const samples = useMemo(() => samplesOf(metrics.data), [metrics.data]);
  const gpuSamples = useMemo(() => samplesOf(gpuData), [gpuData]);
  const values = useMemo(() => latest(samples), [samples]);
  const pods = useMemo(() => (job ? podsOf(job) : []), [job]);
  const outliers = useMemo(() => apart(values), [values]);
  const causal = typeof diagnosis.data?.["pod"] === "string" ? diagnosis.data["pod"] : null;

  const [pod, setPod] = useState<string | null>(null);
  const chosen = pod ?? causal ?? pods[0]?.id ?? null;
  const [jump, setJump] = useState<Jump | null>(null);
  const [lines, setLines] = useState<readonly string[]>([]);
  const toEvidence = useCallback(
    (evidence: string) => {
      const named = evidencePod(evidence);
      const target = pods.find((one) => one.id === named)?.id ?? causal;
      if (target) setPod(target);
      setJump({ evidence, pod: target, number: Date.now() });
      document.getElementById("log")?.scrollIntoView({ block: "start" });
    },
    [pods, causal],
  );

  if (!job) {
    const fault = read.fault ?? pushFault;
    return <>{fault ? <><h1 tabIndex={-1}>{t("job.unreadable")}</h1><Failure fault={fault} retry={read.reload} /></> : <Loading />}</>;
  }
  const name = String(job["DisplayName"] || id);
  return (
    <article class="job">
      <p class="crumb"><Link to="/jobs">{t("page.jobs")}</Link></p>
      <header class="jobhead">
        <div>
          <h1 tabIndex={-1}><Untrusted text={name} /></h1>
          <p class="facts">
            <State status={status} />
            <Facts job={job} now={now} />
          </p>
        </div>
        {isActive && <Stop id={id} onChanged={() => { read.reload(); diagnosis.reload(); }} />}
      </header>
      {pushFault && <Failure fault={pushFault} isOld />}
      <DiagnosisPanel read={diagnosis} status={status} onEvidence={toEvidence} onPod={(one) => setPod(one)} />
      <Section title="job.phases" id="phases" note={phases.length > 0 && from !== null && to !== null ? t("job.lasts", { span: span(to - from, language) }) : null}>
        <PhaseBar id={id} job={job} phases={phases} now={now} />
      </Section>
      <div class="columns">
        <div>
          <Section title="job.curves" id="curves">
            <Curves lines={lines} samples={gpuSamples} pods={pods} outliers={outliers} chosen={pod} gpuData={gpuData} gpuFault={metrics.fault} from={from} to={to} isActive={isActive} />
          </Section>
          <Section title="job.pods" id="pods" note={t("job.podCount", { count: pods.length })} tools={<MetricChoice metric={metric} onChoose={setMetric} />}>
            <PodMap pods={pods} values={values} outliers={outliers} causal={causal} chosen={chosen} metric={metric} note={metrics} onChoose={setPod} />
          </Section>
        </div>
        <div>
          <LogPanel id={id} pods={pods} pod={chosen} onPod={setPod} jump={jump} pushed={pushed?.log ?? null} isActive={isActive} onLines={setLines} />
        </div>
      </div>
      <SpecPanel job={job} />
    </article>
  );
}

/** Samples of one metric over the job's whole time, as fine as the curve can show. */
function useMetrics(id: string, metric: Metric | null, from: number | null, to: number | null, status: string) {
  const { region, clockOffset } = usePlace();
  const isWaiting = groupOf(status) === "waiting";
  const read =
    metric === null || metric === "State" || from === null || isWaiting
      ? null
      : () => {
          const end = to ?? Date.now() / 1000 + clockOffset;
          const step = Math.max(1, Math.ceil((end - from) / CURVE_POINTS / 60));
          const iso = (at: number) => new Date(at * 1000).toISOString().replace(/\.\d+Z$/, "Z");
          return readTool("dlc_get_job_metrics", {
            job_id: id, metric_type: metric, view: "full", region, start_time: iso(from), end_time: iso(end), time_step: `${step}m`,
          });
        };
  return useRead(read, ["metrics", id, metric, region, from, to, isWaiting], to === null ? METRICS_EVERY_MS : 0);
}

function MetricChoice({ metric, onChoose }: { metric: Metric; onChoose: (metric: Metric) => void }) {
  const { t } = useWords();
  return (
    <select aria-label={t("pods.colour")} value={metric} onChange={(event) => onChoose(event.currentTarget.value as Metric)}>
      {METRICS.map((one) => <option key={one} value={one}>{t(`metric.${one}`)}</option>)}
    </select>
  );
}

function Facts({ job, now }: { job: Data; now: number }) {
  const { t, language } = useWords();
  const text = (name: string) => String(job[name] ?? "");
  const created = secondsOf(job["GmtCreateTime"]);
  const ended = secondsOf(job["GmtFinishTime"]);
  const gpus = Number(job["RequestGPU"] ?? 0);
  const owner = text("Username") || text("UserId");
  const resource = text("ResourceName") || text("ResourceId");
  return (
    <>
      {gpus > 0 && <span><b>{gpus.toLocaleString("en")}</b> GPU</span>}
      {owner && <span>{t("job.of")} <Untrusted text={owner} /></span>}
      <span><Untrusted text={text("WorkspaceName") || text("WorkspaceId")} /></span>
      {resource && <span>{t("job.quota")} <Untrusted text={resource} /></span>}
      {created !== null && ended === null && <span>{t("job.age", { span: span(now - created, language) })}</span>}
      {ended !== null && <span>{t("job.ended", { span: span(now - ended, language) })}</span>}
      <span class="quiet"><code>{text("JobId")}</code></span>
    </>
  );
}

/** The act goes through the same guard as an agent's: what it would cost is shown, and the name is typed. */
function Stop({ id, onChanged }: { id: string; onChanged: () => void }) {
  const { t, language } = useWords();
  const { session, region } = usePlace();
  const dialog = useRef<HTMLDialogElement>(null);
  const [approval, setApproval] = useState<Approval | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    if (approval && dialog.current && !dialog.current.open) {
      dialog.current.showModal();
      dialog.current.querySelector("input")?.focus();
    }
  }, [approval]);
  const reason = session.read_only ? t("stop.readOnly") : !session.can_approve ? t("stop.notAllowed") : "";
  const ask = () => {
    setBusy(true);
    setFault(null);
    setMade(null);
    request<{ ok: boolean; approval?: Approval; error?: Fault }>("POST", "/api/acts/dlc_stop_job", { arguments: { job_id: id, region } })
      .then((answer) => {
        if (answer.approval) setApproval(answer.approval);
        else if (!answer.ok) setFault(answer.error ?? { code: "internal", message: "" });
        else onChanged();
      })
      .catch((error: unknown) => setFault(faultOf(error)))
      .finally(() => setBusy(false));
  };
  const close = () => {
    dialog.current?.close();
    setApproval(null);
  };
  const decided = (one: Made) => {
    close();
    setMade(one);
    onChanged();
  };
  return (
    <div class="stop">
      <button type="button" class="danger outline" disabled={isBusy || reason !== ""} onClick={ask}>{t("stop.button")}</button>
      {reason && <p class="quiet">{reason}</p>}
      {isBusy && <p class="quiet" role="status">{t("stop.preview")}</p>}
      {fault && <Failure fault={fault} />}
      {made && <Result made={made} />}
      {approval && (
        <dialog ref={dialog} aria-label={translateIfKnown(language, "act.dlc_stop_job") ?? ""} onClose={() => setApproval(null)}>
          <button type="button" class="plain close" onClick={close} aria-label={t("close")}>✕</button>
          <Decision approval={approval} onDecided={decided} />
        </dialog>
      )}
    </div>
  );
}
