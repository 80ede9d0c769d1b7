/** Things of one layer that may be moved: dragged with the mouse, or told from their inspector and then pressed on the map. Nothing is
    moved by a slip of the hand: where it would lie is shown, and a press confirms it. */
import type { GeoJSONSource, Map as MapLibre, MapLayerMouseEvent, MapLayerTouchEvent, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import { t } from "../i18n";
import { csrf } from "../shell/forms";
import { askPlatform } from "../shell/world";
import type { MapMoving } from "./config";
import type { Position } from "./geometry";

export interface MovingHands {
  open: (content: HTMLElement) => void;
  close: () => void;
  say: (text: string) => void;
  /** Whether another tool is in hand. */
  busy: () => boolean;
  /** Other tools are put down. */
  alone: () => void;
  moved: (id: string) => void;
}

/** So many pixels are a drag; less is a press with an unsteady hand. */
const DRAG_PX = 8;

export function isDrag(from: { x: number; y: number }, to: { x: number; y: number }): boolean {
  return Math.hypot(to.x - from.x, to.y - from.y) >= DRAG_PX;
}

export class Moving {
  private picked: { id: string; name: string } | null = null;
  private dragging = false;

  constructor(private readonly map: MapLibre, private readonly given: MapMoving, private readonly hands: MovingHands) {
    const layer = `l-${given.layer}`;
    map.on("mousedown", layer, (event) => {
      if (event.originalEvent.button === 0) this.take(event, "mousemove", "mouseup");
    });
    map.on("touchstart", layer, (event) => {
      if (event.points.length === 1) this.take(event, "touchmove", "touchend");
    });
    map.on("click", (event) => {
      const picked = this.picked;
      if (!picked) return;
      // Whoever else hears this press still sees that it was meant for the place.
      setTimeout(() => this.stop());
      this.propose(picked.id, picked.name, [event.lngLat.lng, event.lngLat.lat]);
    });
    document.addEventListener("click", (event) => {
      const pressed = (event.target as Element).closest<HTMLElement>("[data-move-place], [data-move-back]");
      if (pressed?.dataset.movePlace) this.begin(pressed.dataset.movePlace, pressed.dataset.name ?? "");
      else if (pressed?.dataset.moveBack) void this.tell(pressed.dataset.moveBack, null);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.active) this.stop();
    });
  }

  get active(): boolean {
    return this.picked !== null || this.dragging;
  }

  stop(): void {
    this.picked = null;
    this.map.getCanvas().style.cursor = "";
    this.hands.say("");
  }

  private begin(id: string, name: string): void {
    this.hands.alone();
    this.picked = { id, name };
    this.map.getCanvas().style.cursor = "crosshair";
    this.hands.say(t("请在图上点任务地点，Esc 取消"));
  }

  private take(event: MapLayerMouseEvent | MapLayerTouchEvent, move: "mousemove" | "touchmove", up: "mouseup" | "touchend"): void {
    const feature = event.features?.[0];
    if (this.hands.busy() || this.picked || feature?.id === undefined || feature.geometry.type !== "Point") return;
    event.preventDefault();
    const from = event.point;
    const origin = feature.geometry.coordinates as Position;
    const id = String(feature.id);
    const name = String(feature.properties.name ?? "");
    let to: Position | null = null;
    const follow = (next: MapMouseEvent | MapTouchEvent): void => {
      if (!to && !isDrag(from, next.point)) return;
      this.dragging = true;
      to = [next.lngLat.lng, next.lngLat.lat];
      this.show(origin, to);
    };
    this.map.on(move, follow);
    this.map.once(up, () => {
      this.map.off(move, follow);
      if (to) this.propose(id, name, to);
      setTimeout(() => (this.dragging = false));
    });
  }

  private show(from: Position | null, to: Position | null): void {
    const shapes: GeoJSON.Feature[] = to ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: to } }] : [];
    if (from && to) shapes.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [from, to] } });
    const data: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: shapes };
    const known = this.map.getSource<GeoJSONSource>("moving");
    if (known) {
      known.setData(data);
      return;
    }
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
    this.map.addSource("moving", { type: "geojson", data });
    this.map.addLayer({ id: "moving-line", type: "line", source: "moving", paint: { "line-color": accent, "line-width": 3, "line-dasharray": [2, 1.5] } });
    this.map.addLayer({ id: "moving-point", type: "circle", source: "moving", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 12, "circle-color": accent, "circle-opacity": 0.25, "circle-stroke-color": accent, "circle-stroke-width": 3 } });
  }

  private propose(id: string, name: string, to: Position): void {
    this.show(null, to);
    const box = document.createElement("section");
    box.className = "stack";
    box.dataset.moveProposed = id;
    const buttons = Object.assign(document.createElement("div"), { className: "buttons" });
    const button = (text: string, className: string, press: () => void): void => {
      const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
      made.addEventListener("click", press);
      buttons.append(made);
    };
    button(t("移到这里"), "button main", () => void this.tell(id, to));
    button(t("取消"), "button", () => {
      this.show(null, null);
      this.hands.close();
    });
    box.append(Object.assign(document.createElement("h2"), { textContent: t("把任务地点移到这里？") }), Object.assign(document.createElement("p"), { textContent: name }), buttons);
    this.hands.open(box);
  }

  private async tell(id: string, at: Position | null): Promise<void> {
    const response = await askPlatform(this.given.url.replace("{id}", id), { method: "POST", body: JSON.stringify({ at }), headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
    if (response?.ok) {
      this.show(null, null);
      this.hands.moved(id);
      return;
    }
    const said = (await response?.json().catch(() => null)) as { message?: string; mend?: string } | null | undefined;
    this.hands.say([said?.message ?? t("没有送到平台，地点没有改"), said?.mend].filter(Boolean).join("　"));
  }
}
