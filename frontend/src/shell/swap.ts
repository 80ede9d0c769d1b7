/** `hx-swap="morph:innerHTML"` and `morph:outerHTML`: partial answers come in without disturbing the person. */
import htmx from "htmx.org";
import { morph } from "./morph";
import { keepSteady } from "./steady";

export function registerMorph(): void {
  htmx.defineExtension("morph", {
    isInlineSwap: (style: string) => style === "morph" || style === "morph:outerHTML",
    handleSwap: (style: string, target: Node, fragment: Node) => {
      if (!style.startsWith("morph") || !(target instanceof Element)) return false;
      const inner = style === "morph:innerHTML";
      const whole = (fragment as DocumentFragment).firstElementChild;
      if (whole && target.hasAttribute("data-steady")) {
        document.dispatchEvent(new CustomEvent("anlan:answer", { detail: whole }));
        keepSteady(target, whole);
      }
      const parts = [...(fragment as DocumentFragment).childNodes];
      morph(target, (inner ? parts : ((fragment as DocumentFragment).firstElementChild ?? parts)) as never, inner ? "innerHTML" : "outerHTML");
      return inner ? [target] : [document.getElementById(target.id) ?? target];
    },
  } as never);
}
