/** The map on the wall: one view after the other, a new incident at once, none that is over. */
import type maplibregl from "maplibre-gl";
import { listen } from "../shell/live";
import { worldHeaders } from "../shell/world";
import type { MapConfig, MapView } from "./config";
import { Turning } from "./turning";

/** Notices often come several at once; the views are asked for when they have settled. */
const SETTLED_MS = 800;

export interface WallParts {
  /** Show these layers and no others. */
  show: (layers: string[]) => void;
  /** What is drawn on the incidents that are turned through now. */
  drawn: (urls: Record<string, string>, marks: unknown[]) => void;
}

/** Turn `map` through the views of `config`, their title in `middle`; the page says for how many seconds each stands. */
export function turnOnWall(map: maplibregl.Map, middle: HTMLElement, config: MapConfig, parts: WallParts): void {
  if (!config.views) return;
  const turning = new Turning(config.views);
  const title = Object.assign(document.createElement("p"), { className: "viewtitle", textContent: turning.now?.title ?? "" });
  middle.append(title);
  const stand = (view: MapView | null, moves: boolean): void => {
    title.textContent = view?.title ?? "";
    if (!view) return;
    if (moves) map.fitBounds(view.bounds, { padding: 48, duration: 800 });
    if (view.layers) parts.show(view.layers);
  };
  map.once("load", () => stand(turning.now, false));
  const each = Number(document.querySelector<HTMLElement>("[data-wall-seconds]")?.dataset.wallSeconds ?? "20") * 1000;
  const turnOn = (): number => window.setInterval(() => stand(turning.turn(), true), each);
  let next = turnOn();
  const wanted = config.wall;
  if (!wanted) return;

  const takeUp = async (): Promise<void> => {
    const response = await fetch(wanted.url, { headers: { Accept: "application/json", ...worldHeaders() } });
    if (!response.ok) return;
    const told = (await response.json()) as { views: MapView[]; urls: Record<string, string>; marks: unknown[] };
    parts.drawn(told.urls, told.marks);
    const before = turning.now;
    const now = turning.replace(told.views);
    if (now === before) return;
    // What has just come stands for its whole time.
    clearInterval(next);
    next = turnOn();
    stand(now, true);
  };
  let soon = 0;
  const again = (): void => {
    clearTimeout(soon);
    soon = window.setTimeout(() => void takeUp().catch(() => undefined), SETTLED_MS);
  };
  listen(wanted.live, again);
  document.addEventListener("anlan:reload", again);
}
