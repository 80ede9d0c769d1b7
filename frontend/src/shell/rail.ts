/** The rail: a stage's pages stand beside it. Cursor and focus open them by style; here are arrows, Esc and the finger. */

const narrow = (): boolean => matchMedia("(max-width: 720px)").matches;

/** The link `step` away within a list of links; stops at both ends. */
export function beside<T>(all: readonly T[], at: T, step: 1 | -1): T | undefined {
  const index = all.indexOf(at);
  return index < 0 ? undefined : all[Math.max(0, Math.min(all.length - 1, index + step))];
}

/** How far a list that begins at `top` moves up so that all of it stands in the window; never beyond the window's upper edge. */
export function lift(top: number, height: number, room: number): number {
  return Math.min(top, Math.max(0, top + height - room));
}

/** A list that would reach below the window moves up. */
function fit(item: HTMLElement): void {
  const pages = item.querySelector<HTMLElement>(":scope > .flyout");
  if (!pages || narrow()) return;
  pages.style.top = "0";
  const { top, height } = pages.getBoundingClientRect();
  pages.style.top = `${-lift(top, height, innerHeight)}px`;
}

export function startRail(): void {
  const rail = document.querySelector<HTMLElement>(".rail");
  if (!rail) return;
  const stages = [...rail.querySelectorAll<HTMLAnchorElement>("ul > li > a")];
  const fold = (): void => rail.querySelectorAll("li[data-unfolded]").forEach((li) => li.removeAttribute("data-unfolded"));
  rail.querySelectorAll<HTMLElement>("ul > li").forEach((item) => {
    item.addEventListener("pointerenter", () => fit(item));
    item.addEventListener("focusin", () => fit(item));
  });
  for (const name of ["pointerleave", "focusin"]) rail.addEventListener(name, () => rail.removeAttribute("data-shut"));
  rail.addEventListener("click", (event) => {
    const stage = stages.find((a) => a.contains(event.target as Node));
    const item = stage?.parentElement;
    // On a phone there is no hovering: the first tap shows the stage's pages, and a tap on one of them goes there.
    if (!narrow() || !item?.querySelector(".flyout")) return;
    event.preventDefault();
    const was = item.hasAttribute("data-unfolded");
    fold();
    item.toggleAttribute("data-unfolded", !was);
  });
  document.addEventListener("click", (event) => {
    if (!rail.contains(event.target as Node)) fold();
  });
  rail.addEventListener("keydown", (event) => {
    const link = (event.target as Element).closest("a");
    if (!link) return;
    const item = link.closest("li");
    const pages = [...(item?.querySelectorAll<HTMLAnchorElement>(".flyout a") ?? [])];
    const inside = pages.includes(link);
    const next: Record<string, HTMLElement | undefined> = {
      ArrowDown: beside(inside ? pages : stages, link, 1), ArrowUp: beside(inside ? pages : stages, link, -1),
      ArrowRight: inside ? undefined : (pages.find((p) => p.hasAttribute("aria-current")) ?? pages[0]),
      ArrowLeft: inside ? (item?.querySelector("a") ?? undefined) : undefined,
      Escape: inside ? (item?.querySelector("a") ?? undefined) : undefined,
    };
    if (event.key === "Escape") rail.toggleAttribute("data-shut", true);
    const to = next[event.key];
    if (!to) return;
    event.preventDefault();
    to.focus();
    if (event.key === "Escape") rail.toggleAttribute("data-shut", true);
  });
}
