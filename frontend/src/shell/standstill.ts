/** Says that the platform itself stands still. Asked for apart from the live stream, which may be what stands still. */
import { language, t } from "../i18n";
import { clockText } from "../timetext";
import { listen } from "./live";

/** A standstill shows on the page within a quarter of a minute: the probe's five seconds are part of it. */
const ASK_EVERY = 5_000;
const PATIENCE = 4_000;

interface Told { state: string; since: string | null; text: string; mend: string }
let band: HTMLElement | null = null;

async function ask(url: string): Promise<void> {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`${url}?language=${language()}`, { cache: "no-store", signal: stop.signal });
    if (answer.headers.get("content-type")?.startsWith("application/json")) show((await answer.json()) as Told);
  } catch {
    // No answer at all is said by the mark of the connection; what was said before stays.
  } finally {
    clearTimeout(timer);
  }
}

function show(told: Told): void {
  if (told.state !== "stuck" && told.state !== "unknown") {
    band?.remove();
    band = null;
    return;
  }
  const main = document.getElementById("main");
  if (!main) return;
  if (!band) {
    band = document.createElement("div");
    band.className = "standstill";
    band.setAttribute("role", "alert");
    main.prepend(band);
  }
  const since = told.since ? t("{time} 起", { time: clockText(Date.parse(told.since)) }) : "";
  const words = [told.text, told.mend, since].join("\n");
  if (band.dataset.words === words) return;
  band.dataset.words = words;
  const head = Object.assign(document.createElement("strong"), { textContent: told.state === "stuck" ? t("平台停顿") : t("平台自检没有报告") });
  const text = Object.assign(document.createElement("span"), { textContent: told.text });
  const from = Object.assign(document.createElement("span"), { textContent: since, className: "since" });
  const mend = Object.assign(document.createElement("span"), { textContent: told.mend, className: "mend" });
  const more = Object.assign(document.createElement("a"), { textContent: t("平台运行"), href: "/system/" });
  band.replaceChildren(head, text, from, mend, more);
}

export function startStandstill(): void {
  const url = document.body.dataset.healthUrl;
  if (!url) return;
  const look = (): void => {
    if (!document.hidden) void ask(url);
  };
  window.setInterval(look, ASK_EVERY);
  document.addEventListener("visibilitychange", look);
  listen("kernel.loop.", (notice) => notice.data.loop === "analysis.chain_alarm" && look());
  look();
}
