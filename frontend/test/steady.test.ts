import { beforeEach, describe, expect, it } from "vitest";
import { settle } from "../src/shell/steady";

const list = (...rows: string[]): Element => {
  const region = document.createElement("div");
  region.innerHTML = `<ul data-list>${rows.join("")}</ul>`;
  return region;
};
const row = (id: string, text = id): string => `<li id="${id}" data-row><a class="what">${text}</a><form><button data-main>办</button></form></li>`;
const shown = (region: Element): string[] => [...region.querySelectorAll("[data-row]")].map((r) => `${r.id}${r.hasAttribute("data-gone") ? "×" : ""}`);

describe("a list that somebody works in", () => {
  let old: Element;
  beforeEach(() => (old = list(row("a"), row("b"), row("c"))));

  it("keeps every row where it stands, with its new words", () => {
    const fresh = list(row("c"), row("b", "改了"), row("a"));
    settle(old, fresh);
    expect(shown(fresh)).toEqual(["a", "b", "c"]);
    expect(fresh.querySelector("#b .what")?.textContent).toBe("改了");
  });
  it("leaves new rows out and counts them, the most urgent first", () => {
    const fresh = list(row("x", "更急"), row("a"), row("b"), row("c"), row("y"));
    expect(settle(old, fresh)).toEqual({ waiting: 2, first: "更急" });
    expect(shown(fresh)).toEqual(["a", "b", "c"]);
  });
  it("keeps the place of what is over, without anything to press", () => {
    const fresh = list(row("a"), row("c"));
    settle(old, fresh);
    expect(shown(fresh)).toEqual(["a", "b×", "c"]);
    expect(fresh.querySelector("#b [data-main]")).toBeNull();
    expect(fresh.querySelector("#b .over")?.textContent).toBe("已办");
  });
  it("holds back nothing where nothing stood", () => {
    const fresh = list(row("a"));
    expect(settle(list(), fresh).waiting).toBe(0);
    expect(shown(fresh)).toEqual(["a"]);
  });
});
