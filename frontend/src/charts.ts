/** Charts: bars of rain, lines of levels, with their level lines named. Colours come from the tokens, never from a palette of the library. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { t } from "./i18n";
import { clockText, dateText } from "./timetext";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, DataZoomComponent, AriaComponent, CanvasRenderer]);

/** What `<script type="application/json">` inside `[data-chart]` holds. Times ISO 8601; null is "no reading", drawn as a gap. */
export interface ChartConfig {
  title?: string;
  unit: string;
  series: { name: string; kind: "bar" | "line" | "step"; points: [string, number | null][]; emphasis?: boolean }[];
  /** Level lines: word and value; drawn neutral, named at the right. */
  lines?: { label: string; value: number }[];
  zoom?: boolean;
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The library's option for `config` in the present theme. */
export function optionOf(config: ChartConfig): echarts.EChartsCoreOption {
  const [ink, quiet, line, accent, second] = [css("--ink-2"), css("--ink-3"), css("--line"), css("--accent"), css("--ink-3")];
  const text = { color: quiet, fontFamily: css("--family"), fontSize: 12 * Number(css("--scale") || "1") };
  return {
    animation: false,
    textStyle: text,
    aria: { enabled: true },
    grid: { left: 8, right: 16, top: 32, bottom: config.zoom ? 56 : 8, containLabel: true },
    legend: { show: config.series.length > 1, top: 0, right: 0, textStyle: text, itemHeight: 8 },
    tooltip: {
      trigger: "axis",
      backgroundColor: css("--raised"),
      borderColor: line,
      textStyle: { ...text, color: css("--ink") },
      axisPointer: { type: "line", lineStyle: { color: ink } },
      valueFormatter: (value: unknown) => (value === null || value === undefined ? t("未知") : `${String(value)} ${config.unit}`),
    },
    xAxis: {
      type: "time",
      axisLine: { lineStyle: { color: ink } },
      axisLabel: { ...text, hideOverlap: true, formatter: (at: number) => (clockText(at, false) === "00:00" ? dateText(at).slice(5) : clockText(at, false)) },
      splitLine: { show: false },
    },
    yAxis: { type: "value", name: config.unit, nameTextStyle: { ...text, align: "left", padding: [0, 0, 0, 4] }, splitLine: { lineStyle: { color: line } }, axisLabel: text },
    ...(config.zoom ? { dataZoom: [{ type: "slider", height: 20, bottom: 4, borderColor: line, textStyle: text }, { type: "inside" }] } : {}),
    series: config.series.map((s, i) => ({
      name: s.name,
      type: s.kind === "bar" ? "bar" : "line",
      step: s.kind === "step" ? "end" : undefined,
      data: s.points,
      connectNulls: false,
      showSymbol: false,
      color: i === 0 || s.emphasis ? accent : second,
      lineStyle: { width: s.emphasis || i === 0 ? 2 : 1.5, type: i % 3 === 2 ? "dotted" : i % 3 === 1 ? "dashed" : "solid" },
      barMaxWidth: 24,
      ...(i === 0 && config.lines?.length
        ? { markLine: { silent: true, symbol: "none", lineStyle: { color: ink, type: "dashed" }, label: { ...text, color: ink, position: "insideStartTop", formatter: "{b} {c}" },
            data: config.lines.map((l) => ({ name: l.label, yAxis: l.value })) } }
        : {}),
    })),
  };
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
    document.addEventListener("anlan:theme", draw);
    new ResizeObserver(() => chart.resize()).observe(box);
  });
}

mountAll(document);
