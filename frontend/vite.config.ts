import { readdirSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Tells the service worker which hashed files make up the phone, so that it can keep them for the time without a network. */
function phoneShell(): Plugin {
  return {
    name: "anlan-phone-shell",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = new Set<string>();
      const visit = (name: string): void => {
        const chunk = bundle[name];
        if (files.has(name) || chunk?.type !== "chunk") return;
        files.add(name);
        chunk.viteMetadata?.importedCss.forEach((css) => files.add(css));
        chunk.imports.forEach(visit);
      };
      const chunks = Object.values(bundle).filter((item) => item.type === "chunk");
      chunks.filter((chunk) => chunk.name === "phone").forEach((chunk) => visit(chunk.fileName));
      const worker = chunks.find((chunk) => chunk.name === "worker");
      if (!worker) return;
      worker.code = worker.code.replace(/["'`]__PHONE_FILES__["'`]/, JSON.stringify([...files].sort().join(" ")));
    },
  };
}

/** The map library's bundled glyph drawer takes the left bearing with the wrong sign: marks that sit in the right half of their
    square, such as （ and 《, would be drawn outside their picture and stay blank. */
function wholeGlyphs(): Plugin {
  return {
    name: "anlan-whole-glyphs",
    transform(code, id) {
      if (!id.includes("maplibre-gl-csp.js")) return null;
      const mended = code.replace(/(actualBoundingBoxLeft:(\w+),[^;]{0,160}?Math\.floor\()\2\)/, "$1-$2)");
      if (mended === code) this.error("the map library draws glyphs differently now: look whether （ shows on the map, and drop this step");
      return { code: mended, map: null };
    },
  };
}

/** Earlier builds stay for so many days: pages that are open while a newer one is built go on with the files they began with. */
const KEPT_DAYS = 7;

function earlierBuilds(folder: string): Plugin {
  return {
    name: "anlan-earlier-builds",
    writeBundle(_options, bundle) {
      const oldest = Date.now() - KEPT_DAYS * 86_400_000;
      const gone = readdirSync(folder, { withFileTypes: true }).filter((found) => found.isFile() && !(found.name in bundle));
      gone.map((found) => resolve(folder, found.name)).filter((path) => statSync(path).mtimeMs < oldest).forEach((path) => rmSync(path));
    },
  };
}

const built = resolve(import.meta.dirname, "../src/anlan/static/built");
const entry = (path: string): string => resolve(import.meta.dirname, "src", path);

export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: false,
  plugins: [phoneShell(), wholeGlyphs(), earlierBuilds(built)],
  // The build for strict content policies: its worker is a file of ours, not a blob.
  resolve: { alias: [{ find: /^maplibre-gl$/, replacement: resolve(import.meta.dirname, "node_modules/maplibre-gl/dist/maplibre-gl-csp.js") }] },
  build: {
    outDir: built,
    emptyOutDir: false,
    manifest: "manifest.json",
    target: "es2022",
    sourcemap: mode === "development",
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        shell: entry("shell.ts"),
        map: entry("map/index.ts"),
        charts: entry("charts.ts"),
        desk: entry("desk/index.ts"),
        phone: entry("phone/index.ts"),
        wall: entry("wall.ts"),
        worker: entry("phone/worker.ts"),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === "worker" ? "phone-worker.js" : "[name]-[hash].js"),
        chunkFileNames: "chunk-[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"], setupFiles: ["test/setup.ts"] },
}));
