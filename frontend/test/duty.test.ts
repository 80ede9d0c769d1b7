import { describe, expect, it } from "vitest";
import { dropped } from "../src/duty/index";

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
