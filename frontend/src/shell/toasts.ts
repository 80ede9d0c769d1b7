/** Short confirmations and refusals. What went wrong stays until it is put away. */
import { t } from "../i18n";

export function toast(text: string, options: { mend?: string; trouble?: boolean; undo?: () => void } = {}): void {
  const corner = document.getElementById("toasts") ?? document.body;
  const box = document.createElement("div");
  box.className = options.trouble ? "notice trouble" : "notice";
  box.setAttribute("role", options.trouble ? "alert" : "status");
  const sign = document.createElement("span");
  sign.className = "sign";
  sign.ariaHidden = "true";
  sign.textContent = options.trouble ? "!" : "✓";
  const words = document.createElement("div");
  words.append(text);
  if (options.mend) {
    const mend = document.createElement("div");
    mend.className = "mend";
    mend.textContent = options.mend;
    words.append(mend);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button plain small";
  close.setAttribute("data-dismiss", "");
  close.ariaLabel = t("收起");
  close.textContent = "✕";
  box.append(sign, words, close);
  corner.append(box);
  if (!options.trouble) window.setTimeout(() => box.remove(), 6000);
}
