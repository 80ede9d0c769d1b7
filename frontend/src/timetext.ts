/** Times and spans as an officer reads them. Always the installation's zone, whatever the browser's. */
import { language, t } from "./i18n";

const two = (n: number): string => String(n).padStart(2, "0");

/** A span as mm:ss under an hour, h:mm:ss under a day, then days and h:mm. Negative counts as its size. */
export function span(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor((seconds % 86400) / 3600), Math.floor((seconds % 3600) / 60)];
  if (days > 0) return `${t("{n} 天", { n: days })} ${hours}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${two(minutes)}:${two(seconds % 60)}`;
}

export type Phase = "ahead" | "near" | "late";

/** How a deadline stands: `near` in the last tenth of an hour (6 min) before it. */
export function phaseOf(dueIn: number): Phase {
  if (dueIn < 0) return "late";
  return dueIn <= 6 * 60_000 ? "near" : "ahead";
}

/** "剩 07:12" before, "超时 01:40" after. At the due second itself nothing is late yet. */
export function countdown(dueIn: number): { word: string; left: string; phase: Phase } {
  const phase = phaseOf(dueIn);
  return { phase, word: phase === "late" ? t("超时") : t("剩"), left: span(phase === "late" ? dueIn : Math.ceil(dueIn / 1000) * 1000) };
}

export function zone(): string {
  return document.documentElement.dataset.zone || "Asia/Shanghai";
}

interface Parts { year: string; month: string; day: string; hour: string; minute: string; second: string }

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number): Parts {
  const name = zone();
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: name, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formats.set(name, format);
  }
  return Object.fromEntries(format.formatToParts(at).map((p) => [p.type, p.value])) as unknown as Parts;
}

export function dateText(at: number): string {
  const p = parts(at);
  return `${p.year}-${p.month}-${p.day}`;
}

export function clockText(at: number, seconds = true): string {
  const p = parts(at);
  return seconds ? `${p.hour}:${p.minute}:${p.second}` : `${p.hour}:${p.minute}`;
}

/** Short time of an occurrence: the hour today, month and day before. */
export function occurrence(at: number, now: number): string {
  const [then, today] = [parts(at), parts(now)];
  const sameDay = then.year === today.year && then.month === today.month && then.day === today.day;
  if (sameDay) return `${then.hour}:${then.minute}`;
  return then.year === today.year ? `${then.month}-${then.day} ${then.hour}:${then.minute}` : `${then.year}-${then.month}-${then.day}`;
}

/** How old a datum is: "刚刚", "12 分钟前", "3 小时前", "2 天前". */
export function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return t("刚刚");
  if (minutes < 60) return t("{n} 分钟前", { n: minutes });
  if (minutes < 48 * 60) return t("{n} 小时前", { n: Math.floor(minutes / 60) });
  return t("{n} 天前", { n: Math.floor(minutes / 1440) });
}

/** `2016-07-20 12:40` as forms want it. */
export function formTime(at: number): string {
  return `${dateText(at)} ${clockText(at, false)}`;
}

export function numberText(value: number): string {
  return value.toLocaleString(language() === "en" ? "en-GB" : "zh-CN");
}
