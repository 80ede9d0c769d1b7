/** A small map that needs no network: outlines from the kept data, one pin to drag. */
import { t } from "../i18n";

export interface View { lon: number; lat: number; /** pixels per degree of latitude */ scale: number; width: number; height: number }

/** Degrees to pixels; longitudes shrink with the latitude of the view's centre. */
export function toPixel(view: View, lon: number, lat: number): [number, number] {
  const k = Math.cos((view.lat * Math.PI) / 180);
  return [view.width / 2 + (lon - view.lon) * k * view.scale, view.height / 2 - (lat - view.lat) * view.scale];
}

export function toDegrees(view: View, x: number, y: number): [number, number] {
  const k = Math.cos((view.lat * Math.PI) / 180);
  return [view.lon + (x - view.width / 2) / (k * view.scale), view.lat - (y - view.height / 2) / view.scale];
}

type Ring = [number, number][];

function ringsOf(outline: GeoJSON.FeatureCollection | undefined): { name: string; rings: Ring[] }[] {
  return (outline?.features ?? []).map((f) => {
    const g = f.geometry;
    const rings = g.type === "Polygon" ? g.coordinates : g.type === "MultiPolygon" ? g.coordinates.flat() : g.type === "LineString" ? [g.coordinates] : [];
    return { name: String(f.properties?.name ?? ""), rings: rings as Ring[] };
  });
}

export interface PinMap { element: HTMLElement; set: (lon: number, lat: number, accuracy?: number | null) => void; value: () => { lon: number; lat: number } | null }

export function pinMap(outline: GeoJSON.FeatureCollection | undefined, villages: { name: string; lon: number | null; lat: number | null }[], onMove: (lon: number, lat: number) => void): PinMap {
  const element = document.createElement("div");
  element.className = "pinmap";
  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.ariaLabel = t("拖动地图，把事发地点放到针下；方向键微调");
  const zoom = document.createElement("div");
  zoom.className = "zoom";
  const pin = document.createElement("div");
  pin.className = "pin";
  pin.innerHTML = '<svg viewBox="0 0 32 44" width="32" height="44" aria-hidden="true"><path d="M16 1C8 1 2 7 2 15c0 10 14 28 14 28s14-18 14-28C30 7 24 1 16 1z"/><circle cx="16" cy="15" r="5"/></svg>';
  element.append(canvas, pin, zoom);
  const shapes = ringsOf(outline);
  const all = shapes.flatMap((s) => s.rings.flat());
  const lons = all.map((p) => p[0]);
  const lats = all.map((p) => p[1]);
  const view: View = { lon: 116.2, lat: 39.92, scale: 4000, width: 360, height: 240 };
  let accuracy: number | null = null;
  let placed = false;
  if (all.length) {
    view.lon = (Math.min(...lons) + Math.max(...lons)) / 2;
    view.lat = (Math.min(...lats) + Math.max(...lats)) / 2;
  }

  const draw = (): void => {
    const c = canvas.getContext("2d");
    if (!c) return;
    const css = getComputedStyle(document.documentElement);
    const token = (name: string): string => css.getPropertyValue(name).trim();
    const ratio = devicePixelRatio || 1;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = token("--map-out");
    c.fillRect(0, 0, view.width, view.height);
    c.fillStyle = token("--map-land");
    c.strokeStyle = token("--map-line");
    c.lineWidth = 1.5;
    for (const shape of shapes) {
      c.beginPath();
      for (const ring of shape.rings) ring.forEach(([lon, lat], i) => (i ? c.lineTo(...toPixel(view, lon, lat)) : c.moveTo(...toPixel(view, lon, lat))));
      c.fill("evenodd");
      c.stroke();
    }
    if (accuracy && placed) {
      c.beginPath();
      c.arc(view.width / 2, view.height / 2, (accuracy / 111_320) * view.scale, 0, Math.PI * 2);
      c.strokeStyle = token("--accent");
      c.stroke();
    }
    c.font = `13px ${token("--family") || "sans-serif"}`;
    c.textAlign = "center";
    const taken: [number, number][] = [];
    for (const village of villages) {
      if (village.lon === null || village.lat === null) continue;
      const [x, y] = toPixel(view, village.lon, village.lat);
      if (x < -40 || y < -10 || x > view.width + 40 || y > view.height + 10) continue;
      c.fillStyle = token("--ink-3");
      c.fillRect(x - 2, y - 2, 4, 4);
      if (taken.some(([a, b]) => Math.abs(a - x) < 76 && Math.abs(b - y) < 18)) continue;
      taken.push([x, y]);
      c.lineWidth = 3;
      c.strokeStyle = token("--map-halo");
      c.strokeText(village.name, x, y - 6);
      c.fillStyle = token("--map-ink");
      c.fillText(village.name, x, y - 6);
    }
  };
  const size = (): void => {
    const box = element.getBoundingClientRect();
    if (!box.width) return;
    const first = view.width === 360 && all.length > 0 && !placed;
    view.width = box.width;
    view.height = box.height;
    canvas.width = box.width * (devicePixelRatio || 1);
    canvas.height = box.height * (devicePixelRatio || 1);
    if (first) {
      const k = Math.cos((view.lat * Math.PI) / 180);
      view.scale = 0.9 * Math.min(view.width / ((Math.max(...lons) - Math.min(...lons)) * k), view.height / (Math.max(...lats) - Math.min(...lats)));
    }
    draw();
  };
  new ResizeObserver(size).observe(element);

  const moved = (): void => {
    placed = true;
    accuracy = null;
    element.dataset.placed = "true";
    onMove(view.lon, view.lat);
    draw();
  };
  let drag: { x: number; y: number } | null = null;
  canvas.addEventListener("pointerdown", (e) => {
    drag = { x: e.clientX, y: e.clientY };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", (e) => {
    if (!drag) return;
    [view.lon, view.lat] = toDegrees(view, view.width / 2 - (e.clientX - drag.x), view.height / 2 - (e.clientY - drag.y));
    drag = { x: e.clientX, y: e.clientY };
    draw();
  });
  canvas.addEventListener("pointerup", () => {
    drag = null;
    moved();
  });
  canvas.addEventListener("keydown", (e) => {
    const step: Record<string, [number, number]> = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] };
    const by = step[e.key];
    if (!by) return;
    e.preventDefault();
    [view.lon, view.lat] = toDegrees(view, view.width / 2 + by[0], view.height / 2 + by[1]);
    moved();
  });
  for (const [label, factor, name] of [["＋", 1.8, t("放大")], ["－", 1 / 1.8, t("缩小")]] as const) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button icon";
    button.textContent = label;
    button.ariaLabel = name;
    button.addEventListener("click", () => {
      view.scale = Math.min(2_000_000, Math.max(500, view.scale * factor));
      draw();
    });
    zoom.append(button);
  }
  return {
    element,
    set: (lon, lat, metres = null) => {
      [view.lon, view.lat] = [lon, lat];
      view.scale = Math.max(view.scale, 14_000);
      placed = true;
      element.dataset.placed = "true";
      accuracy = metres;
      draw();
    },
    value: () => (placed ? { lon: Number(view.lon.toFixed(6)), lat: Number(view.lat.toFixed(6)) } : null),
  };
}
