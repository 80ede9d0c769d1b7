/** Building page parts without a template engine: short, and safe from markup in the data. */

type Child = Node | string | null | undefined | false;

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, options: Partial<Omit<HTMLElementTagNameMap[K], "style">> & { data?: Record<string, string>; attrs?: Record<string, string> } = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const { data, attrs, ...properties } = options;
  const element = Object.assign(document.createElement(tag), properties) as HTMLElementTagNameMap[K];
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = value;
  for (const [name, value] of Object.entries(attrs ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
  return element;
}

const LEVEL_WORDS: Record<string, string> = { blue: "蓝色", yellow: "黄色", orange: "橙色", red: "红色" };
const LEVEL_SHAPES: Record<string, string> = {
  blue: '<circle cx="8" cy="8" r="6.5"/>', yellow: '<path d="M8 1.3 15.2 14.5H.8Z"/>', orange: '<path d="M8 .7 15.3 8 8 15.3.7 8Z"/>', red: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z"/>',
};

export function levelBadge(level: string, words: (text: string) => string): HTMLElement | null {
  const [shape, word] = [LEVEL_SHAPES[level], LEVEL_WORDS[level]];
  if (!shape || !word) return null;
  const badge = make("span", { className: "level", data: { level } });
  badge.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`;
  badge.append(words(word));
  return badge;
}
