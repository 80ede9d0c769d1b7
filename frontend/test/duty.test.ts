import { describe, expect, it } from "vitest";
import { dropped, tickable } from "../src/duty/index";

const from = { key: "2016-07-20:officer:0830:0", person: "a" };
const to = { key: "2016-07-21:officer:0830:0", person: "b" };

describe("a name dropped on a cell of the roster", () => {
  it("changes places with the one that stood there", () => {
    expect(dropped(from, to, false)).toEqual({ [to.key]: "a", [from.key]: "b" });
  });
  it("is copied with Ctrl, and from the list of people", () => {
    expect(dropped(from, to, true)).toEqual({ [to.key]: "a" });
    expect(dropped({ key: "", person: "c" }, to, false)).toEqual({ [to.key]: "c" });
  });
  it("changes nothing on its own cell", () => {
    expect(dropped(from, from, false)).toEqual({});
  });
});

describe("matters of a handover ticked in one press", () => {
  it("are those that stood on the screen, are not ticked and not overdue", () => {
    const matter = { seen: true, told: false, late: false };
    const kept = { ...matter, name: "shown" };
    expect(tickable([{ ...matter, seen: false, name: "below the fold" }, { ...matter, late: true, name: "overdue" }, { ...matter, told: true, name: "ticked" }, kept])).toEqual([kept]);
  });
});
