/** One-hue ramp for measured amounts (violet): it can never be taken for a warning level. */

/** Lower bounds (mm in one hour) of the steps; the first step is "none". */
export const RAIN_STEPS = [0.1, 2, 8, 16, 20, 35, 50] as const;

const DAY = ["#efeaf4", "#dccfe9", "#c4aedb", "#a889c9", "#8a63b5", "#6d419d", "#502683", "#351263"];
const NIGHT = ["#262330", "#3a3150", "#534273", "#6f5797", "#8c70b8", "#aa8fd3", "#c9b4e8", "#e9defa"];

export function rampColours(dark: boolean): readonly string[] {
  return dark ? NIGHT : DAY;
}

/** Index of the step that `value` falls in; null (no reading) has none. */
export function stepOf(value: number | null, bounds: readonly number[] = RAIN_STEPS): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  let step = 0;
  for (const bound of bounds) if (value >= bound) step += 1;
  return step;
}

/** Steps of a legend from light to strong by their lower bounds. Amounts below the first bound are shown as "from 0". */
export function legendSteps(bounds: readonly number[], dark: boolean): { colour: string; from: number }[] {
  const colours = rampColours(dark);
  const steps = bounds.map((from, i) => ({ colour: colours[i + 1] ?? (colours[colours.length - 1] as string), from }));
  return (bounds[0] ?? 0) > 0 ? [{ colour: colours[0] as string, from: 0 }, ...steps] : steps;
}

/** A MapLibre expression over the number that `input` yields. */
export function rampExpression(input: unknown, dark: boolean, bounds: readonly number[] = RAIN_STEPS): unknown[] {
  const colours = rampColours(dark);
  const out: unknown[] = ["step", input, colours[0]];
  bounds.forEach((bound, i) => out.push(bound, colours[i + 1]));
  return out;
}
