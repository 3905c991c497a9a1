// Curves over time: loss, throughput, and GPU use by pod, with one cursor and one zoom for all of them.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

import { useWords } from "../i18n";
import { phrase } from "../i18n/phrases";
import type { Data, Fault } from "../lib/api";
import { progressTables, runOf, useTable as tableOfUse, type Run, type Series, type Table } from "../lib/curves";
import type { Pod, Samples } from "../lib/pods";
import { colour } from "../lib/theme";
import { clock } from "../lib/time";
import { Empty, Failure, Untrusted } from "./basics";
import { memo } from "./memo";

const SYNC = "job";

export const Curves = memo(function Curves({ data, isRead, samples, pods, outliers, chosen, gpuData, gpuFault, from, to }: {
  data: Data | null; isRead: boolean; samples: Samples; pods: readonly Pod[]; outliers: readonly string[]; chosen: string | null;
  gpuData: Data | null; gpuFault: Fault | null; from: number | null; to: number | null;
}) {
  const { t, language } = useWords();
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const names = useMemo(() => new Map(pods.map((pod) => [pod.id, pod.label])), [pods]);
  const run = useMemo(() => runOf(data), [data]);
  const progress = useMemo(() => progressTables(run.points, { loss: t("curve.loss"), throughput: t("curve.throughput") }), [run, t]);
  const use = useMemo(
    () => tableOfUse(samples, names, outliers, chosen, { median: t("curve.median"), least: t("curve.least"), most: t("curve.most"), whole: t("curve.whole") }),
    [samples, names, outliers, chosen, t],
  );
  const whole = useMemo<[number, number] | null>(() => {
    const times = [...(progress.loss?.times ?? progress.throughput?.times ?? []), ...(use?.times ?? [])];
    if (times.length === 0) return from !== null && to !== null && to > from ? [from, to] : null;
    return [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  }, [progress, use, from, to]);
  const shared = { zoom, whole, onZoom: setZoom, steps: progress.steps };
  const isReading = isRead && data === null;
  const isEmpty = !progress.loss && !progress.throughput && !use;
  return (
    <>
      {zoom && <p class="zoomed"><button type="button" class="small" onClick={() => setZoom(null)}>{t("curve.reset")}</button></p>}
      {isReading && <p class="loading" role="status">{t("curve.reading")}</p>}
      {data?.["error"] ? <Failure fault={data["error"] as Fault} isOld={run.points.length > 0} /> : null}
      {gpuFault && <Failure fault={gpuFault} isOld={use !== null} />}
      {progress.loss && <Curve title={t("curve.loss")} table={progress.loss} digits={4} {...shared} />}
      {progress.throughput && <Curve title={t("curve.throughput")} unit={run.unit} table={progress.throughput} digits={1} fromZero {...shared} />}
      {(progress.loss || progress.throughput) && <LeftOut run={run} />}
      {use && <Curve title={t("curve.gpu")} unit="%" table={use} digits={1} range={[0, 100]} {...shared} />}
      {use && typeof gpuData?.["source"] === "string" && <p class="quiet">{t("curve.source")} <Untrusted text={phrase(language, gpuData["source"])} /></p>}
      {isEmpty && !isReading && <Empty>{t("curve.none")}</Empty>}
      {!isEmpty && <p class="quiet">{t("curve.how")}</p>}
    </>
  );
});

/** What the curves of the log are drawn from, and what they leave out. */
function LeftOut({ run }: { run: Run }) {
  const { t } = useWords();
  const values = run.values.toLocaleString("en");
  return (
    <p class="quiet">
      {run.isWhole ? t("curve.whole_log", { values }) : run.looked < run.places ? t("curve.looking", { values, looked: run.looked, places: run.places }) : t("curve.sampled", { values, places: run.places })}
      {run.points.length < run.values && <> {t("curve.thinned", { count: run.points.length.toLocaleString("en") })}</>}
    </p>
  );
}

interface CurveProperties {
  readonly title: string;
  readonly unit?: string;
  readonly table: Table;
  readonly digits: number;
  readonly range?: [number, number];
  /** Whether the scale begins at 0, so that noise looks as small as it is. */
  readonly fromZero?: boolean;
  readonly zoom: [number, number] | null;
  readonly whole: [number, number] | null;
  readonly onZoom: (zoom: [number, number] | null) => void;
  readonly steps: ReadonlyMap<number, number>;
}

const HEIGHT = 160;

/** Ticks of a time axis, short: the day only where it changes. */
function timeTicks(ticks: readonly number[]): string[] {
  const two = (value: number) => String(value).padStart(2, "0");
  return ticks.map((tick, at) => {
    const [here, before] = [new Date(tick * 1000), at === 0 ? null : new Date(ticks[at - 1]! * 1000)];
    const isNewDay = before !== null && here.toDateString() !== before.toDateString();
    const seconds = here.getSeconds() ? `:${two(here.getSeconds())}` : "";
    return isNewDay ? `${two(here.getMonth() + 1)}-${two(here.getDate())}` : `${two(here.getHours())}:${two(here.getMinutes())}${seconds}`;
  });
}

function colourOf(series: Series, index: number): string {
  if (series.kind === "apart") return colour("bad-strong");
  if (series.kind === "chosen") return colour("chosen");
  if (series.kind === "edge") return colour("line-strong");
  return series.kind === "main" ? colour("accent-strong") : colour(`series-${index % 6}`);
}

function Curve({ title, unit = "", table, digits, range, fromZero = false, zoom, whole, onZoom, steps }: CurveProperties) {
  const { t } = useWords();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [theme, setTheme] = useState(0);
  const live = useRef({ zoom, whole, onZoom });
  live.current = { zoom, whole, onZoom };
  useEffect(() => {
    const changed = () => setTheme((count) => count + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    document.addEventListener("theme", changed);
    system.addEventListener("change", changed);
    return () => {
      document.removeEventListener("theme", changed);
      system.removeEventListener("change", changed);
    };
  }, []);
  const shape = table.series.map((series) => `${series.kind}:${series.label}`).join("\n");
  useLayoutEffect(() => {
    const element = holder.current;
    if (!element) return;
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "11px system-ui, sans-serif" };
    const options: uPlot.Options = {
      width: Math.max(200, element.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: SYNC, scales: ["x", null] }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { time: true, range: () => live.current.zoom ?? live.current.whole ?? [0, 1] }, y: range ? { range: () => range } : fromZero ? { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } : {} },
      axes: [{ ...axis, size: 30, space: 70, values: (_, ticks) => timeTicks(ticks) }, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en", { maximumSignificantDigits: 4 })) }],
      series: [
        {},
        ...table.series.map((series, at) => ({
          label: series.label,
          stroke: colourOf(series, at),
          width: series.kind === "main" || series.kind === "apart" || series.kind === "chosen" ? 2 : 1,
          points: { show: false },
          spanGaps: true,
        })),
      ],
      hooks: {
        setCursor: [(self) => setIndex(self.cursor.idx ?? null)],
        setSelect: [
          (self) => {
            if (self.select.width < 6) return;
            const [a, b] = [self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x")];
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            live.current.onZoom([a, b]);
          },
        ],
      },
    };
    plot.current = new uPlot(options, [table.times, ...table.series.map((series) => series.values)] as uPlot.AlignedData, element);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, theme]);
  useEffect(() => {
    plot.current?.setData([table.times, ...table.series.map((series) => series.values)] as uPlot.AlignedData);
  }, [table, zoom, whole]);
  const last = table.times.length - 1;
  const at = index ?? last;
  const time = table.times[at];
  const key = (event: KeyboardEvent) => {
    const chart = plot.current;
    if (!chart) return;
    const span: [number, number] = zoom ?? whole ?? [table.times[0]!, table.times[last]!];
    const middle = time ?? (span[0] + span[1]) / 2;
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const next = moves[event.key];
    if (next !== undefined) {
      const clamped = Math.max(0, Math.min(last, next));
      chart.setCursor({ left: chart.valToPos(table.times[clamped]!, "x"), top: 10 });
      setIndex(clamped);
    } else if (event.key === "+" || event.key === "=") onZoom([middle - (middle - span[0]) / 2, middle + (span[1] - middle) / 2]);
    else if (event.key === "-" || event.key === "Escape") onZoom(null);
    else return;
    event.preventDefault();
  };
  const step = time === undefined ? undefined : steps.get(time);
  const shown = table.series.filter((series) => series.values[at] !== null && series.values[at] !== undefined);
  return (
    <figure class="curve">
      <figcaption>
        <b>{title}</b>
        {unit && <span class="quiet">{unit}</span>}
        <span class="values">
          {time !== undefined && <span class="quiet">{clock(time, Date.now() / 1000)}</span>}
          {step !== undefined && <span class="quiet">{t("curve.step", { step })}</span>}
          {shown.map((series) => (
            <span key={series.label} class={`value value-${series.kind}`}>
              {table.series.length > 1 && <><i style={{ background: colourOf(series, table.series.indexOf(series)) }} aria-hidden="true" /> <Untrusted text={series.label} /> </>}
              <b>{series.values[at]!.toLocaleString("en", { maximumFractionDigits: digits })}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={holder} class="plot" role="group" tabIndex={0} aria-label={t("curve.label", { title })} onKeyDown={key} onDblClick={() => onZoom(null)} />
    </figure>
  );
}
