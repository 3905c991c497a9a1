// One act that waits for a person: the whole preview, the name to type, yes or no.

import { useState } from "preact/hooks";

import { translateIfKnown, useWords } from "../i18n";
import { request, type Approval, type Envelope, type Fault } from "../lib/api";
import { faultOf, useNow } from "../lib/hooks";
import { secondsOf, span } from "../lib/time";
import { Failure, Untrusted } from "./basics";
import { Preview } from "./preview";

export interface Made {
  readonly approval: Approval;
  readonly decision: "yes" | "no";
  /** What the tool answered where the act was started from this page. */
  readonly answer: Envelope | null;
}

export function Decision({ approval, onDecided }: { approval: Approval; onDecided: (made: Made) => void }) {
  const { t, language } = useWords();
  const now = useNow();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const expires = secondsOf(approval.expires_at);
  const left = expires === null ? null : expires - now;
  const isExpired = left !== null && left <= 0;
  const fits = typed === approval.type_name;
  const field = `name-${approval.id}`;
  const decide = (decision: "yes" | "no") => {
    setBusy(true);
    setFault(null);
    request<{ answer: Envelope | null }>("POST", `/api/approvals/${encodeURIComponent(approval.id)}`, { decision, typed_name: typed })
      .then((result) => onDecided({ approval, decision, answer: result.answer ?? null }))
      .catch((error: unknown) => setFault(faultOf(error)))
      .finally(() => setBusy(false));
  };
  const act = translateIfKnown(language, `act.${approval.tool}`) ?? approval.title;
  return (
    <form class="decision" onSubmit={(event) => { event.preventDefault(); if (fits && !isBusy) decide("yes"); }}>
      <h2>
        {act ?? <code>{approval.tool}</code>} <Untrusted text={approval.target.name} />
      </h2>
      <p class="quiet">
        <code>{approval.tool}</code> · {t("decision.by")} <Untrusted text={approval.asked_by} />
        {left !== null && <> · <span class={left < 60 ? "urgent" : ""}>{isExpired ? t("decision.expired") : t("decision.left", { span: span(left, language) })}</span></>}
      </p>
      <Preview preview={approval.preview} />
      <label for={field}>
        {t("decision.type")} <code class="typename"><Untrusted text={approval.type_name} /></code>
      </label>
      <input id={field} type="text" autoComplete="off" autoCapitalize="off" spellcheck={false} value={typed} disabled={isExpired} onInput={(event) => setTyped(event.currentTarget.value)} />
      {fault && <Failure fault={fault} />}
      <div class="choices">
        <button type="submit" class="danger" disabled={!fits || isBusy || isExpired}>{t("decision.yes")}</button>
        <button type="button" disabled={isBusy || isExpired} onClick={() => decide("no")}>{t("decision.no")}</button>
      </div>
    </form>
  );
}
