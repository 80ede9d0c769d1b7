import { describe, expect, it } from "vitest";
import { backoff, EventParser, fits, matches, topicsFor } from "../src/shell/stream";

describe("the event stream", () => {
  it("gives the same events however the text is cut", () => {
    const text = 'retry: 900\nid: 7\nevent: command.incident.opened\ndata: {"a":1}\n\n: comment\r\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n';
    const whole = new EventParser().push(text);
    for (let size = 1; size < 9; size++) {
      const parser = new EventParser();
      const out = [];
      for (let i = 0; i < text.length; i += size) out.push(...parser.push(text.slice(i, i + size)));
      expect(out).toEqual(whole);
      expect(parser.retry).toBe(900);
    }
    expect(whole).toEqual([{ id: "7", event: "command.incident.opened", data: '{"a":1}' }, { id: "8", event: "message", data: "x\ny" }]);
  });
  it("keeps the position for events that bring none", () => {
    expect(new EventParser().push("id: 3\ndata: a\n\nevent: beat\ndata: {}\n\n").map((e) => e.id)).toEqual(["3", "3"]);
  });
  it("does not announce an event without data", () => {
    expect(new EventParser().push("event: x\n\n")).toEqual([]);
  });
});

describe("patterns", () => {
  it("* is one word, > the rest, a trailing dot a prefix", () => {
    expect(fits("command.incident.*", "command.incident.opened")).toBe(true);
    expect(fits("command.*", "command.incident.opened")).toBe(false);
    expect(fits("command.>", "command.incident.opened")).toBe(true);
    expect(fits("command.>", "command")).toBe(false);
    expect(fits("command.", "command.task.sent")).toBe(true);
    expect(fits("warning.>, action.shelter.counted", "action.shelter.counted")).toBe(true);
    expect(fits("", "x")).toBe(false);
  });
  it("turn into the fewest topics", () => {
    expect(topicsFor(["command.incident.*", "command.>", "warning.alert.issued"])).toEqual(["command.", "warning.alert.issued"]);
    expect(topicsFor(["*.incident.opened", "warning.>"])).toEqual([""]);
  });
  it("may name several values of a field", () => {
    expect(matches("loop=command.task|command.response", { loop: "command.response" })).toBe(true);
    expect(matches("loop=command.task|command.response", { loop: "command.incident" })).toBe(false);
  });
  it("may ask for one record", () => {
    expect(matches("record=5,state=open", { record: 5, state: "open" })).toBe(true);
    expect(matches("record=5", { record: 6 })).toBe(false);
    expect(matches(undefined, {})).toBe(true);
  });
});

it("waits longer after each failure, at most about 20 s", () => {
  expect([0, 1, 2].map((n) => backoff(n, 0.5))).toEqual([500, 1000, 2000]);
  expect(backoff(40, 1)).toBeLessThanOrEqual(22_000);
});
