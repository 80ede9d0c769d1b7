/** What a page tells the map. All addresses are our own; nothing is fetched from elsewhere. Positions are WGS84. */

export type Shape = "ring" | "square" | "circle" | "triangle" | "diamond";

export interface LayerSource {
  type: "mvt" | "geojson";
  /** For mvt a template with {z}/{x}/{y}. */
  url: string;
  /** Name of the layer inside the tile; default: the layer's id. */
  layer?: string;
  /** Field of a feature that names it; default "id". */
  key?: string;
  minzoom?: number;
  maxzoom?: number;
}

export interface MapLayer {
  id: string;
  title: string;
  /** Stage key of the rail: groups the list of layers. */
  stage: string;
  source: LayerSource;
  /** point: symbols; area: fills; line; measured: dots coloured by `value` of the feature or of live readings. */
  kind?: "point" | "area" | "line" | "measured";
  /** One Chinese character in a shape, e.g. 队 仓 避 报. A feature may bring its own in `glyph`. */
  symbol?: string;
  shape?: Shape;
  count?: number | null;
  count_url?: string;
  shown?: boolean;
  cluster?: boolean;
  /** Subject pattern of notices that change this layer. */
  live?: string;
  /** The layer's address takes ?at= of the time slider. */
  timed?: boolean;
  /** measured: unit and lower bounds of the ramp. */
  unit?: string;
  bounds?: number[];
  /** measured: the property of live readings that is shown; others of the same stations are passed over. */
  property?: string;
  /** Property holding a level (blue…red): drawn as its word and shape's colour. Only for warnings. */
  level?: string;
}

export interface BaseLayer {
  id: string;
  type: "geojson" | "mvt";
  url: string;
  layer?: string;
  kind: "land" | "border" | "road" | "water" | "place";
  /** Property with the label. */
  label?: string;
  minzoom?: number;
  /** Whose data it is; stands in the corner of the map. */
  attribution?: string;
}

/** Something that happened, on the time slider. */
export interface TimeMark {
  at: string;
  label: string;
  /** What kind of thing, in a word: 预警, 信号, 事件, 响应. */
  kind?: string;
  url?: string;
}

/** A layer computed for an instant, one answer a step (kernel/layers/frames.py). */
export interface MapFrames {
  id: string;
  title: string;
  stage: string;
  url: string;
  shown?: boolean;
  live?: string;
  /** The layer whose things its points show in its place. */
  instead_of?: string;
  step_s: number;
  hours: number;
  choices: { value: string; label: string }[];
}

/** A sign with which people draw on the map; `code` is that of GB/T 35649 where it is known, `picture` our own drawing (a path on a
    grid of 24 × 24), `finds` what else it is looked for by. */
export interface PlotSymbol { key: string; name: string; group: string; kind: "point" | "line" | "area"; glyph: string; shape: string; dash: string; code: string; picture: string; finds: string[] }

/** What people draw on the map of an incident (command/map/plotting.py). */
export interface MapPlotting {
  url: string; live: string; incident: string; symbols: PlotSymbol[]; may: boolean; marks: unknown[];
  /** Several incidents at once (the wall): where the marks of each are asked for. */
  urls?: Record<string, string>;
}

/** The incident that the map is about. Without `lon` and `lat` nobody knows where it is. */
export interface MapFocus {
  id: string; title: string; url: string; radii_km: number[]; lon?: number; lat?: number;
  moment_url: string; export_url: string; devices_url: string; task_url: string; author: string;
}

/** A view that a wall turns through; `id` names what it is about, where it is about one thing. */
export interface MapView { id?: string; title: string; bounds: [number, number, number, number]; layers?: string[] }

/** Things of one layer that may be dragged; `url` has the place of the id as {id}. */
export interface MapMoving { layer: string; url: string }

/** From where somebody looks: which layers are on there. */
export interface MapSeats { url: string; now: string; offered: { id: string; title: string; layers: string[] }[] }

export interface MapConfig {
  bounds: [number, number, number, number];
  /** Where a link wants the map to open; "whole area" goes back to `bounds`. */
  view?: [number, number, number, number];
  /** Code of the outline that is the person's own: drawn stronger than its neighbours. */
  home?: string;
  base: BaseLayer[];
  layers: MapLayer[];
  frames?: MapFrames[];
  stages?: { key: string; label: string }[];
  inspect_url?: string;
  within_url?: string;
  time?: { from: string; to: string; now: string; events: TimeMark[]; marks_url?: string; live?: string };
  views?: MapView[];
  /** Where a wall asks for its views again, and after which notices. */
  wall?: { url: string; live: string };
  /** Opened in the inspector at the start: "layer/id". */
  selected?: string;
  /** One layer under the conditions of its ledger: shown whatever was chosen on the one map, and never remembered. */
  alone?: boolean;
  focus?: MapFocus;
  plotting?: MapPlotting;
  seats?: MapSeats;
  moving?: MapMoving;
  /** A small map inside another page: no lists, no slider. */
  compact?: boolean;
  /** What the map shows is shared with everybody or only for this person: where drawings may be acted on. */
  actions?: boolean;
}

export const STAGES: { key: string; label: string }[] = [
  { key: "sense", label: "感知" }, { key: "analyse", label: "分析" }, { key: "warn", label: "预警" }, { key: "decide", label: "决策" },
  { key: "command", label: "指挥" }, { key: "act", label: "行动" }, { key: "review", label: "评估" }, { key: "prevent", label: "防控" }, { key: "base", label: "基础库" },
];

/** Layers by stage in the order of the work chain; stages that nobody knows come last under their own key. */
export function grouped(layers: MapLayer[], stages = STAGES): { key: string; label: string; layers: MapLayer[] }[] {
  const known = stages.map((s) => ({ ...s, layers: layers.filter((l) => l.stage === s.key) }));
  const rest = [...new Set(layers.map((l) => l.stage))].filter((key) => !stages.some((s) => s.key === key));
  return [...known, ...rest.map((key) => ({ key, label: key, layers: layers.filter((l) => l.stage === key) }))].filter((g) => g.layers.length > 0);
}

const DRAWING_ORDER = ["base", "prevent", "review", "decide", "analyse", "act", "sense", "warn", "command"];

/** What lies above what: areas lowest, then what exists, then what happens; incidents on top of everything. */
export function rank(layer: MapLayer): number {
  const stage = DRAWING_ORDER.indexOf(layer.stage);
  return (layer.kind === "area" ? 0 : layer.kind === "line" ? 100 : 200) + Math.max(0, stage);
}
