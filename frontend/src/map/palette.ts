/** The table of signs: looked through by group, or searched by name, code and the kinds of events that a sign stands for. */
import { t } from "../i18n";
import type { PlotSymbol } from "./config";

export interface Palette {
  element: HTMLElement;
  /** Which sign is in hand; null for none. */
  choose: (sign: PlotSymbol | null) => void;
}

export interface FoundSign { sign: PlotSymbol; /** The kind of event by which it was found. */ word: string }

/** Signs that answer what was typed, those whose own name or code does first. */
export function foundSigns(symbols: PlotSymbol[], typed: string): FoundSign[] {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return symbols.map((sign) => ({ sign, word: "" }));
  const own = symbols.filter((s) => [s.name, s.code, s.group].some((text) => text.toLowerCase().includes(wanted)));
  const by = symbols.flatMap((sign) => sign.finds.filter((word) => word.toLowerCase().includes(wanted)).map((word) => ({ sign, word })));
  return [...own.map((sign) => ({ sign, word: "" })), ...by];
}

const SVG = "http://www.w3.org/2000/svg";
const LINES: Record<string, string> = { solid: "", dashed: "4 3", dotted: "1 3" };

/** A sign as a small drawing of lines in the colour of the text. */
export function signPicture(sign: { kind: string; picture: string; dash?: string; glyph: string }): Element {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("signpicture");
  const drawn = sign.kind === "line" ? "M3 18C8 6 15 20 21 7" : sign.kind === "area" ? "M4 8l8-4 8 5-2 10-12 1z" : sign.picture;
  if (!drawn) {
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", "12");
    text.setAttribute("y", "17");
    text.setAttribute("text-anchor", "middle");
    text.textContent = sign.glyph;
    svg.append(text);
    return svg;
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", drawn);
  if (sign.kind !== "point") path.setAttribute("stroke-dasharray", LINES[sign.dash ?? "solid"] ?? "");
  svg.append(path);
  return svg;
}

export function palette(symbols: PlotSymbol[], pick: (sign: PlotSymbol | null, word: string) => void): Palette {
  const box = document.createElement("div");
  box.className = "palette";
  const open = Object.assign(document.createElement("button"), { type: "button", className: "button" });
  const sheet = Object.assign(document.createElement("div"), { className: "sheet", hidden: true });
  const search = Object.assign(document.createElement("input"), { type: "search", placeholder: t("找符号：名称、代码、事件种类"), ariaLabel: t("找符号") });
  const list = Object.assign(document.createElement("div"), { className: "signs" });
  sheet.append(search, list);
  box.append(open, sheet);
  let chosen: PlotSymbol | null = null;
  const shut = (hidden: boolean): void => {
    sheet.hidden = hidden;
    open.ariaExpanded = String(!hidden);
    if (!hidden) search.focus();
  };
  const say = (): void => {
    open.replaceChildren(...(chosen ? [signPicture(chosen)] : []), document.createTextNode(chosen?.name ?? t("选符号…")));
  };
  const fill = (): void => {
    const found = foundSigns(symbols, search.value);
    list.replaceChildren();
    let group = "";
    for (const { sign, word } of found) {
      if (sign.group !== group) list.append(Object.assign(document.createElement("h4"), { textContent: sign.group }));
      group = sign.group;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sign", title: [word, sign.name, sign.code].filter(Boolean).join(" ") });
      button.dataset.sign = sign.key;
      const words = Object.assign(document.createElement("span"), { textContent: word || sign.name });
      words.append(Object.assign(document.createElement("small"), { textContent: [word && sign.name, sign.code].filter(Boolean).join(" ") }));
      button.append(signPicture(sign), words);
      button.addEventListener("click", () => {
        chosen = sign;
        say();
        shut(true);
        pick(sign, word);
      });
      list.append(button);
    }
    if (!found.length) list.append(Object.assign(document.createElement("p"), { className: "quiet", textContent: t("没有这样的符号，换个词试试") }));
  };
  open.addEventListener("click", () => {
    if (sheet.hidden) fill();
    shut(!sheet.hidden);
  });
  search.addEventListener("input", fill);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !sheet.hidden) {
      shut(true);
      open.focus();
      event.stopPropagation();
    }
    if (event.key === "Enter" && event.target === search) {
      list.querySelector<HTMLButtonElement>("button.sign")?.click();
      event.preventDefault();
      event.stopPropagation();
    }
  });
  say();
  return {
    element: box,
    choose: (sign) => {
      chosen = sign;
      say();
    },
  };
}
