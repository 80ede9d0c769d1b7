/** The player on the time slider: one step an hour through the last day; it waits for a frame rather than run ahead of it. */
import { t } from "../i18n";

export const SPEEDS: { label: string; ms: number }[] = [
  { label: "慢", ms: 2000 }, { label: "正常", ms: 1000 }, { label: "快", ms: 400 },
];

/** The instants that are played: whole steps, oldest first, the last at or before `end` (ms). */
export function stepsOf(end: number, stepS: number, hours: number): number[] {
  const step = stepS * 1000;
  const last = Math.floor(end / step) * step;
  const count = Math.max(1, Math.round((hours * 3600) / stepS));
  return Array.from({ length: count }, (_, i) => last - (count - 1 - i) * step);
}

/** The neighbour of `at` among the steps; stays at the ends. */
export function neighbour(steps: readonly number[], at: number, by: 1 | -1): number {
  const found = by > 0 ? steps.find((s) => s > at) : [...steps].reverse().find((s) => s < at);
  return found ?? (by > 0 ? (steps.at(-1) ?? at) : (steps[0] ?? at));
}

export interface Played {
  stepS: number;
  hours: number;
  /** The world's clock now (ms). */
  now: () => number;
  /** The instant shown now (ms). */
  at: () => number;
  /** Show an instant; resolves when it is on the map. */
  go: (at: number, playing: boolean) => Promise<void>;
  ahead: (at: number) => void;
  choices: { value: string; label: string }[];
  choose: (value: string) => void;
}

export interface Player {
  element: HTMLElement;
  readonly playing: boolean;
  play: () => void;
  pause: () => void;
  step: (by: 1 | -1) => void;
}

export function player(played: Played): Player {
  const box = document.createElement("div");
  box.className = "player";
  const button = (label: string, glyph: string, press: () => void): HTMLButtonElement => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button small";
    made.textContent = glyph;
    made.ariaLabel = label;
    made.title = label;
    made.addEventListener("click", press);
    return made;
  };
  const select = (label: string, options: { value: string; label: string }[], change: (value: string) => void): HTMLSelectElement => {
    const made = document.createElement("select");
    made.ariaLabel = label;
    made.append(...options.map((o) => Object.assign(document.createElement("option"), { value: o.value, textContent: o.label })));
    made.addEventListener("change", () => change(made.value));
    return made;
  };
  let playing = false;
  let pace = 1000;
  let waiting = 0;
  const set = (on: boolean): void => {
    playing = on;
    clearTimeout(waiting);
    start.textContent = on ? "❚❚" : "▶";
    start.ariaLabel = on ? t("暂停") : t("播放最近 {n} 小时", { n: played.hours });
    start.title = start.ariaLabel;
    box.toggleAttribute("data-playing", on);
  };
  const steps = (): number[] => stepsOf(played.now(), played.stepS, played.hours);
  const turn = async (at: number): Promise<void> => {
    const began = performance.now();
    const all = steps();
    const next = neighbour(all, at, 1);
    if (next > at) played.ahead(next);
    await played.go(at, true);
    if (!playing) return;
    if (next <= at) return pause();
    // The pause between two frames counts from the beginning of this one: a slow answer does not add to it.
    waiting = window.setTimeout(() => void turn(next), Math.max(60, pace - (performance.now() - began)));
  };
  const play = (): void => {
    const all = steps();
    const at = played.at();
    const fresh = at >= (all.at(-1) ?? 0) || at < (all[0] ?? 0);
    set(true);
    void turn(fresh ? (all[0] ?? at) : neighbour(all, at, 1));
  };
  const pause = (): void => {
    const was = playing;
    set(false);
    if (was) void played.go(played.at(), false);
  };
  const step = (by: 1 | -1): void => {
    if (playing) set(false);
    void played.go(neighbour(steps(), played.at(), by), false);
  };
  const start = button("", "▶", () => (playing ? pause() : play()));
  start.classList.add("play");
  const windows = select(t("累计时段"), played.choices, played.choose);
  const speed = select(t("播放速度"), SPEEDS.map((s) => ({ value: String(s.ms), label: t(s.label) })), (value) => (pace = Number(value)));
  speed.value = "1000";
  box.append(button(t("退一小时"), "◀◀", () => step(-1)), start, button(t("进一小时"), "▶▶", () => step(1)), windows, speed);
  set(false);
  return { element: box, get playing() { return playing; }, play, pause, step };
}
