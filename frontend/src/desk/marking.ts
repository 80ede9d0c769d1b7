/** The typed sentence with what was recognised in it marked. */

export interface Span { from: number; to: number; name: string }
export interface Piece { text: string; name: string | null }

/** Cut `text` at the spans. Overlaps: the earlier, longer span wins. Positions count characters as the server does (code points). */
export function pieces(text: string, spans: Span[]): Piece[] {
  const letters = [...text];
  const sorted = spans
    .filter((s) => s.from >= 0 && s.to > s.from && s.from < letters.length)
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const out: Piece[] = [];
  let at = 0;
  for (const span of sorted) {
    if (span.from < at) continue;
    if (span.from > at) out.push({ text: letters.slice(at, span.from).join(""), name: null });
    const end = Math.min(span.to, letters.length);
    out.push({ text: letters.slice(span.from, end).join(""), name: span.name });
    at = end;
  }
  if (at < letters.length) out.push({ text: letters.slice(at).join(""), name: null });
  return out;
}
