import { describe, expect, it } from "vitest";
import { age, clockText, countdown, dateText, occurrence, span } from "../src/timetext";
import { takeReading, setSkew, reading, untilNextTick, worldAt, worldNow } from "../src/worldclock";

const at = (text: string): number => Date.parse(text);

describe("spans", () => {
  it("reads minutes and seconds under an hour, hours under a day, days beyond", () => {
    expect(span(432_000)).toBe("07:12");
    expect(span(4_920_000)).toBe("1:22:00");
    expect(span(2 * 86_400_000 + 3 * 3_600_000 + 60_000)).toBe("2 天 3:01");
  });
  it("counts down, then up, and is not late at the due second itself", () => {
    expect(countdown(432_000)).toEqual({ word: "剩", left: "07:12", phase: "ahead" });
    expect(countdown(60_000).phase).toBe("near");
    expect(countdown(0)).toEqual({ word: "剩", left: "00:00", phase: "near" });
    expect(countdown(-100_000)).toEqual({ word: "超时", left: "01:40", phase: "late" });
  });
});

describe("times of day", () => {
  it("are the installation's, whatever the browser's zone", () => {
    expect(`${dateText(at("2016-07-19T18:10:31Z"))} ${clockText(at("2016-07-19T18:10:31Z"))}`).toBe("2016-07-20 02:10:31");
  });
  it("name the day only when it is another one", () => {
    const now = at("2016-07-20T12:00:00+08:00");
    expect(occurrence(at("2016-07-20T00:05:00+08:00"), now)).toBe("00:05");
    expect(occurrence(at("2016-07-19T23:55:00+08:00"), now)).toBe("07-19 23:55");
    expect(occurrence(at("2015-07-20T12:00:00+08:00"), now)).toBe("2015-07-20");
  });
  it("say how old a datum is", () => {
    expect([age(30_000), age(12 * 60_000), age(5 * 3_600_000), age(3 * 86_400_000)]).toEqual(["刚刚", "12 分钟前", "5 小时前", "3 天前"]);
  });
  it("speak English on an English page", () => {
    document.documentElement.lang = "en";
    expect(age(12 * 60_000)).toBe("12 min ago");
  });
});

describe("the world's clock", () => {
  it("runs at its rate, and stands still at rate 0", () => {
    expect(worldAt({ world: 1000, anchor: 0, rate: 600 }, 2000)).toBe(1_201_000);
    expect(worldAt({ world: 1000, anchor: 0, rate: 0 }, 99_999)).toBe(1000);
  });
  it("wakes for the next shown second, never oftener than twenty times a second", () => {
    expect(untilNextTick({ world: 250, anchor: 0, rate: 1 }, 0)).toBe(750);
    expect(untilNextTick({ world: 0, anchor: 0, rate: 600 }, 0)).toBe(50);
  });
  it("takes a reading in the server's terms although this machine's clock is an hour off", () => {
    setSkew(3_600_000);
    const server = new Date(Date.now() + 3_600_000).toISOString();
    takeReading("2016-07-20T12:00:00+08:00", server, 60);
    expect(Math.abs(worldNow() - at("2016-07-20T12:00:00+08:00"))).toBeLessThan(60 * 200);
    expect(reading().rate).toBe(60);
    setSkew(0);
  });
  it("ignores a reading that it cannot read", () => {
    const before = reading();
    takeReading("gestern", "heute", 1);
    takeReading("2016-07-20T12:00:00Z", "2016-07-20T12:00:00Z", -1);
    expect(reading()).toBe(before);
  });
});
