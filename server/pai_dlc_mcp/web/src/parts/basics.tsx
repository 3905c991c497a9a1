// Small parts that every page uses: text of others, states, links, faults.

import type { ComponentChildren, JSX } from "preact";

import { translateIfKnown, useWords, type Key } from "../i18n";
import type { Fault } from "../lib/api";
import { usePlace } from "../lib/hooks";
import { groupOf } from "../lib/jobs";
import { pieces, plain } from "../lib/text";
import { instant } from "../lib/time";

/** Text that others wrote: always a text node, apart from its surroundings, with hidden characters shown. */
export function Untrusted({ text, mark }: { text: string; mark?: string }) {
  return (
    <bdi>
      {pieces(text).map((piece, at) =>
        piece.isMark ? (
          <span key={at} class="hidden-mark">
            {piece.text}
          </span>
        ) : mark ? (
          <Marked key={at} text={piece.text} mark={mark} />
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}

function Marked({ text, mark }: { text: string; mark: string }) {
  const parts: JSX.Element[] = [];
  const [lower, wanted] = [text.toLowerCase(), mark.toLowerCase()];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0 && parts.length < 200; at = lower.indexOf(wanted, from)) {
    parts.push(
      <>
        {text.slice(from, at)}
        <mark>{text.slice(at, at + wanted.length)}</mark>
      </>,
    );
    from = at + wanted.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}

export function Link({ to, children, ...rest }: { to: string; children: ComponentChildren; "aria-current"?: "page" | undefined }) {
  const place = usePlace();
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    place.go(to);
  };
  return (
    <a {...rest} href={place.href(to)} onClick={follow}>
      {children}
    </a>
  );
}

const ICONS: Record<string, string> = {
  running: "M4 3l9 5-9 5z",
  waiting: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2.5V8l2.6 1.6",
  failed: "M4 4l8 8M12 4l-8 8",
  succeeded: "M3 8.5l3.4 3.4L13 5",
  stopped: "M4 4h8v8H4z",
  other: "M3 8h10",
};
const FILLED = new Set(["running", "stopped"]);

/** A state by colour, shape and word. */
export function State({ status }: { status: string }) {
  const { language } = useWords();
  const group = groupOf(status);
  return (
    <span class={`state state-${group}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" class={FILLED.has(group) ? "filled" : ""}>
        <path d={ICONS[group]} />
      </svg>
      {translateIfKnown(language, `state.${status}`) ?? plain(status)}
    </span>
  );
}

/** An instant: short in sight, whole as its title. */
export function When({ at, children }: { at: number | null; children: ComponentChildren }) {
  if (at === null) return <span class="quiet">–</span>;
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={instant(at)}>
      {children}
    </time>
  );
}

/** What went wrong, in the viewer's language where the code is known, with the server's own sentence below. */
export function Failure({ fault, retry, isOld = false }: { fault: Fault; retry?: (() => void) | undefined; isOld?: boolean }) {
  const { t, language } = useWords();
  return (
    <div class="failure" role="alert">
      <strong>{translateIfKnown(language, `error.${fault.code}`) ?? t("error.other", { code: fault.code })}</strong>
      {isOld && <span> {t("error.old")}</span>}
      {fault.message && (
        <p lang="en">
          {fault.rule && <code>{fault.rule}</code>} <Untrusted text={fault.message} />
        </p>
      )}
      {fault.hint && (
        <p lang="en">
          <Untrusted text={fault.hint} />
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {t("again")}
        </button>
      )}
    </div>
  );
}

/** A part of a page under its heading. */
export function Section({
  title, id, children, tools, note,
}: { title: Key; id: string; children: ComponentChildren; tools?: ComponentChildren; note?: ComponentChildren }) {
  const { t } = useWords();
  return (
    <section class="panel" id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{t(title)}</h2>
        {note && <span class="quiet">{note}</span>}
        {tools && <div class="tools">{tools}</div>}
      </header>
      {children}
    </section>
  );
}

export function Loading() {
  const { t } = useWords();
  return (
    <p class="loading" role="status">
      {t("loading")}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A curve in a word's height; what it says stands in its label. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return <span class="quiet">–</span>;
  const [width, height] = [84, 22];
  const points = values.map((value, at) => {
    const y = height - 2 - (Math.max(0, Math.min(100, value)) / 100) * (height - 4);
    return `${((at * width) / (values.length - 1)).toFixed(1)},${y.toFixed(1)}`;
  });
  const last = values[values.length - 1]!;
  return (
    <span class="spark">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} />
        <polyline points={points.join(" ")} />
      </svg>
      <span class="number">{Math.round(last)}%</span>
    </span>
  );
}
