// What PouchDB learnt after version 5.1, whose tests `make suite` runs. `node newer.js URL`: URL is a server where everybody may
// create databases. Prints {checks: [{name, ok, detail}]}; every check works on databases of its own.
'use strict';
const PouchDB = require('pouchdb');
PouchDB.plugin(require('pouchdb-adapter-memory')).plugin(require('pouchdb-find'));
const assert = require('assert');

const url = process.argv[2];
const checks = [];
const TEXT = Buffer.from('对着水渠拍的照片').toString('base64');
let serial = 0;
const local = () => new PouchDB('newer' + ++serial, { adapter: 'memory' });
// A server that lives on keeps none of them: their names are those that a test may delete, new in every run.
const COUCHDB = process.env.PEER_KIND === 'couchdb';
const run = `test-newer-${process.pid}-${Date.now()}-`;
const made = [];
const remote = () => { made.push(new PouchDB(`${url}/${run}${++serial}`)); return made[made.length - 1]; };
const leaf = (id, rev, ids, body) => ({ _id: id, _rev: rev, _revisions: { start: Number(rev.split('-')[0]), ids }, ...body });
const ids = (rows) => rows.map((row) => row.id || row._id);
const named = async (promise) => promise.then(() => 'no error', (error) => error.name || error.error);

async function check(name, work) {
  try {
    await work();
    checks.push({ name, ok: true });
  } catch (error) {
    checks.push({ name, ok: false, detail: String(error.stack || JSON.stringify(error)) });
  }
}

// --- reading ---

async function bulkGet() {
  const db = remote();
  const { rev } = await db.put({ _id: 'a', _attachments: { 'map.txt': { content_type: 'text/plain', data: TEXT } } });
  const plain = (await db.bulkGet({ docs: [{ id: 'a', rev }] })).results[0];
  assert.strictEqual(plain.docs[0].ok._rev, rev);
  assert.strictEqual(plain.docs[0].ok._revisions, undefined);
  assert.strictEqual(plain.docs[0].ok._attachments['map.txt'].stub, true);
  const full = (await db.bulkGet({ docs: [{ id: 'a' }], revs: true, attachments: true })).results[0].docs[0].ok;
  assert.deepStrictEqual(full._revisions, { start: 1, ids: [rev.slice(2)] });
  assert.strictEqual(full._attachments['map.txt'].data, TEXT);
  const binary = (await db.bulkGet({ docs: [{ id: 'a' }], attachments: true, binary: true })).results[0].docs[0].ok;
  assert.ok(Buffer.from(TEXT, 'base64').equals(binary._attachments['map.txt'].data));
  const missing = (await db.bulkGet({ docs: [{ id: 'none' }, { id: 'a', rev: '9-none' }] })).results;
  assert.deepStrictEqual(missing.map((each) => each.docs[0].error.error), ['not_found', 'not_found']);
}

async function latest() {
  const db = remote();
  await db.bulkDocs([
    leaf('a', '3-c', ['c', 'b', 'a']), leaf('a', '3-z', ['z', 'y', 'a']), leaf('a', '4-d', ['d', 'c', 'b', 'a'], { wins: true }),
  ], { new_edits: false });
  assert.strictEqual((await db.get('a', { rev: '2-b', latest: true }))._rev, '4-d');
  // For one revision CouchDB gives the winner of the document, for a list of them the leaf of each line, as it says.
  assert.strictEqual((await db.get('a', { rev: '2-y', latest: true }))._rev, COUCHDB ? '4-d' : '3-z');
  const losing = await db.get('a', { open_revs: ['2-y', '3-z'], latest: true });
  assert.deepStrictEqual(losing.map((each) => each.ok._rev), ['3-z']);
  const both = await db.get('a', { open_revs: ['2-b', '2-y'], latest: true });
  assert.deepStrictEqual(both.map((each) => each.ok._rev).sort(), ['3-z', '4-d']);
  await db.remove('a', '3-z');
  const gone = await db.get('a', { open_revs: ['2-y'], latest: true });
  assert.deepStrictEqual(gone.map((each) => each.ok._deleted), [true]);
  if (!COUCHDB) assert.strictEqual((await db.get('a', { rev: '2-y', latest: true }))._deleted, true);
}

