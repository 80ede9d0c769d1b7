/** The roster's grid: move with the arrows, type a name, drag one; every change is kept at once and shows what it breaks. */
import { csrf } from "../shell/forms";
import { toast } from "../shell/toasts";
import { askPlatform } from "../shell/world";
import { t } from "../i18n";
import { worldNow } from "../worldclock";

interface CellState { person: string; name: string; faults: string[]; hard: boolean; required: boolean }
interface Person { key: string; shifts: number; hours: number; off: number }
interface Answer { cells: Record<string, CellState>; hard: number; soft: number; said: string; people: Person[]; message?: string; mend?: string }

/** What changes when what stands in `from` is dropped on `to`: copied, or exchanged with what stood there. */
export function dropped(from: { key: string; person: string }, to: { key: string; person: string }, copy: boolean): Record<string, string> {
  if (from.key === to.key) return {};
  return copy || !from.key ? { [to.key]: from.person } : { [to.key]: from.person, [from.key]: to.person };
}

function grid(root: HTMLElement): void {
  const url = root.dataset.url ?? "";
  const cells = [...root.querySelectorAll<HTMLTableCellElement>("td[data-cell]")];
  const undoButton = root.querySelector<HTMLButtonElement>("[data-undo]");
  const done: Record<string, string>[] = [];
  let chain: Promise<void> = Promise.resolve();

  const draw = (answer: Answer): void => {
    for (const cell of cells) {
      const now = answer.cells[cell.dataset.cell ?? ""];
      if (!now) continue;
      cell.dataset.person = now.person;
      cell.title = now.faults.join("；");
      if (now.faults.length) cell.dataset.faulty = now.hard ? "hard" : "soft";
      else delete cell.dataset.faulty;
      const who = document.createElement("span");
      who.className = "who";
      who.draggable = now.person !== "";
      who.textContent = now.name || (now.required ? t("空缺") : "—");
      const parts: HTMLElement[] = [who];
      if (now.faults.length) {
        const fault = document.createElement("span");
        fault.className = "fault";
        fault.textContent = now.faults.join("；");
        parts.push(fault);
      }
      if (!cell.querySelector("input")) cell.replaceChildren(...parts);
    }
    const said = root.querySelector<HTMLElement>("[data-said]");
    if (said) {
      said.textContent = answer.said;
      said.toggleAttribute("data-trouble", answer.hard > 0);
    }
    for (const person of answer.people) {
      const line = root.querySelector<HTMLElement>(`.dutypeople [data-key="${CSS.escape(person.key)}"] [data-counts]`);
      if (line) line.textContent = `${person.shifts} / ${Math.round(person.hours)} / ${person.off}`;
    }
  };

  const put = (change: Record<string, string>, undoing = false): Promise<void> => {
    if (Object.keys(change).length === 0) return chain;
    const before = Object.fromEntries(Object.keys(change).map((key) => [key, cells.find((c) => c.dataset.cell === key)?.dataset.person ?? ""]));
    chain = chain.then(async () => {
      const response = await askPlatform(url, { method: "POST", body: JSON.stringify({ cells: change }), headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
      const answer = response ? ((await response.json().catch(() => ({}))) as Answer) : null;
      if (!response?.ok || !answer) {
        toast(answer?.message ?? t("没有保存：网络不通"), { trouble: true, ...(answer?.mend ? { mend: answer.mend } : {}) });
        return;
      }
      if (!undoing) done.push(before);
      if (undoButton) undoButton.disabled = done.length === 0;
      draw(answer);
    });
    return chain;
  };

  const undo = (): void => {
    const last = done.pop();
    if (last) void put(last, true);
  };

  /** To the next place that can be worked on in that direction. */
  const move = (cell: HTMLTableCellElement, down: number, right: number): void => {
    const rows = [...root.querySelectorAll<HTMLTableRowElement>(".dutygrid tbody tr")];
    let y = rows.indexOf(cell.closest("tr") as HTMLTableRowElement);
    let x = cell.cellIndex;
    while (down !== 0 || right !== 0) {
      y += down;
      x += right;
      const next = rows[y]?.cells[x];
      if (!next) return;
      if (next.dataset.cell) {
        focus(next as HTMLTableCellElement);
        return;
      }
    }
  };

  const focus = (cell: HTMLTableCellElement): void => {
    cells.forEach((c) => (c.tabIndex = c === cell ? 0 : -1));
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const edit = (cell: HTMLTableCellElement, begun: string): void => {
    const shown = [...cell.childNodes];
    const input = document.createElement("input");
    input.setAttribute("list", "duty-people");
    input.autocomplete = "off";
    input.ariaLabel = t("姓名");
    input.value = begun;
    cell.replaceChildren(input);
    input.focus();
    let over = false;
    const end = (keep: boolean): void => {
      if (over) return;
      over = true;
      const typed = input.value.trim();
      cell.replaceChildren(...shown);
      if (keep && typed) void put({ [cell.dataset.cell ?? ""]: typed });
      focus(cell);
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        end(true);
        move(cell, event.key === "Enter" ? 1 : 0, event.key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
      } else if (event.key === "Escape") {
        end(false);
      }
    });
    input.addEventListener("blur", () => end(true));
  };

  const nextFault = (): void => {
    const faulty = cells.filter((c) => c.dataset.faulty === "hard").concat(cells.filter((c) => c.dataset.faulty === "soft"));
    const at = faulty.indexOf(document.activeElement as HTMLTableCellElement);
    const next = faulty[(at + 1) % faulty.length];
    if (next) focus(next);
  };

  if (cells[0]) cells[0].tabIndex = 0;
  root.addEventListener("keydown", (event) => {
    const cell = (event.target as HTMLElement).closest<HTMLTableCellElement>("td[data-cell]");
    if (!cell || event.isComposing) return;
    const steps: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (step) move(cell, ...step);
    else if (event.key === "Delete" || event.key === "Backspace") void put({ [cell.dataset.cell ?? ""]: "" });
    else if (event.key === "Enter" || event.key === "F2") edit(cell, cell.dataset.person ? (cell.querySelector(".who")?.textContent ?? "") : "");
    else if (event.key === "F8") nextFault();
    // An input method begins with "Process": the field has to be there before its first letter.
    else if (event.key === "Process" || event.key.length === 1) { edit(cell, ""); return; }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.addEventListener("dblclick", (event) => {
    const cell = (event.target as HTMLElement).closest<HTMLTableCellElement>("td[data-cell]");
    if (cell && !cell.querySelector("input")) edit(cell, cell.dataset.person ? (cell.querySelector(".who")?.textContent ?? "") : "");
  });
  root.querySelector("[data-next-fault]")?.addEventListener("click", nextFault);
  undoButton?.addEventListener("click", undo);

  let dragged: { key: string; person: string } | null = null;
  root.addEventListener("dragstart", (event) => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("td[data-cell]");
    const person = target.closest<HTMLElement>(".dutypeople [data-key]");
    dragged = cell ? { key: cell.dataset.cell ?? "", person: cell.dataset.person ?? "" } : person ? { key: "", person: person.dataset.key ?? "" } : null;
    event.dataTransfer?.setData("text/plain", target.textContent ?? "");
  });
  root.addEventListener("dragover", (event) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("td[data-cell]");
    cells.forEach((c) => c.toggleAttribute("data-over", c === cell && dragged !== null));
    if (cell && dragged) event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const cell = (event.target as HTMLElement).closest<HTMLTableCellElement>("td[data-cell]");
    cells.forEach((c) => c.removeAttribute("data-over"));
    if (!cell || !dragged) return;
    event.preventDefault();
    void put(dropped(dragged, { key: cell.dataset.cell ?? "", person: cell.dataset.person ?? "" }, event.ctrlKey || event.metaKey));
    focus(cell);
    dragged = null;
  });
  root.addEventListener("dragend", () => {
    dragged = null;
    cells.forEach((c) => c.removeAttribute("data-over"));
  });
}

/** What one press may tick: matters that have stood on the screen, are not ticked, and are not overdue. One that is overdue is
 * ticked by itself, and one that nobody has seen is not handed over. */
export function tickable<T extends { seen: boolean; told: boolean; late: boolean }>(matters: T[]): T[] {
  return matters.filter((m) => m.seen && !m.told && !m.late);
}

/** Matters are ticked one by one (space ticks and goes on to the next), or all that have been shown at once. */
function handover(form: HTMLFormElement): void {
  const ticks = [...form.querySelectorAll<HTMLInputElement>("input[name=told]")];
  const left = form.querySelector<HTMLElement>("[data-left]");
  const button = form.querySelector<HTMLButtonElement>("[data-tick-seen]");
  const seen = new Set<HTMLInputElement>();
  const rowOf = (tick: HTMLInputElement): HTMLElement => tick.closest("li") as HTMLElement;
  const ready = (): HTMLInputElement[] =>
    tickable(ticks.map((tick) => ({ tick, seen: seen.has(tick), told: tick.checked, late: Date.parse(rowOf(tick).dataset.due ?? "") < worldNow() }))).map((m) => m.tick);
  const count = (): void => {
    if (left) left.textContent = t("未交代 {n}", { n: ticks.filter((tick) => !tick.checked).length });
    if (button) {
      const n = ready().length;
      button.textContent = n ? t("看过的 {n} 项已交代", { n }) : ticks.every((tick) => tick.checked) ? t("都已交代") : t("去看下一项");
      button.disabled = ticks.every((tick) => tick.checked);
    }
  };
  const next = (after: HTMLInputElement | undefined): void => {
    const from = after ? ticks.indexOf(after) + 1 : 0;
    const open = [...ticks.slice(from), ...ticks.slice(0, from)].find((tick) => !tick.checked);
    open?.focus({ preventScroll: true });
    if (open) rowOf(open).scrollIntoView({ block: "center" });
  };
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const tick = ticks.find((one) => rowOf(one) === entry.target);
      if (tick && entry.isIntersecting) seen.add(tick);
    }
    count();
  }, { threshold: 0.9 });
  ticks.forEach((tick) => watch.observe(rowOf(tick)));
  button?.addEventListener("click", () => {
    ready().forEach((tick) => (tick.checked = true));
    count();
    next(undefined);
  });
  form.addEventListener("keydown", (event) => {
    const tick = event.target as HTMLInputElement;
    if (event.key !== " " || tick.name !== "told" || tick.checked) return;
    event.preventDefault();
    tick.checked = true;
    count();
    next(tick);
  });
  form.addEventListener("change", count);
  count();
}

export function mountAll(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-roster][data-edit]:not([data-mounted])").forEach((one) => {
    one.dataset.mounted = "";
    grid(one);
  });
  root.querySelectorAll<HTMLFormElement>("form[data-handover]:not([data-mounted])").forEach((one) => {
    one.dataset.mounted = "";
    handover(one);
  });
}
