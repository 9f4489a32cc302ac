// Opens the cashier's page without a connection: it keeps the page's shell, which is about nobody, and the files that
// the page loads. Answers of the API and of pages are never kept.

const RELEASE = {{ release|tojson }};
const FILES = {{ files|tojson }};
const SHELLS = {{ shells|tojson }};

const PREFIX = "molva-till-";
const CACHE = PREFIX + RELEASE;
// The page that is open while a release comes still loads its own files: the last release stays beside the new one.
const RELEASES_KEPT = 2;
const PAGE = "/till";
const PAGE_TIMEOUT_MS = 4000;
const LANGUAGE = "/till/language";

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(forgetOldReleases().then(() => clients.claim())));

addEventListener("message", (event) => event.waitUntil(rememberLanguage(event.data.language)));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function keep() {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache: a shell of the last release must not be kept as one of this.
  await cache.addAll([...FILES, ...Object.values(SHELLS).map((shell) => new Request(shell, { cache: "reload" }))]);
}

/** The releases before this one that are kept, oldest first. */
async function oldReleases() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
}

async function forgetOldReleases() {
  const releases = await oldReleases();
  const tooOld = releases.slice(0, Math.max(0, releases.length - RELEASES_KEPT + 1));
  await Promise.all(tooOld.map((name) => caches.delete(name)));
}

/** The page from the server where that answers in time; otherwise the shell, in the language that was read last. */
async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
    if (answer.status >= 500) return await shellFor(request);
    await rememberLanguage(answer.headers.get("Content-Language"));
    return answer;
  } catch {
    return shellFor(request);
  }
}

async function shellFor(request) {
  const cache = await caches.open(CACHE);
  const asked = new URL(request.url).searchParams.get("lang");
  if (asked in SHELLS) await rememberLanguage(asked);
  return cache.match(SHELLS[await lastLanguage()], { ignoreVary: true });
}

/** What was read last, with this release or, where it came while there was no connection, with one before. */
async function lastLanguage() {
  for (const name of [CACHE, ...(await oldReleases()).reverse()]) {
    const kept = await (await caches.open(name)).match(LANGUAGE);
    if (kept) return kept.text();
  }
  return Object.keys(SHELLS)[0];
}

async function rememberLanguage(language) {
  if (!(language in SHELLS)) return;
  await (await caches.open(CACHE)).put(LANGUAGE, new Response(language));
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
