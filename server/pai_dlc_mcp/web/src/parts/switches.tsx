// The viewer's own choices: theme and language.

import { translate, useWords, type Key } from "../i18n";
import { useKept } from "../lib/hooks";
import { applyTheme, THEMES, themeOf } from "../lib/theme";
import type { Language } from "../lib/time";

const THEME_ICONS: Record<string, string> = { auto: "◐", light: "☀", dark: "☾" };

export function Switches() {
  const { t, language, setLanguage } = useWords();
  const [theme, setTheme] = useKept("theme", "auto");
  const next = THEMES[(THEMES.indexOf(themeOf(theme)) + 1) % THEMES.length]!;
  const other: Language = language === "en" ? "zh" : "en";
  const label = t("theme.switch", { theme: t(`theme.${themeOf(theme)}` as Key) });
  return (
    <>
      <button type="button" class="plain icon" title={label} aria-label={label} onClick={() => { setTheme(next); applyTheme(next); }}>
        <span aria-hidden="true">{THEME_ICONS[themeOf(theme)]}</span>
      </button>
      <button type="button" class="plain" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => setLanguage(other)}>
        {translate(other, "language.own")}
      </button>
    </>
  );
}