async function repeatedDigest() {
  const db = remote();
  await db.bulkDocs([leaf('a', '3-gone', ['gone', 'same', 'first'], { _deleted: true }), leaf('a', '3-same', ['same', 'new', 'first'])],
    { new_edits: false });
  const doc = await db.get('a', { revs: true });
  assert.deepStrictEqual(doc._revisions, { start: 3, ids: ['same', 'new', 'first'] });
}

async function allDocs() {
  const db = remote();
  await db.bulkDocs(['a', 'b', 'c', 'd'].map((_id) => ({ _id })));
  await db.remove(await db.get('b'));
  assert.deepStrictEqual(ids((await db.allDocs({ keys: ['d', 'a', 'c'], skip: 1, limit: 1 })).rows), ['a']);
  const gone = (await db.allDocs({ keys: ['b', 'none'], include_docs: true })).rows;
  assert.deepStrictEqual([gone[0].value.deleted, gone[0].doc, gone[1].error], [true, null, 'not_found']);
  assert.ok(Number.parseInt((await db.allDocs({ update_seq: true })).update_seq, 10) > 0);
  assert.deepStrictEqual(ids((await db.allDocs({ startkey: 'c', endkey: 'a', descending: true })).rows), ['c', 'a']);
  assert.strictEqual((await db.allDocs({ limit: 0 })).rows.length, 0);
}

async function uncreated() {
  const db = new PouchDB(`${url}/newer${++serial}`, { skip_setup: true });
  assert.strictEqual(await named(db.get('a')), 'not_found');
  assert.strictEqual((await db.info()).error, 'not_found');
}

async function foreignDeletion() {
  const db = remote();
  await db.put({ _id: 'a' });
  await db.bulkDocs([{ _id: 'a', _deleted: true, _rev: '2-22080c42d471e3d2625e49dcca3b8e2b' }], { new_edits: false });
  const leaves = await db.get('a', { open_revs: 'all' });
  assert.deepStrictEqual(leaves.map((each) => each.ok._rev.slice(0, 2) + Boolean(each.ok._deleted)).sort(), ['1-false', '2-true']);
}

// --- attachments ---

async function attachments() {
  const db = remote();
  const made = await db.putAttachment('a', 'Karte 1/水渠?.txt', Buffer.from(TEXT, 'base64'), 'text/plain');
  assert.ok(Buffer.from(TEXT, 'base64').equals(await db.getAttachment('a', 'Karte 1/水渠?.txt')));
  const empty = await db.putAttachment('a', 'empty', made.rev, Buffer.alloc(0), 'application/octet-stream');
  assert.strictEqual((await db.getAttachment('a', 'empty')).length, 0);
  const kept = await db.get('a');
  await db.put({ ...kept, note: 'stubs alone' });
  const after = await db.get('a', { attachments: true });
  assert.strictEqual(after._attachments['Karte 1/水渠?.txt'].data, TEXT);
  await db.removeAttachment('a', 'empty', after._rev);
  assert.strictEqual(await db.getAttachment('a', 'empty').catch((answer) => answer.status), 404);
  assert.strictEqual((await db.getAttachment('a', 'empty', { rev: empty.rev })).length, 0);
  assert.strictEqual(await named(db.putAttachment('a', '_odd', after._rev, Buffer.from('x'), 'text/plain')), 'bad_request');
}

async function missingStub() {
  const db = remote();
  const stub = { _attachments: { x: { stub: true, digest: 'md5-aEI7pOYCRBLTRQvvqYrrJQ==', revpos: 1, length: 3, content_type: 'a/b' } } };
  const error = await db.put({ _id: 'a', ...stub }).then(() => null, (fault) => fault);
  assert.strictEqual(error && error.status, 412);
  assert.strictEqual(await named(db.get('a')), 'not_found');
}

// --- feeds ---

