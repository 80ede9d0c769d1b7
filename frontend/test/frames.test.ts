import { describe, expect, it } from "vitest";
import type { MapFrames } from "../src/map/config";
import { floorTo, FrameStore } from "../src/map/frames";
import { neighbour, player, stepsOf, type Played } from "../src/map/player";

const HOUR = 3_600_000;
const NOON = Date.parse("2016-07-20T04:00:00Z");
const frames: MapFrames = { id: "a.rain", title: "雨", stage: "sense", url: "/f/", step_s: 3600, hours: 24, choices: [{ value: "1", label: "1" }, { value: "3", label: "3" }] };

describe("frames of a computed layer", () => {
  it("belong to whole steps", () => {
    expect(floorTo(NOON + 59 * 60_000, 3600)).toBe(NOON);
  });
  it("are asked for once, each choice by itself, and anew after something has come", async () => {
    const asked: string[] = [];
    const store = new FrameStore(frames, (url) => {
      asked.push(url);
      return Promise.resolve(new Response(JSON.stringify({ at: url })));
    });
    await store.get(NOON, "1");
    await store.get(NOON + 60_000, "1");
    await store.get(NOON, "3");
    expect(asked).toHaveLength(2);
    store.forget();
    await store.get(NOON, "1");
    expect(asked).toHaveLength(3);
    await store.get(null, "1");
    await store.get(null, "1");
    expect(asked).toHaveLength(5);
    expect(asked[4]).toBe("/f/?choice=1");
  });
  it("that failed are asked for again", async () => {
    let calls = 0;
    const store = new FrameStore(frames, () => Promise.resolve(++calls === 1 ? new Response("", { status: 500 }) : new Response("{}")));
    await expect(store.get(NOON, "1")).rejects.toThrow("500");
    await expect(store.get(NOON, "1")).resolves.toEqual({});
  });
});

describe("the player", () => {
  it("runs through the last day in whole steps that end at or before now", () => {
    const steps = stepsOf(NOON + 10 * 60_000, 3600, 24);
    expect(steps).toHaveLength(24);
    expect(steps.at(-1)).toBe(NOON);
    expect(steps[0]).toBe(NOON - 23 * HOUR);
  });
  it("steps to neighbours and stays at the ends", () => {
    const steps = stepsOf(NOON, 3600, 3);
    expect(neighbour(steps, NOON - HOUR, 1)).toBe(NOON);
    expect(neighbour(steps, NOON - 1, -1)).toBe(NOON - HOUR);
    expect(neighbour(steps, NOON, 1)).toBe(NOON);
    expect(neighbour(steps, NOON - 5 * HOUR, -1)).toBe(NOON - 2 * HOUR);
  });
  it("waits for each frame, fetches the next ahead, and stops at the end", async () => {
    const went: number[] = [];
    const ahead: number[] = [];
    let at = NOON;
    const played: Played = {
      stepS: 3600, hours: 3, now: () => NOON, at: () => at,
      go: (moment) => { at = moment; went.push(moment); return Promise.resolve(); },
      ahead: (moment) => ahead.push(moment), choices: frames.choices, choose: () => undefined,
    };
    const one = player(played);
    one.element.querySelectorAll("select")[1]!.value = "400";
    one.element.querySelectorAll("select")[1]!.dispatchEvent(new Event("change"));
    one.play();
    expect(one.playing).toBe(true);
    while (one.playing) await new Promise((r) => setTimeout(r, 20));
    expect(went.slice(0, 3)).toEqual([NOON - 2 * HOUR, NOON - HOUR, NOON]);
    expect(ahead).toEqual([NOON - HOUR, NOON]);
    expect(at).toBe(NOON);
  });
});
