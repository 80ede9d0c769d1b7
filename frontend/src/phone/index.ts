/** The field client: four large buttons, works without a network, shows always what is not yet sent. */
import "../tokens.css";
import "../styles/base.css";
import "../styles/controls.css";
import "../styles/parts.css";
import "./phone.css";
import { t } from "../i18n";
import { csrf } from "../shell/forms";
import { alarm, startSound } from "../shell/sound";
import { tick } from "../shell/ticking";
import { age, clockText } from "../timetext";
import { setReading, worldNow } from "../worldclock";
import { fetchData, lastData, type PhoneData } from "./data";
import { itemRow, mendingForm, reportOf } from "./mending";
import { callList, gridList, taskList, type Ways } from "./lists";
import { make } from "./make";
import { Outbox, type OutboxStatus } from "./outbox";
import { reportForm, type Draft } from "./report";
import { forget, items, keep, kept, type OutboxItem } from "./store";

type Page = "home" | "report" | "tasks" | "calls" | "grid" | "unsent" | "mend";
const REFRESH = 20_000;

async function whoAmI(): Promise<string> {
  // The page may come from the cache: then the person is the one who signed in last on this device.
  const told = document.body.dataset.person ?? "";
  if (told) await keep("person", told);
  return told || ((await kept<string>("person")) ?? "");
}

