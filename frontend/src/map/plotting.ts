/** Drawing on the map of an incident 标绘: signs, lines and areas, seen by every seat at once. The platform keeps who drew what when. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent, PointLike } from "maplibre-gl";
import type { Feature, FeatureCollection, Geometry } from "geojson";
import { t } from "../i18n";
import { csrf } from "../shell/forms";
import { listen } from "../shell/live";
import { askPlatform } from "../shell/world";
import { dateText, clockText } from "../timetext";
import type { MapPlotting, PlotSymbol } from "./config";
import type { Position } from "./geometry";
import { palette, type Palette } from "./palette";
import { teachPictures } from "./symbols";

interface Mark { mark: string; version: number; symbol: string; label: string; sign: string; kind: string; by: string; at: string; gone: boolean }
interface Told extends Feature<Geometry, Mark> { over?: string; history?: { version: number; what: string; by: string; at: string; label: string }[] }

/** What the map draws of a mark: how its sign looks, beside what the platform said of it. */
export function dressed(feature: Told, symbols: Map<string, PlotSymbol>): Told {
  const sign = symbols.get(feature.properties.symbol);
  return { ...feature, properties: { ...feature.properties, glyph: sign?.picture ? `@${sign.key}` : (sign?.glyph ?? "·"), shape: sign?.shape ?? "square", dash: sign?.dash ?? "solid", words: feature.properties.label || feature.properties.sign } as Mark };
}

/** The geometry that the pressed corners make; null while they are too few. */
export function shapeOf(kind: string, corners: Position[]): Geometry | null {
  const distinct = corners.filter((c, i) => i === 0 || c[0] !== corners[i - 1]?.[0] || c[1] !== corners[i - 1]?.[1]);
  if (kind === "point") return distinct[0] ? { type: "Point", coordinates: distinct[0] } : null;
  if (kind === "line") return distinct.length > 1 ? { type: "LineString", coordinates: distinct } : null;
  return distinct.length > 2 ? { type: "Polygon", coordinates: [[...distinct, distinct[0] as Position]] } : null;
}

