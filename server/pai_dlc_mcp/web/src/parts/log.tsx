// The log of one pod: followed, searched, coloured by level, repeats folded; a piece of evidence can be jumped to.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { useWords, type Key } from "../i18n";
import { readTool, type Data, type Envelope, type Fault } from "../lib/api";
import { faultOf, usePlace, useRead } from "../lib/hooks";
import { evidenceLine, fold, levelOf, merged, search, type Level, type Row } from "../lib/log";
import type { Pod } from "../lib/pods";
import { plain } from "../lib/text";
import { Empty, Failure, Loading, Section, Untrusted } from "./basics";
import { memo } from "./memo";

export interface Jump {
  readonly evidence: string;
  readonly pod: string | null;
  readonly number: number;
}

const FIRST_LINES = 2_000;
const FOLLOWED_LINES = 200;
const MOST_LINES = 6_000;
const FOLLOW_EVERY_MS = 5_000;
/** As many lines that are alike stand before they are folded; the newest of a folded run stay in sight. */
const FOLD_FROM = 20;
const FOLD_TAIL = 14;
const NO_LINES: readonly string[] = [];
const LEVELS = ["all", "warning", "error"] as const;

export const LogPanel = memo(function LogPanel({ id, pods, pod, onPod, jump, pushed, isActive }: {
  id: string; pods: readonly Pod[]; pod: string | null; onPod: (pod: string) => void; jump: Jump | null; pushed: Envelope | null;
  isActive: boolean;
}) {
  const { t } = useWords();
  const { session } = usePlace();
  const [level, setLevel] = useState<(typeof LEVELS)[number]>("all");
  const [isFolded, setFolded] = useState(true);
  const [words, setWords] = useState("");
  const [place, setPlace] = useState(0);
  const [target, setTarget] = useState<number | null>(null);
  const [isFollowing, setFollowing] = useState(isActive);
  const { lines, fault, isLoading, reload } = useLines(id, pod, isActive && isFollowing, pushed);
  const found = useMemo(() => search(lines, words), [lines, words]);
  useEffect(() => {
    if (!jump || lines.length === 0 || (jump.pod && jump.pod !== pod)) return;
    const at = evidenceLine(lines, jump.evidence);
    if (at >= 0) {
      setFollowing(false);
      setLevel("all");
      setTarget(at);
    }
  }, [jump, lines.length > 0, pod]);
  const step = (by: number) => {
    if (found.length === 0) return;
    const next = (place + by + found.length) % found.length;
    setPlace(next);
    setFollowing(false);
    setTarget(found[next]!);
  };
  const missed = jump !== null && target === null && lines.length > 0 && (!jump.pod || jump.pod === pod);
  return (
    <Section
      title="log.title"
      id="log"
      note={lines.length > 0 ? t("log.lines", { count: lines.length }) : null}
      tools={
        <>
          {pods.length > 1 && (
            <select aria-label={t("log.pod")} value={pod ?? ""} onChange={(event) => { setTarget(null); onPod(event.currentTarget.value); }}>
              {pods.map((one) => <option key={one.id} value={one.id}>{plain(one.label)}</option>)}
            </select>
          )}
          {isActive && <button type="button" aria-pressed={isFollowing} onClick={() => { setTarget(null); setFollowing(!isFollowing); }}>{t("log.follow")}</button>}
        </>
      }
    >
      <div class="filters">
        <input
          type="search" aria-label={t("log.search")} placeholder={t("log.search")} value={words}
          onInput={(event) => { setWords(event.currentTarget.value); setPlace(0); }}
          onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : target === null ? 0 : 1); } }}
        />
        {words.trim() && (
          <span class="found">
            <span role="status">{found.length === 0 ? t("log.notFound") : t("log.found", { place: Math.min(place + 1, found.length), count: found.length })}</span>
            <button type="button" class="plain icon" aria-label={t("log.previous")} disabled={found.length === 0} onClick={() => step(-1)}>↑</button>
            <button type="button" class="plain icon" aria-label={t("log.next")} disabled={found.length === 0} onClick={() => step(target === null ? 0 : 1)}>↓</button>
          </span>
        )}
        <select aria-label={t("log.level")} value={level} onChange={(event) => setLevel(event.currentTarget.value as (typeof LEVELS)[number])}>
          {LEVELS.map((one) => <option key={one} value={one}>{t(`log.level.${one}` as Key)}</option>)}
        </select>
        <label class="check"><input type="checkbox" checked={isFolded} onChange={(event) => setFolded(event.currentTarget.checked)} /> {t("log.fold")}</label>
      </div>
      {missed && <p class="quiet" role="status">{t("log.evidenceNotHere")}</p>}
      {fault && <Failure fault={fault} retry={reload} isOld={lines.length > 0} />}
      {lines.length === 0 && (isLoading ? <Loading /> : !fault && <Empty>{t(pod ? "log.none" : "pods.none")}</Empty>)}
      {lines.length > 0 && (
        <Lines lines={lines} level={level} isFolded={isFolded} words={words.trim()} target={target} isFollowing={isFollowing} onScrolledUp={() => setFollowing(false)} />
      )}
      {words.trim().length > 2 && session.tools.includes("dlc_search_logs") && <Everywhere id={id} words={words.trim()} />}
    </Section>
  );
});

