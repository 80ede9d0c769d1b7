/** Bringing new content in without disturbing the person: typed text, focus, open dialogs and the row under the cursor stay. */
import { Idiomorph } from "idiomorph";
import { tick } from "./ticking";

const KEPT = new Set(["open", "value", "checked", "selected"]);

function typedInto(element: Element): boolean {
  if (element instanceof HTMLInputElement) {
    if (element.type === "hidden") return false;
    return element.type === "checkbox" || element.type === "radio" ? element.checked !== element.defaultChecked : element.value !== element.defaultValue;
  }
  if (element instanceof HTMLTextAreaElement) return element.value !== element.defaultValue;
  return element instanceof HTMLOptionElement && element.selected !== element.defaultSelected;
}

const keepsOpen = (node: Node): boolean => node instanceof Element && (node.matches("dialog[open]") || node.querySelector("dialog[open]") !== null);

/** What a person opened and was fetched then; the page around it does not bring it along. */
const fetched = (node: Node): boolean => node instanceof Element && node.hasAttribute("data-unfolded");

const callbacks = {
  beforeNodeMorphed: (old: Node): boolean => !(old instanceof Element && old.hasAttribute("data-keep")),
  beforeNodeRemoved: (node: Node): boolean => !keepsOpen(node) && !fetched(node),
  afterNodeAdded: (node: Node): void => {
    if (!(node instanceof Element) || !node.matches("li, tr, [data-row]")) return;
    node.classList.add("arrived");
    node.addEventListener("animationend", () => node.classList.remove("arrived"), { once: true });
  },
  // Which row is current is the person's own, not the server's.
  beforeAttributeUpdated: (name: string, element: Element): boolean =>
    !(name === "aria-current" && element.matches("[data-row]")) &&
    !(KEPT.has(name) && (element instanceof HTMLDialogElement || element instanceof HTMLDetailsElement || typedInto(element))),
};

/** Only where one writes is the content of the focused element the person's own; a pressed button or link takes its new words with its new address. */
const writing = (): boolean => document.activeElement?.matches("input, textarea, select, [contenteditable]") ?? false;

let pointer = { x: -1, y: -1 };
if (typeof document !== "undefined") document.addEventListener("pointermove", (e) => (pointer = { x: e.clientX, y: e.clientY }), { passive: true });

function scroller(element: Element): Element | null {
  for (let e: Element | null = element; e; e = e.parentElement) {
    if (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY)) return e;
  }
  return document.scrollingElement;
}

/** Morph `target` towards `content`, then scroll so that the row under the cursor (or with the focus) stays where it was. */
export function morph(target: Element, content: NodeListOf<ChildNode> | Element | string, morphStyle: "innerHTML" | "outerHTML"): void {
  const under = document.elementFromPoint(pointer.x, pointer.y) ?? document.activeElement;
  const row = under && target.contains(under) ? under.closest("[id]") : null;
  const anchor = row && row !== target && target.contains(row) ? row : null;
  const before = anchor?.getBoundingClientRect().top ?? 0;
  Idiomorph.morph(target, content as never, { morphStyle, ignoreActiveValue: writing(), callbacks } as never);
  if (anchor?.isConnected) {
    const moved = anchor.getBoundingClientRect().top - before;
    if (moved !== 0) scroller(anchor)?.scrollBy({ top: moved, behavior: "instant" });
  }
  tick();
}
