import { describe, expect, it } from "vitest";
import { ceiling, linesShown, tickText, type ChartConfig } from "../src/charts";

const chart = (values: (number | null)[], lines: number[], more: Partial<ChartConfig> = {}): ChartConfig => ({
  unit: "mm", series: [{ name: "雨", kind: "bar", points: values.map((v, i) => [`2016-07-20T0${i}:00:00Z`, v]) }], lines: lines.map((value) => ({ label: String(value), value })), ...more,
});

describe("level lines of a chart", () => {
  it("keep the next level above the course in sight", () => {
    expect(ceiling(chart([1, 30, null], [20, 50, 100]))).toBeCloseTo(54);
    expect(linesShown(chart([1, 30], [20, 50, 100])).map((l) => l.value)).toEqual([20, 50]);
  });
  it("do not press the course flat under a level out of all proportion", () => {
    expect(ceiling(chart([1, 2], [50]))).toBeUndefined();
    expect(linesShown(chart([1, 2], [50]))).toEqual([]);
  });
  it("ask nothing where nothing was read", () => {
    expect(ceiling(chart([null], [50]))).toBeUndefined();
  });
});

describe("ticks of the time axis", () => {
  const at = Date.parse("2016-07-20T04:00:00Z");
  it("are hours of a day, days of a month, months of a year", () => {
    const over = (days: number): string => tickText(chart([1], [], { from: new Date(at - days * 86_400_000).toISOString(), to: new Date(at).toISOString() }), at);
    expect([over(1), over(30), over(366)]).toEqual(["12:00", "07-20", "2016-07"]);
  });
});