async function start(): Promise<void> {
  const root = document.getElementById("phone");
  if (!root) return;
  const dataUrl = document.body.dataset.dataUrl ?? "/phone/data/";
  const person = await whoAmI();
  const outbox = new Outbox(document.body.dataset.syncUrl ?? "/phone/sync/", person, csrf);
  let data: PhoneData | undefined = await lastData(person);
  // World and band are those of the page as it was drawn: what is begun in an exercise goes nowhere else, whatever starts or ends meanwhile.
  outbox.world = data?.world;
  let exercise = data?.exercise;
  let status: OutboxStatus = await outbox.status();
  let signin = false;
  let page: Page = "home";
  let said = "";
  /** What came back and is being put right; it is dropped once the new one is safe. */
  let mending: OutboxItem | null = null;
  /** A report that was begun and not sent: it outlives the page, the tab and the battery. One begun in an exercise waits there. */
  const draftKey = (): string => `draft:${person}:${outbox.world ?? ""}`;
  let draft = await kept<Draft>(draftKey());
  let writing = false;
  let last: { key: string; draft: Draft | undefined } | null = null;
  const remember = (now: Draft | undefined): void => {
    draft = now;
    last = { key: draftKey(), draft: now };
    if (!writing) void writeDraft();
  };
  /** One write at a time, and always the last state. */
  const writeDraft = async (): Promise<void> => {
    writing = true;
    while (last) {
      const now: { key: string; draft: Draft | undefined } = last;
      last = null;
      await (now.draft ? keep(now.key, now.draft) : forget(now.key)).catch(() => undefined);
    }
    writing = false;
  };

  const pageOf = (): Page => (["report", "tasks", "calls", "grid", "unsent", "mend"].find((p) => location.hash === `#${p}`) as Page | undefined) ?? "home";
  const say = (text: string): void => {
    said = text;
    drawBar();
    if (text) window.setTimeout(() => said === text && say(""), 6000);
  };

  const bar = make("header", { className: "phonebar" });
  const body = make("main", { id: "main", className: "phonebody" });
  const foot = make("output", { className: "phonesaid", attrs: { "aria-live": "polite" } });
  root.replaceChildren(bar, body, foot);

  const drawBar = (): void => {
    const dataAge = data?.arrived ? Date.now() - data.arrived : null;
    const line = status.online ? (signin ? t("请重新登录") : t("已联网")) : t("无网络，照常可用");
    const unsent = make("a", { className: "unsent", href: "#unsent", data: { n: String(status.unsent) } }, make("strong", { textContent: String(status.unsent) }), " ", t("条未送达"));
    const band = exercise ?? document.body.dataset.exercise;
    bar.replaceChildren(...[
      band ? make("div", { className: "band" }, make("span", { className: "word", textContent: t("演练") }), make("strong", { textContent: band }), make("time", { className: "number", textContent: clockText(worldNow()) })) : null,
      make("div", { className: "apart" },
        page === "home" ? make("h1", { textContent: data?.person.name ?? t("安澜") }) : make("a", { className: "button plain back", href: "#", textContent: t("‹ 返回") }),
        unsent),
      make("div", { className: "apart quiet small" }, make("span", { textContent: line }), make("span", { textContent: dataAge === null ? "" : `${t("数据")} ${clockText(Date.parse((exercise ? data?.clock.now : data?.as_of) ?? ""), false)}（${age(dataAge)}）` })),
    ].filter((n): n is HTMLDivElement => n !== null));
    foot.textContent = said;
    foot.hidden = said === "";
  };

  const big = (href: string, name: string, glyph: string, note: string, late: boolean): HTMLElement =>
    make("a", { className: "big", href, ...(late ? { data: { phase: "late" } } : {}) }, make("span", { className: "glyph", textContent: glyph, ariaHidden: "true" }), make("span", { className: "name", textContent: name }), make("span", { className: "note", textContent: note }));

  const home = (): HTMLElement => {
    const late = (due: string | undefined): boolean => due !== undefined && Date.parse(due) < worldNow();
    const unanswered = data?.calls.filter((c) => !c.answered_at) ?? [];
    const left = data?.grid.members.filter((m) => !m.reached).length ?? 0;
    return make("nav", { className: "bigs" },
      big("#report", t("报情况"), t("报"), draft ? t("有一条没报完") : t("拍照、语音、文字都行"), false),
      big("#tasks", t("我的任务"), t("任"), data ? t("{n} 项要办", { n: data.tasks.length }) : "", data?.tasks.some((x) => late(x.due)) ?? false),
      big("#calls", t("叫应回执"), t("应"), unanswered.length ? t("{n} 条待应答", { n: unanswered.length }) : t("没有待应答"), unanswered.some((c) => late(c.due))),
      // Whoever answers for no street or community has no grid.
      ...(data && !data.grid.title ? [] : [big("#grid", t("我的网格"), t("格"), data?.grid.members.length ? t("未查看 {n} / 共 {all}", { n: left, all: data.grid.members.length }) : "", false)]));
  };

  const unsentList = async (): Promise<HTMLElement> => {
    const waiting = await items(person);
    const again = make("button", { type: "button", className: "button main send", textContent: t("现在重试") });
    again.addEventListener("click", () => void outbox.flush(true));
    if (waiting.length === 0) return make("div", { className: "empty card" }, make("strong", { textContent: t("都已送达") }), make("span", { textContent: t("没有网络时填的会先存在这里，有网络后自动送出，每条只送一次。") }));
    return make("div", { className: "stack" }, make("ul", { className: "rows card" }, ...waiting.map((item) => itemRow(item, outbox, (wrong) => {
      mending = wrong;
      location.hash = wrong.kind === "report" ? "#report" : "#mend";
    }))), again);
  };

  const enterWorld = async (): Promise<void> => {
    if (!data) return;
    const before = outbox.world;
    outbox.world = data.world;
    exercise = data.exercise;
    if (before !== data.world) draft = (before === undefined ? draft : undefined) ?? await kept<Draft>(draftKey());
  };

  const draw = async (): Promise<void> => {
    page = pageOf();
    await enterWorld();
    const underway = new Map<string, string>();
    const refused = new Set<string>();
    for (const item of await items(person)) {
      const of = item.data.task ?? item.data.call ?? item.data.member;
      if (typeof of === "string" && item.state !== "refused") underway.set(of, item.title.split(" · ")[0] ?? item.title);
      else if (typeof of === "string") refused.add(of);
    }
    const ways: Ways = { outbox, say, underway, refused, again: () => void draw() };
    drawBar();
    if (page === "mend" && mending === null) location.replace("#unsent");
    if (page !== "report" && page !== "mend") mending = null;
    const wrong = mending;
    const safe = (): void => {
      location.hash = "";
      say(navigator.onLine ? t("已存下，正在送出") : t("已存下，有网络后自动送出"));
    };
    const shown = page === "mend" && wrong ? mendingForm(wrong, outbox, safe, say, () => {
      mending = { ...wrong, kind: "report", data: reportOf(wrong) };
      location.hash = "#report";
    }) : page === "report" ? reportForm(data, outbox, () => {
      if (wrong) void outbox.drop(wrong.id);
      else remember(undefined);
      safe();
    }, say, wrong ?? draft, wrong ? undefined : remember) : page === "tasks" ? taskList(data, ways) : page === "calls" ? callList(data, ways) : page === "grid" ? gridList(data, ways) : page === "unsent" || page === "mend" ? await unsentList() : home();
    const title = { home: "", report: t("报情况"), tasks: t("我的任务"), calls: t("叫应回执"), grid: t("我的网格"), unsent: t("未送达"), mend: t("修改后重报") }[page];
    body.replaceChildren(...(title ? [make("h1", { textContent: title })] : []), shown);
    if (signin) body.prepend(make("div", { className: "notice trouble flat" }, make("span", { className: "sign", textContent: "!" }), make("span", {}, t("登录已失效。填好的都还在，登录后自动送出。")), make("a", { className: "button", href: `/signin/?next=${encodeURIComponent(location.pathname)}`, textContent: t("去登录") })));
    tick(body);
  };

  const refresh = async (): Promise<void> => {
    const fetched = await fetchData(dataUrl);
    signin = "signin" in fetched;
    if (!("data" in fetched)) {
      drawBar();
      return;
    }
    const known = new Set([...(data?.tasks ?? []), ...(data?.calls ?? [])].map((x) => x.id));
    const fresh = data !== undefined && [...fetched.data.tasks, ...fetched.data.calls].some((x) => !known.has(x.id));
    data = fetched.data;
    if (fresh) {
      alarm();
      navigator.vibrate?.([200, 100, 200]);
    }
    applyClock(data);
    // A half-filled form is never drawn anew under the thumb.
    const untouched = page === "report" && mending === null && body.querySelector("form")?.dataset.touched === undefined;
    const busy = page === "mend" || (page === "report" ? !untouched : body.querySelector("form:not([hidden]) :is(textarea, input:not([type=radio]))") !== null);
    if (!busy) await draw();
    else if (outbox.world !== data.world) say(t("演练有变化，正在填的这份仍送到原来那边"));
    else drawBar();
  };

  if (data) applyClock(data);
  outbox.onChange((next) => {
    const sentSome = next.unsent < status.unsent;
    status = next;
    signin ||= next.needsSignin;
    drawBar();
    if (page === "unsent" || sentSome) void (page === "report" || page === "mend" ? undefined : draw());
    if (sentSome) void refresh();
  });
  for (const kind of ["input", "pointerdown"]) body.addEventListener(kind, (event) => {
    const form = (event.target as Element).closest("form");
    if (form) form.dataset.touched = "";
  });
  window.addEventListener("hashchange", () => void draw().then(() => scrollTo(0, 0)));
  window.addEventListener("online", () => void refresh());
  await draw();
  startSound();
  outbox.start();
  void refresh();
  window.setInterval(() => !document.hidden && void refresh(), REFRESH);
  window.setInterval(() => {
    tick(body);
    drawBar();
  }, 1000);
}

/** The world's clock by this device's own: a phone whose clock is wrong still counts rightly. */
function applyClock(data: PhoneData): void {
  const world = Date.parse(data.clock.now);
  if (!Number.isNaN(world) && data.arrived) setReading({ world, anchor: data.arrived, rate: data.clock.rate });
}

async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const url = new URL(document.body.dataset.workerUrl ?? "/phone/sw.js", location.href);
  url.searchParams.set("built", document.body.dataset.built ?? "/static/built/");
  await navigator.serviceWorker.register(url, { scope: "/phone/" }).catch((error: unknown) => console.warn("no service worker", error));
}

void start();
void registerWorker();
void navigator.storage?.persist?.();
