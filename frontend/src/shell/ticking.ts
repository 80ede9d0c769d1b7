/** Keeps every clock of the page ticking on the world's time: deadlines, counts up, ages, the clock in the head. */
import { age, clockText, countdown, dateText, occurrence, span } from "../timetext";
import { t } from "../i18n";
import { onReading, reading, readPageClock, untilNextTick, worldNow } from "../worldclock";

function put(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

function tickDeadline(element: HTMLElement, now: number): void {
  const due = Date.parse(element.dataset.due ?? "");
  if (Number.isNaN(due)) return;
  const shown = countdown(due - now);
  put(element.querySelector(".word"), shown.word);
  put(element.querySelector(".left"), shown.left);
  if (element.dataset.phase !== shown.phase) {
    element.dataset.phase = shown.phase;
    const row = element.closest<HTMLElement>("[data-row]");
    if (row && shown.phase === "late" && row.dataset.phase !== "late") {
      row.dataset.phase = "late";
      row.dispatchEvent(new CustomEvent("anlan:late", { bubbles: true }));
    }
  }
  const left = element.querySelector("time");
  if (left && !left.dateTime) left.dateTime = element.dataset.due ?? "";
}

/** Bring every clock under `root` up to date at once. */
export function tick(root: ParentNode = document): void {
  const now = worldNow();
  root.querySelectorAll<HTMLElement>("[data-world-clock]").forEach((head) => {
    put(head.querySelector("[data-part=date]"), dateText(now));
    put(head.querySelector("[data-part=time]"), clockText(now));
  });
  root.querySelectorAll("[data-world-time]").forEach((element) => put(element, `${dateText(now)} ${clockText(now)}`));
  const rate = reading().rate;
  root.querySelectorAll("[data-world-rate]").forEach((element) => put(element, rate > 0 ? `${rate}×` : t("已暂停")));
  root.querySelectorAll<HTMLElement>("[data-due]").forEach((element) => tickDeadline(element, now));
  root.querySelectorAll<HTMLElement>("[data-since]").forEach((element) => {
    const since = Date.parse(element.dataset.since ?? "");
    if (!Number.isNaN(since)) put(element.querySelector(".left") ?? element, span(now - since));
  });
  root.querySelectorAll<HTMLElement>("[data-time]").forEach((element) => {
    const at = Date.parse(element.dataset.time ?? "");
    if (Number.isNaN(at)) return;
    put(element, occurrence(at, now));
    element.title = `${dateText(at)} ${clockText(at)}`;
  });
  root.querySelectorAll<HTMLElement>("[data-age]").forEach((element) => {
    const at = Date.parse(element.dataset.age ?? "");
    if (Number.isNaN(at)) return;
    put(element, age(now - at));
    element.title = `${dateText(at)} ${clockText(at)}`;
    element.classList.toggle("old", now - at > Number(element.dataset.stale ?? "900") * 1000);
  });
}

export function startTicking(): void {
  const head = document.querySelector<HTMLElement>("[data-world-clock]");
  if (head) readPageClock(head);
  let timer = 0;
  const beat = (): void => {
    tick();
    // At 600× a second lasts 1.7 ms: ten times a wall second is enough for the eye.
    timer = window.setTimeout(beat, Math.max(100, untilNextTick(reading(), Date.now())));
  };
  onReading(() => {
    clearTimeout(timer);
    beat();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      clearTimeout(timer);
      beat();
    }
  });
  beat();
}
