/** Screen texts of scripts. The message is its own Chinese text; English is looked up. The page's language decides. */
import { english } from "./english";

export function language(): "zh" | "en" {
  return document.documentElement.lang.toLowerCase().startsWith("en") ? "en" : "zh";
}

/** The text in the page's language; `{name}` is filled from `values`. An untranslated message stays Chinese. */
export function t(message: string, values: Record<string, string | number> = {}): string {
  const text = language() === "en" ? (english[message] ?? message) : message;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
