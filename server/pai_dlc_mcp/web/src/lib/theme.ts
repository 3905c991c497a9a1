// Dark or light: the system's choice unless the viewer chose.

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function themeOf(text: string): Theme {
  return THEMES.find((theme) => theme === text) ?? "auto";
}

/** Sets the theme on the document; curves are notified, since a canvas does not follow a style sheet. */
export function applyTheme(text: string): void {
  const theme = themeOf(text);
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  document.dispatchEvent(new Event("theme"));
}

/** The present value of a colour of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
