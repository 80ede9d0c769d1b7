/** Small geometry on the sphere for drawing and asking. Longitudes and latitudes in degrees (WGS84), lengths in metres. */

export type Position = [number, number];
const EARTH = 6_371_008.8;
const rad = (d: number): number => (d * Math.PI) / 180;

export function distance(a: Position, b: Position): number {
  const [dLat, dLon] = [rad(b[1] - a[1]), rad(b[0] - a[0])];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a[1])) * Math.cos(rad(b[1])) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A circle as a closed ring of `n` corners, counter-clockwise. */
export function circle(centre: Position, radius: number, n = 72): Position[] {
  const d = radius / EARTH;
  const [lon, lat] = [rad(centre[0]), rad(centre[1])];
  const ring: Position[] = [];
  for (let i = 0; i < n; i++) {
    const bearing = (-2 * Math.PI * i) / n;
    const y = Math.asin(Math.sin(lat) * Math.cos(d) + Math.cos(lat) * Math.sin(d) * Math.cos(bearing));
    const x = lon + Math.atan2(Math.sin(bearing) * Math.sin(d) * Math.cos(lat), Math.cos(d) - Math.sin(lat) * Math.sin(y));
    ring.push([(x * 180) / Math.PI, (y * 180) / Math.PI]);
  }
  ring.push(ring[0] as Position);
  return ring;
}

/** Length that a person reads: 350 米, 1.2 公里. */
export function lengthText(metres: number, english = false): string {
  if (metres < 1000) return `${Math.round(metres)} ${english ? "m" : "米"}`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} ${english ? "km" : "公里"}`;
}

/** Does the point lie inside the closed ring? */
export function inside([x, y]: Position, ring: Position[]): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[ax, ay], [bx, by]] = [ring[i] as Position, ring[j] as Position];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** Does a ring cross itself? A crossed drawing has no inside that a person could mean. */
export function crosses(ring: Position[]): boolean {
  const side = (a: Position, b: Position, c: Position): number => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const closed = ring.length > 1 && ring[0]?.[0] === ring.at(-1)?.[0] && ring[0]?.[1] === ring.at(-1)?.[1];
  const corners = closed ? ring.slice(0, -1) : ring;
  const n = corners.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 2; j < n; j++) {
      if (i === 0 && j === n - 1) continue;
      const [a, b, c, d] = [corners[i], corners[(i + 1) % n], corners[j], corners[(j + 1) % n]] as [Position, Position, Position, Position];
      if (side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)) return true;
    }
  }
  return false;
}

/** Area inside a ring on the sphere, square metres; whichever way round it was drawn. */
export function areaOf(ring: Position[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [a, b] = [ring[i] as Position, ring[(i + 1) % ring.length] as Position];
    sum += rad(b[0] - a[0]) * (2 + Math.sin(rad(a[1])) + Math.sin(rad(b[1])));
  }
  return Math.abs((sum * EARTH * EARTH) / 2);
}
