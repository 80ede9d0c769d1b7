/** Layers computed for an instant: one answer a frame, kept while it is looked through, the next one fetched ahead. */
import type maplibregl from "maplibre-gl";
import type { GeoJSONSource, LayerSpecification } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import { t } from "../i18n";
import { legendSteps, rampExpression } from "../ramp";
import { askPlatform } from "../shell/world";
import type { MapFrames } from "./config";
import { isDark } from "./style";

/** What the address of a frames layer answers. Times ISO 8601. */
export interface Frame {
  at: string | null;
  note: string;
  /** Why nothing is drawn, in words that say how to mend it. */
  refused?: string;
  unit: string;
  bounds: number[];
  /** Names of what gave no whole data. */
  lacking?: string[];
  areas: FeatureCollection;
  lines: FeatureCollection;
  points: FeatureCollection;
}

/** More frames than a day of each choice are not kept. */
const KEPT = 130;
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

/** The last whole step at or before `at` (ms). */
export function floorTo(at: number, stepS: number): number {
  return Math.floor(at / (stepS * 1000)) * stepS * 1000;
}

export class FrameStore {
  private readonly kept = new Map<string, Promise<Frame>>();

  constructor(private readonly frames: MapFrames, private readonly ask: (url: string) => Promise<Response> = (url) => askPlatform(url, { headers: { Accept: "application/json" } })) {}

  /** The frame of an instant (null: the newest, never kept). Asked once, however often it is looked at. */
  get(at: number | null, choice: string): Promise<Frame> {
    if (at === null) return this.fetch(null, choice);
    const moment = floorTo(at, this.frames.step_s);
    const key = `${choice}|${moment}`;
    const known = this.kept.get(key);
    if (known) return known;
    const found = this.fetch(moment, choice);
    // What failed is asked for again the next time.
    found.catch(() => this.kept.delete(key));
    this.kept.set(key, found);
    const oldest = this.kept.size > KEPT ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
    return found;
  }

  /** Late readings change what was: everything is asked for anew. */
  forget(): void {
    this.kept.clear();
  }