/** A newer version replaces an older one; an older one that comes late is passed over. */
export function merged(marks: Map<string, Told>, told: Told): boolean {
  const known = marks.get(told.properties.mark);
  if (known && known.properties.version >= told.properties.version) return false;
  marks.set(told.properties.mark, told);
  return true;
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const DASHES: Record<string, number[]> = { solid: [1], dashed: [3, 2], dotted: [0.6, 1.6] };

export interface Hands {
  /** Show something beside the map. */
  open: (content: HTMLElement) => void;
  say: (text: string) => void;
  /** Other tools are put down. */
  alone: () => void;
}

export class Plotting {
  private readonly symbols: Map<string, PlotSymbol>;
  private readonly marks = new Map<string, Told>();
  private past: Told[] | null = null;
  private chosen: PlotSymbol | null = null;
  private corners: Position[] = [];
  private moving: Told | null = null;
  private pointer: Position | null = null;
  readonly bar = document.createElement("div");
  private palette: Palette | null = null;
  private urls: Record<string, string>;
  private readonly label = document.createElement("input");
  private readonly finishButton = document.createElement("button");

  constructor(private readonly map: MapLibre, private readonly given: MapPlotting, private readonly hands: Hands) {
    this.symbols = new Map(given.symbols.map((s) => [s.key, s]));
    this.urls = given.urls ?? { [given.incident]: given.url };
    teachPictures(given.symbols);
    given.marks.forEach((m) => merged(this.marks, m as unknown as Told));
    this.build();
    map.on("click", (event) => this.press(event));
    map.on("mousemove", (event) => this.follow(event));
    map.on("dblclick", (event) => {
      if (!this.active || this.kind === "point") return;
      event.preventDefault();
      void this.finish();
    });
    document.addEventListener("keydown", (event) => {
      if (!this.active || event.target instanceof HTMLInputElement) return;
      if (event.key === "Escape") this.stop();
      else if (event.key === "Enter") void this.finish();
      else if (event.key === "Backspace") {
        this.corners.pop();
        this.sketch();
      } else return;
      event.preventDefault();
    });
    listen(given.live, (notice) => {
      const url = this.urls[String(notice.data.incident)];
      if (url) void this.fetch(url, String(notice.data.mark), Number(notice.data.revision));
    });
    document.addEventListener("anlan:reload", () => void this.reload());
    document.addEventListener("anlan:time", (event) => void this.at((event as CustomEvent<string | null>).detail));
  }

  /** Other incidents from now on (the wall): their marks replace those of before. */
  followed(urls: Record<string, string>, marks: unknown[]): void {
    this.urls = urls;
    this.marks.clear();
    marks.forEach((m) => merged(this.marks, m as Told));
    this.draw();
  }

  get active(): boolean {
    return this.chosen !== null || this.moving !== null;
  }

  private get kind(): string {
    return this.moving?.properties.kind ?? this.chosen?.kind ?? "point";
  }

  /** Layers are lost with each change of style: called again after it. */
  dress(): void {
    if (this.map.getSource("plotting")) return;
    const ink = css("--ink");
    const scale = Number(css("--scale") || "1");
    this.map.addSource("plotting", { type: "geojson", data: this.collection(), promoteId: "mark" });
    this.map.addSource("plotting-sketch", { type: "geojson", data: this.sketched() });
    this.map.addLayer({ id: "plotting-fill", type: "fill", source: "plotting", filter: ["==", ["get", "kind"], "area"], paint: { "fill-color": ink, "fill-opacity": 0.12 } });
    for (const [dash, lengths] of Object.entries(DASHES)) {
      this.map.addLayer({ id: `plotting-line-${dash}`, type: "line", source: "plotting", filter: ["all", ["!=", ["get", "kind"], "point"], ["==", ["get", "dash"], dash]], layout: { "line-join": "round" }, paint: { "line-color": ink, "line-width": 3 * scale, ...(dash === "solid" ? {} : { "line-dasharray": lengths }) } });
    }
    this.map.addLayer({ id: "plotting-words", type: "symbol", source: "plotting", filter: ["!=", ["get", "kind"], "point"], layout: { "text-field": ["get", "words"], "text-font": ["sans"], "text-size": 13 * scale, "text-allow-overlap": true }, paint: { "text-color": ink, "text-halo-color": css("--map-halo"), "text-halo-width": 2 } });
    this.map.addLayer({ id: "plotting-points", type: "symbol", source: "plotting", filter: ["==", ["get", "kind"], "point"], layout: { "icon-image": ["concat", "sym|", ["get", "shape"], "|", ["get", "glyph"], "|strong"], "icon-allow-overlap": true, "icon-size": 1.4 * scale, "text-field": ["get", "words"], "text-font": ["sans"], "text-size": 13 * scale, "text-variable-anchor": ["right", "left", "top", "bottom"], "text-radial-offset": 1.4, "text-allow-overlap": false, "text-optional": true }, paint: { "text-color": ink, "text-halo-color": css("--map-halo"), "text-halo-width": 2 } });
    this.map.addLayer({ id: "plotting-sketch", type: "line", source: "plotting-sketch", paint: { "line-color": css("--accent"), "line-width": 3, "line-dasharray": [2, 1.5] } });
    this.map.addLayer({ id: "plotting-corners", type: "circle", source: "plotting-sketch", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": css("--accent") } });
    this.count();
  }

  /** The mark under a press, when no tool is in hand. */
  hit(point: PointLike): string | null {
    const layers = ["plotting-points", "plotting-fill", ...Object.keys(DASHES).map((d) => `plotting-line-${d}`)].filter((id) => this.map.getLayer(id));
    const [x, y] = Array.isArray(point) ? point : [point.x, point.y];
    const found = this.map.queryRenderedFeatures([[x - 6, y - 6], [x + 6, y + 6]], { layers });
    const first = found.find((f) => f.geometry.type === "Point") ?? found[0];
    return first ? String(first.properties.mark) : null;
  }

  /** One mark beside the map: what it is, who drew it when, and what may be done with it. */
  async inspect(pk: string): Promise<void> {
    const response = await this.ask(`${pk}/`);
    if (!response) return;
    const told = (await response.json()) as Told;
    const box = document.createElement("section");
    box.className = "stack";
    box.dataset.plot = pk;
    const words = (tag: string, text: string, className = ""): HTMLElement => Object.assign(document.createElement(tag), { textContent: text, className });
    const sign = this.symbols.get(told.properties.symbol);
    box.append(words("h2", told.properties.label || told.properties.sign), words("p", [told.properties.sign, sign?.code].filter(Boolean).join(" "), "quiet"));
    if (this.given.may && !told.properties.gone) {
      const label = Object.assign(document.createElement("input"), { value: told.properties.label, maxLength: 80, ariaLabel: t("标注") });
      const buttons = words("div", "", "buttons");
      buttons.append(
        this.button(t("改标注"), () => void this.change(told, { label: label.value })),
        this.button(told.properties.kind === "point" ? t("移动") : t("重画"), () => this.move(told)),
        this.button(t("去掉"), () => void this.remove(told)),
      );
      box.append(label, buttons);
    }
    const list = words("ol", "", "rows");
    list.append(...(told.history ?? []).map((h) => {
      const at = Date.parse(h.at);
      const row = words("li", `${dateText(at).slice(5)} ${clockText(at)} ${h.by} ${h.what}`);
      if (h.label) row.append(words("span", h.label, "quiet small"));
      return row;
    }));
    box.append(words("h3", t("谁在何时画的")), list);
    this.hands.open(box);
  }

  stop(): void {
    this.chosen = null;
    this.moving = null;
    this.corners = [];
    this.pointer = null;
    this.map.getCanvas().style.cursor = "";
    this.map.doubleClickZoom.enable();
    this.palette?.choose(null);
    this.finishButton.hidden = true;
    this.hands.say("");
    this.sketch();
  }

  /** What stands on the map now, for the legend of a print. */
  legend(): { name: string; glyph: string; kind: string; n: number; picture: string }[] {
    const counted = new Map<string, number>();
    this.shown().forEach((m) => counted.set(m.properties.symbol, (counted.get(m.properties.symbol) ?? 0) + 1));
    return [...counted].map(([key, n]) => ({ name: this.symbols.get(key)?.name ?? key, glyph: this.symbols.get(key)?.glyph ?? "·", kind: this.symbols.get(key)?.kind ?? "point", n, picture: this.symbols.get(key)?.picture ?? "" }));
  }

  private shown(): Told[] {
    return this.past ?? [...this.marks.values()].filter((m) => !m.properties.gone);
  }

  private collection(): FeatureCollection {
    return { type: "FeatureCollection", features: this.shown().map((m) => dressed(m, this.symbols)) };
  }

  private sketched(): FeatureCollection {
    const all = this.pointer && this.corners.length ? [...this.corners, this.pointer] : this.corners;
    const line: Feature[] = all.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: this.kind === "area" && all.length > 2 ? [...all, all[0] as Position] : all } }] : [];
    return { type: "FeatureCollection", features: [...line, ...this.corners.map((c): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: c } }))] };
  }

  private count(): void {
    const shown = this.shown();
    this.map.getContainer().dataset.plotted = String(shown.length);
    this.map.getContainer().dataset.plots = shown.map((m) => m.properties.label || m.properties.sign).sort().join("|");
  }

  private draw(): void {
    (this.map.getSource("plotting") as GeoJSONSource | undefined)?.setData(this.collection());
    this.count();
  }

  private sketch(): void {
    (this.map.getSource("plotting-sketch") as GeoJSONSource | undefined)?.setData(this.sketched());
    this.finishButton.hidden = !this.active || this.kind === "point";
    this.finishButton.disabled = shapeOf(this.kind, this.corners) === null;
  }

  private button(text: string, press: () => void): HTMLButtonElement {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
    button.addEventListener("click", press);
    return button;
  }

  private build(): void {
    this.bar.className = "plotbar";
    this.bar.hidden = true;
    this.bar.setAttribute("role", "toolbar");
    this.bar.ariaLabel = t("标绘");
    this.palette = palette(this.given.symbols, (sign, word) => {
      this.moving = null;
      if (word) this.label.value = word;
      if (sign) this.begin(sign);
      else this.stop();
    });
    this.label.maxLength = 80;
    this.label.placeholder = t("标注（可不填）");
    this.label.ariaLabel = t("标注");
    this.finishButton.type = "button";
    this.finishButton.className = "button main";
    this.finishButton.textContent = t("画完");
    this.finishButton.hidden = true;
    this.finishButton.addEventListener("click", () => void this.finish());
    this.bar.append(this.palette.element, this.label, this.finishButton, this.button(t("撤销"), () => void this.undo()));
  }

  private begin(sign: PlotSymbol): void {
    this.hands.alone();
    this.chosen = sign;
    this.corners = [];
    this.map.getCanvas().style.cursor = "crosshair";
    this.map.doubleClickZoom.disable();
    this.hands.say(sign.kind === "point" ? t("在图上点一下放“{name}”，Esc 放下", { name: sign.name }) : t("逐点点击画“{name}”，双击、Enter 或“画完”结束", { name: sign.name }));
    this.sketch();
  }

  private move(told: Told): void {
    const sign = this.symbols.get(told.properties.symbol);
    if (!sign) return;
    this.begin(sign);
    this.moving = told;
  }

  private press(event: MapMouseEvent): void {
    if (!this.active) return;
    const at: Position = [event.lngLat.lng, event.lngLat.lat];
    this.corners.push(at);
    if (this.kind === "point") void this.finish();
    else this.sketch();
  }

  private follow(event: MapMouseEvent): void {
    if (!this.active || this.kind === "point" || this.corners.length === 0) return;
    this.pointer = [event.lngLat.lng, event.lngLat.lat];
    this.sketch();
  }

  private async finish(): Promise<void> {
    const geometry = shapeOf(this.kind, this.corners);
    if (!geometry) return;
    const [sign, moving] = [this.chosen, this.moving];
    this.corners = [];
    this.pointer = null;
    this.sketch();
    if (moving) {
      this.stop();
      await this.change(moving, { geometry });
      return;
    }
    if (!sign) return;
    const response = await this.ask("", { method: "POST", body: JSON.stringify({ symbol: sign.key, geometry, label: this.label.value }) });
    if (!response) return;
    this.label.value = "";
    this.take((await response.json()) as Told);
  }

  private async change(told: Told, what: Record<string, unknown>): Promise<void> {
    const response = await this.ask(`${told.properties.mark}/`, { method: "POST", body: JSON.stringify({ seen: told.properties.version, ...what }) });
    if (response) await this.answered(response);
  }

  private async remove(told: Told): Promise<void> {
    const response = await this.ask(`${told.properties.mark}/?seen=${told.properties.version}`, { method: "DELETE" });
    if (response) await this.answered(response);
  }

  private async undo(): Promise<void> {
    if (this.corners.length) {
      this.corners.pop();
      this.sketch();
      return;
    }
    const response = await this.ask("undo/", { method: "POST", body: "{}" });
    if (response) this.take((await response.json()) as Told);
  }

  private async answered(response: Response): Promise<void> {
    const told = (await response.json()) as Told;
    this.take(told);
    if (told.over) this.hands.say(told.over);
    await this.inspect(told.properties.mark);
  }

  private take(told: Told): void {
    if (merged(this.marks, told)) this.draw();
  }

  private async fetch(url: string, pk: string, version: number): Promise<void> {
    if ((this.marks.get(pk)?.properties.version ?? 0) >= version) return;
    const response = await this.ask(`${pk}/`, {}, true, url);
    if (response) this.take((await response.json()) as Told);
  }

  private async reload(): Promise<void> {
    const found: Told[] = [];
    for (const url of Object.values(this.urls)) {
      const response = await this.ask("", {}, true, url);
      if (!response) return;
      found.push(...((await response.json()) as { features: Told[] }).features);
    }
    this.marks.clear();
    found.forEach((m) => merged(this.marks, m));
    this.draw();
  }

  /** What stood there at an instant; null follows the present again. The plan ahead shows what stands now. */
  private async at(moment: string | null): Promise<void> {
    if (moment === null) this.past = null;
    else {
      const response = await this.ask(`?at=${encodeURIComponent(moment)}`, {}, true);
      if (response) this.past = ((await response.json()) as { features: Told[] }).features;
    }
    this.draw();
  }

  /** Ask the platform; a refusal is said in its words. */
  private async ask(path: string, options: RequestInit = {}, quietly = false, url = this.given.url): Promise<Response | null> {
    const response = await askPlatform(url + path, { ...options, headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
    if (response?.ok) return response;
    if (quietly) return null;
    const told = (await response?.json().catch(() => ({}))) as { message?: string; mend?: string } | undefined;
    this.hands.say([told?.message ?? t("没有连上，没有画上；请再试一次"), told?.mend].filter(Boolean).join("；"));
    return null;
  }
}
