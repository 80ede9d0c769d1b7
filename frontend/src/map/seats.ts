/** Seats at the command map 席位: each has its layers; what a person changes there is kept for that person. */
import { t } from "../i18n";
import { csrf } from "../shell/forms";
import { askPlatform } from "../shell/world";
import type { MapSeats } from "./config";

export function seatPicker(seats: MapSeats, panel: HTMLElement, shown: Set<string>, show: (id: string, on: boolean) => void): HTMLElement {
  const pick = document.createElement("select");
  pick.className = "seat";
  pick.ariaLabel = t("席位");
  pick.append(...seats.offered.map((s) => new Option(s.title, s.id, s.id === seats.now, s.id === seats.now)));
  const tell = (body: Record<string, unknown>): void => {
    void askPlatform(seats.url, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() } }).catch(() => undefined);
  };
  const boxes = (): HTMLInputElement[] => [...panel.querySelectorAll<HTMLInputElement>("input[data-layer]")];
  pick.addEventListener("change", () => {
    const on = new Set(seats.offered.find((s) => s.id === pick.value)?.layers ?? []);
    for (const box of boxes()) {
      const id = box.dataset.layer as string;
      if (box.checked === on.has(id)) continue;
      box.checked = on.has(id);
      show(id, box.checked);
    }
    tell({ seat: pick.value });
  });
  panel.addEventListener("anlan:layers", () => {
    const layers = boxes().map((b) => b.dataset.layer as string).filter((id) => shown.has(id));
    const seat = seats.offered.find((s) => s.id === pick.value);
    if (seat) seat.layers = layers;
    tell({ seat: pick.value, layers });
  });
  return pick;
}
