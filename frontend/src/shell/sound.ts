/** Sound for what needs a person now, and only for that. Mute expires by itself. */
import { t } from "../i18n";
import { clockText } from "../timetext";

/** An exercise is muted for itself: reality is heard all the same. */
const drill = (): boolean => typeof document !== "undefined" && document.querySelector(".frame > .band") !== null;
const key = (): string => (drill() ? "anlan.muted-until.exercise" : "anlan.muted-until");
let audio: AudioContext | null = null;
let last = 0;

export function mutedUntil(): number {
  return Number(localStorage.getItem(key()) ?? "0");
}

export function mute(minutes: number): void {
  localStorage.setItem(key(), String(minutes > 0 ? Date.now() + minutes * 60_000 : 0));
}

function tone(context: AudioContext, at: number, frequency: number): void {
  const [source, gain] = [context.createOscillator(), context.createGain()];
  source.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.18, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.32);
  source.connect(gain).connect(context.destination);
  source.start(at);
  source.stop(at + 0.34);
}

/** Whether the browser lets this page sound: not before the person has touched it once. */
export function canSound(): boolean {
  return audio !== null && audio.state === "running";
}

/** Two rising tones, in an exercise two falling lower ones; at most every four seconds, never while muted. Returns whether it sounded. */
export function alarm(force = false): boolean {
  const now = Date.now();
  if (!force && (now < mutedUntil() || now - last < 4000)) return false;
  last = now;
  audio ??= new AudioContext();
  void audio.resume();
  const [first, second] = drill() ? [520, 390] : [660, 880];
  tone(audio, audio.currentTime, first);
  tone(audio, audio.currentTime + 0.22, second);
  document.dispatchEvent(new CustomEvent("anlan:sounded", { detail: { exercise: drill() } }));
  return true;
}

export function startSound(): void {
  // Browsers allow sound only after the person has touched the page once.
  const wake = (): void => void (audio ??= new AudioContext()).resume().then(() => document.dispatchEvent(new CustomEvent("anlan:audible")));
  document.addEventListener("pointerdown", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });
  const box = document.querySelector<HTMLElement>("[data-mute]");
  if (!box) return;
  const show = (): void => {
    const until = mutedUntil();
    const muted = until > Date.now();
    const state = document.querySelector("[data-mute-state]");
    if (state) state.textContent = muted ? t("静音到 {time}，到时自动恢复。", { time: clockText(until, false) }) : t("只在需要人立即处理时响；静音到时自动恢复。");
  };
  box.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("button");
    if (button?.hasAttribute("data-try")) alarm(true);
    else if (button?.dataset.minutes) mute(Number(button.dataset.minutes));
    show();
  });
  show();
  window.setInterval(show, 30_000);
}
