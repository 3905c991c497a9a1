// Pods as a map of cells: what each uses or how it stands; who stands apart can be seen at a glance among a thousand.

import { useEffect, useRef, useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import type { Data } from "../lib/api";
import type { Reading } from "../lib/hooks";
import { grid, median, type Pod } from "../lib/pods";
import { Empty, Failure, Untrusted } from "./basics";
import { memo } from "./memo";

export const METRICS = ["GpuCoreUsage", "GpuMemoryUsage", "CpuCoreUsage", "MemoryUsage", "State"] as const;
export type Metric = (typeof METRICS)[number];

const MOST_CHIPS = 8;

export const PodMap = memo(function PodMap({ pods, values, outliers, causal, chosen, metric, note, onChoose }: {
  pods: readonly Pod[]; values: ReadonlyMap<string, number>; outliers: readonly string[]; causal: string | null; chosen: string | null;
  metric: Metric; note: Reading<Data>; onChoose: (pod: string) => void;
}) {
  const { t, language } = useWords();
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const [at, setAt] = useState<string | null>(null);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const observer = new ResizeObserver((entries) => setWidth(entries[0]?.contentRect.width ?? 600));
    observer.observe(element);
    return () => observer.disconnect();
  }, [pods.length === 0]);
  if (pods.length === 0) return <Empty>{t("pods.none")}</Empty>;
  const { columns, cell } = grid(pods.length, width);
  const isState = metric === "State";
  const middle = median([...values.values()]);
  const onlyWhole = !isState && values.size === 1 && !pods.some((pod) => values.has(pod.id));
  const marked = [...new Set([...(causal ? [causal] : []), ...outliers])];
  const focusable = pods.find((pod) => pod.id === (at ?? chosen))?.id ?? pods[0]!.id;
  const shown = pods.find((pod) => pod.id === (at ?? chosen)) ?? pods[0]!;
  const statusOf = (pod: Pod) => translateIfKnown(language, `state.${pod.status}`) ?? pod.status;
  const labelOf = (pod: Pod) => {
    const value = values.get(pod.id);
    const parts = [pod.label, statusOf(pod), value === undefined ? "" : `${value.toFixed(0)} %`, marked.includes(pod.id) ? t("pods.apart") : ""];
    return parts.filter(Boolean).join(", ");
  };
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const index = pods.findIndex((pod) => pod.id === focusable);
    const step = steps[event.key];
    const next = event.key === "Home" ? 0 : event.key === "End" ? pods.length - 1 : step === undefined ? -1 : index + step;
    if (next < 0 || next >= pods.length) return;
    event.preventDefault();
    setAt(pods[next]!.id);
    holder.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <>
      {note.fault && !isState && <Failure fault={note.fault} />}
      {marked.length > 0 && (
        <p class="chips">
          <span class="quiet">{t("pods.stand")}</span>
          {marked.slice(0, MOST_CHIPS).map((id) => {
            const pod = pods.find((one) => one.id === id);
            return pod ? (
              <button key={id} type="button" class="small chip" onClick={() => onChoose(id)}>
                <Untrusted text={pod.label} />
                {values.has(id) && <b>{values.get(id)!.toFixed(0)} %</b>}
              </button>
            ) : null;
          })}
          {marked.length > MOST_CHIPS && <span class="quiet">{t("pods.more", { count: marked.length - MOST_CHIPS })}</span>}
        </p>
      )}
      <div ref={holder} class={`podmap ${cell < 24 ? "dense" : ""}`} role="group" aria-label={t("pods.map")} onKeyDown={move} onClick={(event) => { const id = podAt(event); if (id) onChoose(id); }} onFocusIn={(event) => setAt(podAt(event))} onMouseOver={(event) => setAt(podAt(event))} onMouseLeave={() => setAt(null)} style={{ "--cell": `${cell}px` }}>
        {pods.map((pod) => {
          const value = values.get(pod.id);
          const classes = ["pod", `pod-${podKind(pod.status)}`];
          if (marked.includes(pod.id)) classes.push("apart");
          if (!isState && value === undefined) classes.push("unknown");
          if (isState) classes.push("by-state");
          return (
            <Cell
              key={pod.id}
              id={pod.id}
              classes={classes.join(" ")}
              label={labelOf(pod)}
              isChosen={pod.id === chosen}
              isReached={pod.id === focusable}
              use={isState || value === undefined ? -1 : Math.round(Math.max(0, Math.min(100, value)))}
            />
          );
        })}
      </div>
      <p class="readout">
        <Untrusted text={shown.label} /> · {statusOf(shown)}
        {values.has(shown.id) && <> · <b>{values.get(shown.id)!.toFixed(1)} %</b></>}
        {shown.node && <> · <span class="quiet"><Untrusted text={shown.node} /></span></>}
      </p>
      {!isState && (
        <p class="legend quiet">
          {onlyWhole ? t("pods.onlyWhole", { value: [...values.values()][0]!.toFixed(0) }) : values.size > 0 ? (
            <><span class="scale" aria-hidden="true" /> 0–100 % · {t("pods.median", { value: middle.toFixed(0) })}{values.size < pods.length && <> · {t("pods.unknown", { count: pods.length - values.size })}</>}</>
          ) : note.isLoading && !note.data ? t("loading") : t("pods.noSamples")}
        </p>
      )}
    </>
  );
});

/** One pod. What happens to it is heard by the map, so that a cell is drawn again only when it looks different. */
const Cell = memo(function Cell({ id, classes, label, isChosen, isReached, use }: {
  id: string; classes: string; label: string; isChosen: boolean; isReached: boolean; use: number;
}) {
  const style = use < 0 ? {} : { "--use": `${use}%` };
  return <button type="button" data-pod={id} class={classes} aria-label={label} aria-pressed={isChosen} tabIndex={isReached ? 0 : -1} style={style} />;
});

function podAt(event: Event): string | null {
  return (event.target as Element).closest<HTMLElement>("[data-pod]")?.dataset["pod"] ?? null;
}

function podKind(status: string): string {
  if (/^running$/i.test(status)) return "running";
  if (/^succeed|complete/i.test(status)) return "succeeded";
  if (/fail|error|evict|crash/i.test(status)) return "failed";
  if (/stop|terminat|delet/i.test(status)) return "stopped";
  return "waiting";
}
