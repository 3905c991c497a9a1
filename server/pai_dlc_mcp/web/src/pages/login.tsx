// Signing in: with a bearer token, which the server exchanges for a cookie that no script can read, or at the address
// that a terminal shows.

import { useState } from "preact/hooks";

import { useWords } from "../i18n";
import { signIn, type Fault, type Login } from "../lib/api";
import { faultOf } from "../lib/hooks";
import { Failure } from "../parts/basics";
import { Switches } from "../parts/switches";

export function LoginPage({ login, onDone }: { login: Login; onDone: () => void }) {
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
  if (login === "dashboard") {
    return (
      <main class="alone">
        <div class="panel login">
          <h1>PAI-DLC</h1>
          <p>{t("login.terminal")}</p>
          <div class="controls"><Switches /></div>
        </div>
      </main>
    );
  }
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
        <p class="quiet">{t(login === "oauth" ? "login.oauth" : "login.hint")}</p>
        <div class="controls"><Switches /></div>
      </form>
    </main>
  );
}
