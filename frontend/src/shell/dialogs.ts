/** Dialogs, drawers, menus: opened by `data-open="id"`, closed by `data-close`, Esc or a press outside. */
import htmx from "htmx.org";
import { toast } from "./toasts";

export function openDialog(id: string): void {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  dialog.showModal();
  const load = dialog.querySelector<HTMLElement>("[data-load]");
  if (load?.dataset.load) void htmx.ajax("get", load.dataset.load, { target: load, swap: "innerHTML" });
  const first = dialog.querySelector<HTMLElement>("[autofocus], .inside :is(input:not([type=hidden]), textarea, select), footer .main");
  first?.focus();
}

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-open]");
    if (opener?.dataset.open) {
      // What was fetched for another record does not stand under this one's button while the answer is on its way.
      const into = opener.getAttribute("hx-get") && opener.getAttribute("hx-target");
      if (into) document.querySelector(into)?.replaceChildren();
      openDialog(opener.dataset.open);
    }
    const closer = target.closest("[data-close]");
    if (closer?.closest("dialog")) {
      // Where the way back is a link for a page without scripts, the page underneath is already there.
      if (closer instanceof HTMLAnchorElement) event.preventDefault();
      closer.closest("dialog")?.close();
    }
    target.closest("[data-dismiss]")?.closest(".notice")?.remove();
    if (target instanceof HTMLDialogElement && target.open) {
      const box = target.getBoundingClientRect();
      const { clientX: x, clientY: y } = event as MouseEvent;
      const outside = x < box.left || x > box.right || y < box.top || y > box.bottom;
      // A form half filled is not thrown away by a slip of the hand.
      const typed = [...target.querySelectorAll("input, textarea")].some((f) => (f as HTMLInputElement).value !== (f as HTMLInputElement).defaultValue);
      if (outside && (x || y) && !typed) target.close();
    }
    document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
  });
  // A step that was done leaves nothing to look at in its drawer; what it changed is on the page underneath.
  document.addEventListener("htmx:load", (event) => {
    const done = event.target instanceof HTMLElement && event.target.matches("[data-done]") ? event.target : null;
    const drawer = done?.closest("dialog");
    if (!done || !drawer) return;
    drawer.close();
    toast(done.dataset.done ?? "");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector<HTMLDetailsElement>("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLDetailsElement) || !menu.open || !menu.matches("[data-menu]")) return;
    const sheet = menu.lastElementChild;
    if (!sheet || sheet.tagName === "SUMMARY") return;
    if (sheet.getBoundingClientRect().right > innerWidth - 4) menu.classList.add("end");
  }, true);
}
