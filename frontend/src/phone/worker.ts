/** Service worker of the phone: the page and its files come from the cache when there is no network. It sends nothing: the page does. */
declare const self: ServiceWorkerGlobalScope;

const FILES = "__PHONE_FILES__".split(" ");
const built = new URL(new URL(self.location.href).searchParams.get("built") ?? "/static/built/", self.location.origin);
const statics = new URL("../", built);
const CACHE = `anlan-phone-${FILES.join(" ").split("").reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0, 7).toString(36)}`;
const PAGE = "/phone/";

self.addEventListener("install", (event) => {
  const addresses = [...FILES.map((file) => new URL(file, built).href), new URL("theme.js", statics).href, new URL("icon.svg", statics).href];
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await cache.addAll(addresses);
      // The page itself needs a session: kept when it can be had, else on the first visit.
      const page = await fetch(PAGE, { credentials: "same-origin", redirect: "error" }).catch(() => null);
      if (page?.ok) await cache.put(PAGE, page);
      await self.skipWaiting();
    }),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith("anlan-phone-") && n !== CACHE).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});

/** The network first, but not for long: a bad line must not keep a person waiting. */
async function page(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(4000) });
    if (fresh.ok && !fresh.redirected) await cache.put(PAGE, fresh.clone());
    return fresh;
  } catch {
    return (await cache.match(PAGE)) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(event.request));
  else if (url.pathname.startsWith(statics.pathname)) {
    event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(event.request)) ?? fetch(event.request)));
  }
});

export {};
