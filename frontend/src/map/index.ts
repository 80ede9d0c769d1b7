/** One map 一张图: own base, layers by stage, what is selected at the right, time below; live without reloading. */
import "./map.css";
import maplibregl, { type GeoJSONSource, type MapGeoJSONFeature } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import htmx from "htmx.org";
import { t } from "../i18n";
import { legendSteps, RAIN_STEPS } from "../ramp";
import { listen } from "../shell/live";
import { worldHeaders } from "../shell/world";
import { rank, type MapConfig, type MapLayer, type TimeMark } from "./config";
import { Focus } from "./focus";
import { frameLayer } from "./frames";
import { Measuring } from "./measure";
import { Plotting } from "./plotting";
import { Moving } from "./moving";
import { Pointing } from "./pointing";
import { initiallyShown, layerPanel, refreshCount, remembered } from "./panel";
import { player, type Player } from "./player";
import { type Asked, askWithin, Drawing, withinPanel } from "./query";
import { seatPicker } from "./seats";
import { printSheet } from "./sheet";
import { WarningSigns } from "./signs";
import { timeSlider } from "./slider";
import { accuracyLayer, baseStyle, drawn, isDark, layerSource, warnedTint } from "./style";
import { serveSymbols } from "./symbols";
import { turnOnWall } from "./wall";
import { worldNow } from "../worldclock";

maplibregl.setWorkerUrl(new URL(workerUrl, import.meta.url).href);

const LIT_MS = 900;

export interface MountedMap {
  map: maplibregl.Map;
  inspect: (layer: string, id: string) => void;
  refresh: (layer: string) => void;
  show: (layer: string, on: boolean) => void;
}