/** The lines of a pod: the last two thousand, then what comes after them while it is followed. */
function useLines(id: string, pod: string | null, isFollowed: boolean, pushed: Envelope | null) {
  const { region } = usePlace();
  const first = useRead(
    pod ? () => readTool("dlc_get_pod_logs", { job_id: id, pod_id: pod, max_lines: FIRST_LINES, region }) : null,
    ["log", id, pod, region],
  );
  const [held, setHeld] = useState<{ pod: string | null; lines: readonly string[] }>({ pod: null, lines: [] });
  const [fault, setFault] = useState<Fault | null>(null);
  const take = (from: string, read: string[], isWhole = false) =>
    setHeld((before) => {
      const known = before.pod === from && !isWhole ? before.lines : [];
      if (known.length > 0 && known[known.length - 1] === read[read.length - 1]) return before;
      return { pod: from, lines: merged(known, read, MOST_LINES) };
    });
  useEffect(() => {
    if (pod && first.data) take(pod, linesOf(first.data), true);
  }, [first.data]);
  const isPushed = pushed?.ok === true && pushed.data?.["PodId"] === pod;
  useEffect(() => {
    if (isPushed && isFollowed && held.pod === pod) take(pod!, linesOf(pushed.data!));
  }, [pushed]);
  useEffect(() => {
    if (!isFollowed || !pod || isPushed || !first.data) return;
    let isLive = true;
    const timer = setInterval(() => {
      if (document.hidden) return;
      readTool("dlc_get_pod_logs", { job_id: id, pod_id: pod, max_lines: FOLLOWED_LINES, region }).then(
        (data) => { if (isLive) { setFault(null); take(pod, linesOf(data)); } },
        (error: unknown) => isLive && setFault(faultOf(error)),
      );
    }, FOLLOW_EVERY_MS);
    return () => {
      isLive = false;
      clearInterval(timer);
    };
  }, [isFollowed, id, pod, region, isPushed, first.data !== null]);
  const lines = held.pod === pod ? held.lines : NO_LINES;
  return { lines, fault: first.fault ?? fault, isLoading: first.isLoading, reload: first.reload };
}

function linesOf(data: Data): string[] {
  const lines = data["untrusted_log_lines"];
  return Array.isArray(lines) ? lines.map(String) : [];
}

const SHOWN: Record<(typeof LEVELS)[number], ReadonlySet<Level> | null> = {
  all: null, warning: new Set<Level>(["warning", "error"]), error: new Set<Level>(["error"]),
};