  private async fetch(at: number | null, choice: string): Promise<Frame> {
    const query = new URLSearchParams({ choice, ...(at === null ? {} : { at: new Date(at).toISOString() }) });
    const response = await this.ask(`${this.frames.url}?${query.toString()}`);
    if (!response.ok) throw new Error(t("没有取到（{status}），请稍后再试", { status: response.status }));
    return (await response.json()) as Frame;
  }
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function specs(id: string, bounds: readonly number[]): LayerSpecification[] {
  const size = 12 * Number(css("--scale") || "1");
  const scale = Number(css("--scale") || "1");
  const colour = rampExpression(["coalesce", ["get", "value"], -1], isDark(), bounds);
  const words = { "text-color": css("--ink"), "text-halo-color": css("--map-halo"), "text-halo-width": 1.8 };
  const none = ["!", ["has", "value"]];
  return [
    { id: `f-${id}-areas`, type: "fill", source: `f-${id}-areas`, paint: { "fill-color": colour, "fill-opacity": isDark() ? 0.72 : 0.62, "fill-outline-color": "rgba(0,0,0,0)" } },
    { id: `f-${id}-lines`, type: "line", source: `f-${id}-lines`, layout: { "line-join": "round" }, paint: { "line-color": css("--ink-2"), "line-width": 1.2 * scale, "line-opacity": 0.8 } },
    { id: `f-${id}-names`, type: "symbol", source: `f-${id}-lines`, layout: { "symbol-placement": "line", "symbol-spacing": 260, "text-field": ["to-string", ["get", "value"]], "text-font": ["sans"], "text-size": size - 1 }, paint: { "text-color": css("--ink-2"), "text-halo-color": css("--map-halo"), "text-halo-width": 1.8 } },
    { id: `f-${id}-points`, type: "circle", source: `f-${id}-points`, paint: { "circle-radius": ["case", none, 4 * scale, 6 * scale], "circle-color": ["case", ["all", ["has", "value"], ["get", "complete"]], colour, css("--surface")], "circle-stroke-color": css("--ink-2"), "circle-stroke-width": 1.5 } },
    { id: `f-${id}-values`, type: "symbol", source: `f-${id}-points`, layout: { "text-field": ["step", ["zoom"], ["get", "words"], 12, ["concat", ["get", "name"], "\n", ["get", "words"]]], "text-font": ["sans"], "text-size": size, "text-variable-anchor": ["top", "right", "left", "bottom"], "text-radial-offset": 0.8, "text-justify": "auto", "text-optional": true, "symbol-sort-key": ["-", 0, ["coalesce", ["get", "value"], -1]] }, paint: words },
  ] as unknown as LayerSpecification[];
}

export interface FrameLayer {
  /** Lines of what is shown now, for the corner of the map. */
  readonly box: HTMLElement;
  readonly on: boolean;
  choice: string;
  show: (on: boolean) => void;
  /** Show an instant; null is the newest. Resolves when it stands on the map (or its refusal in the corner). */
  at: (moment: number | null) => Promise<void>;
  ahead: (moment: number) => void;
  /** The style was made anew: put the layer back. */
  dress: () => void;
  /** While frames follow each other quickly they are not read out. */
  quiet: (on: boolean) => void;
  /** What was fetched may have changed. */
  forget: () => void;
}

/** One computed layer on the map, with its legend and the sentence that says from what it was made. */
export function frameLayer(map: maplibregl.Map, frames: MapFrames, changed: () => void): FrameLayer {
  const store = new FrameStore(frames);
  const box = document.createElement("section");
  box.className = "legend moment";
  box.hidden = true;
  box.dataset.frame = frames.id;
  box.setAttribute("aria-live", "polite");
  let on = false;
  let choice = frames.choices[0]?.value ?? "";
  let moment: number | null = null;
  let shown: Frame | null = null;
  let asked = 0;

  const sources = (): void => {
    for (const part of ["areas", "lines", "points"] as const) {
      const data = shown?.[part] ?? NOTHING;
      const source = map.getSource(`f-${frames.id}-${part}`);
      if (source) (source as GeoJSONSource).setData(data);
      else map.addSource(`f-${frames.id}-${part}`, { type: "geojson", data });
    }
  };
  let drawnBounds = "";
  const draw = (): void => {
    if (!on || !shown) return;
    sources();
    const bounds = JSON.stringify(shown.bounds) + String(isDark());
    if (bounds !== drawnBounds) specs(frames.id, shown.bounds).forEach((s) => map.getLayer(s.id) && map.removeLayer(s.id));
    drawnBounds = bounds;
    const names = map.getStyle().layers;
    const belowNames = names.find((l) => l.type === "symbol" && l.id.startsWith("base-"))?.id;
    const belowThings = names.find((l) => "source" in l && String(l.source).startsWith("l-"))?.id ?? "drawing-fill";
    for (const spec of specs(frames.id, shown.bounds)) {
      if (map.getLayer(spec.id)) continue;
      // What was measured is read first: the newest placed names give way to none below them.
      const above = spec.type === "fill" ? (belowNames ?? belowThings) : spec.type === "line" ? belowThings : "drawing-fill";
      map.addLayer(spec, map.getLayer(above) ? above : undefined);
    }
  };
  const tell = (frame: Frame | null, trouble = ""): void => {
    const title = document.createElement("span");
    title.className = "name";
    const label = frames.choices.find((c) => c.value === choice)?.label ?? "";
    title.textContent = `${frames.title} · ${label}${frame?.unit ? `（${frame.unit}）` : ""}`;
    const lines: HTMLElement[] = [title];
    if (frame && !frame.refused) {
      const scale = document.createElement("div");
      scale.className = "scale";
      for (const { colour, from } of legendSteps(frame.bounds, isDark())) {
        const step = document.createElement("span");
        step.className = "step";
        const swatch = document.createElement("i");
        swatch.style.background = colour;
        const words = document.createElement("small");
        words.textContent = String(from);
        step.append(swatch, words);
        scale.append(step);
      }
      lines.push(scale);
    }
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = trouble || frame?.note || t("正在取…");
    if (trouble || frame?.refused) note.dataset.refused = "";
    lines.push(note);
    if (frame?.lacking?.length) {
      const lacking = document.createElement("p");
      lacking.className = "note";
      lacking.textContent = t("资料不全未参与：{names}", { names: frame.lacking.join("、") });
      lines.push(lacking);
    }
    box.replaceChildren(...lines);
  };
  const at = async (next: number | null): Promise<void> => {
    moment = next;
    if (!on) return;
    const mine = ++asked;
    try {
      const frame = await store.get(next, choice);
      if (mine !== asked || !on) return;
      shown = frame;
      tell(frame);
      draw();
      box.dataset.at = frame.at ?? "";
      box.dataset.choice = choice;
    } catch (error) {
      if (mine !== asked || !on) return;
      // What stood before would be taken for this instant.
      shown = null;
      sources();
      tell(null, error instanceof Error ? error.message : t("没有取到"));
      box.dataset.at = "";
    }
  };
  const show = (now: boolean): void => {
    on = now;
    box.hidden = !on;
    if (on) {
      tell(shown);
      void at(moment);
    } else if (map.getSource(`f-${frames.id}-areas`)) {
      specs(frames.id, shown?.bounds ?? []).forEach((s) => map.getLayer(s.id) && map.removeLayer(s.id));
      drawnBounds = "";
    }
    changed();
  };
  return {
    box,
    get on() { return on; },
    get choice() { return choice; },
    set choice(next: string) {
      choice = next;
      void at(moment);
    },
    show,
    at,
    ahead: (next) => void store.get(next, choice).catch(() => undefined),
    dress: () => {
      drawnBounds = "";
      if (on) tell(shown);
      draw();
    },
    quiet: (quiet) => void box.setAttribute("aria-live", quiet ? "off" : "polite"),
    forget: () => store.forget(),
  };
}
