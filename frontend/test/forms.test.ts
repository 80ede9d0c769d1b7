import { expect, it, vi } from "vitest";

const asked = vi.fn(async () => new Response("{}", { headers: { "Content-Type": "application/json" } }));
vi.mock("../src/shell/world", () => ({ askPlatform: asked }));
const toast = vi.fn();
vi.mock("../src/shell/toasts", () => ({ toast }));

const page = `<form id="sign" action="/sign/" data-action></form>
<form id="words" action="/edit/" data-action data-words><input type="hidden" name="seen" value="1"><textarea name="text">两辆车被困</textarea></form>`;

it("nothing is signed while words are typed and not saved; saving them goes through", async () => {
  document.body.innerHTML = page;
  const { startForms, unsaved } = await import("../src/shell/forms");
  startForms();
  const [sign, words] = [document.querySelector<HTMLFormElement>("#sign"), document.querySelector<HTMLFormElement>("#words")];
  if (!sign || !words) throw new Error("no forms");
  expect(unsaved(sign)).toBeNull();
  words.querySelector("textarea")!.value = "三辆车被困";
  sign.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  expect(asked).not.toHaveBeenCalled();
  expect(toast).toHaveBeenCalledOnce();
  words.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  expect(asked).toHaveBeenCalledOnce();
});
