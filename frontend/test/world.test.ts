import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { askPlatform, elsewhere, startWorld, unsent, WORLD_HEADER, whenLeaving } from "../src/shell/world";

const REAL = "00000000-0000-0000-0000-000000000000";
const EXERCISE = "0197b3f0-0000-7000-8000-000000000001";
let left = 0;

beforeEach(() => {
  vi.useFakeTimers();
  left = 0;
  document.head.innerHTML = `<meta name="world" content="${REAL}">`;
  document.body.innerHTML = '<form method="post"><textarea name="text"></textarea><input type="hidden" name="x" value="1"></form>';
  whenLeaving(() => (left += 1));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("says the page's world with everything it asks, and leaves when the person is elsewhere", async () => {
  const asked: Record<string, string>[] = [];
  let answer = new Response("{}", { status: 409 });
  vi.stubGlobal("fetch", (_url: string, init: RequestInit) => {
    asked.push(init.headers as Record<string, string>);
    return Promise.resolve(answer);
  });
  await askPlatform("/desk/open/", { method: "POST", headers: { Accept: "application/json" } });
  expect(asked[0]).toEqual({ Accept: "application/json", [WORLD_HEADER]: REAL });
  expect(document.querySelector("dialog")).toBeNull();
  answer = new Response("{}", { status: 409, headers: { [WORLD_HEADER]: EXERCISE } });
  await askPlatform("/desk/open/", { method: "POST" });
  expect(document.querySelector("dialog h2")?.textContent).toBe("您已进入演练");
  expect(left).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(left).toBe(1);
});

it("does not throw away what was typed", () => {
  const text = document.querySelector("textarea") as HTMLTextAreaElement;
  expect(unsent()).toBe(false);
  text.value = "古城地道桥下积水";
  expect(unsent()).toBe(true);
  elsewhere(false);
  elsewhere(false);
  vi.advanceTimersByTime(60_000);
  expect(left).toBe(0);
  expect(document.querySelectorAll("dialog").length).toBe(1);
  expect(document.documentElement.dataset.elsewhere).toBe("您已回到实况，本页不能提交");
  (document.querySelector("dialog .main") as HTMLButtonElement).click();
  expect(left).toBe(1);
});

it("does not call back somebody who is on the way to another page", () => {
  startWorld();
  elsewhere(true);
  vi.advanceTimersByTime(1000);
  window.dispatchEvent(new Event("beforeunload"));
  vi.advanceTimersByTime(5000);
  expect(left).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(left).toBe(1);
});
