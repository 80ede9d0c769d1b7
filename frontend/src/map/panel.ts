/** The list of layers at the left: by stage, with counts, on and off, remembered. */
import { t } from "../i18n";
import { askPlatform } from "../shell/world";
import { numberText } from "../timetext";
import { grouped, type MapConfig, type MapLayer } from "./config";

const KEY = "anlan.map.layers";

/** Which layers are shown: the person's choice where there is one, else the page's. */
export function initiallyShown(layers: MapLayer[], kept: string | null): Set<string> {
  let choice: Record<string, boolean> = {};
  try {
    choice = kept ? (JSON.parse(kept) as Record<string, boolean>) : {};
  } catch {
    choice = {};
  }
  return new Set(layers.filter((l) => choice[l.id] ?? l.shown ?? true).map((l) => l.id));
}

export function remembered(): string | null {
  return localStorage.getItem(KEY);
}

export function layerPanel(config: MapConfig, shown: Set<string>, toggle: (id: string, on: boolean) => void): HTMLElement {
  const panel = document.createElement("section");
  panel.className = "layers";
  panel.setAttribute("aria-label", t("图层"));
  const remember = (): void => {
    if (!config.alone && !config.seats) localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(config.layers.map((l) => [l.id, shown.has(l.id)]))));
  };
  for (const group of grouped(config.layers, config.stages)) {
    const box = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = t(group.label);
    box.append(legend);
    for (const layer of group.layers) {
      const row = document.createElement("label");
      row.className = "tick";
      const input = document.createElement("input");
      input.type = "checkbox";
      input.checked = shown.has(layer.id);
      input.dataset.layer = layer.id;
      input.addEventListener("change", () => {
        if (input.checked) shown.add(layer.id);
        else shown.delete(layer.id);
        remember();
        toggle(layer.id, input.checked);
        panel.dispatchEvent(new CustomEvent("anlan:layers"));
      });
      const symbol = document.createElement("span");
      symbol.className = `symbol ${layer.kind === "measured" ? "measured" : (layer.shape ?? "square")}`;
      symbol.textContent = layer.kind === "measured" ? "" : (layer.symbol ?? "");
      symbol.ariaHidden = "true";
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = layer.title;
      const count = document.createElement("span");
      count.className = "count number";
      count.dataset.count = layer.id;
      count.textContent = layer.count === undefined || layer.count === null ? "" : numberText(layer.count);
      row.append(input, symbol, name, count);
      box.append(row);
    }
    panel.append(box);
  }
  return panel;
}

export async function refreshCount(panel: HTMLElement, layer: MapLayer): Promise<void> {
  if (!layer.count_url) return;
  const response = await askPlatform(layer.count_url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!response?.ok) return;
  const { count } = (await response.json()) as { count: number | null };
  const box = panel.querySelector(`[data-count="${CSS.escape(layer.id)}"]`);
  if (box) box.textContent = count === null ? t("未知") : numberText(count);
}
