/** Symbols drawn by ourselves at run time: a shape for the family, one character for the kind. Ids: `sym|shape|glyph|tone`. */
import type { Map as MapLibre } from "maplibre-gl";
import type { Shape } from "./config";

export type Tone = "plain" | "strong" | "blue" | "yellow" | "orange" | "red";
const RATIO = 2;
const SIZE = 24;

export function symbolId(shape: Shape, glyph: string, tone: Tone = "plain"): string {
  return `sym|${shape}|${glyph}|${tone}`;
}

function outline(c: CanvasRenderingContext2D, shape: Shape, s: number): void {
  const [m, r] = [s / 2, s / 2 - 2];
  c.beginPath();
  if (shape === "square") c.roundRect(3, 3, s - 6, s - 6, 3);
  else if (shape === "triangle") {
    c.moveTo(m, 1.5);
    c.lineTo(s - 1, s - 2.5);
    c.lineTo(1, s - 2.5);
    c.closePath();
  } else if (shape === "diamond") {
    c.moveTo(m, 0.5);
    c.lineTo(s - 0.5, m);
    c.lineTo(m, s - 0.5);
    c.lineTo(0.5, m);
    c.closePath();
  } else c.arc(m, m, r, 0, Math.PI * 2);
}

/** Drawings that stand in the place of a character: a glyph "@key" is the picture of that key. */
const pictures = new Map<string, string>();

export function teachPictures(drawn: { key: string; picture: string }[]): void {
  drawn.forEach((d) => d.picture && pictures.set(d.key, d.picture));
}

/** How much of the shape a picture may fill. */
const FILLS: Partial<Record<Shape, number>> = { square: 0.86, triangle: 0.58, diamond: 0.62 };

/** Draw one symbol in the colours of the present theme. */
export function drawSymbol(id: string): ImageData | null {
  const [, shape = "circle", glyph = "", tone = "plain"] = id.split("|") as [string, Shape, string, Tone];
  const css = getComputedStyle(document.documentElement);
  const token = (name: string): string => css.getPropertyValue(name).trim();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * RATIO;
  const c = canvas.getContext("2d");
  if (!c) return null;
  c.scale(RATIO, RATIO);
  const level = tone !== "plain" && tone !== "strong";
  const fill = level ? token(`--level-${tone}`) : tone === "strong" ? token("--ink") : token("--surface");
  const ink = level ? token(`--level-${tone}-ink`) : tone === "strong" ? token("--surface") : token("--ink");
  outline(c, shape, SIZE);
  c.fillStyle = fill;
  c.fill();
  c.lineWidth = 1.5;
  c.strokeStyle = level ? token("--ink") : shape === "ring" ? token("--accent") : token("--ink-2");
  c.stroke();
  const picture = glyph.startsWith("@") ? pictures.get(glyph.slice(1)) : undefined;
  if (picture) {
    const part = FILLS[shape] ?? 0.8;
    c.translate(SIZE / 2, SIZE / 2 + (shape === "triangle" ? 3 : 0));
    c.scale(part, part);
    c.translate(-SIZE / 2, -SIZE / 2);
    c.strokeStyle = ink;
    c.lineWidth = 1.5 / part;
    c.lineJoin = c.lineCap = "round";
    c.stroke(new Path2D(picture));
    return c.getImageData(0, 0, canvas.width, canvas.height);
  }
  c.fillStyle = ink;
  c.font = `600 ${shape === "triangle" ? 10 : 12}px ${token("--family") || "sans-serif"}`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(glyph, SIZE / 2, SIZE / 2 + (shape === "triangle" ? 4 : 0.5));
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

/** Images are made when the map first asks for them, and again when the theme changes. */
export function serveSymbols(map: MapLibre): void {
  map.on("styleimagemissing", ({ id }: { id: string }) => {
    if (!id.startsWith("sym|") || map.hasImage(id)) return;
    const image = drawSymbol(id);
    if (image) map.addImage(id, image, { pixelRatio: RATIO });
  });
}
