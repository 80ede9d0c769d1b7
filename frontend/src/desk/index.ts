/** The duty desk: one sentence in, recognised fields out, each to be corrected; then the obvious next thing by Enter. */
import { t } from "../i18n";
import { addKey, choose, typing, walk } from "../shell/keyboard";
import { takeAllIn } from "../shell/steady";
import { aimAtHand } from "./aiming";
import { acrossColumns, incidentOfRow, nextIncident, takeInHand } from "./columns";
import { startEar } from "./ear";
import { csrf } from "../shell/forms";
import { askPlatform } from "../shell/world";
import { startBell, toggleMute } from "./bell";
import { pieces, type Span } from "./marking";

export interface RecognisedField {
  name: string;
  label: string;
  /** null: unknown. Never 0 for unknown. */
  value: string | number | null;
  shown?: string;
  spans?: [number, number][];
  confidence?: number;
  candidates?: { value: string; label: string }[];
}

interface Duplicate { label: string; reason: string; url: string; merge_url?: string }
export interface Parsed { fields: RecognisedField[]; duplicates?: Duplicate[]; needed?: string[] }

function intake(form: HTMLFormElement): void {
  const text = form.querySelector<HTMLTextAreaElement>("textarea[name=text]");
  const echo = form.querySelector<HTMLElement>("[data-echo]");
  const box = form.querySelector<HTMLElement>("[data-recognised]");
  const similar = form.querySelector<HTMLElement>("[data-duplicates]");
  const url = form.dataset.parseUrl ?? "/desk/parse/";
  const queued = form.querySelector<HTMLInputElement>("input[name=incoming]");
  const taking = form.querySelector<HTMLElement>("[data-taking]");
  if (!text || !box) return;
  /** What was being typed when a waiting report was taken; it comes back afterwards. */
  let setAside = "";
  /** What a person has corrected stays corrected, whatever is typed after. */
  const corrected = new Map<string, string>();
  let wait = 0;
  let asked: AbortController | null = null;

  const drawEcho = (fields: RecognisedField[]): void => {
    if (!echo) return;
    const spans: Span[] = fields.flatMap((f) => (f.spans ?? []).map(([from, to]) => ({ from, to, name: f.name })));
    echo.hidden = spans.length === 0;
    echo.replaceChildren(...pieces(text.value, spans).map((piece) => {
      if (!piece.name) return document.createTextNode(piece.text);
      const mark = document.createElement("mark");
      mark.textContent = piece.text;
      mark.title = fields.find((f) => f.name === piece.name)?.label ?? "";
      mark.addEventListener("click", () => box.querySelector<HTMLElement>(`[name="${piece.name}"]`)?.focus());
      return mark;
    }));
  };

  const drawField = (field: RecognisedField): HTMLElement[] => {
    const label = document.createElement("label");
    label.textContent = field.label;
    label.htmlFor = `desk-${field.name}`;
    const value = document.createElement("div");
    value.className = "value";
    const mine = corrected.get(field.name);
    const known = mine ?? (field.value === null ? "" : String(field.shown ?? field.value));
    value.dataset.by = mine !== undefined ? "person" : field.value === null ? "unknown" : "machine";
    const input = document.createElement("input");
    input.id = label.htmlFor;
    input.name = field.name;
    input.value = known;
    input.autocomplete = "off";
    input.placeholder = t("未知");
    if (field.candidates?.length) {
      const list = document.createElement("datalist");
      list.id = `desk-${field.name}-list`;
      list.append(...field.candidates.map((c) => Object.assign(document.createElement("option"), { value: c.label })));
      input.setAttribute("list", list.id);
      value.append(list);
    }
    input.addEventListener("input", () => {
      corrected.set(field.name, input.value);
      value.dataset.by = "person";
    });
    input.addEventListener("focus", () => echo?.querySelectorAll("mark").forEach((m) => (m.style.outline = m.title === field.label ? "2px solid var(--accent)" : "")));
    value.prepend(input);
    if ((field.confidence ?? 1) < 0.6 && field.value !== null && mine === undefined) {
      const doubt = document.createElement("span");
      doubt.className = "chip";
      doubt.textContent = t("请核对");
      value.append(doubt);
    }
    return [label, value];
  };

  const draw = (parsed: Parsed): void => {
    drawEcho(parsed.fields);
    const focused = (document.activeElement as HTMLInputElement | null)?.name;
    if (!focused || !box.contains(document.activeElement)) box.replaceChildren(...parsed.fields.flatMap(drawField));
    if (similar) {
      similar.hidden = !parsed.duplicates?.length;
      similar.replaceChildren(...(parsed.duplicates ?? []).map((d) => {
        const item = document.createElement("li");
        const link = Object.assign(document.createElement("a"), { href: d.url, textContent: d.label });
        const why = Object.assign(document.createElement("span"), { className: "quiet small", textContent: d.reason });
        item.append(t("可能重复："), link, why);
        if (d.merge_url) {
          const merge = Object.assign(document.createElement("button"), { className: "button small push", textContent: t("并入"), name: "merge_into", value: d.merge_url });
          merge.setAttribute("formaction", d.merge_url);
          item.append(merge);
        }
        return item;
      }));
    }
  };

  const parse = async (): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    const body = new FormData();
    body.set("text", text.value);
    if (queued?.value) body.set("incoming", queued.value);
    try {
      const response = await askPlatform(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf() }, signal: asked.signal });
      if (!response.ok) throw new Error(String(response.status));
      draw((await response.json()) as Parsed);
      form.removeAttribute("data-unparsed");
    } catch (error) {
      // The sentence itself can always be sent; recognition is a convenience.
      if ((error as Error).name !== "AbortError") form.setAttribute("data-unparsed", "");
    }
  };

  text.addEventListener("input", () => {
    clearTimeout(wait);
    if (text.value.trim() === "") {
      corrected.clear();
      draw({ fields: [] });
      return;
    }
    wait = window.setTimeout(() => void parse(), 180);
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (text.value.trim()) form.requestSubmit(form.querySelector<HTMLButtonElement>("[data-submit]"));
    }
  });
  /** Put a sentence into the form, with the waiting report that it came from (none: typed here). */
  const put = (words: string, from: string): void => {
    corrected.clear();
    clearTimeout(wait);
    asked?.abort();
    text.value = words;
    if (queued) queued.value = from;
    if (taking) taking.hidden = from === "";
    draw({ fields: [] });
    if (words) void parse();
  };
  // A reset empties the fields after this event. A page that opened with a taken report must not bring it back.
  form.addEventListener("reset", () => window.setTimeout(() => {
    const back = setAside;
    setAside = "";
    put(back, "");
  }));
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-take]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!queued?.value && text.value.trim()) setAside = text.value;
    put(link.dataset.text ?? "", link.dataset.take ?? "");
    text.focus();
  });
  if (text.value.trim()) void parse();
}

