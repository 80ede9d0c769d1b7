/** Time at the bottom: past, now, plan; with the events on it. At the right end it follows the world's clock. */
import { t } from "../i18n";
import { clockText, dateText } from "../timetext";
import { worldNow } from "../worldclock";
import type { MapConfig, TimeMark } from "./config";

/** Where `at` lies between `from` and `to`, 0 to 1. */
export function share(at: number, from: number, to: number): number {
  return to > from ? Math.min(1, Math.max(0, (at - from) / (to - from))) : 0;
}

/** Marks nearer than this share of the scale are one mark with their number. */
const NEAR = 0.012;
const MOST_LINES = 6;

/** The events between the ends, in order, those that would cover each other together. */
export function together(events: TimeMark[], from: number, to: number): TimeMark[][] {
  const known = events.filter((e) => Date.parse(e.at) >= from && Date.parse(e.at) <= to).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const groups: TimeMark[][] = [];
  for (const event of known) {
    const last = groups.at(-1);
    if (last?.[0] && share(Date.parse(event.at), from, to) - share(Date.parse(last[0].at), from, to) < NEAR) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

export interface Slider {
  element: HTMLElement;
  /** Other events than before: one has come, or its level has changed. */
  mark: (events: TimeMark[]) => void;
  /** Move to an instant (ms) without telling; null follows the world's clock again. */
  place: (at: number | null) => void;
  /** The instant shown (ms). */
  at: () => number;
}

export function timeSlider(time: NonNullable<MapConfig["time"]>, onTime: (at: string | null) => void): Slider {
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
  /** The instant shown. The range itself rounds to its own minutes, which need not begin with the hour. */
  let chosen = to;

  const place = (at: number): void => {
    chosen = at;
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
  const marks = document.createElement("div");
  marks.className = "marks";
  const tip = document.createElement("output");
  tip.className = "marktip";
  tip.hidden = true;
  let events = time.events;
  const drawMarks = (): void => {
    tip.hidden = true;
    marks.replaceChildren(...together(events, from, to).map((group) => {
      const first = group[0] as TimeMark;
      const at = Date.parse(first.at);
      const mark = document.createElement("button");
      mark.type = "button";
      mark.className = "event";
      mark.dataset.kind = first.kind ?? "";
      mark.style.insetInlineStart = `${share(at, from, to) * 100}%`;
      if (group.length > 1) mark.textContent = String(group.length);
      const lines = group.slice(0, MOST_LINES).map((e) => `${dateText(Date.parse(e.at)).slice(5)} ${clockText(Date.parse(e.at), false)} ${e.label}`);
      if (group.length > MOST_LINES) lines.push(t("另有 {n} 件", { n: group.length - MOST_LINES }));
      mark.ariaLabel = lines.join("；");
      const tell = (): void => {
        tip.textContent = lines.join("\n");
        tip.dataset.side = share(at, from, to) > 0.5 ? "end" : "start";
        tip.style.setProperty("--at", `${share(at, from, to) * 100}%`);
        tip.hidden = false;
      };
      mark.addEventListener("pointerenter", tell);
      mark.addEventListener("focus", tell);
      mark.addEventListener("pointerleave", () => (tip.hidden = true));
      mark.addEventListener("blur", () => (tip.hidden = true));
      mark.addEventListener("click", () => {
        setFollowing(false);
        place(at);
        tellLater(first.at);
        tell();
      });
      return mark;
    }));
  };
  track.append(marks, tip);
  track.append(nowMark, range);
  box.append(follow, track, shown);
  const length = to - from;
  let drift = 0;
  const tick = (): void => {
    const now = worldNow();
    // Time goes on: the scale and the marks on it move along, so that "now" stays at its right end.
    if (now > to) {
      const moved = share(now - to, 0, length) * box.clientWidth;
      drift += moved;
      to = now;
      from = now - length;
      [range.min, range.max] = [String(from), String(to)];
      if (drift >= 2) {
        drift = 0;
        drawMarks();
      }
    }
    nowMark.style.insetInlineStart = `${share(now, from, to) * 100}%`;
    if (following) place(now);
  };
  drawMarks();
  tick();
  window.setInterval(tick, 1000);
  return {
    element: box,
    mark: (now) => {
      events = now;
      drawMarks();
    },
    place: (at) => {
      clearTimeout(wait);
      setFollowing(at === null);
      place(at ?? worldNow());
    },
    at: () => (following ? worldNow() : chosen),
  };
}
