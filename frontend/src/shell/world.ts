/** The world that this page was made in (real, or one exercise): said with everything it sends, and left as soon as it is not the person's any more. */
import { t } from "../i18n";

/** Header of requests from a page, and of the server's "you are elsewhere" (409). */
export const WORLD_HEADER = "X-Anlan-World";
/** How long the page says that it will open anew before it does (ms). */
const NOTICE = 1500;
/** When the person is already on the way to another page (the button that changes worlds was pressed here), it is left to arrive (ms). */
const ON_THE_WAY = 15_000;

export function pageWorld(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=world]")?.content ?? "";
}

export function worldHeaders(): Record<string, string> {
  const world = pageWorld();
  return world ? { [WORLD_HEADER]: world } : {};
}

/** `fetch` for this platform: says the page's world, and notices when the person is in another one. */
export async function askPlatform(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { ...init, headers: { ...(init.headers as Record<string, string> | undefined), ...worldHeaders() } });
  if (response.status === 409) noticeElsewhere(response.headers.get(WORLD_HEADER));
  return response;
}

/** What a person has typed and not yet sent. */
export function unsent(root: ParentNode = document): boolean {
  return [...root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("form[method=post] :is(input, textarea)")].some((field) => {
    if (field instanceof HTMLInputElement && ["hidden", "submit", "button", "password"].includes(field.type)) return false;
    if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    if (field instanceof HTMLInputElement && field.type === "file") return (field.files?.length ?? 0) > 0;
    return field.value !== field.defaultValue;
  });
}

let told = false;
let going = 0;
let leave = (): void => location.reload();

/** For tests: what happens instead of opening the page anew. */
export function whenLeaving(act: () => void): void {
  leave = act;
  told = false;
}

export function noticeElsewhere(world: string | null): void {
  if (world && world !== pageWorld()) elsewhere(!/^[0-]+$/.test(world));
}

/** Say that this page belongs to another world than its person, and open it anew; what is typed stays until the person lets it go. */
export function elsewhere(exercise: boolean): void {
  if (told) return;
  told = true;
  document.dispatchEvent(new CustomEvent("anlan:elsewhere"));
  const typed = unsent();
  const dialog = document.createElement("dialog");
  dialog.className = "elsewhere";
  dialog.role = "alertdialog";
  const head = Object.assign(document.createElement("h2"), { textContent: exercise ? t("您已进入演练") : t("您已回到实况") });
  const words = Object.assign(document.createElement("p"), { textContent: t("这个页面是在另一个环境里打开的，不能再提交。") });
  const next = Object.assign(document.createElement("p"), { textContent: typed ? t("请先复制已填内容，再打开新页面。") : t("正在打开新页面…") });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button main", textContent: t("打开新页面") });
  button.addEventListener("click", () => leave());
  const foot = document.createElement("footer");
  foot.append(button);
  if (typed) {
    const back = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: t("先看已填内容") });
    back.addEventListener("click", () => dialog.close());
    foot.prepend(back);
  }
  const inside = Object.assign(document.createElement("div"), { className: "inside" });
  inside.append(words, next);
  const top = document.createElement("header");
  top.append(head);
  const sheet = Object.assign(document.createElement("div"), { className: "sheet" });
  sheet.append(top, inside, foot);
  dialog.append(sheet);
  dialog.addEventListener("cancel", (event) => !typed && event.preventDefault());
  // What remains when the words are put away: the page itself looks left behind.
  document.documentElement.dataset.elsewhere = exercise ? t("您已进入演练，本页不能提交") : t("您已回到实况，本页不能提交");
  document.body.append(dialog);
  dialog.showModal();
  if (!typed) leaveAfter(NOTICE);
}

/** Open the page anew after `wait` ms, unless the person has left for another page meanwhile: that way would be cut off. */
function leaveAfter(wait: number): void {
  window.setTimeout(() => (Date.now() - going < ON_THE_WAY ? leaveAfter(ON_THE_WAY) : leave()), wait);
}

export function startWorld(): void {
  window.addEventListener("beforeunload", () => (going = Date.now()));
  // A page from the browser's history may be older than the person's last choice: the live stream says so when it connects.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const xhr = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
    if (xhr.status === 409) noticeElsewhere(xhr.getResponseHeader(WORLD_HEADER));
  });
}
