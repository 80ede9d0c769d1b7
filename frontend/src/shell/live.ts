/** Live pages: one stream a page, resumed without gaps; what changed is fetched again where the page says `data-live`. */
import { t } from "../i18n";
import { clockText, span } from "../timetext";
import { takeReading, worldNow } from "../worldclock";
import { earliest, QUIET } from "./pace";
import { alarm } from "./sound";
import { backoff, EventParser, fits, matches, topicsFor, type Notice } from "./stream";
import { askPlatform, elsewhere, pageWorld } from "./world";

/** A stream that says nothing for so long is taken for dead (the server beats every 15 s). */
const SILENCE = 40_000;
/** While the cursor works inside a region its refresh waits, at most this long. */
const HOLD_MOVING = 3_000;
const HOLD_MOST = 15_000;
const POLL_EVERY = 15_000;
/** A hidden page gives its connection back after a while, unless it must be heard. */
const HIDDEN_GRACE = 20_000;

type State = "connecting" | "open" | "lost" | "polling" | "signedout";

const listeners = new Set<{ pattern: string; tell: (notice: Notice) => void }>();
let state: State = "connecting";
let lastId = "";
let lastHeard = 0;
let lostAt = 0;
let failures = 0;
let open: AbortController | null = null;
let openTopics = "";
let timer = 0;
let pollTimer = 0;
/** The person works in another world now: nothing more is shown on this page. */
let left = false;

/** Be told of notices whose subject fits `pattern`; returns how to stop. Topics are extended when needed. */
export function listen(pattern: string, tell: (notice: Notice) => void): () => void {
  const listener = { pattern, tell };
  listeners.add(listener);
  queueMicrotask(extendTopics);
  return () => listeners.delete(listener);
}

/** World time (ms) of the last sign of life from the server. */
export function heardAt(): number {
  return lastHeard;
}

function topics(): string {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-live]")].map((r) => r.dataset.live ?? "");
  const page = [document.body.dataset.liveTopics ?? "", document.body.dataset.liveAttention ?? "", "kernel.world."];
  return topicsFor([...regions, ...page, ...[...listeners].map((l) => l.pattern)]).join(",");
}

function extendTopics(): void {
  if (!open || state === "signedout") return;
  const wanted = topics();
  if (wanted.split(",").some((w) => !openTopics.split(",").some((o) => w.startsWith(o)))) connect();
}

function show(next: State): void {
  if (next === "lost" && state !== "lost") lostAt = Date.now();
  if (state !== next) document.dispatchEvent(new CustomEvent("anlan:link", { detail: next }));
  state = next;
  const box = document.querySelector<HTMLElement>("[data-link]");
  if (!box) return;
  box.dataset.state = next;
  const data = lastHeard ? ` · ${t("数据")} ${clockText(lastHeard)}` : "";
  const texts: Record<State, string> = {
    connecting: t("正在连接"),
    open: t("连接正常") + data,
    lost: `${t("连接中断")} ${span(Date.now() - lostAt)}${data} · ${t("正在重连")}`,
    polling: t("定时刷新") + data,
    signedout: t("登录已失效，请重新登录"),
  };
  if (box.textContent !== texts[next]) box.textContent = texts[next];
}

function receive(raw: { id: string; event: string; data: string }): void {
  if (raw.id) lastId = raw.id;
  lastHeard = worldNow();
  if (raw.event === "beat" || raw.event === "hello") return;
  if (raw.event === "world") {
    left = true;
    rest();
    elsewhere((JSON.parse(raw.data) as { exercise?: boolean }).exercise === true);
    return;
  }
  if (raw.event === "reload") {
    refreshAll();
    document.dispatchEvent(new CustomEvent("anlan:reload"));
    return;
  }
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(raw.data || "{}") as Record<string, unknown>;
  } catch {
    console.warn("a live notice is not JSON", raw.event);
    return;
  }
  deliver({ id: raw.id, subject: raw.event, data });
}

