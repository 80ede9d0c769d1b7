import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { english } from "../src/english";
import { t } from "../src/i18n";

const files = (folder: string): string[] => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? files(path) : path.endsWith(".ts") ? [path] : [];
});
const source = files(join(__dirname, "../src")).filter((f) => !f.endsWith("english.ts")).map((f) => readFileSync(f, "utf-8")).join("\n");
const messages = [...source.matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1] as string);

it("every text of the scripts has its English", () => {
  expect([...new Set(messages)].filter((m) => !(m in english))).toEqual([]);
});

it("no English is kept for a text that is gone", () => {
  expect(Object.keys(english).filter((m) => !source.includes(`"${m}"`))).toEqual([]);
});

it("both languages fill the same places", () => {
  const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  for (const [zh, en] of Object.entries(english)) expect(places(en), zh).toEqual(places(zh));
});

it("a text without English stays Chinese, and values are filled in", () => {
  document.documentElement.lang = "en";
  expect(t("没有这句")).toBe("没有这句");
  expect(t("已选 {n} 条", { n: 3 })).toBe("3 selected");
});