async function feedOptions() {
  const db = remote();
  await db.bulkDocs([{ _id: 'a', kind: 'x' }, { _id: 'b', kind: 'y' }, { _id: 'c', kind: 'x' }]);
  assert.deepStrictEqual(ids((await db.changes({ selector: { kind: 'x' } })).results).sort(), ['a', 'c']);
  assert.deepStrictEqual(ids((await db.changes({ doc_ids: ['c', 'none'] })).results), ['c']);
  const some = await db.changes({ limit: 2, seq_interval: 2, include_docs: true });
  // Shards are read side by side: the feed is complete and each row has its document, in which order is nobody's promise.
  const rest = await db.changes({ since: some.last_seq, timeout: false });
  assert.deepStrictEqual([some.results.length, rest.results.length], [2, 1]);
  assert.deepStrictEqual(ids(some.results.concat(rest.results)).sort(), ['a', 'b', 'c']);
  const kinds = { a: 'x', b: 'y', c: 'x' };
  for (const row of some.results) assert.strictEqual(row.doc.kind, kinds[row.id]);
  if (!COUCHDB) assert.deepStrictEqual(ids(some.results), ['a', 'b']);
  assert.strictEqual((await db.changes({ since: 'now' })).results.length, 0);
  const none = await db.changes({ return_docs: false });
  assert.strictEqual(none.results.length, 0);
}

async function feedWithFiles() {
  const db = remote();
  await db.put({ _id: 'a', _attachments: { f: { content_type: 'text/plain', data: TEXT } } });
  const rows = (await db.changes({ include_docs: true, attachments: true, binary: true })).results;
  assert.ok(Buffer.from(TEXT, 'base64').equals(rows[0].doc._attachments.f.data));
  const stubs = (await db.changes({ include_docs: true })).results;
  assert.strictEqual(stubs[0].doc._attachments.f.stub, true);
}

async function liveSelector() {
  const db = remote();
  const seen = [];
  const feed = db.changes({ live: true, since: 'now', selector: { kind: 'x' }, include_docs: true });
  const two = new Promise((resolve, reject) => feed.on('error', reject).on('change', (row) => seen.push(row.id) === 2 && resolve()));
  await db.put({ _id: 'early', kind: 'y' });
  while (!seen.length) {
    await db.post({ kind: 'x' });     // `now` is the moment when the feed arrives, which nothing tells
  }
  await db.put({ _id: 'last', kind: 'x' });
  await two;
  feed.cancel();
  assert.ok(!seen.includes('early'));
}

// --- replication ---

async function partial() {
  const here = local();
  const there = remote();
  await there.bulkDocs([{ _id: 'a', kind: 'x' }, { _id: 'b', kind: 'y' }, leaf('c', '1-p', ['p']), leaf('c', '1-q', ['q'])]);
  await there.bulkDocs([leaf('d', '1-p', ['p'], { kind: 'x' }), leaf('d', '1-q', ['q'], { kind: 'x' })], { new_edits: false });
  await here.replicate.from(there, { selector: { kind: 'x' } });
  assert.deepStrictEqual(ids((await here.allDocs()).rows), ['a', 'd']);
  assert.deepStrictEqual((await here.get('d', { conflicts: true }))._conflicts, ['1-p']);
  const winners = local();
  await winners.replicate.from(there, { style: 'main_only', doc_ids: ['d'] });
  assert.strictEqual((await winners.get('d', { conflicts: true }))._conflicts, undefined);
}

async function checkpoints() {
  for (const checkpoint of ['source', 'target', false]) {
    const here = local();
    const there = remote();
    await there.put({ _id: 'a' });
    await here.replicate.from(there, { checkpoint });
    const logs = await (await PouchDB.fetch(`${there.name}/_local_docs`)).json();
    assert.strictEqual(logs.rows.length, checkpoint === 'source' ? 1 : 0);
    assert.strictEqual((await here.replicate.from(there, { checkpoint })).docs_written, 0);
  }
}

async function since() {
  const here = local();
  const there = remote();
  await there.bulkDocs([{ _id: 'a' }, { _id: 'b' }]);
  const { update_seq: seq } = await there.info();
  await there.put({ _id: 'c' });
  await here.replicate.from(there, { since: seq });
  assert.deepStrictEqual(ids((await here.allDocs()).rows), ['c']);
}

async function events() {
  const here = local();
  const there = remote();
  await there.put({ _id: 'a' });
  const told = [];
  const pull = here.replicate.from(there, { live: true, retry: true });
  await new Promise((resolve, reject) => {
    pull.on('active', () => told.push('active')).on('change', (info) => told.push(`change ${info.docs.length}`)).on('error', reject);
    pull.on('paused', (error) => (told.push(error ? 'failed' : 'paused'), resolve()));
  });
  pull.cancel();
  await pull;
  assert.deepStrictEqual(told.slice(0, 3), ['active', 'change 1', 'paused']);
}

