// The page's words in both languages. A key that one dictionary lacks is a type error.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Language } from "../lib/time";
import causes from "./causes.json";
import en from "./en.json";
import zh from "./zh.json";

export type Key = keyof typeof en;
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const DICTIONARIES: Record<Language, Readonly<Record<string, string>> & Record<Key, string>> = { en, zh };
const CAUSES = causes as Record<string, { en: string; zh: string }>;

/** The words of a key with `{name}` replaced; values are text and stay text. */
export function translate(language: Language, key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words of a key that may not exist, such as one made from an answer's code. */
export function translateIfKnown(language: Language, key: string): string | null {
  return Object.hasOwn(DICTIONARIES[language], key) ? DICTIONARIES[language][key as Key] : null;
}

/** At most six words for a cause of `dlc_diagnose_job`; a code of later versions is shown as it is. */
export function causeWords(language: Language, code: string): string {
  const known = Object.hasOwn(CAUSES, code) ? CAUSES[code] : undefined;
  if (known) return known[language];
  const exit = /^exit_(-?\d+)$/.exec(code);
  if (exit) return translate(language, "cause.exit", { code: exit[1]! });
  return code.replaceAll("_", " ");
}

export interface Words {
  readonly language: Language;
  readonly t: Translate;
  readonly setLanguage: (language: Language) => void;
}

export function wordsOf(language: Language, setLanguage: (language: Language) => void): Words {
  return { language, t: (key, values) => translate(language, key, values), setLanguage };
}

export const WordsContext = createContext<Words>(wordsOf("en", () => undefined));

export function useWords(): Words {
  return useContext(WordsContext);
}

/** The viewer's choice, or the browser's language. */
export function firstLanguage(): Language {
  const kept = localStorage.getItem("language");
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
