// Keeps the handheld's page and its files: the page from the network first, files by their names for ever.
const CACHE = "openberth-inspector-{{ version }}";
const HOME = "{{ home|escapejs }}";
const FILES = {{ files|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("openberth-inspector-") && name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())
    .then(() => fetch(HOME, { redirect: "manual" }))
    .then((answer) => (answer.ok ? caches.open(CACHE).then((cache) => cache.put(HOME, answer)) : null))
    .catch(() => null));
});

async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) {
      await cache.put(HOME, answer.clone());
    }
    return answer;
  } catch (reason) {
    const kept = await cache.match(HOME);
    if (kept) {
      return kept;
    }
    throw reason;
  }
}

async function file(request) {
  const kept = await caches.match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (event.request.mode === "navigate" && url.pathname === HOME) {
    event.respondWith(page(event.request));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(event.request));
  }
});
