// Demands on this telephone: the one being written and those on their way, in IndexedDB. Used by the page and by the service worker.
// A demand is taken out only when the county has answered that it has it, or that it never will: {code, texts, photos, state, told}.
'use strict';
self.outbox = (() => {
  const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ', POWERS = [], LOGS = {};
  for (let value = 1, n = 0; n < 31; n++) { POWERS.push(value); LOGS[value] = n; value <<= 1; if (value & 32) value ^= 0b100101; }

  // The code of county_hub/demands/code.py: made here, so that what is sent twice is known for one.
  function newCode() {
    const secret = 'F' + Array.from(crypto.getRandomValues(new Uint8Array(18)), (b) => ALPHABET[b & 31]).join('');
    let rest = 0;                                      // remainder of secret * x by (x - a), a = 2
    for (const c of secret) {
      const lead = ALPHABET.indexOf(c) ^ rest;
      rest = lead ? POWERS[(LOGS[lead] + LOGS[2]) % 31] : 0;
    }
    return secret + ALPHABET[rest];
  }

  const opened = () => new Promise((done, failed) => {
    const asked = indexedDB.open('demands', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('demands', { keyPath: 'key' });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

  async function inStore(mode, act) {
    const db = await opened();
    try {
      return await new Promise((done, failed) => {
        const tx = db.transaction('demands', mode), asked = act(tx.objectStore('demands'));
        tx.oncomplete = () => done(asked && asked.result);
        tx.onabort = tx.onerror = () => failed(tx.error);
      });
    } finally { db.close(); }
  }

  const put = (row) => inStore('readwrite', (store) => store.put(row));
  const get = (key) => inStore('readonly', (store) => store.get(key));
  const all = () => inStore('readonly', (store) => store.getAll());
  const drop = (key) => inStore('readwrite', (store) => store.delete(key));

  async function solve(code, told = () => {}) {
    const { challenge, bits } = await (await fetch('/work', { cache: 'no-store' })).json();
    const text = new TextEncoder();
    told();
    for (let n = 0; ; n++) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text.encode(`${challenge} ${code} ${n}`)));
      let left = bits, at = 0;
      while (left >= 8 && digest[at] === 0) { left -= 8; at++; }
      if (left < 8 && digest[at] >> (8 - left) === 0) return { challenge, solution: String(n) };
    }
  }

  // One demand: {ok, later, answer}. Throws when there is no line: it stays.
  async function send(row, told) {
    const form = new FormData();
    for (const [name, value] of Object.entries(row.texts)) form.append(name, value);
    form.append('code', row.code);
    for (const photo of row.photos) form.append('photos', photo, 'photo.jpg');
    if (self.crypto && crypto.subtle) for (const [name, value] of Object.entries(await solve(row.code, told))) form.append(name, value);
    const response = await fetch('/submit', { method: 'POST', body: form, headers: { accept: 'application/json' } });
    const answer = await response.json();
    return { ok: response.ok, later: answer.later || response.status >= 500, answer };
  }

  // All that wait, one at a time, whoever asks: two pages and the worker may be open.
  async function flush(told) {
    const work = async () => {
      let sent = 0;
      for (const row of await all()) {
        if (row.state !== 'waiting') continue;
        const done = await send(row, told);
        if (done.ok) { await put({ key: row.key, state: 'sent', code: row.code, answer: done.answer, at: Date.now() }); sent++; }
        else await put({ ...row, state: done.later ? 'waiting' : 'refused', told: done.answer.error, faults: done.answer.faults });
      }
      return sent;
    };
    return self.navigator.locks ? navigator.locks.request('demands', work) : work();
  }

  return { newCode, put, get, all, drop, flush };
})();
