// Signing in with a bearer token, which the server exchanges for a cookie that no script can read.

import { useState } from "preact/hooks";

import { useWords } from "../i18n";
import { signIn, type Fault } from "../lib/api";
import { faultOf } from "../lib/hooks";
import { Failure } from "../parts/basics";
import { Switches } from "../parts/switches";

export function Login({ onDone }: { onDone: () => void }) {
  const { t } = useWords();
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const [isBusy, setBusy] = useState(false);
  const enter = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    signIn(token.trim())
      .then(() => {
        setToken("");
        onDone();
      })
      .catch((error: unknown) => setFault(faultOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <main class="alone">
      <form class="panel login" onSubmit={enter}>
        <h1>PAI-DLC</h1>
        <p>{t("login.what")}</p>
        <label>
          {t("login.token")}
          <input type="password" autoComplete="off" spellcheck={false} required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        {fault && <Failure fault={fault} />}
        <button type="submit" class="primary" disabled={isBusy || !token.trim()}>{t("login.enter")}</button>
        <p class="quiet">{t("login.hint")}</p>
        <div class="controls"><Switches /></div>
      </form>
    </main>
  );
}