/** The number over the list follows the list. */
function counts(desk: HTMLElement): void {
  const said = desk.querySelector<HTMLElement>("#desk-due-list")?.dataset.counts ?? "";
  const box = desk.querySelector("[data-due-counts]");
  if (box && box.textContent !== said) box.textContent = said;
}

export function mountAll(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-desk]").forEach((desk) => {
    if (desk.dataset.mounted) return;
    desk.dataset.mounted = "true";
    desk.querySelectorAll<HTMLFormElement>("form[data-intake]").forEach(intake);
    const field = (): HTMLElement | null => desk.querySelector<HTMLElement>("form[data-intake] textarea");
    addKey({ keys: "N", label: t("记一条来报"), run: () => field()?.focus() });
    addKey({ keys: "Esc", label: t("放下当前一条"), run: () => desk.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current")) });
    addKey({ keys: "↓ ↑", label: t("下一条、上一条"), run: (event) => void walk(event.key === "ArrowDown" ? 1 : -1) });
    addKey({ keys: "← →", label: t("到左、右一栏"), run: (event) => acrossColumns(event.key === "ArrowLeft" ? -1 : 1) });
    addKey({ keys: "O", label: t("把这一条的事件放到右边"), run: () => takeInHand(incidentOfRow()), when: () => incidentOfRow() !== "" });
    addKey({ keys: "[ ]", label: t("上一件、下一件事件"), run: (event) => nextIncident(event.key === "[" ? -1 : 1) });
    addKey({ keys: "E", label: t("展开、收起同一事件的其他时限"), run: () => {
      const more = document.querySelector<HTMLDetailsElement>("[data-row][aria-current] details.more");
      if (more) more.open = !more.open;
    }, when: () => document.querySelector("[data-row][aria-current] details.more") !== null });
    addKey({ keys: "G", label: t("收入新到的"), run: () => void takeAllIn() });
    addKey({ keys: "S", label: t("静音 15 分钟、恢复提示音"), run: toggleMute });
    startEar(desk);
    startBell(desk);
    desk.addEventListener("click", (event) => {
      const hand = (event.target as Element).closest<HTMLElement>("[data-hand]");
      if (!hand || (event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey || (event as MouseEvent).shiftKey) return;
      event.preventDefault();
      hand.closest("details")?.removeAttribute("open");
      takeInHand(hand.dataset.matter ?? "");
    });
    document.addEventListener("htmx:afterSwap", () => {
      counts(desk);
      aimAtHand();
    });
    // A sentence pasted anywhere on the desk is a report.
    document.addEventListener("paste", (event) => {
      const words = event.clipboardData?.getData("text/plain").trim();
      const box = field();
      if (!words || typing(event.target) || !(box instanceof HTMLTextAreaElement) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      box.focus();
      box.value = box.value ? `${box.value}\n${words}` : words;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const first = desk.querySelector<HTMLElement>("#desk-due-list [data-row]") ?? desk.querySelector<HTMLElement>("[data-list] [data-row]");
    if (first && !desk.querySelector("[data-row][aria-current]")) choose(first);
  });
}

mountAll(document);
