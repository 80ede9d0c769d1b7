/** "Who and what is inside?" A circle or a drawn shape answers with totals and lists, and may be acted on. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from "maplibre-gl";
import { language, t } from "../i18n";
import { csrf } from "../shell/forms";
import { askPlatform } from "../shell/world";
import { numberText } from "../timetext";
import { circle, crosses, distance, lengthText, type Position } from "./geometry";

export interface WithinAnswer {
  area_km2: number;
  totals: { label: string; value: number | null; unit?: string; url?: string }[];
  groups: { id: string; title: string; total: number; items: { id: string; label: string; detail?: string; url?: string; lon?: number; lat?: number }[] }[];
  actions?: { label: string; url: string }[];
}

export interface Asked { geometry: GeoJSON.Polygon; center?: Position; radius_m?: number }
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

export class Drawing {
  private mode: "none" | "circle" | "polygon" = "none";
  private corners: Position[] = [];
  private centre: Position | null = null;

  constructor(
    private readonly map: MapLibre,
    private readonly ask: (asked: Asked) => void,
    private readonly say: (text: string) => void,
  ) {
    map.on("mousedown", (e) => this.press(e));
    map.on("mousemove", (e) => this.move(e));
    map.on("mouseup", (e) => this.release(e));
    map.on("click", (e) => this.corner(e));
    map.on("dblclick", (e) => {
      if (this.mode !== "polygon") return;
      e.preventDefault();
      this.finish();
    });
    document.addEventListener("keydown", (event) => {
      if (this.mode === "none") return;
      if (event.key === "Escape") this.stop();
      else if (event.key === "Enter") this.finish();
      else if (event.key === "Backspace") {
        this.corners.pop();
        this.show(this.corners);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }

  get active(): boolean {
    return this.mode !== "none";
  }

  /** Layers are lost with each change of style: called again after it. */
  prepare(colour: string): void {
    if (this.map.getSource("drawing")) return;
    this.map.addSource("drawing", { type: "geojson", data: EMPTY });
    this.map.addLayer({ id: "drawing-fill", type: "fill", source: "drawing", paint: { "fill-color": colour, "fill-opacity": 0.12 } });
    this.map.addLayer({ id: "drawing-line", type: "line", source: "drawing", paint: { "line-color": colour, "line-width": 2.5, "line-dasharray": [2, 1.5] } });
  }

  start(mode: "circle" | "polygon"): void {
    this.stop();
    this.mode = mode;
    this.map.getCanvas().style.cursor = "crosshair";
    this.map.doubleClickZoom.disable();
    if (mode === "circle") this.map.dragPan.disable();
    this.say(mode === "circle" ? t("按住圆心拖到边缘；Esc 取消") : t("逐点点击画范围，双击或 Enter 完成；Backspace 退一点"));
  }

  /** Put the tool down; what was drawn stays until `clear`. */
  stop(): void {
    this.mode = "none";
    this.corners = [];
    this.centre = null;
    this.map.getCanvas().style.cursor = "";
    this.map.dragPan.enable();
    this.map.doubleClickZoom.enable();
    this.say("");
  }

  clear(): void {
    this.stop();
    this.show([]);
  }

  private show(ring: Position[]): void {
    const source = this.map.getSource<GeoJSONSource>("drawing");
    if (ring.length < 2) source?.setData(EMPTY);
    else source?.setData({ type: "Feature", properties: {}, geometry: ring.length === 2 ? { type: "LineString", coordinates: ring } : { type: "Polygon", coordinates: [[...ring, ring[0] as Position]] } });
  }

  private press(event: MapMouseEvent): void {
    if (this.mode === "circle") this.centre = [event.lngLat.lng, event.lngLat.lat];
  }

  private move(event: MapMouseEvent): void {
    const at: Position = [event.lngLat.lng, event.lngLat.lat];
    if (this.mode === "circle" && this.centre) {
      const radius = distance(this.centre, at);
      this.show(circle(this.centre, radius));
      this.say(t("半径 {length}", { length: lengthText(radius, language() === "en") }));
    } else if (this.mode === "polygon" && this.corners.length > 0) this.show([...this.corners, at]);
  }

  private release(event: MapMouseEvent): void {
    if (this.mode !== "circle" || !this.centre) return;
    const radius = Math.round(distance(this.centre, [event.lngLat.lng, event.lngLat.lat]));
    const centre = this.centre;
    if (radius < 10) {
      this.centre = null;
      return;
    }
    const ring = circle(centre, radius);
    this.stop();
    this.show(ring);
    this.ask({ geometry: { type: "Polygon", coordinates: [ring] }, center: centre, radius_m: radius });
  }

  private corner(event: MapMouseEvent): void {
    if (this.mode !== "polygon") return;
    this.corners.push([event.lngLat.lng, event.lngLat.lat]);
    this.show(this.corners);
  }

  private finish(): void {
    // A double click has set its corner twice.
    const ring = this.corners.filter((c, i) => i === 0 || distance(c, this.corners[i - 1] as Position) > 0.5);
    if (this.mode !== "polygon" || ring.length < 3) return;
    if (crosses(ring)) {
      this.say(t("边线相互交叉，请按 Backspace 退回再画"));
      return;
    }
    this.stop();
    this.show(ring);
    this.ask({ geometry: { type: "Polygon", coordinates: [[...ring, ring[0] as Position]] } });
  }
}

