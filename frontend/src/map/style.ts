/** The muted base from our own outlines, and how each layer of the page is drawn. */
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { t } from "../i18n";
import { rampExpression, RAIN_STEPS } from "../ramp";
import type { BaseLayer, MapConfig, MapLayer } from "./config";
import { symbolId, type Tone } from "./symbols";

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const here = (url: string): string => new URL(url, location.href).href.replace(/%7B/g, "{").replace(/%7D/g, "}");
export const isDark = (): boolean => document.documentElement.dataset.theme !== "light";
const textSize = (): number => 12 * Number(css("--scale") || "1");
/** Any named font stack: Chinese glyphs are drawn by the browser, and so is the rest (no glyph server). */
const FONT = ["sans"];

function baseSource(base: BaseLayer): SourceSpecification {
  return base.type === "mvt" ? { type: "vector", tiles: [here(base.url)], maxzoom: 14 } : { type: "geojson", data: here(base.url) };
}

/** From which zoom on the names and borders of a level are drawn; each level gives way to the one below. */
const LEVEL_ZOOM = ["match", ["get", "level"], "province", 0, "city", 5.5, "county", 7, "township", 10.5, 12];
const LEVEL_ZOOM_END = ["match", ["get", "level"], "province", 7.5, "city", 9.5, 24];

function baseLayers(base: BaseLayer, home?: string): LayerSpecification[] {
  const from = { source: `base-${base.id}`, ...(base.type === "mvt" ? { "source-layer": base.layer ?? base.id } : {}), ...(base.minzoom ? { minzoom: base.minzoom } : {}) };
  const out: LayerSpecification[] = [];
  const area = ["==", ["geometry-type"], "Polygon"];
  if (base.kind === "land") out.push({ id: `base-${base.id}-fill`, type: "fill", ...from, filter: area, paint: { "fill-color": home ? ["match", ["get", "code"], home, css("--map-home"), css("--map-land")] : css("--map-land") } } as LayerSpecification);
  if (base.kind === "water") out.push({ id: `base-${base.id}-fill`, type: "fill", ...from, filter: area, paint: { "fill-color": css("--map-water") } } as LayerSpecification);
  if (base.kind === "land" || base.kind === "border" || base.kind === "water" || base.kind === "road") {
    const road = base.kind === "road";
    // Rank 1 is what is seen from afar: motorways, rivers.
    const byRank = (first: number, second: number, rest: number): unknown => ["match", ["get", "rank"], 1, first, 2, second, rest];
    const width = road ? ["interpolate", ["linear"], ["zoom"], 8, byRank(1.2, 0.8, 0.4), 12, byRank(2.5, 1.8, 0.8), 16, byRank(9, 7, 4)]
      : base.kind === "water" ? ["interpolate", ["linear"], ["zoom"], 8, byRank(1.5, 1, 0.6), 16, byRank(7, 4, 2)] : 1.2;
    const colour = road ? css("--map-road") : base.kind === "water" ? css("--map-water") : css("--map-line");
    out.push({ id: `base-${base.id}-line`, type: "line", ...from, ...(base.kind === "land" ? { filter: area } : {}), layout: { "line-join": "round" }, paint: { "line-color": colour, "line-width": width } } as LayerSpecification);
    if (base.kind === "land" && home) out.push({ id: `base-${base.id}-home`, type: "line", ...from, filter: ["all", area, ["==", ["get", "code"], home]], layout: { "line-join": "round" }, paint: { "line-color": css("--map-home-line"), "line-width": ["interpolate", ["linear"], ["zoom"], 7, 1.6, 13, 3] } } as unknown as LayerSpecification);
  }
  if (base.label) {
    out.push({
      id: `base-${base.id}-label`, type: "symbol", ...from,
      ...(base.kind === "land" ? { filter: ["all", ["==", ["geometry-type"], "Point"], [">=", ["zoom"], LEVEL_ZOOM], ["<", ["zoom"], LEVEL_ZOOM_END]] } : {}),
      layout: { "text-field": ["get", base.label], "text-font": FONT, "text-size": textSize(), "text-padding": 2, "text-max-width": 8, ...(base.kind === "road" ? {} : { "text-variable-anchor-offset": ["center", [0, 0], "top", [0, 2.5], "bottom", [0, -2.5], "left", [3, 0], "right", [-3, 0], "top", [0, 6], "bottom", [0, -6]] }), "symbol-placement": base.kind === "road" ? "line" : "point" },
      paint: { "text-color": css("--map-ink"), "text-halo-color": css("--map-halo"), "text-halo-width": 1.5, "text-opacity": 0.85 },
    } as unknown as LayerSpecification);
  }
  return out;
}

