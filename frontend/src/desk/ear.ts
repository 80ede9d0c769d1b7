/** What on the desk needs a person now is heard once when it comes and once more when it is late; never what the person has just done. */
import { alarm } from "../shell/sound";

const KEY = "anlan.desk-heard";
/** For so long (ms) what comes with an incident is the answer to one's own act on it. */
const OWN = 30_000;
const MOST = 600;

interface Heard { id: string; matter: string; signs: string[] }

const heard = new Set<string>(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as string[]);
/** Incidents that the person has just worked on, and until when that counts. */
const own = new Map<string, number>();

/** Of these rows the ones with something that has not been heard yet; all of it counts as heard from now on. */
export function unheard(rows: Heard[]): Heard[] {
  const found = rows.filter((row) => row.signs.map((sign) => `${sign}:${row.id}`).filter((key) => !heard.has(key) && heard.add(key)).length > 0);
  if (found.length) sessionStorage.setItem(KEY, JSON.stringify([...heard].slice(-MOST)));
  return found;
}

const rowsThatPress = (root: ParentNode): Heard[] => [...root.querySelectorAll<HTMLElement>("[data-row]:is([data-presses], [data-phase=late])")]
  .map((row) => ({
    id: row.id, matter: row.dataset.matter ?? "",
    signs: [...(row.hasAttribute("data-presses") ? ["new"] : []), ...(row.dataset.phase === "late" ? ["late"] : [])],
  }));

/** Ring for rows that nobody has heard, unless they came of what the person has done. */
function judge(rows: Heard[]): void {
  // The notice of one's own act may be quicker than its answer.
  if (document.querySelector('form[data-action][aria-busy="true"]')) {
    window.setTimeout(() => judge(rows), 300);
    return;
  }
  const now = Date.now();
  if (unheard(rows).some((row) => !row.matter || (own.get(row.matter) ?? 0) < now)) alarm();
}

function actedOn(detail: { answer?: Record<string, unknown> }): void {
  const hand = document.querySelector<HTMLElement>("#desk-at-hand")?.dataset.matter ?? "";
  const row = document.querySelector<HTMLElement>("[data-row][aria-current]")?.dataset.matter ?? "";
  const made = typeof detail.answer?.incident === "string" ? detail.answer.incident : "";
  for (const matter of made ? [made] : [hand, row]) own.set(matter, Date.now() + OWN);
}

export function startEar(desk: HTMLElement): void {
  // What is there when the page opens is seen; only what comes afterwards is heard.
  unheard(rowsThatPress(desk));
  document.addEventListener("anlan:done", (event) => actedOn((event as CustomEvent<{ answer?: Record<string, unknown> }>).detail));
  document.addEventListener("anlan:answer", (event) => judge(rowsThatPress((event as CustomEvent<ParentNode>).detail)));
  document.addEventListener("anlan:late", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-row]");
    if (row && desk.contains(row)) judge([{ id: row.id, matter: row.dataset.matter ?? "", signs: ["late"] }]);
  });
}
