import { beforeEach, expect, it, vi } from "vitest";

const alarm = vi.fn(() => true);
vi.mock("../src/shell/sound", () => ({ alarm }));

const answer = (html: string): void => {
  const root = document.createElement("div");
  root.innerHTML = html;
  document.dispatchEvent(new CustomEvent("anlan:answer", { detail: root }));
};
const row = (id: string, matter = "", late = false): string => `<ul><li id="${id}" data-row data-presses${matter ? ` data-matter="${matter}"` : ""}${late ? " data-phase=late" : ""}></li></ul>`;

beforeEach(async () => {
  if (!document.body.dataset.started) {
    const desk = document.createElement("div");
    desk.innerHTML = row("there");
    (await import("../src/desk/ear")).startEar(desk);
    document.body.dataset.started = "true";
  }
  alarm.mockClear();
});

it("rings once for what comes, once more when it is late, and not for what was there", () => {
  answer(row("there"));
  expect(alarm).not.toHaveBeenCalled();
  answer(row("a"));
  answer(row("a"));
  expect(alarm).toHaveBeenCalledTimes(1);
  answer(row("a", "", true));
  expect(alarm).toHaveBeenCalledTimes(2);
});

it("does not ring for what came of one's own act, and at once for another's", () => {
  document.dispatchEvent(new CustomEvent("anlan:done", { detail: { answer: { incident: "mine" } } }));
  answer(row("b", "mine"));
  expect(alarm).not.toHaveBeenCalled();
  answer(row("c", "theirs"));
  expect(alarm).toHaveBeenCalledTimes(1);
});
