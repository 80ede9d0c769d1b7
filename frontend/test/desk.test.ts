import { describe, expect, it } from "vitest";
import { aimAtHand } from "../src/desk/aiming";
import { pieces } from "../src/desk/marking";
import { faultsOf } from "../src/shell/forms";
import { narrowed } from "../src/shell/palette";

describe("the recognised sentence", () => {
  it("is cut at what was recognised and loses nothing", () => {
    const text = "12时40分下凹桥积水";
    const cut = pieces(text, [{ from: 6, to: 9, name: "place" }, { from: 0, to: 6, name: "time" }]);
    expect(cut).toEqual([{ text: "12时40分", name: "time" }, { text: "下凹桥", name: "place" }, { text: "积水", name: null }]);
    expect(cut.map((p) => p.text).join("")).toBe(text);
  });
  it("counts characters as the server does, also beyond the first plane", () => {
    expect(pieces("𠮷城桥", [{ from: 0, to: 2, name: "place" }])[0]).toEqual({ text: "𠮷城", name: "place" });
  });
  it("prefers the earlier and longer of two that overlap and ignores what lies outside", () => {
    const cut = pieces("古城街道", [{ from: 0, to: 2, name: "b" }, { from: 0, to: 4, name: "a" }, { from: 9, to: 12, name: "c" }]);
    expect(cut).toEqual([{ text: "古城街道", name: "a" }]);
  });
});

it("a refusal names each fault at its field", () => {
  expect([...faultsOf({ message: "m", field: "depth" })]).toEqual([["depth", "m"]]);
  expect([...faultsOf({ message: "m", field: "a", details: { faults: [{ field: "a", message: "1" }, { field: "b", message: "2" }] } })]).toEqual([["a", "1"], ["b", "2"]]);
});

it("pages are narrowed by every word typed", () => {
  const all = [{ label: "值班台", kind: "页面" }, { label: "一张图", kind: "页面" }];
  expect(narrowed(all, "页面 图").map((f) => f.label)).toEqual(["一张图"]);
  expect(narrowed(all, " ")).toHaveLength(2);
});

describe("what waits at the left", () => {
  it("is joined to the incident that stands at the right now", () => {
    document.body.innerHTML = `<div id="desk-waiting"><form data-join action="/desk/join/old/"><button title="旧的">并入当前</button></form></div>
      <div id="desk-at-hand" data-matter="new"><h1> 新的事件 </h1></div>`;
    aimAtHand();
    expect(document.querySelector("form")?.getAttribute("action")).toBe("/desk/join/new/");
    expect(document.querySelector("button")?.title).toBe("新的事件");
    document.getElementById("desk-at-hand")?.removeAttribute("data-matter");
    aimAtHand();
    expect(document.querySelector("form")?.getAttribute("action"), "without one it stays").toBe("/desk/join/new/");
  });
});
