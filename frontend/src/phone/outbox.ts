/** Sends what waits, each item once, oldest first; keeps trying until the server has said yes or no. */
import { t } from "../i18n";
import { backoff } from "../shell/stream";
import { items, put, remove, type OutboxItem } from "./store";

/** What an answer of the server means for the item. */
export type Outcome = "accepted" | "refused" | "signin" | "later";

/** 2xx and "already have it" are a yes; a refusal of the content is final until corrected; anything else is tried again.
 * What is not there (404) is final only when the platform itself says so: `spoken`. */
export function outcomeOf(status: number, spoken = true): Outcome {
  if (status >= 200 && status < 300) return "accepted";
  if (status === 401) return "signin";
  if ([404, 410].includes(status)) return spoken ? "refused" : "later";
  if ([400, 403, 409, 413, 415, 422].includes(status)) return "refused";
  return "later";
}

/** Names of the parts sort in the order of the files. */
const partName = (i: number): string => `file${String(i).padStart(2, "0")}`;

export interface OutboxStatus {
  unsent: number;
  refused: number;
  sending: boolean;
  needsSignin: boolean;
  online: boolean;
}

export class Outbox {
  private running = false;
  private timer = 0;
  private needsSignin = false;
  /** The world that the phone shows now. */
  world: string | undefined;
  private listeners = new Set<(status: OutboxStatus) => void>();

  constructor(
    private readonly url: string,
    readonly person: string,
    private readonly csrf: () => string,
    private readonly send: typeof fetch = (...args) => fetch(...args),
  ) {}

  onChange(tell: (status: OutboxStatus) => void): void {
    this.listeners.add(tell);
  }

  async status(): Promise<OutboxStatus> {
    const all = await items(this.person);
    return { unsent: all.length, refused: all.filter((i) => i.state === "refused").length, sending: this.running, needsSignin: this.needsSignin, online: navigator.onLine };
  }

  private async tell(): Promise<void> {
    const status = await this.status();
    this.listeners.forEach((listener) => listener(status));
  }

  /** Keep an item on the device, then try to send. Resolves once it is safe, not once it is sent. */
  async add(kind: OutboxItem["kind"], title: string, data: Record<string, unknown>, files: OutboxItem["files"] = [], made = new Date(), fields?: OutboxItem["fields"]): Promise<string> {
    const id = crypto.randomUUID();
    await put({ id, kind, title, data, files, person: this.person, ...(this.world ? { world: this.world } : {}), ...(fields?.length ? { fields } : {}), made_at: made.toISOString(), state: "waiting", attempts: 0, next_at: 0 });
    await this.tell();
    void this.flush();
    return id;
  }

  /** Send everything that is due. One run at a time on this device, across pages, so that nothing is posted twice at once. */
  async flush(force = false): Promise<void> {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      const run = (): Promise<void> => this.sendDue(force);
      if (navigator.locks) await navigator.locks.request("anlan-outbox", run);
      else await run();
    } finally {
      this.running = false;
      await this.tell();
      await this.schedule();
    }
  }

  private async sendDue(force: boolean): Promise<void> {
    this.needsSignin = false;
    for (const item of await items(this.person)) {
      if (item.state === "refused" || (!force && item.next_at > Date.now())) continue;
      const outcome = await this.post(item);
      await this.tell();
      if (outcome === "signin") {
        this.needsSignin = true;
        return;
      }
      // Without a line the rest would only wait for the same time-out.
      if (outcome === "later" && !navigator.onLine) return;
    }
  }

  private async post(item: OutboxItem): Promise<Outcome> {
    const body = new FormData();
    const { id, kind, made_at, data, world } = item;
    body.set("item", JSON.stringify({ id, kind, made_at, data, world, files: item.files.map((f, i) => ({ part: partName(i), name: f.name, type: f.type, size: f.blob.size })) }));
    item.files.forEach((file, i) => body.set(partName(i), file.blob, file.name));
    let outcome: Outcome = "later";
    try {
      const response = await this.send(this.url, {
        method: "POST", body, credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(60_000),
        headers: { Accept: "application/json", "X-CSRFToken": this.csrf(), "Idempotency-Key": id },
      });
      // A redirect is the way to the sign-in page.
      outcome = response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400) ? "signin" : outcomeOf(response.status, response.headers.get("Content-Type")?.includes("json") ?? false);
      if (outcome === "refused") {
        const answer = (await response.json().catch(() => ({}))) as { message?: string; mend?: string };
        item.refusal = [answer.message ?? t("平台不收（{status}）", { status: response.status }), answer.mend].filter(Boolean).join("　");
        item.state = "refused";
      }
    } catch {
      outcome = "later";
    }
    if (outcome === "accepted") {
      await remove(id);
      return outcome;
    }
    item.attempts += 1;
    item.next_at = Date.now() + backoff(Math.min(item.attempts, 10));
    await put(item);
    return outcome;
  }

  private async schedule(): Promise<void> {
    const waiting = (await items(this.person)).filter((i) => i.state !== "refused");
    if (waiting.length === 0 || this.needsSignin) return;
    const soonest = Math.min(...waiting.map((i) => i.next_at));
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.flush(), Math.max(500, soonest - Date.now()));
  }

  /** Send a refused item again as it is, under its own id: what stood against it may have changed. */
  async retry(item: OutboxItem): Promise<void> {
    const { refusal: _gone, ...rest } = item;
    await put({ ...rest, state: "waiting", next_at: 0 });
    await this.tell();
    await this.flush(true);
  }

  /** A refused item with its content put right: safe under a new id before the old one goes. It keeps the world and the moment. */
  async again(item: OutboxItem, data: Record<string, unknown>, files: OutboxItem["files"]): Promise<void> {
    const { refusal: _gone, ...rest } = item;
    await put({ ...rest, id: crypto.randomUUID(), data, files, state: "waiting", attempts: 0, next_at: 0 });
    await this.drop(item.id);
    void this.flush();
  }

  /** A refused item is put right by making it anew (the report form opens with its content) or dropped by the person. */
  async drop(id: string): Promise<void> {
    await remove(id);
    await this.tell();
  }

  start(): void {
    window.addEventListener("online", () => void this.flush(true));
    window.addEventListener("offline", () => void this.tell());
    document.addEventListener("visibilitychange", () => !document.hidden && void this.flush());
    void this.flush(true);
  }
}
