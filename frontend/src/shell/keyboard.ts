/** Everything by keyboard: lists by J and K, Enter for the obvious next thing, Esc back, ? for the list of keys. */
import { t } from "../i18n";

export interface Key { keys: string; label: string; run: (event: KeyboardEvent) => void; when?: () => boolean }

const registered: Key[] = [];

/** Add a page key; single letters count only outside of fields. */
export function addKey(key: Key): () => void {
  registered.push(key);
  return () => registered.splice(registered.indexOf(key), 1);
}

export function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
}

const lists = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-list]")].filter((l) => l.querySelector("[data-row]"));

/** The list that J and K walk: the one with the current row, else the first. */
function currentList(): HTMLElement | undefined {
  return lists().find((l) => l.querySelector("[data-row][aria-current]")) ?? lists()[0];
}

export function walk(step: 1 | -1): HTMLElement | null {
  const list = currentList();
  if (!list) return null;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.hasAttribute("aria-current") || (!row.hasAttribute("data-gone") && row.checkVisibility()));
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step))];
  if (!row) return null;
  choose(row);
  return row;
}

export function choose(row: HTMLElement): void {
  document.querySelectorAll("[data-row][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  row.dispatchEvent(new CustomEvent("anlan:row", { bubbles: true }));
}

/** Press what is obvious: the current row's main action, else the page's. */
export function mainAction(): HTMLElement | null {
  const row = document.querySelector("[data-row][aria-current]");
  return row?.querySelector<HTMLElement>("[data-main]") ?? row?.querySelector<HTMLElement>("a[href], button") ?? document.querySelector<HTMLElement>("main [data-main]");
}

const shown = (element: HTMLElement): boolean => element.checkVisibility() && !element.closest("dialog");

/** Move the focus to the next button by which the page's record is worked on; round again after the last. */
function nextStep(): void {
  const steps = [...document.querySelectorAll<HTMLElement>("[data-actions] :is(button, a[href])")].filter(shown);
  const at = steps.indexOf(document.activeElement as HTMLElement);
  steps[(at + 1) % steps.length]?.focus();
}

/** What a page gives a letter of its own by data-key: in the current row first, then anywhere. */
function lettered(name: string): HTMLElement | undefined {
  const row = document.querySelector("[data-row][aria-current]");
  const all = [...document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(name)}"]`)].filter(shown);
  return all.find((element) => row?.contains(element)) ?? all.find((element) => !element.closest("[data-row]"));
}

function sheet(): void {
  document.getElementById("keysheet")?.remove();
  const dialog = document.createElement("dialog");
  dialog.id = "keysheet";
  dialog.className = "keysheet";
  const rows = [...document.querySelectorAll<HTMLTemplateElement>("template[data-key-list]")]
    .flatMap((list) => [...list.content.querySelectorAll<HTMLElement>("[data-keys]")])
    .map((item) => ({ keys: item.dataset.keys ?? "", label: item.textContent ?? "" }));
  const letters = [...document.querySelectorAll<HTMLElement>("[data-key]")].filter(shown)
    .map((element) => ({ keys: element.dataset.key ?? "", label: (element.textContent ?? "").trim().replace(/…$/, "") }))
    .filter((one, i, every) => every.findIndex((other) => other.keys === one.keys) === i);
  const all = [...registered.filter((k) => k.label), ...letters, ...rows];
  dialog.innerHTML = '<div class="sheet"><header><h2></h2><button class="button plain" type="button" data-close>✕</button></header><div class="inside"><table><tbody></tbody></table></div></div>';
  (dialog.querySelector("h2") as HTMLElement).textContent = t("键盘操作");
  dialog.querySelector("tbody")?.append(...all.map(({ keys, label }) => {
    const row = document.createElement("tr");
    const [left, right] = [document.createElement("td"), document.createElement("td")];
    keys.split(" ").forEach((k) => {
      const cap = document.createElement("kbd");
      cap.textContent = k;
      left.append(cap, " ");
    });
    right.textContent = label;
    row.append(left, right);
    return row;
  }));
  document.body.append(dialog);
  dialog.showModal();
}

const NAMES: Record<string, string> = { Enter: "Enter", Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→" };

export function startKeyboard(): void {
  const go = (step: 1 | -1) => (): void => void walk(step);
  addKey({ keys: "J", label: t("下一条"), run: go(1) });
  addKey({ keys: "K", label: t("上一条"), run: go(-1) });
  addKey({ keys: "Enter", label: t("办当前一条"), run: () => mainAction()?.click(), when: () => document.querySelector("[data-row][aria-current]") !== null });
  addKey({ keys: "1 2 3", label: t("到第几个列表"), run: (event) => {
    const row = lists()[Number(event.key) - 1]?.querySelector<HTMLElement>("[data-row]");
    if (row) choose(row);
  }, when: () => lists().length > 1 });
  addKey({ keys: "A", label: t("到办理按钮，再按到下一个"), run: nextStep, when: () => document.querySelector("[data-actions] :is(button, a)") !== null });
  addKey({ keys: "/", label: t("在本页查找"), run: () => document.querySelector<HTMLElement>("[data-search-key]")?.focus() });
  addKey({ keys: "?", label: t("看键盘操作"), run: sheet });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && typing(event.target)) {
      (event.target as HTMLElement).blur();
      return;
    }
    if (typing(event.target)) return;
    const onControl = event.target instanceof Element && event.target.matches("a, button, summary, input, [role=option]");
    if (event.key === "Enter" && onControl) return;
    const name = NAMES[event.key] ?? event.key.toUpperCase();
    const key = [...registered].reverse().find((k) => k.keys.split(" ").includes(name) && (k.when?.() ?? true));
    const letter = key ? undefined : lettered(name);
    if (letter) {
      event.preventDefault();
      letter.click();
      return;
    }
    if (!key) return;
    event.preventDefault();
    key.run(event);
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-keys]") && target.closest("button")) {
      target.closest("dialog")?.close();
      sheet();
    }
    const row = target.closest<HTMLElement>("[data-row]");
    if (row?.closest("[data-list]")) choose(row);
  });
}
