// A view inside an MCP client: one bundle for all `ui://` resources of the server.

import "../style.css";

import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { useWords, wordsOf, WordsContext } from "../i18n";
import type { Envelope, Session } from "../lib/api";
import { PlaceContext, type Place } from "../lib/hooks";
import { applyTheme } from "../lib/theme";
import type { Language } from "../lib/time";
import { Bridge, type HostContext, type ToolResult } from "./bridge";
import { Card } from "./cards";

const SESSION: Session = {
  caller: { name: "", person: false }, version: "", region: "", regions: [], workspaces: null, emulator: false, read_only: true, can_approve: false,
  tools: ["dlc_diagnose_job"], clock: "",
};
const PLACE: Place = { session: SESSION, region: "", setRegion: () => undefined, go: () => undefined, href: (path) => path, clockOffset: 0 };

function View() {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith("zh") ? "zh" : "en");
  const words = useMemo(() => wordsOf(language, setLanguage), [language]);
  const [answer, setAnswer] = useState<Envelope | "waiting" | "cancelled">("waiting");
  const [args, setArgs] = useState<Record<string, unknown>>({});
  const bridge = useMemo(
    () =>
      new Bridge(parent, {
        onInput: setArgs,
        onResult: (result) => setAnswer(envelopeOf(result)),
        onCancelled: () => setAnswer("cancelled"),
        onContext: (context: HostContext) => {
          if (context.theme) applyTheme(context.theme);
          if (context.locale) setLanguage(context.locale.toLowerCase().startsWith("zh") ? "zh" : "en");
        },
      }),
    [],
  );
  useEffect(() => {
    void bridge.connect(window, "1");
    const observer = new ResizeObserver(() => bridge.resized(document.documentElement.scrollWidth, document.body.scrollHeight));
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [bridge]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const reload = () => {
    if (bridge.canCallTools) bridge.callTool("dlc_diagnose_job", args).then((result) => setAnswer(envelopeOf(result)), () => undefined);
  };
  return (
    <WordsContext.Provider value={words}>
      <PlaceContext.Provider value={PLACE}>
        <main class="view">
          {typeof answer === "string" ? <Waiting isCancelled={answer === "cancelled"} /> : <Card answer={answer} reload={reload} />}
        </main>
      </PlaceContext.Provider>
    </WordsContext.Provider>
  );
}

function Waiting({ isCancelled }: { isCancelled: boolean }) {
  const { t } = useWords();
  return <p class="loading" role="status">{t(isCancelled ? "view.cancelled" : "loading")}</p>;
}

/** The envelope of a result. On errors some hosts pass on the text alone. */
function envelopeOf(result: ToolResult): Envelope {
  const structured = result.structuredContent;
  if (structured && typeof structured["ok"] === "boolean") return structured as unknown as Envelope;
  const text = result.content?.find((one) => one.type === "text")?.text ?? "";
  return result.isError ? { ok: false, error: { code: "internal", message: text } } : { ok: true, data: {} };
}

render(<View />, document.getElementById("app")!);
