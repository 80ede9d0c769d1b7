/** Server-sent events read by hand: the browser's EventSource cannot listen to subjects that it was not told by name. */

export interface Notice {
  id: string;
  subject: string;
  data: Record<string, unknown>;
}

/** Splits a text stream into events, as the HTML standard says. `push` takes any slice of it and returns the events completed. */
export class EventParser {
  private rest = "";
  private id = "";
  private event = "";
  private data: string[] = [];
  /** Delay (ms) that the server asks for before the next attempt. */
  retry: number | null = null;

  push(slice: string): { id: string; event: string; data: string }[] {
    this.rest += slice;
    const done: { id: string; event: string; data: string }[] = [];
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.rest);
      // A lone CR at the very end may be the first half of CRLF: wait for the next slice.
      if (!end || (end[0] === "\r" && end.index === this.rest.length - 1)) return done;
      const line = this.rest.slice(0, end.index);
      this.rest = this.rest.slice(end.index + end[0].length);
      if (line === "") {
        if (this.data.length > 0) done.push({ id: this.id, event: this.event || "message", data: this.data.join("\n") });
        this.event = "";
        this.data = [];
        continue;
      }
      if (line.startsWith(":")) continue;
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") this.data.push(value);
      else if (field === "event") this.event = value;
      else if (field === "id" && !value.includes("\0")) this.id = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    }
  }
}

/** Does `subject` fit `patterns` (comma separated; `*` one word, `>` or a trailing dot the rest)? */
export function fits(patterns: string, subject: string): boolean {
  return patterns.split(",").some((raw) => {
    const pattern = raw.trim();
    if (!pattern) return false;
    if (pattern.endsWith(".")) return subject.startsWith(pattern);
    const wanted = pattern.split(".");
    const words = subject.split(".");
    for (let i = 0; i < wanted.length; i++) {
      if (wanted[i] === ">") return words.length > i;
      if (words[i] === undefined || (wanted[i] !== "*" && wanted[i] !== words[i])) return false;
    }
    return wanted.length === words.length;
  });
}

/** The topics (subject prefixes) that the server must send so that all `patterns` can be served; "" means everything. */
export function topicsFor(patterns: string[]): string[] {
  const prefixes = new Set<string>();
  for (const raw of patterns.flatMap((p) => p.split(","))) {
    const pattern = raw.trim();
    if (!pattern) continue;
    const wild = pattern.search(/[*>]/);
    prefixes.add(wild < 0 ? pattern : pattern.slice(0, wild));
  }
  return [...prefixes].filter((p) => ![...prefixes].some((q) => q !== p && p.startsWith(q))).sort();
}

/** Do the notice's fields fit `match` ("record=123, state=open|late": any of the values between the bars)? */
export function matches(match: string | undefined, data: Record<string, unknown>): boolean {
  if (!match) return true;
  return match.split(",").every((pair) => {
    const [name = "", ...value] = pair.split("=");
    return value.join("=").split("|").some((one) => String(data[name.trim()] ?? "") === one.trim());
  });
}

/** Wait before attempt `n` (from 0): doubling from half a second to 20 s, spread by a fifth so that pages do not return in step. */
export function backoff(n: number, chance = Math.random()): number {
  return Math.min(20_000, 500 * 2 ** n) * (0.9 + 0.2 * chance);
}
