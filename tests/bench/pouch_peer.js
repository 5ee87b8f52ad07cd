// PouchDB 9 on leveldb as a contestant. Reads one JSON command a line, answers each with one JSON line:
//   {"do": "pull"|"push"|"sync", "folder": path of the local database, "url": remote, "options": {...}}  -> {seconds, requests, ...}
//   {"do": "fill", "folder", "docs": file with {"docs": [...]}}                                            -> {seconds}
// Seconds are measured here, without the start of node. Requests are counted at PouchDB's own `fetch`.
'use strict';
const PouchDB = require('../peers/node_modules/pouchdb');
const fs = require('fs');
const readline = require('readline');

const open = new Map();
let requests = 0;
const counted = (url, options) => { requests++; return PouchDB.fetch(url, options); };
const local = (folder) => {
  if (!open.has(folder)) open.set(folder, new PouchDB(folder, { auto_compaction: false }));
  return open.get(folder);
};

const work = {
  pull: async (c) => report(await local(c.folder).replicate.from(remote(c), c.options)),
  push: async (c) => report(await local(c.folder).replicate.to(remote(c), c.options)),
  sync: async (c) => {
    const both = await local(c.folder).sync(remote(c), c.options);
    return { pull: report(both.pull), push: report(both.push) };
  },
  fill: async (c) => {
    const docs = JSON.parse(fs.readFileSync(c.docs)).docs;
    await local(c.folder).bulkDocs(docs, { new_edits: false });
    return {};
  },
  close: async (c) => { await local(c.folder).close(); open.delete(c.folder); return {}; }
};
const remote = (c) => new PouchDB(c.url, { skip_setup: true, fetch: counted });
const report = (r) => ({ docs_read: r.docs_read, docs_written: r.docs_written, failures: r.doc_write_failures, ok: r.ok });

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    const before = requests, started = process.hrtime.bigint();
    let answer;
    try {
      answer = await work[command.do](command);
    } catch (error) {
      answer = { error: String(error.stack || JSON.stringify(error)) };
    }
    answer.seconds = Number(process.hrtime.bigint() - started) / 1e9;
    answer.requests = requests - before;
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
  process.exit(0);
})();
