/** Ctrl-K: people, places, events, plans; and every page. The list is asked from the server as one types. */
import { language, t } from "../i18n";
import { chooseTheme } from "./preferences";
import { askPlatform } from "./world";

export interface Found { label: string; kind?: string; detail?: string; url?: string; run?: () => void }

/** Pages and commands that fit the words; all of them when nothing is typed. */
export function narrowed(all: Found[], words: string): Found[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((f) => wanted.every((w) => `${f.label} ${f.detail ?? ""} ${f.kind ?? ""}`.toLowerCase().includes(w)));
}

function ownEntries(): Found[] {
  const pages = [...document.querySelectorAll<HTMLAnchorElement>(".rail ul > li > a, .rail .flyout a")].map((a) => ({
    label: a.dataset.label ?? a.title ?? a.textContent?.trim() ?? "", kind: t("页面"), url: a.href,
  }));
  return [
    ...pages,
    { label: t("夜间显示"), kind: t("设置"), run: () => chooseTheme("night") },
    { label: t("日间显示"), kind: t("设置"), run: () => chooseTheme("light") },
  ];
}

export function startPalette(): void {
  let dialog: HTMLDialogElement | null = null;
  let found: Found[] = [];
  let at = 0;
  let asked: AbortController | null = null;
  let wait = 0;

  const input = (): HTMLInputElement => dialog?.querySelector("input") as HTMLInputElement;

  const draw = (note = ""): void => {
    const list = dialog?.querySelector("[role=listbox]");
    if (!list) return;
    list.replaceChildren(...found.map((item, i) => {
      const option = document.createElement("div");
      option.role = "option";
      option.id = `palette-${i}`;
      option.ariaSelected = String(i === at);
      for (const [name, text] of [["kind", item.kind], ["label", item.label], ["detail", item.detail]] as const) {
        const span = document.createElement("span");
        span.className = name;
        span.textContent = text ?? "";
        option.append(span);
      }
      option.addEventListener("click", () => go(item));
      option.addEventListener("pointermove", () => {
        if (at !== i) {
          at = i;
          list.querySelectorAll("[role=option]").forEach((o, k) => (o.ariaSelected = String(k === at)));
        }
      });
      return option;
    }));
    if (found.length === 0) {
      const empty = document.createElement("p");
      empty.className = "empty";
      empty.textContent = note || t("没有找到。可换一个说法，或用地名、单位名、电话查找。");
      list.append(empty);
    }
    input().setAttribute("aria-activedescendant", found.length ? `palette-${at}` : "");
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  };

  const go = (item: Found | undefined): void => {
    if (!item) return;
    dialog?.close();
    if (item.run) item.run();
    else if (item.url) location.assign(item.url);
  };

  const ask = (): void => {
    const words = input().value.trim();
    at = 0;
    found = narrowed(ownEntries(), words);
    draw(words ? t("正在查找…") : "");
    clearTimeout(wait);
    asked?.abort();
    if (!words) return;
    wait = window.setTimeout(() => {
      asked = new AbortController();
      const url = new URL(document.body.dataset.searchUrl ?? "/search/", location.href);
      url.searchParams.set("q", words);
      askPlatform(url, { headers: { Accept: "application/json", "Accept-Language": language() }, signal: asked.signal })
        .then(async (response) => {
          if (!response.ok) throw new Error(String(response.status));
          const answer = (await response.json()) as { results: Found[] };
          found = [...answer.results, ...narrowed(ownEntries(), words)];
          draw();
        })
        .catch((error: Error) => error.name !== "AbortError" && draw(t("查找没有答复，请稍后再试")));
    }, 140);
  };

  const open = (): void => {
    if (dialog?.open) return;
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "palette";
      dialog.setAttribute("aria-label", t("搜索"));
      dialog.innerHTML = '<div><input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" autocomplete="off" spellcheck="false"><div role="listbox" id="palette-list"></div><div class="foot"></div></div>';
      input().placeholder = t("搜索人、地、事、预案");
      input().setAttribute("aria-label", t("搜索人、地、事、预案"));
      (dialog.querySelector(".foot") as HTMLElement).textContent = t("↑↓ 选择　Enter 打开　Esc 关闭");
      document.body.append(dialog);
      input().addEventListener("input", ask);
      dialog.addEventListener("keydown", (event) => {
        if (event.isComposing) return;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          at = found.length ? (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length : 0;
          draw();
        } else if (event.key === "Enter") {
          event.preventDefault();
          go(found[at]);
        }
      });
    }
    dialog.showModal();
    input().value = "";
    ask();
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => (event.target as Element).closest("[data-palette]") && open());
}
