/** One incident in focus: where it is, what lies within 1, 3 or 5 km, what was known at a moment, and what is planned. */
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import htmx from "htmx.org";
import { t } from "../i18n";
import { csrf } from "../shell/forms";
import { askPlatform } from "../shell/world";
import type { MapFocus } from "./config";
import { rings, taskUrl } from "./around";
import { circle, type Position } from "./geometry";
import type { Asked, WithinAnswer } from "./query";

export class Focus {
  private moment: string | null = null;
  private readonly part = document.createElement("div");

  constructor(private readonly map: MapLibre, private readonly focus: MapFocus, private readonly ask: (asked: Asked) => void) {
    document.addEventListener("anlan:time", (event) => {
      this.moment = (event as CustomEvent<string | null>).detail;
      this.load();
    });
  }

  get at(): Position | null {
    return this.focus.lon === undefined || this.focus.lat === undefined ? null : [this.focus.lon, this.focus.lat];
  }

  dress(): void {
    if (!this.at || this.map.getSource("focus")) return;
    const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    this.map.addSource("focus", { type: "geojson", data: rings(this.at, this.focus.radii_km) });
    this.map.addSource("focus-at", { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: this.at } } });
    this.map.addLayer({ id: "focus-rings", type: "line", source: "focus", paint: { "line-color": css("--ink-2"), "line-width": 1.5, "line-dasharray": [4, 3] } });
    this.map.addLayer({ id: "focus-words", type: "symbol", source: "focus", layout: { "symbol-placement": "line", "symbol-spacing": 600, "text-field": ["get", "words"], "text-font": ["sans"], "text-size": 12 }, paint: { "text-color": css("--ink"), "text-halo-color": css("--map-halo"), "text-halo-width": 2 } });
    this.map.addLayer({ id: "focus-at", type: "circle", source: "focus-at", paint: { "circle-radius": 20, "circle-color": css("--accent"), "circle-opacity": 0.12, "circle-stroke-color": css("--accent"), "circle-stroke-width": 3 } });
  }

  /** What stands beside the map at the start. */
  panel(): HTMLElement {
    const box = document.createElement("section");
    box.className = "stack focuspanel";
    const head = document.createElement("h2");
    head.append(Object.assign(document.createElement("a"), { href: this.focus.url, textContent: this.focus.title }));
    box.append(head);
    if (this.at) {
      const buttons = document.createElement("div");
      buttons.className = "buttons";
      buttons.append(...this.focus.radii_km.map((km) => this.button(t("{n} 公里内", { n: km }), () => this.around(km))), this.button(t("现场设备"), () => this.devices()));
      box.append(buttons);
    } else box.append(Object.assign(document.createElement("p"), { className: "notice flat", textContent: t("事发位置还不清楚：请在事件页更正位置，图上先显示所在街道。") }));
    this.part.className = "stack";
    box.append(this.part);
    this.load();
    return box;
  }

  around(km: number): void {
    const at = this.at;
    if (!at) return;
    const ring = circle(at, km * 1000);
    (this.map.getSource("drawing") as GeoJSONSource | undefined)?.setData({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } });
    const lon = ring.map((c) => c[0]);
    const lat = ring.map((c) => c[1]);
    this.map.fitBounds([Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)], { padding: 24, duration: 300 });
    this.ask({ geometry: { type: "Polygon", coordinates: [ring] }, center: at, radius_m: km * 1000 });
  }

  /** What to do with an answer: pick things and give a task, or take the list away. */
  actions(panel: HTMLElement, asked: Asked, answer: WithinAnswer): void {
    const names = (): string[] => [...panel.querySelectorAll<HTMLInputElement>("input[data-pick]:checked")].map((i) => i.value);
    panel.querySelectorAll<HTMLElement>("ul.rows > li").forEach((row) => {
      const name = row.querySelector("a, span")?.textContent ?? "";
      const pick = Object.assign(document.createElement("input"), { type: "checkbox", value: name, ariaLabel: t("选中 {name}", { name }) });
      pick.dataset.pick = "";
      row.prepend(pick);
    });
    const bar = document.createElement("div");
    bar.className = "buttons";
    const task = Object.assign(document.createElement("a"), { className: "button main", textContent: t("给所选的派任务"), href: taskUrl(this.focus.task_url, asked, []) });
    panel.addEventListener("change", () => (task.href = taskUrl(this.focus.task_url, asked, names())));
    bar.append(task);
    if (answer.groups.length) bar.append(this.button(t("导出表格"), () => void this.take(asked)));
    bar.append(this.button(t("回到事件"), () => document.dispatchEvent(new CustomEvent("anlan:focus"))));
    panel.querySelector("h2")?.after(bar);
  }

  private async take(asked: Asked): Promise<void> {
    const response = await askPlatform(this.focus.export_url, { method: "POST", body: JSON.stringify(asked), headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() } });
    if (!response.ok) return;
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await response.blob()), download: `${this.focus.title}.xlsx` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  private devices(): void {
    void htmx.ajax("get", this.focus.devices_url, { target: this.part, swap: "innerHTML" });
  }

  private load(): void {
    const at = this.moment ? `?at=${encodeURIComponent(this.moment)}` : "";
    // The panel is put on the page after it has been made; one that was closed asks when it is opened again.
    setTimeout(() => {
      if (this.part.isConnected) void htmx.ajax("get", `${this.focus.moment_url}${at}`, { target: this.part, swap: "innerHTML" });
    });
  }

  private button(text: string, press: () => void): HTMLButtonElement {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
    button.addEventListener("click", press);
    return button;
  }
}
