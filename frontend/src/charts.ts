/** Charts: bars of rain, lines of levels, with their level lines named. Colours come from the tokens, never from a palette of the library. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { t } from "./i18n";
import { clockText, dateText } from "./timetext";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, MarkAreaComponent, DataZoomComponent, AriaComponent, CanvasRenderer]);

/** What `<script type="application/json">` inside `[data-chart]` holds. Times ISO 8601; null is "no reading", drawn as a gap. */
export interface ChartConfig {
  title?: string;
  unit: string;
  series: { name: string; kind: "bar" | "line" | "step"; points: [string, number | null][]; emphasis?: boolean }[];
  /** Level lines: word and value; drawn neutral, named on the line. A press or the pointer tells `said` and the clause. */
  lines?: ChartLine[];
  /** Ends of the time axis; without them the data's own. */
  from?: string;
  to?: string;
  /** Stretches in which readings were due and none came: nothing there is not 0. */
  gaps?: [string, string][];
  /** What stood for a while, below the time axis; leads to its page. */
  spans?: { from: string; to: string; label: string; url?: string; open?: boolean }[];
  zoom?: boolean;
}

export interface ChartLine {
  label: string;
  value: number;
  said?: string;
  clause?: string;
}

/** Room above what is drawn, so that the next level stays in sight: the greatest value, or the first line above it. */
export function ceiling(config: ChartConfig): number | undefined {
  const values = config.series.flatMap((s) => s.points.flatMap(([, value]) => (value === null ? [] : [value])));
  const lines = config.lines?.map((l) => l.value) ?? [];
  if (!lines.length || !values.length) return undefined;
  const most = Math.max(...values);
  const next = lines.filter((value) => value > most).sort((a, b) => a - b)[0];
  // A level out of all proportion would press the course flat.
  return next !== undefined && next <= Math.max(most, 1) * 8 ? next * 1.08 : undefined;
}

