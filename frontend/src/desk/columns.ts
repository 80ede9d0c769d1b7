/** Between the columns of the desk by arrow keys, an incident into the hand without leaving the page. */
import htmx from "htmx.org";
import { choose } from "../shell/keyboard";

const COLUMNS = ["desk-in", "desk-due", "desk-hand"];

const column = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[aria-labelledby="${id}"]`);

function here(): number {
  const focus = document.activeElement;
  const inside = COLUMNS.findIndex((id) => focus && focus !== document.body && column(id)?.contains(focus));
  if (inside >= 0) return inside;
  const current = COLUMNS.findIndex((id) => column(id)?.querySelector("[data-row][aria-current]"));
  return current < 0 ? 1 : current;
}

/** Go one column to the left or right: to its current or first row, else to its first control. */
export function acrossColumns(step: 1 | -1): void {
  const target = column(COLUMNS[Math.max(0, Math.min(COLUMNS.length - 1, here() + step))] ?? "");
  if (!target) return;
  (document.activeElement as HTMLElement | null)?.blur();
  const row = target.querySelector<HTMLElement>("[data-list] [data-row]:not([data-gone])");
  if (row) choose(row);
  else target.querySelector<HTMLElement>("[data-actions] :is(button, a[href]), textarea")?.focus();
}

/** Show an incident in the right column. The server remembers it for this person. */
export function takeInHand(incident: string): void {
  const hand = document.getElementById("desk-at-hand");
  const url = hand?.getAttribute("hx-get");
  if (!hand || !url || !incident) return;
  void htmx.ajax("get", `${url}?incident=${encodeURIComponent(incident)}`, { target: "#desk-at-hand", swap: "morph:outerHTML" } as never);
}

/** The incident of the current row, when it has one. */
export const incidentOfRow = (): string => document.querySelector<HTMLElement>("[data-row][aria-current][data-matter]")?.dataset.matter ?? "";

/** The next or last one of the open incidents. */
export function nextIncident(step: 1 | -1): void {
  const link = document.querySelector<HTMLElement>(`#desk-at-hand [data-hand-step="${step}"]`);
  takeInHand(link?.dataset.matter ?? "");
}
