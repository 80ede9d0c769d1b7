/** What on the desk needs a person now is heard once when it comes and once more when it is late; never what the person has just done. */
import { alarm } from "../shell/sound";

const KEY = "anlan.desk-heard";
/** Rows that come with the answer to one's own act do not ring. */
const OWN = 4_000;
const MOST = 600;

const heard = new Set<string>(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as string[]);
let acted = 0;

/** Which of these rows have not been heard yet; they count as heard from now on. `sign`: what was heard of the row, "late" or "new". */
export function unheard(ids: string[], sign: string): string[] {
  const fresh = ids.map((id) => `${sign}:${id}`).filter((key) => !heard.has(key));
  fresh.forEach((key) => heard.add(key));
  if (fresh.length) sessionStorage.setItem(KEY, JSON.stringify([...heard].slice(-MOST)));
  return fresh;
}

/** Look over the rows that a region has (or that wait for it) and ring for what presses. */
function listenTo(root: ParentNode, silent: boolean): void {
  const ids = (selector: string): string[] => [...root.querySelectorAll<HTMLElement>(selector)].map((row) => row.id);
  const fresh = [...unheard(ids("[data-row][data-presses]"), "new"), ...unheard(ids("[data-row][data-phase=late]"), "late")];
  if (fresh.length && !silent && Date.now() - acted > OWN) alarm();
}

export function startEar(desk: HTMLElement): void {
  // What is there when the page opens is seen; only what comes afterwards is heard.
  listenTo(desk, true);
  document.addEventListener("anlan:done", () => (acted = Date.now()));
  document.addEventListener("anlan:answer", (event) => listenTo((event as CustomEvent<ParentNode>).detail, false));
  document.addEventListener("anlan:late", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-row]");
    if (row && desk.contains(row) && unheard([row.id], "late").length) alarm();
  });
}