/** The lines that lie within what is drawn; the others stand in the table beside the chart. */
export function linesShown(config: ChartConfig): ChartLine[] {
  const values = config.series.flatMap((s) => s.points.flatMap(([, value]) => (value === null ? [] : [value])));
  const top = ceiling(config) ?? Math.max(0, ...values) * 1.1;
  const least = Math.min(0, ...values);
  return (config.lines ?? []).filter((l) => l.value <= top && l.value >= least - Math.abs(least) * 0.1);
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const DAY_MS = 86_400_000;

/** What stands below a tick: hours of a day or three, days of a month, months of a year. */
export function tickText(config: ChartConfig, at: number): string {
  const length = config.from && config.to ? Date.parse(config.to) - Date.parse(config.from) : 0;
  if (length > 120 * DAY_MS) return dateText(at).slice(0, 7);
  if (length > 3 * DAY_MS) return dateText(at).slice(5);
  return clockText(at, false) === "00:00" ? dateText(at).slice(5) : clockText(at, false);
}

/** The library's option for `config` in the present theme. */
export function optionOf(config: ChartConfig): echarts.EChartsCoreOption {
  const [ink, quiet, line, accent, second] = [css("--ink-2"), css("--ink-3"), css("--line"), css("--accent"), css("--ink-3")];
  const text = { color: quiet, fontFamily: css("--family"), fontSize: 12 * Number(css("--scale") || "1") };
  return {
    animation: false,
    textStyle: text,
    aria: { enabled: true },
    grid: { left: 8, right: 16, top: 32, bottom: config.zoom ? 36 : 8, containLabel: true },
    legend: { show: config.series.length > 1, top: 0, right: 0, textStyle: text, itemHeight: 8 },
    tooltip: {
      confine: true,
      trigger: "axis",
      backgroundColor: css("--raised"),
      borderColor: line,
      textStyle: { ...text, color: css("--ink") },
      axisPointer: { type: "line", lineStyle: { color: ink } },
      valueFormatter: (value: unknown) => (value === null || value === undefined ? t("未知") : `${String(value)} ${config.unit}`),
    },
    xAxis: {
      type: "time",
      ...(config.from ? { min: config.from } : {}),
      ...(config.to ? { max: config.to } : {}),
      axisLine: { lineStyle: { color: ink } },
      axisLabel: { ...text, hideOverlap: true, formatter: (at: number) => tickText(config, at) },
      splitLine: { show: false },
    },
    yAxis: { type: "value", ...(ceiling(config) === undefined ? {} : { max: (extent: { max: number }) => Math.max(extent.max, Math.round((ceiling(config) as number) * 100) / 100) }), name: config.unit, nameTextStyle: { ...text, align: "left", padding: [0, 0, 0, 4] }, splitLine: { lineStyle: { color: line } }, axisLabel: text },
    ...(config.zoom ? { dataZoom: [{ type: "slider", height: 16, bottom: 4, borderColor: line, backgroundColor: css("--surface"), fillerColor: css("--hover"), textStyle: text, showDetail: false, brushSelect: false,
      dataBackground: { lineStyle: { color: quiet }, areaStyle: { color: line } }, selectedDataBackground: { lineStyle: { color: ink }, areaStyle: { color: line } }, handleStyle: { color: css("--surface"), borderColor: ink }, moveHandleSize: 0 }, { type: "inside", zoomOnMouseWheel: "ctrl" }] } : {}),
    series: config.series.map((s, i) => ({
      name: s.name,
      type: s.kind === "bar" ? "bar" : "line",
      step: s.kind === "step" ? "end" : undefined,
      data: s.points,
      connectNulls: false,
      showSymbol: false,
      color: i === 0 || s.emphasis ? accent : second,
      lineStyle: { width: s.emphasis || i === 0 ? 2 : 1.5, type: s.emphasis ? "solid" : i % 3 === 2 ? "dotted" : i % 3 === 1 ? "dashed" : "solid" },
      barMaxWidth: 24,
      ...(i === 0 && config.lines?.length
        ? { markLine: { symbol: "none", lineStyle: { color: ink, type: "dashed" }, emphasis: { lineStyle: { width: 3 } }, label: { ...text, color: ink, position: "insideStartTop", formatter: "{b} {c}", overflow: "truncate", width: 320 },
            data: linesShown(config).map((l) => ({ name: l.label, yAxis: l.value })) } }
        : {}),
      ...(i === 0 && config.gaps?.length
        ? { markArea: { silent: true, itemStyle: { color: css("--hover"), borderColor: line, borderWidth: 1, borderType: "dotted" }, label: { ...text, show: true, position: "insideBottom", color: quiet },
            data: config.gaps.map(([from, to]) => [{ name: t("缺测"), xAxis: from }, { xAxis: to }]) } }
        : {}),
    })),
  };
}

/** Where the clause of the line that was pressed is read, and by keyboard the lines one after the other. */
function basisOf(config: ChartConfig): HTMLElement {
  const box = document.createElement("div");
  box.className = "chartbasis";
  const lines = linesShown(config);
  if (!lines.some((l) => l.clause)) return box;
  const said = document.createElement("output");
  said.textContent = t("点或指到标准线，这里显示它的依据");
  const step = (by: 1 | -1): void => {
    const now = lines.findIndex((l) => l.label === box.dataset.line);
    const next = lines[(now + by + lines.length) % lines.length];
    if (next) tellBasis(box, config, next.label);
  };
  const press = (label: string, glyph: string, by: 1 | -1): HTMLButtonElement => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button plain small", textContent: glyph, ariaLabel: label });
    button.addEventListener("click", () => step(by));
    return button;
  };
  box.append(press(t("下面一条标准线"), "▾", -1), press(t("上面一条标准线"), "▴", 1), said);
  return box;
}

/** How near to a line (px) a pointer and a finger mean it. */
const [POINTER_PX, FINGER_PX] = [5, 16];

function tellBasis(box: HTMLElement, config: ChartConfig, name: string | undefined): void {
  const line = config.lines?.find((l) => l.label === name);
  const said = box.querySelector("output");
  if (!line || !said) return;
  box.dataset.line = line.label;
  said.textContent = [line.label, line.said ?? `${line.value} ${config.unit}`, line.clause].filter(Boolean).join(" · ");
}

