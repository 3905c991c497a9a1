// One job: why it waits or how it runs, and the way to stop it.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { dataOf, readTool, request, type Approval, type Data, type Envelope, type Fault } from "../lib/api";
import { faultOf, useLive, useNow, usePlace, useRead } from "../lib/hooks";
import { groupOf, rowsOf } from "../lib/jobs";
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
/** Of many pods fewer points each are read: the map needs the last of them, the curve the middle. */
const ALL_POINTS = 24_000;
const EARLIER_JOBS = 100;
const WATCHED_POD = /^[\w.-]{1,128}$/;

export function JobPage({ id }: { id: string }) {
  const { t, language } = useWords();
  const { region, session } = usePlace();
  const now = useNow(5_000);
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
  const canCompare = session.tools.includes("dlc_compare_jobs") && session.tools.includes("dlc_list_jobs");
  const workspace = job ? String(job["WorkspaceId"] ?? "") : null;
  const earlier = useRead(
    canCompare && workspace !== null
      ? () => readTool("dlc_list_jobs", { view: "full", page_size: EARLIER_JOBS, show_own: false, region, start_time: "-30d", workspace_id: workspace })
      : null,
    ["earlier", id, region, workspace],
  );
  const pods = useMemo(() => (job ? podsOf(job) : []), [job]);
  const [picked, setPicked] = useState<Metric | null>(null);
  const phases = useMemo(() => (job ? phasesOf(job, now) : []), [job, isActive ? now : 0]);
  const from = phases[0]?.from ?? null;
  const to = phases[phases.length - 1]?.to ?? null;
  const metrics = useMetrics(id, picked === null || picked === "State" ? "GpuCoreUsage" : picked, from, isActive ? null : to, status, pods.length);
  const isGpu = picked === null || picked === "State" || picked === "GpuCoreUsage";
  const gpu = useMetrics(id, isGpu ? null : "GpuCoreUsage", from, isActive ? null : to, status, pods.length);
  const gpuData = isGpu ? metrics.data : gpu.data;
  const samples = useMemo(() => samplesOf(metrics.data), [metrics.data]);
  const gpuSamples = useMemo(() => samplesOf(gpuData), [gpuData]);
  const values = useMemo(() => latest(samples), [samples]);
  // Without samples of its pods a job is coloured by their states.
  const metric = picked ?? (metrics.data && !pods.some((one) => values.has(one.id)) ? "State" : "GpuCoreUsage");
  const outliers = useMemo(() => apart(values), [values]);
  const causal = typeof diagnosis.data?.["pod"] === "string" ? diagnosis.data["pod"] : null;

  const [pod, setPod] = useState<string | null>(null);
  const chosen = pod ?? causal ?? pods[0]?.id ?? null;
  const [jump, setJump] = useState<Jump | null>(null);
  const isRunRead = chosen !== null && WATCHED_POD.test(chosen) && session.tools.includes("dlc_get_pod_logs");
  const run = useLive<Data>(isRunRead ? `curves:${id}:${chosen}` : null);
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
  const listed = rowsOf(earlier.data).find((row) => row.id === id);
  const owner = String(job["Username"] || listed?.owner || job["UserId"] || "");
  return (
    <article class="job">
      <p class="crumb"><Link to="/jobs">{t("page.jobs")}</Link></p>
      <header class="jobhead">
        <div>
          <h1 tabIndex={-1}><Untrusted text={name} /></h1>
          <p class="facts">
            <State status={status} />
            <Facts job={job} owner={owner} />
          </p>
        </div>
        <Stop id={id} isActive={isActive} onChanged={() => { read.reload(); diagnosis.reload(); }} />
      </header>
      {pushFault && <Failure fault={pushFault} isOld />}
      <DiagnosisPanel read={diagnosis} status={status} onEvidence={toEvidence} onPod={setPod} />
      <Section title="job.phases" id="phases" note={phases.length > 0 && from !== null && to !== null ? t("job.lasts", { span: span(to - from, language) }) : null}>
        <PhaseBar id={id} job={job} phases={phases} now={now} />
      </Section>
      <div class="columns">
        <div>
          <Section title="job.curves" id="curves">
            <Curves data={run} isRead={isRunRead} samples={gpuSamples} pods={pods} outliers={outliers} chosen={pod} gpuData={gpuData} gpuFault={metrics.fault} from={from} to={isActive ? null : to} />
          </Section>
        </div>
        <div>
          <Section title="job.pods" id="pods" note={t("job.podCount", { count: pods.length })} tools={<MetricChoice metric={metric} onChoose={setPicked} />}>
            <PodMap pods={pods} values={values} outliers={outliers} causal={causal} chosen={chosen} metric={metric} note={metrics} onChoose={setPod} />
          </Section>
          <LogPanel id={id} pods={pods} pod={chosen} onPod={setPod} jump={jump} pushed={pushed?.log ?? null} isActive={isActive} />
        </div>
      </div>
      <SpecPanel job={job} earlier={canCompare ? earlier : null} />
    </article>
  );
}

/** Samples of one metric over the job's whole time, as fine as the curve can show. */
function useMetrics(id: string, metric: Metric | null, from: number | null, to: number | null, status: string, pods: number) {
  const { region, clockOffset } = usePlace();
  const isWaiting = groupOf(status) === "waiting";
  const read =
    metric === null || metric === "State" || from === null || isWaiting
      ? null
      : () => {
          const end = to ?? Date.now() / 1000 + clockOffset;
          const step = Math.max(1, Math.ceil((end - from) / Math.min(CURVE_POINTS, ALL_POINTS / Math.max(1, pods)) / 60));
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

function Facts({ job, owner }: { job: Data; owner: string }) {
  const { t, language } = useWords();
  const now = useNow();
  const text = (name: string) => String(job[name] ?? "");
  const created = secondsOf(job["GmtCreateTime"]);
  const ended = secondsOf(job["GmtFinishTime"]);
  const gpus = Number(job["RequestGPU"] ?? 0);
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
function Stop({ id, isActive, onChanged }: { id: string; isActive: boolean; onChanged: () => void }) {
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
      {isActive && <button type="button" class="danger outline" disabled={isBusy || reason !== ""} onClick={ask}>{t("stop.button")}</button>}
      {isActive && reason && <p class="quiet">{reason}</p>}
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
