/** One sign for each warned area, inside what is seen of it. A tile knows only its own cut of an area; the page sees the whole. */
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as Maplibre } from "maplibre-gl";
import type { MapLayer } from "./config";
import { inside } from "./geometry";
import { levelSign } from "./style";

type Ring = [number, number][];

/** The samples of a view at which a sign may stand: middle of the top first, then outwards and down. Longitude and latitude. */
export function samples(view: [number, number, number, number], across = 9, down = 8): [number, number][] {
  const [west, south, east, north] = view;
  const found: { at: [number, number]; away: number }[] = [];
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const [x, y] = [(column + 1) / (across + 1), (row + 1) / (down + 1)];
      found.push({ at: [west + (east - west) * x, north - (north - south) * y], away: Math.hypot((x - 0.5) * 0.7, y - 0.12) });
    }
  }
  return found.sort((a, b) => a.away - b.away).map((f) => f.at);
}

/** Where the sign of an area stands: the first sample inside one of its cuts that no other sign has taken. */
export function signPoint(cuts: Ring[][], view: [number, number, number, number], taken: [number, number][]): [number, number] | null {
  const free = samples(view).filter((at) => !taken.some((other) => other[0] === at[0] && other[1] === at[1]));
  return free.find((at) => cuts.some(([outer, ...holes]) => outer !== undefined && inside(at, outer) && !holes.some((hole) => inside(at, hole)))) ?? null;
}

export class WarningSigns {
  private said = "";

  constructor(private readonly map: Maplibre, private readonly layers: MapLayer[]) {}

  /** Called when the map has come to rest; draws again only when something has changed. */
  place(shown: Set<string>): void {
    const bounds = this.map.getBounds();
    const view: [number, number, number, number] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const taken: [number, number][] = [];
    for (const layer of this.layers) {
      const source = `l-${layer.id}`;
      const name = `sign-${layer.id}`;
      const found = shown.has(layer.id) && this.map.getLayer(source) ? this.map.queryRenderedFeatures({ layers: [source] }) : [];
      const areas = new Map<string, { properties: Record<string, unknown>; cuts: Ring[][] }>();
      for (const feature of found) {
        const area = areas.get(String(feature.id)) ?? { properties: feature.properties, cuts: [] as Ring[][] };
        const shape = feature.geometry;
        if (shape.type === "Polygon") area.cuts.push(shape.coordinates as Ring[]);
        if (shape.type === "MultiPolygon") area.cuts.push(...(shape.coordinates as Ring[][]));
        areas.set(String(feature.id), area);
      }
      const features: Feature[] = [];
      for (const [, area] of [...areas].sort(([a], [b]) => a.localeCompare(b))) {
        const at = signPoint(area.cuts, view, taken);
        if (!at) continue;
        taken.push(at);
        features.push({ type: "Feature", properties: area.properties, geometry: { type: "Point", coordinates: at } });
      }
      const drawn = this.map.getSource<GeoJSONSource>(name);
      const saying = JSON.stringify(features);
      if (drawn && saying === this.said) continue;
      this.said = saying;
      if (drawn) drawn.setData({ type: "FeatureCollection", features });
      else {
        this.map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features } });
        this.map.addLayer(levelSign(name, layer.level ?? "level"));
      }
    }
  }
}