export async function askWithin(url: string, asked: Asked, layers: string[]): Promise<WithinAnswer> {
  const response = await askPlatform(url, {
    method: "POST", body: JSON.stringify({ ...asked, layers }),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() },
  });
  const answer = (await response.json().catch(() => ({}))) as WithinAnswer & { message?: string };
  if (!response.ok) throw new Error(answer.message ?? t("没有查到（{status}）", { status: response.status }));
  return answer;
}

/** The answer as the inspector shows it. */
export function withinPanel(answer: WithinAnswer, go: (lon: number, lat: number) => void): HTMLElement {
  const box = document.createElement("div");
  box.className = "stack";
  const head = document.createElement("h2");
  head.textContent = t("范围内（{n} 平方公里）", { n: answer.area_km2 < 10 ? answer.area_km2.toFixed(2) : Math.round(answer.area_km2) });
  const figures = document.createElement("div");
  figures.className = "figures";
  for (const total of answer.totals) {
    const figure = document.createElement(total.url ? "a" : "span");
    figure.className = "figure";
    if (total.url) (figure as HTMLAnchorElement).href = total.url;
    const name = Object.assign(document.createElement("span"), { className: "name", textContent: total.label });
    const value = Object.assign(document.createElement("span"), { className: "value", textContent: total.value === null ? t("未知") : numberText(total.value) });
    if (total.unit) value.append(Object.assign(document.createElement("span"), { className: "unit", textContent: total.unit }));
    figure.append(name, value);
    figures.append(figure);
  }
  box.append(head, figures);
  if (answer.actions?.length) {
    const actions = document.createElement("div");
    actions.className = "buttons";
    actions.append(...answer.actions.map((a) => Object.assign(document.createElement("a"), { className: "button", href: a.url, textContent: a.label })));
    box.append(actions);
  }
  for (const group of answer.groups) {
    const card = document.createElement("section");
    card.className = "card";
    const header = document.createElement("header");
    header.append(Object.assign(document.createElement("h3"), { textContent: group.title }), Object.assign(document.createElement("span"), { className: "number", textContent: numberText(group.total) }));
    const list = document.createElement("ul");
    list.className = "rows";
    list.append(...group.items.map((item) => {
      const row = document.createElement("li");
      const name = item.url ? Object.assign(document.createElement("a"), { href: item.url }) : document.createElement("span");
      name.textContent = item.label;
      row.append(name, Object.assign(document.createElement("span"), { className: "quiet small", textContent: item.detail ?? "" }));
      if (item.lon !== undefined && item.lat !== undefined) {
        const { lon, lat } = item as { lon: number; lat: number };
        const look = Object.assign(document.createElement("button"), { type: "button", className: "button plain small push", textContent: t("看位置") });
        look.addEventListener("click", () => go(lon, lat));
        row.append(look);
      }
      return row;
    }));
    card.append(header, list);
    if (group.total > group.items.length) {
      const rest = Object.assign(document.createElement("footer"), { className: "quiet", textContent: t("另有 {n} 项未列出", { n: group.total - group.items.length }) });
      card.append(rest);
    }
    box.append(card);
  }
  if (answer.groups.every((g) => g.total === 0)) box.append(Object.assign(document.createElement("p"), { className: "quiet", textContent: t("所选图层在这个范围内没有登记的对象。") }));
  return box;
}
