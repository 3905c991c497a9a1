// The phases of a job as one bar with times, and its events on the same time line.

import { useMemo, useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { readTool, type Data } from "../lib/api";
import { usePlace, useRead } from "../lib/hooks";
import { levelOf } from "../lib/log";
import { placeOf, widths, type Phase } from "../lib/phases";
import { clock, offsetOf, span, stampOf } from "../lib/time";
import { Failure, Untrusted, When } from "./basics";

const MOST_EVENTS = 200;

interface Event_ {
  readonly at: number | null;
  readonly text: string;
}

export function PhaseBar({ id, job, phases, now }: { id: string; job: Data; phases: Phase[]; now: number }) {
  const { t, language } = useWords();
  const { region, session } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const hasEvents = session.tools.includes("dlc_get_job_events");
  const status = String(job["Status"]);
  const read = useRead(
    hasEvents ? () => readTool("dlc_get_job_events", { job_id: id, max_events_num: MOST_EVENTS, region }) : null,
    ["events", id, region, status],
    phases.some((phase) => phase.isOpen) ? 60_000 : 0,
  );
  const events = useMemo(() => eventsOf(read.data, phases[0]?.from ?? null), [read.data, phases[0]?.from]);
  const shares = widths(phases);
  const end = phases[phases.length - 1];
  const over = end && !end.isOpen ? status : null;
  return (
    <>
      <div class="phasebar" aria-hidden="true">
        {phases.map((phase, at) => <i key={at} class={`bar phase-${phase.status}`} style={{ width: `${shares[at]}%` }} title={phase.status} />)}
      </div>
      {events.length > 0 && (
        <div class="ticks" aria-hidden="true">
          {events.map((event, at) => {
            const place = event.at === null ? null : placeOf(event.at, phases, shares);
            return place === null ? null : <i key={at} class={`tick tick-${gravity(event.text)}`} style={{ left: `${place}%` }} title={event.text} />;
          })}
        </div>
      )}
      <ol class="phases" aria-label={t("job.phases")}>
        {phases.map((phase, at) => (
          <li key={at} class="phase">
            <i class={`bar phase-${phase.status}`} aria-hidden="true" />
            <span class="name">{translateIfKnown(language, `state.${phase.status}`) ?? phase.status}</span>
            <span class="span">{span(phase.to - phase.from, language)}{phase.isOpen && "…"}</span>
            <span class="quiet"><When at={phase.from}>{clock(phase.from, now)}</When></span>
          </li>
        ))}
        {over && (
          <li class="phase">
            <i class={`bar phase-${over}`} aria-hidden="true" />
            <span class="name">{translateIfKnown(language, `state.${over}`) ?? over}</span>
            <span class="quiet"><When at={end!.to}>{clock(end!.to, now)}</When></span>
          </li>
        )}
      </ol>
      {read.fault && <Failure fault={read.fault} retry={read.reload} />}
      {events.length > 0 && (
        <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t("job.events", { count: events.length })}</summary>
          {isOpen && (
            <ol class="events">
              {events.map((event, at) => (
                <li key={at} class={`event-${gravity(event.text)}`}>
                  <When at={event.at}>{event.at === null ? "–" : clock(event.at, now)}</When>
                  <Untrusted text={event.text} />
                </li>
              ))}
            </ol>
          )}
        </details>
      )}
    </>
  );
}

const GRAVE = /\b(?:fail(?:ed|ure)?|error|oom\w*|evict\w*|kill\w*|backoff|unhealthy|preempt\w*|insufficient|exceed\w*)\b/i;

function gravity(text: string): string {
  return GRAVE.test(text) || levelOf(text) === "error" ? "bad" : "plain";
}

/** Events with their instants. They name no zone: the first of them is next to the job's creation. */
function eventsOf(data: Data | null, created: number | null): Event_[] {
  const lines = (Array.isArray(data?.["untrusted_events"]) ? data["untrusted_events"] : []).filter((one): one is string => typeof one === "string");
  const first = lines.map(stampOf).find((stamp) => stamp !== null);
  const offset = first && !first.isZoned && created !== null ? offsetOf(first.at, created) : 0;
  return lines.map((line) => {
    const stamp = stampOf(line);
    const text = line.replace(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*\s*/, "");
    return { at: stamp ? stamp.at - (stamp.isZoned ? 0 : offset) : null, text };
  });
}
