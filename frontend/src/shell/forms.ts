/** Forms of actions (`data-action`): sent without leaving the page; a refusal is shown at the field and nothing typed is lost. */
import { t } from "../i18n";
import { formTime } from "../timetext";
import { worldNow } from "../worldclock";
import { refreshAll } from "./live";
import { toast } from "./toasts";
import { askPlatform } from "./world";

export interface Refusal {
  message: string;
  mend?: string;
  field?: string;
  details?: { faults?: { field: string; message: string }[] };
}

/** Faults by field; a refusal that names one field only counts too. */
export function faultsOf(refusal: Refusal): Map<string, string> {
  const faults = new Map<string, string>();
  for (const fault of refusal.details?.faults ?? []) faults.set(fault.field, fault.message);
  if (faults.size === 0 && refusal.field) faults.set(refusal.field, refusal.message);
  return faults;
}

function showRefusal(form: HTMLFormElement, refusal: Refusal): void {
  form.querySelectorAll<HTMLElement>("[data-fault]").forEach((field) => field.removeAttribute("data-fault"));
  let first: HTMLElement | null = null;
  for (const [name, message] of faultsOf(refusal)) {
    const field = form.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
    const line = field?.querySelector(".fault");
    if (!field || !line) continue;
    field.setAttribute("data-fault", "");
    line.textContent = message;
    first ??= field.querySelector<HTMLElement>("input, textarea, select");
  }
  const box = form.querySelector("[data-form-trouble]");
  if (box) {
    box.replaceChildren();
    const notice = document.createElement("div");
    notice.className = "notice trouble flat";
    notice.role = "alert";
    notice.innerHTML = '<span class="sign" aria-hidden="true">!</span><div><div class="text"></div><div class="mend"></div></div>';
    (notice.querySelector(".text") as HTMLElement).textContent = refusal.message;
    (notice.querySelector(".mend") as HTMLElement).textContent = refusal.mend ?? "";
    box.append(notice);
  } else if (!first) {
    toast(refusal.message, { trouble: true, ...(refusal.mend ? { mend: refusal.mend } : {}) });
  }
  first?.focus();
}

/** The cookie first: a page from the cache may carry the token of an earlier sign-in. */
export function csrf(): string {
  const cookie = /(?:^|;\s*)anlan_csrf=([^;]+)/.exec(document.cookie)?.[1];
  if (cookie) return decodeURIComponent(cookie);
  return document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
}

async function answerOf(response: Response): Promise<Record<string, unknown>> {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return {};
  return (await response.json().catch(() => ({}))) as Record<string, unknown>;
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  if (form.ariaBusy === "true") return;
  const body = new FormData(form, submitter);
  const url = submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
  form.ariaBusy = "true";
  submitter?.setAttribute("aria-busy", "true");
  try {
    const response = await askPlatform(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf(), "X-Requested-With": "fetch" } });
    const answer = await answerOf(response);
    if (!response.ok) {
      showRefusal(form, {
        message: String(answer.message ?? t("没有办成（{status}）", { status: response.status })),
        mend: String(answer.mend ?? t("已填内容还在，请稍后再试")),
        field: String(answer.field ?? ""),
        details: answer.details as Refusal["details"],
      } as Refusal);
      return;
    }
    form.closest("dialog")?.close();
    form.reset();
    document.dispatchEvent(new CustomEvent("anlan:done", { detail: { url, answer } }));
    const next = typeof answer.redirect === "string" ? answer.redirect : response.redirected ? response.url : "";
    const words = typeof answer.message === "string" ? answer.message : "";
    if (next && new URL(next, location.href).pathname !== location.pathname) {
      sayAfterwards(words);
      location.assign(next);
      return;
    }
    // The bell in the frame is live too, but says nothing about the page: one without a live part of its own is read anew.
    if (document.querySelector("main [data-live]") && !form.hasAttribute("data-reload")) {
      if (words) toast(words);
      refreshAll(true);
      return;
    }
    sayAfterwards(words);
    location.reload();
  } catch {
    showRefusal(form, { message: t("没有连上平台，未提交"), mend: t("已填内容还在，恢复连接后请再按一次") });
  } finally {
    form.ariaBusy = null;
    submitter?.removeAttribute("aria-busy");
  }
}

type Field = HTMLInputElement | HTMLTextAreaElement;

const changed = (field: Field): boolean =>
  field.type === "checkbox" || field.type === "radio" ? (field as HTMLInputElement).checked !== (field as HTMLInputElement).defaultChecked : field.value !== field.defaultValue;

/** A form of words (`data-words`) other than `sent` in which something was typed and not saved: a step taken now would leave it out. */
export function unsaved(sent: HTMLFormElement): HTMLFormElement | null {
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-words]")].filter((form) => form !== sent);
  return forms.find((form) => [...form.querySelectorAll<Field>("textarea, input:not([type=hidden])")].some(changed)) ?? null;
}

function keptBack(form: HTMLFormElement): boolean {
  const open = unsaved(form);
  if (!open) return false;
  form.closest("dialog")?.close();
  toast(t("您修改的内容还没有保存，没有办理"), { trouble: true, mend: t("请先按“保存”，再办理这一步；不要修改的请刷新页面") });
  [...open.querySelectorAll<Field>("textarea, input:not([type=hidden])")].find(changed)?.focus();
  return true;
}

const AFTERWARDS = "anlan.said";

/** What is to be confirmed on the page that comes next. */
function sayAfterwards(words: string): void {
  if (words) sessionStorage.setItem(AFTERWARDS, words);
}

export function startForms(): void {
  const words = sessionStorage.getItem(AFTERWARDS);
  sessionStorage.removeItem(AFTERWARDS);
  if (words) toast(words);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-action")) return;
    event.preventDefault();
    if (keptBack(form)) return;
    void send(form, (event as SubmitEvent).submitter);
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const now = target.closest<HTMLElement>("[data-now-into]");
    if (now?.dataset.nowInto) fill(now.dataset.nowInto, formTime(worldNow()));
    const here = target.closest<HTMLElement>("[data-locate-into]");
    if (here?.dataset.locateInto) {
      const id = here.dataset.locateInto;
      navigator.geolocation?.getCurrentPosition(
        (p) => fill(id, `${p.coords.longitude.toFixed(6)},${p.coords.latitude.toFixed(6)}`),
        () => toast(t("取不到当前位置"), { mend: t("请在地图上点选，或直接填写经纬度"), trouble: true }),
        { enableHighAccuracy: true, timeout: 10_000 },
      );
    }
    const account = target.closest<HTMLElement>("[data-fill-username]");
    if (account) {
      fill("username", account.dataset.fillUsername ?? "");
      fill("password", account.dataset.fillPassword ?? "");
      document.getElementById("password")?.closest("form")?.querySelector<HTMLElement>(".button.main")?.focus();
    }
  });
}

function fill(id: string, value: string): void {
  const field = document.getElementById(id);
  if (!(field instanceof HTMLInputElement)) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
