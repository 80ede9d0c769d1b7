/** Ledgers: which columns are shown (remembered), which rows are picked, labels when the table folds on a phone. */
import { t } from "../i18n";

function columnsOf(ledger: HTMLElement): HTMLElement[] {
  return [...ledger.querySelectorAll<HTMLElement>("thead th[data-col]")];
}

function offset(ledger: HTMLElement): number {
  return ledger.querySelector("thead th.pick") ? 1 : 0;
}

function hiddenColumns(ledger: HTMLElement): Set<string> {
  const kept = localStorage.getItem(`anlan.columns.${ledger.dataset.ledger}`);
  if (kept !== null) return new Set(kept.split(",").filter(Boolean));
  return new Set(columnsOf(ledger).filter((th) => th.hasAttribute("data-off")).map((th) => th.dataset.col ?? ""));
}

/** Cells of a table that folds on a phone say what they are; the first one is the row's name and speaks for itself. */
export function labelCells(root: ParentNode): void {
  root.querySelectorAll<HTMLTableElement>("table.folds").forEach((table) => {
    const heads = [...table.querySelectorAll<HTMLElement>("thead th")].map((th) => th.textContent?.trim() ?? "");
    for (const row of table.tBodies[0]?.rows ?? []) {
      [...row.cells].forEach((cell, i) => {
        if (i > 0 && heads[i] && cell.dataset.label === undefined) cell.dataset.label = heads[i];
      });
    }
  });
}

/** Hide what is not wanted and label each cell with its column. */
export function dress(ledger: HTMLElement): void {
  const [columns, off, shift] = [columnsOf(ledger), hiddenColumns(ledger), offset(ledger)];
  columns.forEach((th) => (th.hidden = off.has(th.dataset.col ?? "")));
  ledger.querySelectorAll<HTMLTableRowElement>("tbody tr").forEach((row) => {
    columns.forEach((th, i) => {
      const cell = row.cells[i + shift];
      if (!cell) return;
      cell.hidden = th.hidden;
      cell.dataset.label = th.textContent?.trim() ?? "";
    });
  });
  const menu = ledger.querySelector("[data-columns]");
  if (menu && !menu.hasChildNodes()) {
    menu.append(...columns.map((th) => {
      const item = document.createElement("li");
      const label = document.createElement("label");
      label.className = "tick";
      label.style.paddingInline = "var(--s3)";
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !th.hidden;
      box.addEventListener("change", () => {
        const now = hiddenColumns(ledger);
        if (box.checked) now.delete(th.dataset.col ?? "");
        else now.add(th.dataset.col ?? "");
        localStorage.setItem(`anlan.columns.${ledger.dataset.ledger}`, [...now].join(","));
        dress(ledger);
      });
      label.append(box, th.textContent?.trim() ?? "");
      item.append(label);
      return item;
    }));
  }
  picked(ledger);
}

function picked(ledger: HTMLElement): void {
  const boxes = [...ledger.querySelectorAll<HTMLInputElement>("[data-pick]")];
  const n = boxes.filter((b) => b.checked).length;
  boxes.forEach((b) => b.closest("tr")?.setAttribute("aria-selected", String(b.checked)));
  const bar = ledger.querySelector<HTMLElement>("[data-bulk]");
  if (!bar) return;
  bar.hidden = n === 0;
  const words = bar.querySelector("[data-picked]");
  if (words) words.textContent = t("已选 {n} 条", { n });
  const all = ledger.querySelector<HTMLInputElement>("[data-pick-all]");
  if (all) {
    all.checked = n > 0 && n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  }
}

export function startLedgers(): void {
  labelCells(document);
  document.addEventListener("htmx:afterSettle", () => labelCells(document));
  const all = (): void => document.querySelectorAll<HTMLElement>("[data-ledger]").forEach(dress);
  all();
  document.addEventListener("htmx:afterSettle", all);
  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    const ledger = box.closest<HTMLElement>("[data-ledger]");
    if (!ledger) return;
    if (box.matches("[data-pick-all]")) ledger.querySelectorAll<HTMLInputElement>("[data-pick]").forEach((b) => (b.checked = box.checked));
    if (box.matches("[data-pick], [data-pick-all]")) picked(ledger);
  });
  document.addEventListener("click", (event) => {
    const none = (event.target as Element).closest("[data-pick-none]");
    const ledger = none?.closest<HTMLElement>("[data-ledger]");
    if (!ledger) return;
    ledger.querySelectorAll<HTMLInputElement>("[data-pick]").forEach((b) => (b.checked = false));
    picked(ledger);
  });
}
