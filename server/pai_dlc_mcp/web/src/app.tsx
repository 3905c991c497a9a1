// The frame of the page: who is signed in, which page the address names, and what all pages share.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { firstLanguage, useWords, wordsOf, WordsContext } from "./i18n";
import { ApiError, request, signedOut, signIn, signOut, type Approvals, type Fault, type Login, type Session } from "./lib/api";
import { faultOf, PlaceContext, useLive, useLiveState, usePlace, type Place } from "./lib/hooks";
import { live } from "./lib/live";
import { addressOf, routeOf } from "./lib/router";
import { secondsOf, type Language } from "./lib/time";
import { ApprovalsPage } from "./pages/approvals";
import { AuditPage } from "./pages/audit";
import { JobPage } from "./pages/job";
import { JobsPage } from "./pages/jobs";
import { LoginPage } from "./pages/login";
import { QuotasPage } from "./pages/quotas";
import { Empty, Failure, Link, Loading, Untrusted } from "./parts/basics";
import { Switches } from "./parts/switches";

export function App() {
  const [language, setLanguageState] = useState<Language>(firstLanguage);
  const words = useMemo(
    () =>
      wordsOf(language, (next) => {
        localStorage.setItem("language", next);
        setLanguageState(next);
      }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  return (
    <WordsContext.Provider value={words}>
      <SignedIn />
    </WordsContext.Provider>
  );
}

type State = { readonly session: Session; readonly clockOffset: number } | { readonly login: Login } | "loading" | Fault;

function SignedIn() {
  const [state, setState] = useState<State>("loading");
  const load = useCallback((isRetried = false) => {
    setState("loading");
    request<Session>("GET", "/api/session").then(
      (session) => setState({ session, clockOffset: (secondsOf(session.clock) ?? Date.now() / 1000) - Date.now() / 1000 }),
      (error: unknown) => {
        const login = error instanceof ApiError && error.status === 401 ? (error.fault.login ?? "token") : null;
        if (login === null) setState(faultOf(error));
        else if (login !== "open" || isRetried) setState({ login });
        else signIn("").then(() => load(true), (failed: unknown) => setState(faultOf(failed)));
      },
    );
  }, []);
  useEffect(() => {
    signedOut.listener = (login = "token") => (login === "open" ? load() : setState({ login }));
    load();
  }, [load]);
  if (state === "loading") return <main class="alone"><Loading /></main>;
  if (!("session" in state) && !("code" in state)) return <LoginPage login={state.login} onDone={() => load()} />;
  if ("code" in state) return <main class="alone"><h1>PAI-DLC</h1><Failure fault={state} retry={() => load()} /></main>;
  return <Frame session={state.session} clockOffset={state.clockOffset} />;
}

function Frame({ session, clockOffset }: { session: Session; clockOffset: number }) {
  const [address, setAddress] = useState(() => location.pathname + location.search);
  const url = new URL(address, location.origin);
  const region = url.searchParams.get("region") ?? session.region;
  useEffect(() => {
    const moved = () => setAddress(location.pathname + location.search);
    const wake = () => live.wake();
    addEventListener("popstate", moved);
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
    };
  }, []);
  useEffect(() => live.setRegion(region === session.region ? "" : region), [region, session.region]);
  const place = useMemo<Place>(() => {
    const href = (path: string) => addressOf(path, region, session.region);
    const open = (to: string) => {
      history.pushState(null, "", to);
      setAddress(to);
      scrollTo(0, 0);
      requestAnimationFrame(() => document.querySelector<HTMLElement>("h1")?.focus());
    };
    const setRegion = (next: string) => open(addressOf("/jobs", next, session.region));
    return { session, region, setRegion, href, clockOffset, go: (path) => open(href(path)) };
  }, [session, region, clockOffset]);
  return (
    <PlaceContext.Provider value={place}>
      <Shell path={url.pathname} />
    </PlaceContext.Provider>
  );
}

const PAGES = ["jobs", "quotas", "approvals", "audit"] as const;
const ICONS: Record<(typeof PAGES)[number], string> = {
  jobs: "M3 4h14M3 10h14M3 16h9",
  quotas: "M4 17V9M10 17V3M16 17v-6",
  approvals: "M4 10.5l4 4L16 5.5",
  audit: "M10 5v5l3.5 2M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
};

function Shell({ path }: { path: string }) {
  const { t } = useWords();
  const { session } = usePlace();
  const route = routeOf(path);
  const current = route.page === "job" ? "jobs" : route.page;
  const approvals = useLive<Approvals>("approvals");
  const waiting = approvals && Array.isArray(approvals.waiting) ? approvals.waiting.length : 0;
  useEffect(() => {
    const title = current === "unknown" ? "PAI-DLC" : `${t(`page.${current}`)} · PAI-DLC`;
    document.title = waiting > 0 ? `(${waiting}) ${title}` : title;
  }, [current, waiting, t]);
  return (
    <div class="shell">
      <a class="skip" href="#main">{t("skip")}</a>
      <header class="top">
        <span class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" /><path d="M6 21h4l3-9 4 12 4-8 2 5h3" /></svg>
          PAI-DLC
        </span>
        <nav aria-label={t("nav")}>
          {PAGES.map((page) => (
            <Link key={page} to={`/${page}`} aria-current={page === current ? "page" : undefined}>
              <svg viewBox="0 0 20 20" aria-hidden="true"><path d={ICONS[page]} /></svg>
              {t(`page.${page}`)}
              {page === "approvals" && waiting > 0 && (
                <span class="badge"><span aria-hidden="true">{waiting}</span><span class="hidden">{t("approvals.count", { count: waiting })}</span></span>
              )}
            </Link>
          ))}
        </nav>
        <div class="controls">
          <LiveSign />
          <Region />
          <Switches />
          <Who />
        </div>
      </header>
      {(session.emulator || session.read_only) && (
        <p class="ribbon">
          {session.emulator && <span>{t("emulator")}</span>}
          {session.read_only && <span>{t("readOnly")}</span>}
        </p>
      )}
      <main id="main">
        {route.page === "jobs" && <JobsPage />}
        {route.page === "job" && <JobPage key={route.id} id={route.id} />}
        {route.page === "quotas" && <QuotasPage />}
        {route.page === "approvals" && <ApprovalsPage pushed={approvals} />}
        {route.page === "audit" && <AuditPage />}
        {route.page === "unknown" && <><h1 tabIndex={-1}>404</h1><Empty>{t("unknownPage")}</Empty></>}
      </main>
    </div>
  );
}

function LiveSign() {
  const { t } = useWords();
  const state = useLiveState();
  return (
    <span class={`live live-${state}`} role="status">
      <i aria-hidden="true" />
      {t(`live.${state}`)}
    </span>
  );
}

function Region() {
  const { t } = useWords();
  const { session, region, setRegion } = usePlace();
  if (session.regions.length < 2) return <span class="quiet region">{region}</span>;
  const regions = session.regions.includes(region) ? session.regions : [region, ...session.regions];
  return (
    <select class="region" aria-label={t("region")} value={region} onChange={(event) => setRegion(event.currentTarget.value)}>
      {regions.map((one) => <option key={one} value={one}>{one}</option>)}
    </select>
  );
}

function Who() {
  const { t } = useWords();
  const { session } = usePlace();
  return (
    <details class="who">
      <summary><Untrusted text={session.caller.name} /></summary>
      <div>
        <p class="quiet">{session.caller.person ? t("who.person") : t("who.agent")}</p>
        <p class="quiet">pai-dlc-mcp {session.version}</p>
        <button type="button" onClick={() => void signOut().catch(() => undefined)}>{t("leave")}</button>
      </div>
    </details>
  );
}
