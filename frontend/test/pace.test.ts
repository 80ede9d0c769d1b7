import { describe, expect, it } from "vitest";
import { earliest, QUIET } from "../src/shell/pace";

/** Play notices against one region: when it is fetched, if every answer takes `took` ms. */
function played(notices: number[], took: number): number[] {
  const begun: number[] = [];
  let [since, heard, finished] = [0, 0, 0];
  const fetch = (at: number): void => {
    begun.push(at);
    [since, finished] = [0, at + took];
  };
  const due = (): number => Math.max(finished, earliest({ since, heard, finished, took: finished ? took : 0 }, 0));
  for (const at of notices) {
    while (since && due() <= at) fetch(due());
    since ||= at;
    heard = at;
  }
  if (since) fetch(due());
  return begun;
}

describe("the pace of refreshes", () => {
  it("shows a single change after a moment, and what comes with it at once", () => {
    expect(played([1000], 50)).toEqual([1000 + QUIET]);
    expect(played([1000, 1100, 1200], 50)).toEqual([1200 + QUIET]);
  });
  it("asks about once a second while changes never pause", () => {
    const storm = Array.from({ length: 600 }, (_, i) => 1000 + i * 100);
    const asked = played(storm, 50);
    expect(asked[0]).toBe(2000);
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.length).toBeLessThan(62);
  });
  it("asks a slow server less often", () => {
    const storm = Array.from({ length: 600 }, (_, i) => 1000 + i * 100);
    const asked = played(storm, 2000);
    expect(asked.length).toBeLessThan(9);
    expect(asked.every((at, i) => i === 0 || at - (asked[i - 1] as number) >= 10_000)).toBe(true);
  });
  it("spreads viewers who heard of the same change", () => {
    const after = { since: 10_000, heard: 10_000, finished: 9_900, took: 100 };
    expect(earliest(after, 1) - earliest(after, 0)).toBe(250);
  });
  it("never loses the last change", () => {
    const asked = played([1000, 1300, 4000], 900);
    expect(asked.at(-1)).toBeGreaterThanOrEqual(4000);
  });
});