/** No line runs through a name. */
function labelsLast(layers: LayerSpecification[]): LayerSpecification[] {
  return [...layers.filter((l) => l.type !== "symbol"), ...layers.filter((l) => l.type === "symbol")];
}

export function baseStyle(config: MapConfig): StyleSpecification {
  return {
    version: 8,
    name: "anlan",
    sources: Object.fromEntries(config.base.map((b) => [`base-${b.id}`, baseSource(b)])),
    layers: [{ id: "ground", type: "background", paint: { "background-color": css("--map-out") } }, ...labelsLast(config.base.flatMap((b) => baseLayers(b, config.home)))],
    transition: { duration: 0, delay: 0 },
  };
}

export function layerSource(layer: MapLayer, at: string | null): SourceSpecification {
  const url = layer.timed && at ? here(layer.source.url) + (layer.source.url.includes("?") ? "&" : "?") + `at=${encodeURIComponent(at)}` : here(layer.source.url);
  const key = layer.source.key ?? "id";
  if (layer.source.type === "mvt") {
    return { type: "vector", tiles: [url], promoteId: key, minzoom: layer.source.minzoom ?? 0, maxzoom: layer.source.maxzoom ?? 14 };
  }
  const cluster = layer.cluster ?? (layer.kind === undefined || layer.kind === "point");
  return { type: "geojson", data: url, promoteId: key, cluster, clusterRadius: 36, clusterMaxZoom: 13 };
}

const LEVELS: Tone[] = ["blue", "yellow", "orange", "red"];
const shapeOf = (level: Tone): "ring" | "triangle" | "diamond" | "square" => ({ blue: "ring", yellow: "triangle", orange: "diamond", red: "square" })[level as "blue"] as "ring";

function icon(layer: MapLayer): unknown {
  const shape = layer.shape ?? "square";
  const glyph = ["coalesce", ["get", "glyph"], layer.symbol ?? "·"];
  const tone = ["case", ["==", ["get", "late"], true], "strong", "plain"];
  const plain = ["concat", "sym|", ["coalesce", ["get", "shape"], shape], "|", glyph, "|", tone];
  if (!layer.level) return plain;
  const byLevel: unknown[] = ["match", ["get", layer.level]];
  LEVELS.forEach((level) => byLevel.push(level, ["concat", `sym|${shapeOf(level)}|`, glyph, `|${level}`]));
  return [...byLevel, plain];
}

const LEVEL_WORDS: Record<string, string> = { blue: "蓝", yellow: "黄", orange: "橙", red: "红" };

