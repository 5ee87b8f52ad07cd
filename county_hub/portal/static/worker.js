// The service worker: the pages that need no line open without one, and a demand that waited is sent when the line is back.
'use strict';
importScripts('/static/outbox.js');
const CACHE = 'pages-1', PAGES = ['/', '/submit', '/static/portal.css', '/static/portal.js', '/static/submit.js', '/static/outbox.js', '/static/icon.svg'];
self.addEventListener('install', (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(PAGES)).then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !PAGES.includes(url.pathname)) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok) await cache.put(url.pathname, fresh.clone());      // one copy of each, whatever stands behind the ?
      return fresh;
    } catch (fault) {
      const kept = await cache.match(url.pathname);
      if (kept) return kept;
      throw fault;
    }
  })());
});
self.addEventListener('sync', (event) => { if (event.tag === 'demands') event.waitUntil(flush()); });
async function flush() {
  await outbox.flush();                                 // throws without a line: the browser tries again later
  for (const client of await clients.matchAll()) client.postMessage('sent');
}
