/**
 * Lists that a person works in stand still (`data-steady`): while the pointer or the keyboard is in one, what is new waits at the edge
 * with a count, what is done stays where it stood until the person looks elsewhere, and only the words of the rows change.
 */
import { t } from "../i18n";

/** A pointer that has not moved and a keyboard that was not touched for so long (ms) hold nothing back. */
export const PATIENCE = 60_000;
/** Rows reached by J and K hold the list for so long after the last key. */
export const WALKING = 20_000;

let moved = 0;
let keyed = 0;
/** Regions whose next answer is taken in whole: somebody asked for it. */
const asked = new WeakSet<Element>();
/** Regions with something that waits. */
const holding = new Set<string>();

/** Whether somebody works in the region now. */
export function held(region: Element, now = Date.now()): boolean {
  if (region.matches(":hover") && now - moved < PATIENCE) return true;
  const focus = document.activeElement;
  if (focus && focus !== document.body && region.contains(focus) && now - Math.max(keyed, moved) < PATIENCE) return true;
  return region.querySelector("[data-row][aria-current]") !== null && now - keyed < WALKING;
}

const rowsOf = (root: Element): HTMLElement[] => [...root.querySelectorAll<HTMLElement>("[data-row][id]")].filter((row) => !row.parentElement?.closest("[data-row]"));

/** Put out of use what is over: it keeps its place and says so. */
function gone(row: HTMLElement): HTMLElement {
  const copy = row.cloneNode(true) as HTMLElement;
  copy.setAttribute("data-gone", "");
  copy.removeAttribute("data-phase");
  copy.removeAttribute("data-presses");
  copy.querySelectorAll("form, [data-main], .clock, details, .push").forEach((part) => part.remove());
  if (!copy.querySelector(".over")) {
    const word = document.createElement("span");
    word.className = "over";
    word.textContent = t("已办");
    copy.append(word);
  }
  return copy;
}

/**
 * Rewrite `fresh` so that its rows stand as they stand in `old`: in the old order, those that are over kept in place, new ones left out.
 * Returns how many are left out, and what the most urgent of them says.
 */
export function settle(old: Element, fresh: Element): { waiting: number; first: string } {
  const list = fresh.querySelector("[data-list]");
  const before = rowsOf(old);
  if (!list || before.length === 0) return { waiting: 0, first: "" };
  const now = new Map(rowsOf(fresh).map((row) => [row.id, row]));
  const kept = before.map((row) => now.get(row.id) ?? gone(row));
  const known = new Set(before.map((row) => row.id));
  const left = [...now.values()].filter((row) => !known.has(row.id));
  const rest = [...list.children].filter((child) => !child.matches("[data-row][id]"));
  list.replaceChildren(...kept, ...rest);
  return { waiting: left.length, first: left[0]?.querySelector(".what")?.textContent?.trim() ?? "" };
}

/** Say at the region's edge that something waits there. */
function say(region: Element, waiting: number, first: string): void {
  const edge = document.querySelector<HTMLElement>(`[data-arrivals="${CSS.escape(region.id)}"]`);
  if (!edge) return;
  edge.hidden = waiting === 0;
  edge.title = first;
  const text = t("新到 {n} 件", { n: waiting });
  const box = edge.querySelector("span") ?? edge;
  if (box.textContent !== text) box.textContent = text;
}

/** Called with every answer for a steady region before it comes in. */
export function keepSteady(region: Element, fresh: Element): void {
  const free = asked.has(region) || !held(region);
  asked.delete(region);
  if (free) {
    holding.delete(region.id);
    say(region, 0, "");
    return;
  }
  const { waiting, first } = settle(region, fresh);
  holding.add(region.id);
  say(region, waiting, first);
}

/** Take in what waits at the edge of a region. */
export function takeIn(id: string): void {
  const region = document.getElementById(id);
  if (!region) return;
  asked.add(region);
  region.dispatchEvent(new CustomEvent("live", { bubbles: false }));
}

/** Take in whatever waits anywhere on the page; returns whether something did. */
export function takeAllIn(): boolean {
  const ids = [...holding];
  ids.forEach(takeIn);
  return ids.length > 0;
}

export function startSteady(): void {
  document.addEventListener("pointermove", () => (moved = Date.now()), { passive: true });
  document.addEventListener("keydown", () => (keyed = Date.now()), { passive: true, capture: true });
  document.addEventListener("click", (event) => {
    const edge = (event.target as Element).closest<HTMLElement>("[data-arrivals]");
    if (edge) takeIn(edge.dataset.arrivals ?? "");
  });
  // Nobody works in it any more: what waited comes in by itself.
  window.setInterval(() => {
    for (const id of [...holding]) {
      const region = document.getElementById(id);
      if (!region) holding.delete(id);
      else if (!held(region)) takeIn(id);
    }
  }, 1000);
}
