/** Measuring 量算: length along pressed corners, and the area that they close. Great circles, metres. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from "maplibre-gl";
import { language, t } from "../i18n";
import { areaOf, distance, lengthText, type Position } from "./geometry";

export class Measuring {
  private corners: Position[] = [];
  private on = false;

  constructor(private readonly map: MapLibre, private readonly say: (text: string) => void) {
    map.on("click", (event) => this.press(event));
    document.addEventListener("keydown", (event) => {
      if (!this.on) return;
      if (event.key === "Escape") this.stop();
      else if (event.key === "Backspace" && !(event.target instanceof HTMLInputElement)) this.corners.pop();
      else return;
      this.show();
    });
  }

  get active(): boolean {
    return this.on;
  }

  start(): void {
    this.corners = [];
    this.on = true;
    this.map.getCanvas().style.cursor = "crosshair";
    this.say(t("逐点点击量长度，三点以上同时给面积；Esc 结束"));
  }

  stop(): void {
    if (!this.on) return;
    this.on = false;
    this.corners = [];
    this.map.getCanvas().style.cursor = "";
    this.say("");
    this.show();
  }

  private press(event: MapMouseEvent): void {
    if (!this.on) return;
    this.corners.push([event.lngLat.lng, event.lngLat.lat]);
    this.show();
  }

  private show(): void {
    const source = this.map.getSource<GeoJSONSource>("drawing");
    source?.setData(this.corners.length < 2 ? { type: "FeatureCollection", features: [] } : { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: this.corners } });
    if (!this.on || this.corners.length < 2) return;
    const long = this.corners.slice(1).reduce((sum, c, i) => sum + distance(this.corners[i] as Position, c), 0);
    const english = language() === "en";
    const parts = [t("长 {length}", { length: lengthText(long, english) })];
    if (this.corners.length > 2) parts.push(t("围成 {area} 平方公里", { area: (areaOf(this.corners) / 1e6).toFixed(3) }));
    this.say(parts.join("，"));
  }
}
