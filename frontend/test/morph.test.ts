import { describe, expect, it } from "vitest";
import { morph } from "../src/shell/morph";

const region = (inside: string): HTMLElement => {
  document.body.innerHTML = `<section id="box">${inside}</section>`;
  return document.getElementById("box") as HTMLElement;
};

describe("new content", () => {
  it("keeps what was typed, and takes the server's value where nothing was typed", () => {
    const box = region('<input id="a" value="old"><input id="b" value="old"><textarea id="c">old</textarea>');
    (document.getElementById("a") as HTMLInputElement).value = "typed";
    (document.getElementById("c") as HTMLTextAreaElement).value = "typed too";
    morph(box, '<input id="a" value="new"><input id="b" value="new"><textarea id="c">new</textarea>', "innerHTML");
    expect((document.getElementById("a") as HTMLInputElement).value).toBe("typed");
    expect((document.getElementById("b") as HTMLInputElement).value).toBe("new");
    expect((document.getElementById("c") as HTMLTextAreaElement).value).toBe("typed too");
  });
  it("leaves the current row where the person put it", () => {
    const box = region('<ul data-list><li id="a" data-row></li><li id="b" data-row aria-current="true"></li></ul>');
    morph(box, '<ul data-list><li id="a" data-row></li><li id="b" data-row>neu</li></ul>', "innerHTML");
    expect(document.getElementById("b")?.getAttribute("aria-current")).toBe("true");
  });
  it("never leaves old words on a focused link or button that leads elsewhere now", () => {
    const box = region('<a href="/one">one.docx</a><button formaction="/submit">送签</button>');
    for (const pressed of ["a", "button"]) {
      box.querySelector<HTMLElement>(pressed)?.focus();
      morph(box, '<a href="/two">one.pdf</a><button formaction="/send">发出</button>', "innerHTML");
      expect(box.textContent).toBe("one.pdf发出");
    }
  });
  it("keeps the same row elements, in the new order, and marks what arrived", () => {
    const box = region('<ul><li id="x" data-row>x</li><li id="y" data-row>y</li></ul>');
    const x = document.getElementById("x");
    morph(box, '<ul><li id="n" data-row>n</li><li id="y" data-row>y</li><li id="x" data-row>x2</li></ul>', "innerHTML");
    expect([...box.querySelectorAll("li")].map((l) => l.id)).toEqual(["n", "y", "x"]);
    expect(document.getElementById("x")).toBe(x);
    expect(x?.textContent).toBe("x2");
    expect(document.getElementById("n")?.classList.contains("arrived")).toBe(true);
    expect(x?.classList.contains("arrived")).toBe(false);
  });
  it("keeps what was fetched into an open row", () => {
    const box = region('<li id="r"><details open data-unfold="r"><summary>1</summary><div data-unfolded>cells</div></details></li>');
    morph(box, '<li id="r"><details data-unfold="r"><summary>2</summary></details></li>', "innerHTML");
    expect(box.querySelector("summary")?.textContent).toBe("2");
    expect(box.querySelector("details")?.open).toBe(true);
    expect(box.querySelector("[data-unfolded]")?.textContent).toBe("cells");
  });
  it("leaves an open menu open and what says data-keep untouched", () => {
    const box = region('<details id="d" open><summary>s</summary></details><p id="k" data-keep>mine</p>');
    morph(box, '<details id="d"><summary>s</summary></details><p id="k" data-keep>theirs</p>', "innerHTML");
    expect((document.getElementById("d") as HTMLDetailsElement).open).toBe(true);
    expect(document.getElementById("k")?.textContent).toBe("mine");
  });
});