function element(tag: string, className: string, text = ""): HTMLElement {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function toolButton(label: string, press: () => void): HTMLButtonElement {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
  button.addEventListener("click", press);
  return button;
}

function legend(layer: MapLayer): HTMLElement {
  const bounds = layer.bounds ?? [...RAIN_STEPS];
  const box = element("div", "legend");
  box.append(element("span", "name", `${layer.title}（${layer.unit ?? ""}）`));
  const scale = element("div", "scale");
  for (const { colour, from } of legendSteps(bounds, isDark())) {
    const step = element("span", "step");
    const swatch = document.createElement("i");
    swatch.style.background = colour;
    step.append(swatch, element("small", "", String(from)));
    scale.append(step);
  }
  const none = element("span", "step");
  none.append(element("i", "none"), element("small", "", t("无数据")));
  scale.append(none);
  box.append(scale);
  return box;
}

/** Put the map into `box`. The box gets the list of layers, the map, the inspector and the slider as `config` asks. */
export function mountMap(box: HTMLElement, config: MapConfig): MountedMap {
  box.classList.add("mapbox");
  const wall = document.documentElement.dataset.surface === "wall";
  const listed: MapLayer[] = [...(config.frames ?? []).map((f): MapLayer => ({ id: f.id, title: f.title, stage: f.stage, kind: "area", symbol: "雨", shape: "square", shown: f.shown ?? false, source: { type: "geojson", url: f.url } })), ...config.layers];
  const shown = initiallyShown(listed, config.compact || config.alone || config.seats ? null : remembered());
  const canvas = element("div", "canvas");
  const aside = element("aside", "inspector");
  aside.hidden = true;
  aside.setAttribute("aria-label", t("所选对象"));
  const hint = element("output", "hint");
  hint.hidden = true;
  const middle = element("div", "middle");
  const legends = element("div", "legends");
  middle.append(canvas, hint, legends);
  const whose = [...new Set(config.base.flatMap((b) => b.attribution ?? []))].join(" · ");
  if (whose) middle.append(element("small", "whose", whose));
  box.replaceChildren(middle, aside);

  const map = new maplibregl.Map({
    container: canvas, style: baseStyle(config), bounds: config.view ?? config.bounds, fitBoundsOptions: { padding: 32 }, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    maxZoom: 19, minZoom: 3, localIdeographFontFamily: getComputedStyle(document.documentElement).getPropertyValue("--family"), fadeDuration: 0,
    // Tiles too belong to the page's world.
    transformRequest: (url) => (new URL(url, location.href).origin === location.origin ? { url, headers: worldHeaders() } : undefined),
    locale: { "NavigationControl.ZoomIn": t("放大"), "NavigationControl.ZoomOut": t("缩小"), "ScaleControl.Meters": t("米"), "ScaleControl.Kilometers": t("公里") },
  });
  map.touchZoomRotate.disableRotation();
  if (!wall) map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-right");
  serveSymbols(map);

  let at: string | null = null;
  let chosen: { source: string; sourceLayer?: string; id: string | number } | null = null;
  const readings = new Map<string, number | null>();
  const byId = new Map(config.layers.map((l) => [l.id, l]));
  const target = (layer: MapLayer, id: string | number): { source: string; sourceLayer?: string; id: string | number } => ({
    source: `l-${layer.id}`, id, ...(layer.source.type === "mvt" ? { sourceLayer: layer.source.layer ?? layer.id } : {}),
  });
  const styleLayers = (layer: MapLayer): string[] => map.getStyle().layers.filter((l) => "source" in l && l.source === `l-${layer.id}`).map((l) => l.id);

  const add = (layer: MapLayer): void => {
    if (map.getSource(`l-${layer.id}`)) return;
    map.addSource(`l-${layer.id}`, layerSource(layer, at));
    const kind = layer.kind ?? "point";
    const specs = kind === "point" || kind === "measured" ? [accuracyLayer(layer), ...drawn(layer)] : drawn(layer);
    const above = map.getStyle().layers.find((l) => {
      const other = "source" in l && String(l.source).startsWith("l-") ? byId.get(String(l.source).slice(2)) : undefined;
      return other !== undefined && rank(other) > rank(layer);
    });
    const lowest = above?.id ?? "drawing-fill";
    for (const spec of specs) map.addLayer(spec, lowest);
    if (kind === "measured") readings.forEach((value, id) => id.startsWith(`${layer.id}/`) && map.setFeatureState(target(layer, id.slice(layer.id.length + 1)), { value }));
  };
  const drawLegends = (): void => legends.replaceChildren(...computed.map((f) => f.layer.box), ...config.layers.filter((l) => l.kind === "measured" && shown.has(l.id) && !givesWay(l)).map(legend));
  /** Layers that give way: a computed layer shows their things itself, or time runs faster than they can follow. */
  let playing = false;
  const givesWay = (layer: MapLayer): boolean => computed.some((f) => f.layer.on && f.of.instead_of === layer.id) || (playing && layer.timed === true);
  const settle = (): void => {
    for (const layer of config.layers) {
      const visible = shown.has(layer.id) && !givesWay(layer);
      styleLayers(layer).forEach((name) => map.setLayoutProperty(name, "visibility", visible ? "visible" : "none"));
      // A warned area keeps its border and sign; its tint would falsify the shades of an amount below it.
      if (layer.level && map.getLayer(`l-${layer.id}`)?.type === "fill") map.setPaintProperty(`l-${layer.id}`, "fill-opacity", computed.some((f) => f.layer.on) ? 0 : warnedTint());
    }
    drawLegends();
  };
  const computed = (config.frames ?? []).map((of) => ({ of, layer: frameLayer(map, of, () => settle()) }));
  const showFrames = (id: string, on: boolean): boolean => {
    const found = computed.find((f) => f.of.id === id);
    if (!found) return false;
    if (on) shown.add(id);
    else shown.delete(id);
    found.layer.show(on);
    bar?.toggleAttribute("hidden", !computed.some((f) => f.layer.on));
    if (!on && play?.playing) play.pause();
    return true;
  };
  let play: Player | null = null;
  let bar: HTMLElement | null = null;
  const show = (id: string, on: boolean): void => {
    if (showFrames(id, on)) return;
    const layer = byId.get(id);
    if (!layer) return;
    if (on) {
      shown.add(id);
      add(layer);
    } else shown.delete(id);
    styleLayers(layer).forEach((name) => map.setLayoutProperty(name, "visibility", on && !givesWay(layer) ? "visible" : "none"));
    drawLegends();
  };
  const refresh = (id: string): void => {
    const layer = byId.get(id);
    const source = layer && map.getSource(`l-${id}`);
    if (!layer || !source) return;
    const spec = layerSource(layer, at);
    if (spec.type === "geojson") (source as GeoJSONSource).setData(spec.data);
    else if (spec.type === "vector") (source as maplibregl.VectorTileSource).setTiles([...(spec.tiles ?? [])].map((u) => u + (u.includes("?") ? "&" : "?") + `v=${Date.now()}`));
    if (panel) void refreshCount(panel, layer);
  };

  const say = (text: string): void => {
    hint.textContent = text;
    hint.hidden = text === "";
  };
  const ask = (asked: Asked): void => {
    if (!config.within_url) return;
    openAside(element("p", "quiet", t("正在统计…")));
    // Around an incident everything is asked for, whatever is shown.
    askWithin(config.within_url, asked, focus ? [] : [...shown])
      .then((answer) => {
        const found = withinPanel(answer, (lon, lat) => map.flyTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 15), duration: 400 }));
        focus?.actions(found, asked, answer);
        openAside(found);
      })
      .catch((error: Error) => openAside(element("p", "notice trouble flat", error.message)));
  };
  const focus = config.focus ? new Focus(map, config.focus, (asked) => ask(asked)) : null;
  const drawing = new Drawing(map, ask, say);
  const measuring = new Measuring(map, say);
  const plotting = config.plotting
    ? new Plotting(map, config.plotting, {
      open: (content) => openAside(content), say,
      alone: () => {
        drawing.stop();
        measuring.stop();
      },
    })
    : null;
  if (focus) document.addEventListener("anlan:focus", () => openAside(focus.panel()));

  const openAside = (content: HTMLElement | null, url = ""): void => {
    const close = toolButton("✕", () => closeAside());
    close.className = "button plain small close";
    close.ariaLabel = t("关闭");
    const inside = element("div", "inside");
    if (content) inside.append(content);
    aside.replaceChildren(close, inside);
    const wasHidden = aside.hidden;
    aside.hidden = false;
    if (wasHidden) map.resize();
    if (url) void htmx.ajax("get", url, { target: inside, swap: "innerHTML" });
  };
  const closeAside = (): void => {
    aside.hidden = true;
    drawing.clear();
    if (chosen) map.setFeatureState(chosen, { chosen: false });
    chosen = null;
    map.resize();
  };
  const inspect = (layerId: string, id: string): void => {
    const layer = byId.get(layerId);
    if (!layer) return;
    if (chosen) map.setFeatureState(chosen, { chosen: false });
    chosen = target(layer, id);
    if (map.getSource(chosen.source)) map.setFeatureState(chosen, { chosen: true });
    openAside(element("div", "skeleton"), `${config.inspect_url ?? "/map/inspect/"}${encodeURIComponent(layerId)}/${encodeURIComponent(id)}/`);
    document.dispatchEvent(new CustomEvent("anlan:selected", { detail: { layer: layerId, id } }));
  };

  const pressable = (): string[] => [...computed.map((f) => `f-${f.of.id}-points`).filter((id) => map.getLayer(id)), ...config.layers.filter((l) => shown.has(l.id)).flatMap((l) => [`l-${l.id}`, `l-${l.id}-many`]).filter((id) => map.getLayer(id))];
  const under = (point: maplibregl.PointLike): MapGeoJSONFeature | undefined => {
    const [x, y] = Array.isArray(point) ? point : [point.x, point.y];
    const found = map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers: pressable() });
    // Points lie over areas, whatever the order of drawing.
    return found.find((f) => f.geometry.type === "Point") ?? found[0];
  };
  const pointing = new Pointing(map, box, (text) => {
    hint.textContent = text;
    hint.hidden = !text;
  });
  const moving = config.moving
    ? new Moving(map, config.moving, {
      open: (content) => openAside(content), close: () => closeAside(), say,
      busy: () => drawing.active || pointing.active || measuring.active || plotting?.active === true,
      alone: () => {
        drawing.stop();
        measuring.stop();
        plotting?.stop();
      },
      moved: (id) => {
        refresh(config.moving?.layer ?? "");
        inspect(config.moving?.layer ?? "", id);
      },
    })
    : null;
  map.on("click", (event) => {
    if (drawing.active || pointing.active || measuring.active || plotting?.active || moving?.active) return;
    const plotted = plotting?.hit(event.point);
    if (plotted) {
      void plotting?.inspect(plotted);
      return;
    }
    const feature = under(event.point);
    if (!feature) return;
    const frame = computed.find((f) => feature.source === `f-${f.of.id}-points`);
    if (frame) {
      if (frame.of.instead_of) inspect(frame.of.instead_of, String(feature.properties.id));
      return;
    }
    const layer = byId.get(String(feature.source).slice(2));
    if (!layer) return;
    if (feature.properties.cluster && feature.geometry.type === "Point") {
      const centre = feature.geometry.coordinates as [number, number];
      void map.getSource<GeoJSONSource>(feature.source)?.getClusterExpansionZoom(Number(feature.properties.cluster_id)).then((zoom) => map.easeTo({ center: centre, zoom, duration: 300 }));
      return;
    }
    if (feature.id !== undefined) inspect(layer.id, String(feature.id));
  });
  map.on("mousemove", (event) => {
    if (!drawing.active && !pointing.active && !measuring.active && !plotting?.active && !moving?.active) map.getCanvas().style.cursor = under(event.point) ? "pointer" : "";
  });

  const dress = (): void => {
    drawing.prepare(getComputedStyle(document.documentElement).getPropertyValue("--accent").trim());
    config.layers.filter((l) => shown.has(l.id)).forEach(add);
    computed.forEach((f) => (f.layer.on ? f.layer.dress() : shown.has(f.of.id) && showFrames(f.of.id, true)));
    settle();
    focus?.dress();
    plotting?.dress();
    if (chosen && map.getSource(chosen.source)) map.setFeatureState(chosen, { chosen: true });
    drawLegends();
    box.dataset.ready = "true";
  };
  map.on("style.load", dress);
  const signs = new WarningSigns(map, config.layers.filter((l) => l.kind === "area" && l.level));
  let placing = 0;
  const placeSigns = (): void => {
    clearTimeout(placing);
    placing = window.setTimeout(() => signs.place(shown), 300);
  };
  map.on("idle", placeSigns);
  map.on("sourcedata", (event) => {
    const layer = byId.get(String(event.sourceId).slice(2));
    if (layer?.kind === "area" && layer.level) placeSigns();
  });
  document.addEventListener("anlan:theme", () => map.setStyle(baseStyle(config), { diff: false }));

  /** A reading has arrived: the station takes its colour and lights up at once. */
  const light = (layer: MapLayer, id: string, value: number | null): void => {
    readings.set(`${layer.id}/${id}`, value);
    if (!map.getSource(`l-${layer.id}`)) return;
    const began = performance.now();
    const step = (): void => {
      const lit = Math.min(1, (performance.now() - began) / LIT_MS);
      if (!map.getSource(`l-${layer.id}`)) return;
      map.setFeatureState(target(layer, id), { value, lit });
      if (lit < 1) requestAnimationFrame(step);
    };
    step();
  };
  const later = new Map<string, number>();
  for (const layer of config.layers.filter((l) => l.live)) {
    (layer.live as string).split(",").forEach((pattern) => listen(pattern, (notice) => {
      if (at && layer.timed) return;
      const value = notice.data.value;
      const id = notice.data.station ?? notice.data.object ?? notice.data.id;
      if (layer.kind === "measured" && id !== undefined && (typeof value === "number" || value === null)) light(layer, String(id), value);
      if (layer.kind === "measured" && Array.isArray(notice.data.readings)) {
        for (const r of notice.data.readings as { station: string | number; property?: string; value: number | null }[]) if (!layer.property || r.property === undefined || r.property === layer.property) light(layer, String(r.station), r.value);
      }
      clearTimeout(later.get(layer.id));
      later.set(layer.id, window.setTimeout(() => refresh(layer.id), layer.kind === "measured" ? 4000 : 400));
    }));
  }
  document.addEventListener("anlan:reload", () => config.layers.forEach((l) => refresh(l.id)));

  let panel: HTMLElement | null = null;
  if (!config.compact) {
    panel = layerPanel({ ...config, layers: listed }, shown, show);
    box.prepend(panel);
    config.layers.forEach((l) => panel && void refreshCount(panel, l));
    if (config.within_url && !wall) {
      const tools = element("div", "tools");
      const whole = toolButton(t("全区"), () => map.fitBounds(config.bounds, { padding: 32, duration: 300 }));
      const list = toolButton(t("图层"), () => {
        box.toggleAttribute("data-nolayers");
        map.resize();
      });
      const begin = (mode: "circle" | "polygon"): void => {
        plotting?.stop();
        measuring.stop();
        drawing.start(mode);
      };
      tools.append(list, whole, toolButton(t("画圆查询"), () => begin("circle")), toolButton(t("画范围查询"), () => begin("polygon")));
      tools.append(toolButton(t("量算"), () => {
        plotting?.stop();
        drawing.clear();
        if (measuring.active) measuring.stop();
        else measuring.start();
      }));
      tools.append(toolButton(t("打印"), () => {
        const layers = listed.filter((l) => shown.has(l.id)).map((l) => ({ glyph: l.symbol ?? "", name: l.title, shape: l.shape ?? "square" }));
        const drawnOn = (plotting?.legend() ?? []).map((l) => ({ glyph: l.kind === "line" ? "／" : l.kind === "area" ? "▱" : l.glyph, name: l.name, shape: "square", n: l.n, kind: l.kind, picture: l.picture }));
        void printSheet(map, { title: config.focus?.title ?? t("一张图"), author: config.focus?.author ?? "", exercise: document.querySelector(".band") !== null, note: whose, entries: [...drawnOn, ...layers] });
      }));
      if (plotting && config.plotting?.may) {
        const toggle = toolButton(t("标绘"), () => {
          plotting.bar.hidden = !plotting.bar.hidden;
          toggle.ariaPressed = String(!plotting.bar.hidden);
          if (plotting.bar.hidden) plotting.stop();
        });
        toggle.ariaPressed = "false";
        tools.append(toggle);
      }
      if (focus) tools.append(toolButton(t("事件"), () => openAside(focus.panel())));
      if (config.seats && panel) tools.append(seatPicker(config.seats, panel, shown, show));
      if (plotting) tools.append(plotting.bar);
      middle.append(tools);
    }
    if (config.time && !wall) {
      const { marks_url: marksUrl, live } = config.time;
      const move = async (next: string | null, running: boolean): Promise<void> => {
        at = next;
        if (running !== playing) {
          playing = running;
          computed.forEach((f) => f.layer.quiet(running));
          settle();
        }
        document.dispatchEvent(new CustomEvent("anlan:time", { detail: next }));
        // While it plays one answer a frame is all that is asked for; the other layers follow when it rests.
        if (!running) config.layers.filter((l) => l.timed && shown.has(l.id)).forEach((l) => refresh(l.id));
        await Promise.all(computed.filter((f) => f.layer.on).map((f) => f.layer.at(next === null ? null : Date.parse(next))));
        // Those that are not shown know the instant for when they will be.
        computed.filter((f) => !f.layer.on).forEach((f) => void f.layer.at(next === null ? null : Date.parse(next)));
      };
      const slider = timeSlider(config.time, (next) => {
        if (play?.playing) play.pause();
        void move(next, false);
      });
      middle.append(slider.element);
      const first = config.frames?.[0];
      if (first) {
        play = player({
          stepS: first.step_s, hours: first.hours, now: worldNow, at: slider.at,
          go: (moment, running) => {
            slider.place(moment);
            return move(new Date(moment).toISOString(), running);
          },
          ahead: (moment) => computed.forEach((f) => f.layer.on && f.layer.ahead(moment)),
          choices: first.choices,
          choose: (value) => computed.forEach((f) => (f.layer.choice = value)),
        });
        bar = play.element;
        bar.toggleAttribute("hidden", !computed.some((f) => f.layer.on));
        slider.element.append(bar);
        const keys = play;
        slider.element.addEventListener("keydown", (event) => {
          if (bar?.hidden || event.target instanceof HTMLSelectElement) return;
          const pressed = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : event.key === " " && !(event.target instanceof HTMLButtonElement) ? 0 : null;
          if (pressed === null) return;
          event.preventDefault();
          if (pressed !== 0) keys.step(pressed);
          else if (keys.playing) keys.pause();
          else keys.play();
        });
      }
      for (const found of computed.filter((f) => f.of.live)) {
        let soon = 0;
        listen(found.of.live as string, () => {
          clearTimeout(soon);
          soon = window.setTimeout(() => {
            found.layer.forget();
            if (!playing && found.layer.on) void found.layer.at(at === null ? null : Date.parse(at));
          }, 1500);
        });
      }
      if (marksUrl) {
        let soon = 0;
        const fetchMarks = (): void => {
          clearTimeout(soon);
          soon = window.setTimeout(() => {
            void fetch(marksUrl, { headers: { Accept: "application/json" } }).then(async (r) => (r.ok ? slider.mark(((await r.json()) as { events: TimeMark[] }).events) : undefined)).catch(() => undefined);
          }, 800);
        };
        live?.split(",").filter(Boolean).forEach((pattern) => listen(pattern, fetchMarks));
        document.addEventListener("anlan:reload", fetchMarks);
      }
    }
  }
  if (wall) turnOnWall(map, middle, config, {
    show: (layers) => config.layers.forEach((l) => show(l.id, layers.includes(l.id))),
    drawn: (urls, marks) => plotting?.followed(urls, marks),
  });
  // On a narrow screen the map itself comes first; the panel is one press away.
  if (focus && !wall && !matchMedia("(max-width: 700px)").matches) openAside(focus.panel());
  if (config.selected) {
    const [layer = "", ...id] = config.selected.split("/");
    inspect(layer, id.join("/"));
  }
  new ResizeObserver(() => map.resize()).observe(middle);
  return { map, inspect, refresh, show };
}

/** Mount every `[data-map]` below `root`; the configuration is the JSON script inside (or with the id that `data-map` names). */
export function mountAll(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-map]").forEach((box) => {
    if (box.dataset.mounted) return;
    const source = (box.dataset.map && document.getElementById(box.dataset.map)) || box.querySelector("script[type='application/json']");
    if (!source?.textContent) return;
    box.dataset.mounted = "true";
    const mounted = mountMap(box, JSON.parse(source.textContent) as MapConfig);
    (box as HTMLElement & { mountedMap?: MountedMap }).mountedMap = mounted;
    box.dispatchEvent(new CustomEvent("anlan:map", { detail: mounted, bubbles: true }));
  });
}

mountAll(document);