function Lines({ lines, level, isFolded, words, target, isFollowing, onScrolledUp }: {
  lines: readonly string[]; level: (typeof LEVELS)[number]; isFolded: boolean; words: string; target: number | null; isFollowing: boolean;
  onScrolledUp: () => void;
}) {
  const { t } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const kept = useMemo(() => {
    const wanted = SHOWN[level];
    return lines.flatMap((line, at) => (wanted === null || wanted.has(levelOf(line)) ? [at] : []));
  }, [lines, level]);
  const rows = useMemo<Row[]>(() => {
    const texts = kept.map((at) => lines[at]!);
    return isFolded ? fold(texts, FOLD_FROM) : texts.map((_, at) => ({ first: at, count: 1 }));
  }, [kept, lines, isFolded]);
  useLayoutEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [rows, isFollowing]);
  useLayoutEffect(() => {
    if (target === null) return;
    box.current?.querySelector(`[data-line="${target}"]`)?.scrollIntoView({ block: "center" });
  }, [target, opened, rows]);
  const scrolled = () => {
    const element = box.current;
    if (isFollowing && element && element.scrollHeight - element.scrollTop - element.clientHeight > 60) onScrolledUp();
  };
  const line = (at: number) => {
    const index = kept[at]!;
    return <Line key={index} index={index} text={lines[index]!} words={words} isTarget={index === target} />;
  };
  return (
    <div ref={box} class="log" tabIndex={0} role="group" aria-label={t("log.title")} onScroll={scrolled}>
      {kept.length === 0 && <Empty>{t("nothingFits")}</Empty>}
      {rows.map((row) => {
        if (row.count === 1) return line(row.first);
        const key = lines[kept[row.first]!]!;
        const tail = row.first + row.count - FOLD_TAIL;
        const holdsTarget = target !== null && kept[row.first]! < target && target < kept[tail]!;
        if (opened.has(key) || holdsTarget) {
          return Array.from({ length: row.count }, (_, offset) => line(row.first + offset));
        }
        return (
          <>
            {line(row.first)}
            <button type="button" class="folded" onClick={() => setOpened(new Set([...opened, key]))}>{t("log.alike", { count: row.count - 1 - FOLD_TAIL })}</button>
            {Array.from({ length: FOLD_TAIL }, (_, offset) => line(tail + offset))}
          </>
        );
      })}
    </div>
  );
}

const Line = memo(function Line({ index, text, words, isTarget }: { index: number; text: string; words: string; isTarget: boolean }) {
  return (
    <div class={`line level-${levelOf(text)}${isTarget ? " target" : ""}`} data-line={index}>
      <Untrusted text={text} {...(words ? { mark: words } : {})} />
    </div>
  );
});

/** The same words in the whole logs of all pods, which the server searches. */
function Everywhere({ id, words }: { id: string; words: string }) {
  const { t } = useWords();
  const { region } = usePlace();
  const [asked, setAsked] = useState<string | null>(null);
  const read = useRead(asked ? () => readTool("dlc_search_logs", { job_id: id, text: asked, region }) : null, ["everywhere", id, asked, region]);
  const matches = Array.isArray(read.data?.["untrusted_matches"]) ? (read.data["untrusted_matches"] as unknown[]).map(String) : [];
  return (
    <div class="everywhere">
      <button type="button" disabled={read.isLoading && asked !== null} onClick={() => setAsked(words)}>{t("log.everywhere")}</button>
      {asked !== null && read.isLoading && <Loading />}
      {asked !== null && read.fault && <Failure fault={read.fault} />}
      {asked !== null && read.data && (
        <>
          <p class="quiet">{t("log.matches", { count: Number(read.data["matches"] ?? 0) })} <Untrusted text={String(read.data["read"] ?? "")} /></p>
          {matches.length > 0 && <pre tabIndex={0} class="log"><Untrusted text={matches.join("\n")} mark={asked} /></pre>}
        </>
      )}
    </div>
  );
}