/** A warning's colour never stands alone: its shape and word stand once in what is seen of its area, and give way to nothing. */
export function levelSign(source: string, level: string): LayerSpecification {
  return {
    id: source, type: "symbol", source,
    layout: { "icon-image": levelIcon(level), "icon-allow-overlap": true, "icon-size": Number(css("--scale") || "1"), "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": textSize(), "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 1.2, "text-max-width": 24, "text-allow-overlap": true },
    paint: { "text-color": css("--ink"), "text-halo-color": css("--map-halo"), "text-halo-width": 1.5 },
  } as unknown as LayerSpecification;
}

/** The sign of a level: its shape with its word. */
function levelIcon(property: string): unknown {
  return ["match", ["get", property], ...LEVELS.flatMap((level) => [level, `sym|${shapeOf(level)}|${LEVEL_WORDS[level]}|${level}`]), "sym|square|?|plain"];
}

/** How strongly a warned area is tinted. */
export const warnedTint = (): number => (isDark() ? 0.12 : 0.16);

/** Style layers of one page layer; the one named like the source is what a press hits. */
export function drawn(layer: MapLayer): LayerSpecification[] {
  const source = `l-${layer.id}`;
  const from = { source, ...(layer.source.type === "mvt" ? { "source-layer": layer.source.layer ?? layer.id } : {}) };
  const size = textSize();
  const scale = Number(css("--scale") || "1");
  const label = {
    "text-field": ["step", ["zoom"], "", 12, ["coalesce", ["get", "name"], ""]], "text-font": FONT, "text-size": size, "text-variable-anchor": ["top", "right", "left", "bottom"], "text-radial-offset": 1.1, "text-justify": "auto", "text-optional": true, "text-max-width": 9,
  };
  const words = { "text-color": css("--ink"), "text-halo-color": css("--map-halo"), "text-halo-width": 1.5 };
  const chosen = ["boolean", ["feature-state", "chosen"], false];
  const colour = layer.level
    ? ["match", ["get", layer.level], ...LEVELS.flatMap((l) => [l, css(`--level-${l}`)]), css("--ink-3")]
    : layer.kind === "measured" ? rampExpression(["coalesce", ["feature-state", "value"], ["get", "value"], -1], isDark(), layer.bounds ?? RAIN_STEPS) : css("--accent");
  if (layer.kind === "area") {
    // The fill lies lowest, its edge and name above it; a press anywhere inside hits the fill.
    return [
      { id: source, type: "fill", ...from, paint: { "fill-color": colour, "fill-opacity": layer.level ? warnedTint() : 0.14 } },
      { id: `${source}-line`, type: "line", ...from, paint: { "line-color": layer.level ? css("--ink") : css("--accent"), "line-width": ["case", chosen, 4, 2] } },
      ...(layer.level ? [] : [{ id: `${source}-label`, type: "symbol", ...from, layout: { "text-field": ["coalesce", ["get", "name"], ""], "text-font": FONT, "text-size": size, "symbol-placement": "line", "symbol-spacing": 320, "text-max-angle": 45, "text-offset": [0, -0.9] }, paint: words }]),
    ] as unknown as LayerSpecification[];
  }
  if (layer.kind === "line") {
    return [{ id: source, type: "line", ...from, paint: { "line-color": colour, "line-width": ["case", chosen, 6, 3] } }] as unknown as LayerSpecification[];
  }
  if (layer.kind === "measured") {
    const none = t("无数据");
    const shown = ["coalesce", ["feature-state", "value"], ["get", "value"]];
    return [
      { id: `${source}-halo`, type: "circle", ...from, paint: { "circle-radius": ["+", 8, ["*", 22, ["coalesce", ["feature-state", "lit"], 0]]], "circle-color": css("--ink"), "circle-opacity": ["*", 0.35, ["-", 1, ["coalesce", ["feature-state", "lit"], 1]]] } },
      { id: `${source}-label`, type: "symbol", ...from, minzoom: 9, layout: { ...label, "text-field": ["step", ["zoom"], ["coalesce", ["to-string", ["get", "value"]], ""], 12, ["concat", ["coalesce", ["get", "name"], ""], "\n", ["case", ["==", ["get", "value"], null], none, ["concat", ["to-string", ["get", "value"]], " ", layer.unit ?? ""]]]] }, paint: words },
      { id: source, type: "circle", ...from, paint: { "circle-radius": ["case", chosen, 11 * scale, ["==", shown, null], 5 * scale, 8 * scale], "circle-color": ["case", ["==", shown, null], css("--surface"), colour], "circle-stroke-color": css("--ink-2"), "circle-stroke-width": ["case", chosen, 3, 1.5] } },
    ] as unknown as LayerSpecification[];
  }
  const many = ["has", "point_count"];
  return [
    { id: `${source}-many`, type: "circle", ...from, filter: many, paint: { "circle-radius": ["step", ["get", "point_count"], 12, 10, 15, 100, 18, 1000, 22], "circle-color": css("--surface"), "circle-stroke-color": css("--ink-2"), "circle-stroke-width": 1.5 } },
    { id: `${source}-many-n`, type: "symbol", ...from, filter: many, layout: { "text-field": ["concat", layer.symbol ?? "", ["to-string", ["get", "point_count"]]], "text-font": FONT, "text-size": size - 1, "text-allow-overlap": true }, paint: { "text-color": css("--ink") } },
    { id: `${source}-chosen`, type: "circle", ...from, filter: ["!", many], paint: { "circle-radius": 17, "circle-color": css("--accent"), "circle-opacity": ["case", chosen, 0.35, 0], "circle-stroke-color": css("--accent"), "circle-stroke-width": ["case", chosen, 2.5, 0] } },
    { id: source, type: "symbol", ...from, filter: ["!", many], layout: { "icon-image": icon(layer), "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.72 * scale, 14, scale], ...label }, paint: words },
  ] as unknown as LayerSpecification[];
}

/** Rings of accuracy: a place marked 示意位置 is shown with how far it may be off. */
export function accuracyLayer(layer: MapLayer): LayerSpecification {
  const source = `l-${layer.id}`;
  const metres = ["coalesce", ["get", "accuracy_m"], 0];
  // Pixels of a metre at zoom z and 40° latitude: 2^z / 119,900; exponential base 2 follows the zoom exactly.
  return {
    id: `${source}-accuracy`, type: "circle", source, ...(layer.source.type === "mvt" ? { "source-layer": layer.source.layer ?? layer.id } : {}),
    filter: ["all", ["!", ["has", "point_count"]], [">", metres, 0]], minzoom: 13,
    paint: {
      "circle-radius": ["interpolate", ["exponential", 2], ["zoom"], 0, ["/", metres, 59_950], 20, ["*", metres, 17.49]],
      "circle-color": css("--ink-3"), "circle-opacity": 0.025, "circle-stroke-color": css("--ink-3"), "circle-stroke-width": 1, "circle-stroke-opacity": 0.4,
    },
  } as unknown as LayerSpecification;
}

export { symbolId };
