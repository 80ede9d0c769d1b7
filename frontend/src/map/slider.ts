/** Time at the bottom: past, now, plan; with the events on it. At the right end it follows the world's clock. */
import { t } from "../i18n";
import { clockText, dateText } from "../timetext";
import { worldNow } from "../worldclock";
import type { MapConfig } from "./config";

/** Where `at` lies between `from` and `to`, 0 to 1. */
export function share(at: number, from: number, to: number): number {
  return to > from ? Math.min(1, Math.max(0, (at - from) / (to - from))) : 0;
}

export function timeSlider(time: NonNullable<MapConfig["time"]>, onTime: (at: string | null) => void): HTMLElement {
  let [from, to] = [Date.parse(time.from), Date.parse(time.to)];
  const box = document.createElement("section");
  box.className = "slider";
  box.setAttribute("aria-label", t("时间"));
  const follow = document.createElement("button");
  follow.type = "button";
  follow.className = "button small";
  follow.textContent = t("现在");
  follow.ariaPressed = "true";
  const track = document.createElement("div");
  track.className = "track";
  const range = document.createElement("input");
  range.type = "range";
  range.min = String(from);
  range.max = String(to);
  range.step = "60000";
  range.ariaLabel = t("时间");
  const shown = document.createElement("time");
  const nowMark = document.createElement("i");
  nowMark.className = "now";
  let following = true;
  let wait = 0;

  const place = (at: number): void => {
    range.value = String(Math.min(to, Math.max(from, at)));
    shown.textContent = `${dateText(at).slice(5)} ${clockText(at, false)}`;
    range.setAttribute("aria-valuetext", shown.textContent);
  };
  const tellLater = (at: string | null): void => {
    clearTimeout(wait);
    wait = window.setTimeout(() => onTime(at), 200);
  };
  const setFollowing = (on: boolean): void => {
    following = on;
    follow.ariaPressed = String(on);
    box.toggleAttribute("data-past", !on);
  };
  range.addEventListener("input", () => {
    setFollowing(false);
    place(Number(range.value));
    tellLater(new Date(Number(range.value)).toISOString());
  });
  follow.addEventListener("click", () => {
    setFollowing(true);
    place(worldNow());
    tellLater(null);
  });
  for (const event of time.events) {
    const at = Date.parse(event.at);
    if (at < from || at > to) continue;
    const mark = document.createElement("button");
    mark.type = "button";
    mark.className = "event";
    mark.style.insetInlineStart = `${share(at, from, to) * 100}%`;
    mark.title = `${clockText(at, false)} ${event.label}`;
    mark.ariaLabel = mark.title;
    mark.addEventListener("click", () => {
      setFollowing(false);
      place(at);
      tellLater(event.at);
    });
    track.append(mark);
  }
  track.append(nowMark, range);
  box.append(follow, track, shown);
  const length = to - from;
  const tick = (): void => {
    const now = worldNow();
    // Time goes on: the scale moves along, so that "now" stays at its right end (marks of events are few and keep their hour).
    if (now > to && time.events.length === 0) {
      to = now;
      from = now - length;
      [range.min, range.max] = [String(from), String(to)];
    }
    nowMark.style.insetInlineStart = `${share(now, from, to) * 100}%`;
    if (following) place(now);
  };
  tick();
  window.setInterval(tick, 1000);
  return box;
}
