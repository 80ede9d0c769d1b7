/** The clock of the world that the page shows: real time, or an exercise's that runs faster, slower or stands still. */

export interface Reading {
  /** World time (ms) at the wall moment `anchor`. */
  world: number;
  /** Wall time (ms, this machine's) that belongs to `world`. */
  anchor: number;
  /** World seconds per wall second; 0 stands still. */
  rate: number;
}

export function worldAt(reading: Reading, wall: number): number {
  return reading.world + (wall - reading.anchor) * reading.rate;
}

/** Wall milliseconds until the shown second changes; between 50 and 1000. */
export function untilNextTick(reading: Reading, wall: number): number {
  if (reading.rate <= 0) return 1000;
  const rest = 1000 - (((worldAt(reading, wall) % 1000) + 1000) % 1000);
  return Math.min(1000, Math.max(50, rest / reading.rate));
}

let current: Reading = { world: Date.now(), anchor: Date.now(), rate: 1 };
const listeners = new Set<() => void>();

export function worldNow(): number {
  return worldAt(current, Date.now());
}

export function reading(): Reading {
  return current;
}

export function setReading(next: Reading): void {
  current = next;
  listeners.forEach((tell) => tell());
}

export function onReading(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Wall clock of the server minus ours, known once a page or a notice has told it. */
let skew = 0;
export function setSkew(milliseconds: number): void {
  skew = milliseconds;
}

/** Take over a reading in the server's terms: `anchorReal` is the server's wall clock. */
export function takeReading(anchorWorld: string, anchorReal: string, rate: number): void {
  const world = Date.parse(anchorWorld);
  const real = Date.parse(anchorReal);
  if (Number.isNaN(world) || Number.isNaN(real) || !(rate >= 0)) return;
  setReading({ world, anchor: real - skew, rate });
}

/** Read the page's clock: `data-now` (world time when the page was made), `data-rate`, `data-anchor` (server's wall clock then). */
export function readPageClock(element: HTMLElement): void {
  const world = Date.parse(element.dataset.now ?? "");
  if (Number.isNaN(world)) return;
  const rate = Number(element.dataset.rate ?? "1");
  const page = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  const arrived = Date.now() - (performance.now() - (page?.responseStart ?? 0));
  const server = Date.parse(element.dataset.anchor ?? "");
  // A page from the history cache is older than its arrival says; the server's stamp tells.
  const fromCache = !Number.isNaN(server) && arrived - server > 120_000 && page?.type === "back_forward";
  const anchor = fromCache ? server : arrived;
  if (!Number.isNaN(server) && !fromCache) setSkew(server - arrived);
  setReading({ world, anchor, rate: Number.isFinite(rate) && rate >= 0 ? rate : 1 });
}