/** Hand a notice to regions, listeners and the ear. Exported for pages that learn of a change by themselves. */
export function deliver(notice: Notice): void {
  if (typeof notice.data.anchor_world === "string" && typeof notice.data.anchor_real === "string") {
    takeReading(notice.data.anchor_world, notice.data.anchor_real, Number(notice.data.rate));
  }
  document.querySelectorAll<HTMLElement>("[data-live]").forEach((region) => {
    if (fits(region.dataset.live ?? "", notice.subject) && matches(region.dataset.liveMatch, notice.data)) mark(region, notice);
  });
  listeners.forEach((l) => fits(l.pattern, notice.subject) && l.tell(notice));
  document.dispatchEvent(new CustomEvent<Notice>("anlan:notice", { detail: notice }));
  const attention = document.body.dataset.liveAttention;
  if (notice.data.attention === true || (attention && fits(attention, notice.subject))) alarm();
}

interface Waiting { own: boolean; count: number; since: number; heard: number; chance: number; timer: number; notice: Notice | null }
const waiting = new Map<HTMLElement, Waiting>();
/** Each region's last refresh: when it began and ended, how long it took (ms). */
const refreshes = new WeakMap<Element, { began: number; finished: number; took: number }>();
let pointerMoved = 0;
let pointerOver: Element | null = null;

function mark(region: HTMLElement, notice: Notice | null, own = false): void {
  const now = Date.now();
  const entry = waiting.get(region) ?? { own, count: 0, since: now, heard: now, chance: Math.random(), timer: 0, notice };
  entry.own ||= own;
  entry.count += 1;
  entry.heard = now;
  entry.notice = notice;
  waiting.set(region, entry);
  again(region, entry, Math.max(0, dueIn(region, entry)));
}

function again(region: HTMLElement, entry: Waiting, wait: number): void {
  clearTimeout(entry.timer);
  entry.timer = window.setTimeout(() => settle(region), wait);
}

/** Milliseconds until the region may be fetched; one that is being fetched is not asked once more before its answer is there. */
function dueIn(region: HTMLElement, entry: Waiting): number {
  const last = refreshes.get(region);
  const now = Date.now();
  if (last && !last.finished && now - last.began < SILENCE) return QUIET;
  if (entry.own) return entry.since + QUIET - now;
  return earliest({ ...entry, finished: last?.finished ?? 0, took: last?.took ?? 0 }, entry.chance) - now;
}

function timeRefreshes(): void {
  document.addEventListener("htmx:beforeSend", (event) => {
    const region = event.target as Element;
    if (region.matches("[data-live]")) refreshes.set(region, { began: Date.now(), finished: 0, took: 0 });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const region = event.target as Element;
    const last = refreshes.get(region);
    if (!last) return;
    refreshes.set(region, { began: last.began, finished: Date.now(), took: Date.now() - last.began });
    region.dispatchEvent(new CustomEvent("anlan:refreshed", { bubbles: true }));
  });
}

function busy(region: HTMLElement): boolean {
  if (region.hasAttribute("data-live-now")) return false;
  // Its rows stand still by themselves.
  if (region.hasAttribute("data-steady")) return region.querySelector("dialog[open]") !== null;
  if (region.querySelector("dialog[open], details.menu[open], details.basis[open]")) return true;
  const pressed = document.activeElement;
  if (pressed && pressed !== region && region.contains(pressed) && pressed.matches("input:not([type=checkbox]), textarea, select")) return true;
  return pointerOver !== null && region.contains(pointerOver) && Date.now() - pointerMoved < HOLD_MOVING;
}

function settle(region: HTMLElement): void {
  const entry = waiting.get(region);
  if (!entry) return;
  if (!region.isConnected) {
    waiting.delete(region);
    return;
  }
  if (busy(region) && Date.now() - entry.since < HOLD_MOST) {
    pill(region, entry.count);
    again(region, entry, 500);
    return;
  }
  const wait = dueIn(region, entry);
  if (wait > 0) again(region, entry, wait);
  else refetch(region, entry);
}

function refetch(region: HTMLElement, entry: Waiting): void {
  clearTimeout(entry.timer);
  waiting.delete(region);
  region.querySelector(":scope > .waiting-pill")?.remove();
  region.dispatchEvent(new CustomEvent("live", { bubbles: false, detail: entry.notice }));
}