/** What stood for a while, as links on a strip that follows the chart's time axis. */
function stripOf(config: ChartConfig): HTMLElement {
  const strip = document.createElement("div");
  strip.className = "chartstrip";
  for (const span of config.spans ?? []) {
    const mark = document.createElement(span.url ? "a" : "span");
    if (mark instanceof HTMLAnchorElement && span.url) mark.href = span.url;
    mark.className = "span";
    mark.textContent = span.label;
    mark.title = `${span.label} ${dateText(Date.parse(span.from)).slice(5)} ${clockText(Date.parse(span.from), false)}–${span.open ? "" : `${dateText(Date.parse(span.to)).slice(5)} ${clockText(Date.parse(span.to), false)}`}`;
    mark.toggleAttribute("data-open", span.open === true);
    strip.append(mark);
  }
  return strip;
}

function alignStrip(strip: HTMLElement, config: ChartConfig, chart: echarts.ECharts, canvas: HTMLElement): void {
  const wide = canvas.clientWidth;
  [...strip.children].forEach((mark, i) => {
    const span = config.spans?.[i];
    if (!span || !(mark instanceof HTMLElement)) return;
    const [from, to] = [span.from, span.to].map((at) => Math.min(wide, Math.max(0, Number(chart.convertToPixel({ xAxisIndex: 0 }, Date.parse(at))))));
    mark.style.insetInlineStart = `${from}px`;
    mark.style.width = `${Math.max(6, (to ?? 0) - (from ?? 0))}px`;
    mark.style.top = `${(i % 4) * 22}px`;
    mark.hidden = to !== undefined && (to <= 0 || (from ?? 0) >= wide);
  });
  strip.style.height = `${Math.min(4, strip.children.length) * 22}px`;
}

export function mountAll(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-chart]").forEach((box) => {
    if (box.dataset.mounted) return;
    const source = (box.dataset.chart && document.getElementById(box.dataset.chart)) || box.querySelector("script[type='application/json']");
    if (!source?.textContent) return;
    box.dataset.mounted = "true";
    const config = JSON.parse(source.textContent) as ChartConfig;
    if (!config.series.some((s) => s.points.some(([, value]) => value !== null))) {
      const none = document.createElement("p");
      none.className = "quiet";
      none.textContent = t("这段时间没有读数");
      box.append(none);
      return;
    }
    const canvas = document.createElement("div");
    canvas.style.height = box.dataset.height ?? "240px";
    box.append(canvas);
    const chart = echarts.init(canvas, undefined, { renderer: "canvas" });
    const draw = (): void => chart.setOption(optionOf(config), true);
    draw();
    (box as HTMLElement & { mountedChart?: echarts.ECharts }).mountedChart = chart;
    const basis = box.appendChild(basisOf(config));
    /** The line nearest to a height in the chart, if one is near enough for a pointer or a finger. */
    const lineAt = (y: number, within: number): ChartLine | undefined =>
      linesShown(config).map((l) => ({ l, away: Math.abs(Number(chart.convertToPixel({ yAxisIndex: 0 }, l.value)) - y) })).filter((l) => l.away <= within).sort((one, other) => one.away - other.away)[0]?.l;
    chart.getZr().on("mousemove", (event: { offsetY: number }) => tellBasis(basis, config, lineAt(event.offsetY, POINTER_PX)?.label));
    // The page's own click: the chart's counts only what was lifted within 300 ms, and a cold finger is slower.
    canvas.addEventListener("click", (event) => tellBasis(basis, config, lineAt(event.clientY - canvas.getBoundingClientRect().top, FINGER_PX)?.label));
    const strip = config.spans?.length ? box.insertBefore(stripOf(config), basis) : null;
    const align = (): void => {
      if (strip) alignStrip(strip, config, chart, canvas);
    };
    chart.on("datazoom", align);
    chart.on("finished", align);
    document.addEventListener("anlan:theme", draw);
    new ResizeObserver(() => chart.resize()).observe(box);
  });
}

mountAll(document);
