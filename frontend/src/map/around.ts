/** What is drawn around an incident, and where a question about its surroundings leads. */
import type { Feature, FeatureCollection } from "geojson";
import { t } from "../i18n";
import { circle, type Position } from "./geometry";
import type { Asked } from "./query";

/** The rings of an incident as lines with their radius as words. */
export function rings(at: Position, radiiKm: number[]): FeatureCollection {
  return { type: "FeatureCollection", features: radiiKm.map((km): Feature => ({ type: "Feature", properties: { words: t("{n} 公里", { n: km }), km }, geometry: { type: "LineString", coordinates: circle(at, km * 1000) } })) };
}

/** The area as an address says it: `lon,lat,metres`, or corner after corner. */
export function written(asked: Asked): string {
  const six = (n: number): string => n.toFixed(6);
  if (asked.center && asked.radius_m) return `${six(asked.center[0])},${six(asked.center[1])},${asked.radius_m}`;
  return (asked.geometry.coordinates[0] ?? []).slice(0, -1).map(([x, y]) => `${six(x as number)},${six(y as number)}`).join(";");
}

/** Where the picked things go: the task form with their names, or with the area that was asked when nothing is picked. */
export function taskUrl(base: string, asked: Asked, names: string[]): string {
  const query = new URLSearchParams();
  if (names.length) query.set("text", t("请前往或联系：{names}", { names: names.join("、") }));
  else query.set("area", written(asked));
  return `${base}${base.includes("?") ? "&" : "?"}${query.toString()}`;
}
