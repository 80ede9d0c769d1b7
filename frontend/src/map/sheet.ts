/** A map on paper: A3 across, with title, legend, scale, north, time and author. The browser prints it, or makes a PDF of it. */
import type { Map as MapLibre } from "maplibre-gl";
import { t } from "../i18n";
import { clockText, dateText } from "../timetext";
import { worldNow } from "../worldclock";
import { distance } from "./geometry";
import { signPicture } from "./palette";

export interface Sheet { title: string; author: string; exercise: boolean; note: string; entries: { glyph: string; name: string; shape: string; n?: number; kind?: string; picture?: string }[] }

/** A round length that takes up at most `most` metres: 1, 2 or 5 times a power of ten. */
export function roundLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
}

const element = (tag: string, className: string, text = ""): HTMLElement => Object.assign(document.createElement(tag), { className, textContent: text });

function picture(map: MapLibre): Promise<string> {
  return new Promise((resolve) => {
    // A canvas may only be read while its frame is being drawn.
    map.once("render", () => resolve(map.getCanvas().toDataURL("image/png")));
    map.triggerRepaint();
  });
}

/** Put the sheet together and hand it to the printer. */
export async function printSheet(map: MapLibre, sheet: Sheet): Promise<void> {
  document.querySelector(".mapsheet")?.remove();
  const box = element("section", "mapsheet");
  const frame = element("div", "sheetmap");
  const image = Object.assign(document.createElement("img"), { src: await picture(map), alt: sheet.title });
  await image.decode();
  const middle = map.getContainer().clientHeight / 2;
  const [left, right] = [map.unproject([0, middle]), map.unproject([100, middle])];
  const length = roundLength(distance([left.lng, left.lat], [right.lng, right.lat]) * 2);
  const share = (length / (distance([left.lng, left.lat], [right.lng, right.lat]) / 100) / map.getContainer().clientWidth) * 100;
  const bar = element("div", "bar", length < 1000 ? `${length} ${t("米")}` : `${length / 1000} ${t("公里")}`);
  bar.style.width = `${share}%`;
  const north = element("div", "north", t("北"));
  frame.append(image, bar, north);
  const now = worldNow();
  const head = element("header", "");
  head.append(element("h1", "", `${sheet.exercise ? t("【演练】") : ""}${sheet.title}`), element("p", "", `${dateText(now)} ${clockText(now, false)}${sheet.author ? ` · ${sheet.author}` : ""}`));
  const legend = element("ul", "key");
  legend.append(...sheet.entries.map((e) => {
    const row = element("li", "");
    const sign = element("i", `symbol ${e.shape}`, e.picture ? "" : e.glyph);
    if (e.picture) sign.append(signPicture({ kind: e.kind ?? "point", picture: e.picture, glyph: e.glyph }));
    row.append(sign, element("span", "", e.name + (e.n ? ` ${e.n}` : "")));
    return row;
  }));
  box.append(head, frame, element("h2", "", t("图例")), legend, element("footer", "", sheet.note));
  document.body.append(box);
  document.documentElement.dataset.printing = "map";
  const done = (): void => {
    delete document.documentElement.dataset.printing;
    box.remove();
  };
  window.addEventListener("afterprint", done, { once: true });
  window.print();
}