async function generations() {
  const here = local();
  const there = remote();
  await here.bulkDocs(Array.from({ length: 300 }, (_, n) => leaf(`d${n}`, n % 2 ? '2-x' : '1-x', n % 2 ? ['x', 'y'] : ['x'])), { new_edits: false });
  await here.sync(there, { batch_size: 100, batches_limit: 10 });
  assert.strictEqual((await there.info()).doc_count, 300);
  const again = await here.sync(there);
  assert.deepStrictEqual([again.push.docs_written, again.pull.docs_written], [0, 0]);
}

// --- find ---

async function find() {
  const db = remote();
  await db.bulkDocs([
    { _id: '1', a: 1, b: 2, tags: ['x', 'y'] }, { _id: '2', a: 1, b: 4, due: { date: 'soon' } }, { _id: '3', a: 3, b: 2 },
    { _id: '4', a: 3, b: 4, tags: ['y'] }, { _id: '5', a: null, b: 0 },
  ]);
  const found = async (selector, rest) => {
    const rows = ids((await db.find({ selector, fields: ['_id'], ...rest })).docs);
    return rest && rest.sort ? rows : rows.sort();     // without a sort the order is nobody's promise
  };
  await db.createIndex({ index: { fields: ['a'] }, ddoc: 'by-a' });
  await db.createIndex({ index: { fields: ['b'], partial_filter_selector: { a: 3 } }, ddoc: 'of-three', name: 'by-b' });
  assert.deepStrictEqual(await found({ $and: [{ $or: [{ a: 1 }, { b: 2 }] }, { $or: [{ a: 3 }, { b: 4 }] }] }), ['2', '3']);
  assert.deepStrictEqual(await found({ $nor: [{ a: 1 }, { b: 2 }] }), ['4', '5']);
  assert.deepStrictEqual(await found({ due: { date: 'soon' } }), ['2']);
  assert.deepStrictEqual(await found({ tags: { $allMatch: { $eq: 'y' } } }), ['4']);
  assert.deepStrictEqual(await found({ a: { $eq: null } }), ['5']);
  assert.deepStrictEqual(await found({ b: { $eq: 0 } }), ['5']);
  assert.deepStrictEqual(await found({ a: { $gte: 1 } }, { sort: [{ a: 'desc' }], limit: 2 }), ['4', '3']);
  assert.deepStrictEqual(await found({ b: { $gt: 0 } }, { use_index: ['of-three', 'by-b'] }), ['3', '4']);
  const plan = await db.explain({ selector: { a: 1 }, use_index: 'by-a' });
  assert.strictEqual(plan.index.ddoc, '_design/by-a');
  assert.strictEqual(await named(db.find({ selector: { a: 1 }, sort: ['nobody'] })), 'no_usable_index');
  const first = await db.find({ selector: { a: { $gt: 0 } }, limit: 2 });
  const second = await db.find({ selector: { a: { $gt: 0 } }, limit: 2, bookmark: first.bookmark });
  assert.deepStrictEqual(ids(first.docs).concat(ids(second.docs)), ['1', '2', '3', '4']);
}

(async () => {
  await check('bulkGet gives what is asked for and no more', bulkGet);
  await check('latest finds the leaf of each line', latest);
  await check('a digest that occurs twice keeps its place', repeatedDigest);
  await check('allDocs by keys with skip and limit', allDocs);
  await check('a database that was not set up is missing', uncreated);
  await check('a deletion without history is a leaf of its own', foreignDeletion);
  await check('attachments of odd names, empty, kept by stubs, removed', attachments);
  await check('a stub of nothing is refused', missingStub);
  await check('changes by selector, ids, since and limit', feedOptions);
  await check('changes with attachments', feedWithFiles);
  await check('a live feed by selector', liveSelector);
  await check('replication of winners and of a part', partial);
  await check('checkpoints where they are wanted', checkpoints);
  await check('replication from a given seq', since);
  await check('the events of a live replication come in order', events);
  await check('batches of both generations', generations);
  await check('find in all its ways', find);
  await Promise.all(made.map((db) => db.destroy().catch(() => null)));
  console.log(JSON.stringify({ checks, failed: checks.filter((each) => !each.ok).length }));
  process.exit(0);
})();
