import { expect, it } from "vitest";
import type { MapView } from "../src/map/config";
import { isDrag } from "../src/map/moving";
import { Turning } from "../src/map/turning";
import { rings, taskUrl } from "../src/map/around";
import { areaOf, circle } from "../src/map/geometry";
import { merged, shapeOf } from "../src/map/plotting";
import { foundSigns } from "../src/map/palette";
import { roundLength } from "../src/map/sheet";

const told = (version: number, label: string): never => ({ properties: { mark: "a", version, label } }) as never;

it("an area needs three corners, a line two; a corner pressed twice counts once", () => {
  expect(shapeOf("area", [[1, 1], [2, 1]])).toBeNull();
  expect(shapeOf("line", [[1, 1], [1, 1]])).toBeNull();
  expect(shapeOf("area", [[1, 1], [2, 1], [2, 2], [2, 2]])).toEqual({ type: "Polygon", coordinates: [[[1, 1], [2, 1], [2, 2], [1, 1]]] });
  expect(shapeOf("point", [[1, 2]])).toEqual({ type: "Point", coordinates: [1, 2] });
});

it("what comes late does not put an older version over a newer one", () => {
  const marks = new Map();
  expect(merged(marks, told(2, "new"))).toBe(true);
  expect(merged(marks, told(1, "old"))).toBe(false);
  expect(marks.get("a").properties.label).toBe("new");
});

it("the area of a circle is that of a circle", () => {
  expect(areaOf(circle([116.2, 39.9], 1000)) / 1e6).toBeCloseTo(Math.PI, 1);
  expect(areaOf([[116, 39], [117, 39]])).toBeCloseTo(0, 3);
});

it("rings say their radius, and a task knows what was picked and where", () => {
  expect(rings([116, 39], [1, 3]).features.map((f) => f.properties?.km)).toEqual([1, 3]);
  const asked = { geometry: { type: "Polygon" as const, coordinates: [[[1, 1], [2, 1], [2, 2], [1, 1]]] } };
  const url = new URL(taskUrl("/tasks/new/?incident=7", asked, ["甲", "乙"]), "http://x");
  expect(url.searchParams.get("incident")).toBe("7");
  expect(url.searchParams.get("text")).toContain("甲、乙");
  expect(new URL(taskUrl("/t/", asked, []), "http://x").searchParams.get("area")).toBe("1.000000,1.000000;2.000000,1.000000;2.000000,2.000000");
  expect(new URL(taskUrl("/t/", { ...asked, center: [116, 39], radius_m: 3000 }, []), "http://x").searchParams.get("area")).toBe("116.000000,39.000000,3000");
});

it("a scale is a round length", () => {
  expect([roundLength(1700), roundLength(460), roundLength(99)]).toEqual([1000, 200, 50]);
});

const sign = (key: string, name: string, code: string, finds: string[]): never => ({ key, name, code, finds, group: "自然灾害", kind: "point", glyph: "水", shape: "ring", dash: "solid", picture: "" }) as never;

it("a sign is found by its name, its code and the kinds of events that it stands for", () => {
  const signs = [sign("event.A10100", "水旱灾害", "A10100", ["洪水", "内涝"]), sign("post", "现场指挥部", "", [])];
  const keys = (typed: string): string[] => foundSigns(signs, typed).map((f) => `${f.sign.key}|${f.word}`);
  expect(keys("内涝")).toEqual(["event.A10100|内涝"]);
  expect(keys("a101")).toEqual(["event.A10100|"]);
  expect(keys("指挥")).toEqual(["post|"]);
  expect(keys("  ")).toHaveLength(2);
  expect(keys("没有")).toEqual([]);
});

it("a wall shows what has just come at once, and stays where it is otherwise", () => {
  const view = (id: string, title = id): MapView => ({ id, title, bounds: [0, 0, 1, 1] });
  const turning = new Turning([view("a"), view("b")]);
  expect(turning.turn()?.id).toBe("b");
  const standing = turning.now;
  expect(turning.replace([view("c"), view("a"), view("b")])?.id).toBe("c");
  expect(turning.turn()?.id).toBe("a");
  const same = turning.now;
  expect(turning.replace([view("a"), view("b")])).toBe(same);
  expect(turning.replace([view("a", "moved"), view("b")])?.title).toBe("moved");
  expect(turning.replace([view("b")])?.id).toBe("b");
  expect(turning.replace([])).toBeNull();
  expect(turning.turn()).toBeNull();
  expect(standing?.id).toBe("b");
});

it("an unsteady press is no drag", () => {
  expect(isDrag({ x: 10, y: 10 }, { x: 14, y: 13 })).toBe(false);
  expect(isDrag({ x: 10, y: 10 }, { x: 18, y: 10 })).toBe(true);
});