/** "3 条新变化": says that something waits, at the edge, without moving what is under the cursor. */
function pill(region: HTMLElement, count: number): void {
  if (!region.hasAttribute("data-live-pill")) return;
  let box = region.querySelector<HTMLElement>(":scope > .waiting-pill");
  if (!box) {
    box = document.createElement("div");
    box.className = "waiting-pill";
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => {
      const entry = waiting.get(region);
      if (entry) refetch(region, entry);
    });
    box.append(button);
    box.style.height = "0";
    region.prepend(box);
  }
  const text = t("{n} 条新变化 · 点此显示", { n: count });
  if (box.firstElementChild && box.firstElementChild.textContent !== text) box.firstElementChild.textContent = text;
}

/** Ask every live region to fetch itself anew. After an act of one's own (`own`) the answer is not kept waiting. */
export function refreshAll(own = false): void {
  document.querySelectorAll<HTMLElement>("[data-live]").forEach((region) => mark(region, null, own));
}

async function run(controller: AbortController): Promise<void> {
  openTopics = topics();
  const url = new URL(document.body.dataset.liveUrl ?? "/live/", location.href);
  url.searchParams.set("topics", openTopics);
  if (pageWorld()) url.searchParams.set("world", pageWorld());
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId) headers["Last-Event-ID"] = lastId;
  const response = await fetch(url, { headers, signal: controller.signal, cache: "no-store", credentials: "same-origin" });
  if (response.status === 401 || response.status === 403 || response.redirected) {
    show("signedout");
    return;
  }
  if (!response.ok || !response.body) throw new Error(`live: ${response.status}`);
  const parser = new EventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
  let watchdog = window.setTimeout(() => controller.abort(), SILENCE);
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      clearTimeout(watchdog);
      watchdog = window.setTimeout(() => controller.abort(), SILENCE);
      parser.push(value).forEach(receive);
      failures = 0;
      stopPolling();
      if (open === controller) show("open");
    }
  } finally {
    clearTimeout(watchdog);
  }
}

function connect(): void {
  if (left) return;
  clearTimeout(timer);
  open?.abort();
  const controller = new AbortController();
  open = controller;
  void run(controller)
    .catch(() => undefined)
    .finally(() => {
      if (open !== controller || state === "signedout") return;
      open = null;
      failures += 1;
      if (!pollTimer) show("lost");
      if (failures >= 4) startPolling();
      timer = window.setTimeout(connect, backoff(failures - 1));
    });
}

function startPolling(): void {
  if (pollTimer) return;
  const poll = (): void => {
    void askPlatform(document.body.dataset.pingUrl ?? location.href, { method: "HEAD", cache: "no-store" })
      .then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        lastHeard = worldNow();
        show("polling");
        refreshAll();
      })
      .catch(() => show("lost"));
  };
  pollTimer = window.setInterval(poll, POLL_EVERY);
  poll();
}

function stopPolling(): void {
  if (pollTimer) refreshAll();
  clearInterval(pollTimer);
  pollTimer = 0;
}

/** Close without alarm (a hidden page); `connect` resumes from the last position. */
function rest(): void {
  const controller = open;
  open = null;
  controller?.abort();
  clearTimeout(timer);
}

export function startLive(): void {
  if (document.body.hasAttribute("data-no-live") || document.body.hasAttribute("data-phone")) return;
  lastId = document.body.dataset.liveAfter ?? "";
  document.addEventListener("anlan:elsewhere", () => {
    left = true;
    rest();
  });
  document.addEventListener("pointermove", (event) => {
    pointerMoved = Date.now();
    pointerOver = event.target as Element;
  }, { passive: true });
  document.addEventListener("pointerleave", () => (pointerOver = null));
  document.addEventListener("htmx:load", extendTopics);
  timeRefreshes();
  let grace = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(grace);
    if (document.hidden && !document.body.dataset.liveAttention && !document.querySelector("[data-desk]")) grace = window.setTimeout(rest, HIDDEN_GRACE);
    else if (!document.hidden && !open && state !== "signedout") connect();
  });
  window.addEventListener("online", () => {
    failures = 0;
    connect();
  });
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  window.setInterval(() => show(state), 1000);
  connect();
}
