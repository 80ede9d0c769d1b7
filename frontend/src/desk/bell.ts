/** The bell of the desk: whether it would ring, and how long it is still muted. */
import { t } from "../i18n";
import { canSound, mute, mutedUntil } from "../shell/sound";

const MINUTES = 15;

/** Mute for a quarter of an hour, or end that. */
export function toggleMute(): void {
  mute(mutedUntil() > Date.now() ? 0 : MINUTES);
  document.dispatchEvent(new CustomEvent("anlan:audible"));
}

export function startBell(desk: HTMLElement): void {
  const bell = desk.querySelector<HTMLButtonElement>("[data-bell]");
  if (!bell) return;
  const show = (): void => {
    const left = mutedUntil() - Date.now();
    const state = left > 0 ? "muted" : canSound() ? "on" : "asleep";
    const text = left > 0 ? t("静音 剩 {n} 分", { n: Math.ceil(left / 60_000) }) : canSound() ? t("提示音开") : t("按任意键开提示音");
    bell.dataset.state = state;
    bell.setAttribute("aria-pressed", String(state === "muted"));
    if (bell.textContent !== text) bell.textContent = text;
  };
  bell.addEventListener("click", toggleMute);
  document.addEventListener("anlan:audible", show);
  window.setInterval(show, 5_000);
  show();
}
