import { describe, expect, it } from "vitest";
import { grouped, rank, type MapLayer } from "../src/map/config";
import { circle, crosses, distance, inside, lengthText } from "../src/map/geometry";
import { initiallyShown } from "../src/map/panel";
import { samples, signPoint } from "../src/map/signs";
import { share, together } from "../src/map/slider";
import { drawn, layerSource } from "../src/map/style";
import { beside } from "../src/shell/rail";
import { legendSteps, rampColours, rampExpression, RAIN_STEPS, stepOf } from "../src/ramp";
import { standing } from "../src/wall";

const layer = (id: string, stage: string, more: Partial<MapLayer> = {}): MapLayer => ({ id, stage, title: id, source: { type: "mvt", url: `/t/${id}/{z}/{x}/{y}` }, ...more });

describe("drawing on the sphere", () => {
  it("measures a degree of latitude as 111.2 km", () => {
    expect(distance([116, 39], [116, 40])).toBeCloseTo(111_195, -1);
  });
  it("draws a closed circle whose corners all lie at the radius", () => {
    const ring = circle([116.2, 39.9], 1500);
    expect(ring[0]).toEqual(ring.at(-1));
    for (const corner of ring) expect(distance([116.2, 39.9], corner)).toBeCloseTo(1500, 1);
  });
  it("knows a crossed border", () => {
    expect(crosses([[0, 0], [1, 0], [1, 1], [0, 1]])).toBe(false);
    expect(crosses([[0, 0], [1, 1], [1, 0], [0, 1]])).toBe(true);
    expect(crosses([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])).toBe(false);
  });
  it("says lengths as one reads them", () => {
    expect([lengthText(350), lengthText(1234), lengthText(15_200)]).toEqual(["350 米", "1.2 公里", "15 公里"]);
  });
});

describe("the legend", () => {
  it("starts with the lightest colour and names each step once", () => {
    expect(legendSteps([0, 0.1, 2], false).map((s) => s.from)).toEqual([0, 0.1, 2]);
    expect(legendSteps([0.1, 2], false).map((s) => s.from)).toEqual([0, 0.1, 2]);
    expect(legendSteps([0.1, 2], false)[0]?.colour).toBe(rampColours(false)[0]);
  });
});

describe("the rail by arrow keys", () => {
  it("stops at both ends", () => {
    expect([beside([1, 2, 3], 2, 1), beside([1, 2, 3], 3, 1), beside([1, 2, 3], 1, -1), beside([1, 2, 3], 9, 1)]).toEqual([3, 3, 1, undefined]);
  });
});

describe("layers", () => {
  it("stand by stage in the order of the work chain; unknown stages come last", () => {
    expect(grouped([layer("a", "base"), layer("b", "sense"), layer("c", "other")]).map((g) => g.key)).toEqual(["sense", "base", "other"]);
  });
  it("are drawn with incidents above what exists and areas lowest", () => {
    const order = [layer("i", "command"), layer("e", "base"), layer("w", "command", { kind: "area" })].sort((a, b) => rank(a) - rank(b)).map((l) => l.id);
    expect(order).toEqual(["w", "e", "i"]);
  });
  it("follow the person's choice, else the page's; a broken memory is forgotten", () => {
    const layers = [layer("a", "base", { shown: false }), layer("b", "base")];
    expect([...initiallyShown(layers, null)]).toEqual(["b"]);
    expect([...initiallyShown(layers, '{"a":true,"b":false}')]).toEqual(["a"]);
    expect([...initiallyShown(layers, "{")]).toEqual(["b"]);
  });
  it("take the time of the slider into their address, and keep the placeholders of tiles", () => {
    const source = layerSource(layer("a", "sense", { timed: true }), "2016-07-20T04:00:00Z") as { tiles: string[]; promoteId: string };
    expect(source.tiles[0]).toContain("/t/a/{z}/{x}/{y}?at=2016-07-20T04%3A00%3A00Z");
    expect(source.promoteId).toBe("id");
  });
  it("hit the style layer that is named like the source", () => {
    for (const kind of ["point", "area", "line", "measured"] as const) expect(drawn(layer("x", "base", { kind })).filter((l) => l.id === "l-x")).toHaveLength(1);
  });
});

describe("the rain ramp", () => {
  it("has a colour for each step and none for no reading", () => {
    expect(rampColours(false)).toHaveLength(RAIN_STEPS.length + 1);
    expect([0, 0.1, 19.9, 20, 80].map((v) => stepOf(v))).toEqual([0, 1, 4, 5, 7]);
    expect(stepOf(null)).toBeNull();
    expect(stepOf(Number.NaN)).toBeNull();
    expect(rampExpression("v", true)).toHaveLength(3 + 2 * RAIN_STEPS.length);
  });
  it("keeps to one hue, far from the four of the warnings", () => {
    const hue = (hex: string): number => {
      const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255) as [number, number, number];
      const [max, min] = [Math.max(r, g, b), Math.min(r, g, b)];
      const h = max === r ? (g - b) / (max - min) : max === g ? 2 + (b - r) / (max - min) : 4 + (r - g) / (max - min);
      return (h * 60 + 360) % 360;
    };
    for (const colour of [...rampColours(false), ...rampColours(true)]) {
      expect(hue(colour)).toBeGreaterThan(240);
      expect(hue(colour)).toBeLessThan(285);
    }
  });
});

it("the slider places times between its ends", () => {
  expect([share(5, 0, 10), share(-1, 0, 10), share(11, 0, 10), share(1, 5, 5)]).toEqual([0.5, 0, 1, 0]);
});

it("the wall shows its views in turn", () => {
  expect([0, 19_999, 20_000, 65_000].map((ms) => standing(ms, 3, 20_000))).toEqual([0, 0, 1, 0]);
});

describe("the sign of a warned area", () => {
  const square = (west: number, south: number, east: number, north: number): [number, number][] => [[west, south], [east, south], [east, north], [west, north], [west, south]];
  const view: [number, number, number, number] = [0, 0, 10, 10];

  it("stands once, inside what is seen of the area, however many tiles cut it", () => {
    const at = signPoint([[square(0, 0, 2, 10)], [square(2, 0, 4, 10)]], view, []);
    expect(at !== null && at[0] < 4 && inside(at, square(0, 0, 4, 10))).toBe(true);
  });

  it("stands beside another one, not on it, and not in a hole", () => {
    const [best] = samples(view) as [[number, number]];
    expect(signPoint([[square(0, 0, 10, 10)]], view, [])).toEqual(best);
    expect(signPoint([[square(0, 0, 10, 10)]], view, [best])).not.toEqual(best);
    expect(signPoint([[square(0, 0, 10, 10), square(best[0] - 0.1, best[1] - 0.1, best[0] + 0.1, best[1] + 0.1)]], view, [])).not.toEqual(best);
  });

  it("is left out where nothing of the area is seen", () => {
    expect(signPoint([[square(20, 20, 30, 30)]], view, [])).toBeNull();
  });
});

it("marks that would cover each other are one; those outside the scale are none", () => {
  const at = (minute: number, label: string) => ({ at: new Date(Date.UTC(2016, 6, 20, 4, minute)).toISOString(), label });
  const [from, to] = [Date.UTC(2016, 6, 20, 4, 0), Date.UTC(2016, 6, 20, 14, 0)];
  const groups = together([at(40, "c"), at(10, "a"), at(12, "b"), at(-5, "before"), at(700, "after")], from, to);
  expect(groups.map((g) => g.map((e) => e.label))).toEqual([["a", "b"], ["c"]]);
});
