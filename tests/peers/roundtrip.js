// PouchDB as a foreign replica. `node roundtrip.js URL`: URL is an empty database of the endpoint under test.
// Prints one JSON object: {checks: [{name, ok, detail}], failed}. Every check says what it compared.
'use strict';
const PouchDB = require('pouchdb');
PouchDB.plugin(require('pouchdb-adapter-memory'));
const assert = require('assert');

const url = process.argv[2];
const options = process.env.PEER_USER ? { auth: { username: process.env.PEER_USER, password: process.env.PEER_PASSWORD } } : {};
// CouchDB keeps texts gzipped and gives the digest of what it keeps; their bytes are compared all the same.
const ENCODES_TEXT = process.env.PEER_KIND === 'couchdb';
const checks = [];
let serial = 0;
const fresh = () => new PouchDB('local' + (++serial), { adapter: 'memory' });
const remote = () => new PouchDB(url, Object.assign({ skip_setup: true }, options));

async function check(name, work) {
  try {
    await work();
    checks.push({ name, ok: true });
  } catch (error) {
    checks.push({ name, ok: false, detail: String(error.stack || JSON.stringify(error)) });
  }
}

// Winner, conflicts, deleted leaves and attachments of every document: what both sides must agree on.
async function picture(db) {
  const result = {};
  const feed = await db.changes({ style: 'all_docs', since: 0 });
  for (const row of feed.results) {
    const leaves = await db.get(row.id, { open_revs: 'all', revs: true });
    result[row.id] = {
      changes: row.changes.map((change) => change.rev).sort(),
      winner: row.deleted ? 'deleted' : (await db.get(row.id, { conflicts: true, attachments: true })),
      leaves: leaves.map((leaf) => leaf.ok._rev + (leaf.ok._deleted ? ' deleted' : '') + ' ' + leaf.ok._revisions.ids.length).sort()
    };
    if (!row.deleted) {
      const winner = result[row.id].winner;
      winner._conflicts = (winner._conflicts || []).slice().sort();
      for (const file of Object.values(winner._attachments || {})) {
        delete file.revpos;
        delete file.stub;
        if (ENCODES_TEXT && file.content_type.startsWith('text/')) delete file.digest;
      }
    }
  }
  return result;
}

const leaf = (id, rev, parents, body) => {
  const [start, digest] = rev.split('-');
  return Object.assign({ _id: id, _rev: rev, _revisions: { start: Number(start), ids: [digest].concat(parents) } }, body);
};
const d = (letter) => letter.repeat(32);

async function fill(db) {
  await db.put({ _id: 'plain', value: 1 });
  const first = await db.put({ _id: 'edited', n: 1 });
  await db.put({ _id: 'edited', _rev: first.rev, n: 2 });
  const gone = await db.put({ _id: 'gone' });
  await db.remove('gone', gone.rev);
  for (const id of ['a/b', '中文 说事室', 'plus+and%2F', 'emoji 😀', 'q?x=1&y#z', '_design/app']) await db.put({ _id: id, name: id });
  await db.bulkDocs([
    leaf('conflict', '2-' + d('b'), [d('a')], { side: 'b' }),
    leaf('conflict', '2-' + d('c'), [d('a')], { side: 'c' }),
    leaf('conflict', '3-' + d('d'), [d('e'), d('a')], { _deleted: true }),
    leaf('both gone', '2-' + d('1'), [d('0')], { _deleted: true }),
    leaf('both gone', '2-' + d('2'), [d('0')], { _deleted: true })
  ], { new_edits: false });
  const text = Buffer.from('对着水渠拍的照片').toString('base64');
  const binary = Buffer.from([...Array(70000).keys()].map((n) => n % 251)).toString('base64');
  await db.put({ _id: 'files', _attachments: {
    'note.txt': { content_type: 'text/plain', data: text },
    'dir/图.bin': { content_type: 'application/octet-stream', data: binary }
  } });
  const edited = await db.get('files');
  await db.put(Object.assign(edited, { later: true }));
  await db.bulkDocs([...Array(250).keys()].map((n) => ({ _id: 'bulk' + n, n, _attachments: n % 50 ? undefined : {
    x: { content_type: 'text/plain', data: text } } })));
}

async function live(source, target) {
  const sync = source.sync(target, { live: true, retry: true });
  try {
    await source.put({ _id: 'live from here' });
    await target.put({ _id: 'live from there' });
    const arrived = (db, id) => new Promise((resolve, reject) => {
      const feed = db.changes({ since: 0, live: true }).on('change', (row) => { if (row.id === id) { feed.cancel(); resolve(); } });
      setTimeout(() => { feed.cancel(); reject(new Error(id + ' did not arrive')); }, 15000).unref();
    });
    await Promise.all([arrived(target, 'live from here'), arrived(source, 'live from there')]);
  } finally {
    sync.cancel();
    await new Promise((resolve) => sync.on('complete', resolve));
  }
}

async function main() {
  const here = fresh();
  const there = remote();
  await fill(here);
  await check('PouchDB pushes everything', async () => {
    const result = await here.replicate.to(there);
    assert.strictEqual(result.ok, true);
    assert.strictEqual(result.doc_write_failures, 0);
    assert.deepStrictEqual(await picture(there), await picture(here));
  });
  await check('pushing again writes nothing', async () => {
    const result = await here.replicate.to(there);
    assert.strictEqual(result.docs_written, 0);
  });
  const second = fresh();
  await check('a second PouchDB pulls everything', async () => {
    const result = await second.replicate.from(there);
    assert.strictEqual(result.doc_write_failures, 0);
    assert.deepStrictEqual(await picture(second), await picture(here));
  });
  await check('edits on both sides become the same conflict everywhere', async () => {
    for (const [db, side] of [[here, 'here'], [there, 'there'], [second, 'second']]) {
      const doc = await db.get('plain');
      await db.put(Object.assign(doc, { side }));
    }
    for (let round = 0; round < 2; round++) { await here.sync(there); await second.sync(there); }
    const expected = await picture(there);
    assert.strictEqual(expected.plain.winner._conflicts.length, 2);
    assert.deepStrictEqual(await picture(here), expected);
    assert.deepStrictEqual(await picture(second), expected);
  });
  await check('a conflict resolved there is resolved here', async () => {
    const doc = await there.get('plain', { conflicts: true });
    for (const rev of doc._conflicts) await there.remove('plain', rev);
    await here.replicate.from(there);
    assert.strictEqual((await here.get('plain', { conflicts: true }))._conflicts, undefined);
  });
  await check('attachments by URL', async () => {
    const rev = (await there.get('files'))._rev;
    await there.putAttachment('files', 'by url 名.txt', rev, Buffer.from('url'), 'text/plain');
    assert.strictEqual((await there.getAttachment('files', 'by url 名.txt')).toString(), 'url');
    await here.replicate.from(there);
    assert.strictEqual((await here.getAttachment('files', 'by url 名.txt')).toString(), 'url');
    await there.removeAttachment('files', 'by url 名.txt', (await there.get('files'))._rev);
  });
  await check('filtered pulls by ids and by selector', async () => {
    const byId = fresh();
    await byId.replicate.from(there, { doc_ids: ['plain', 'a/b'] });
    assert.deepStrictEqual((await byId.allDocs()).rows.map((row) => row.id), ['a/b', 'plain']);
    const bySelector = fresh();
    await bySelector.replicate.from(there, { selector: { n: { $gte: 248 } } });
    assert.deepStrictEqual((await bySelector.allDocs()).rows.map((row) => row.id), ['bulk248', 'bulk249']);
  });
  await check('allDocs, bulkGet, revsDiff and info of the remote', async () => {
    const rows = (await there.allDocs({ include_docs: true, startkey: 'bulk1', endkey: 'bulk10\ufff0' })).rows;
    assert.strictEqual(rows.length, (await here.allDocs({ startkey: 'bulk1', endkey: 'bulk10\ufff0' })).rows.length);
    assert.strictEqual((await there.bulkGet({ docs: [{ id: 'plain' }] })).results[0].docs[0].ok._id, 'plain');
    assert.deepStrictEqual((await there.revsDiff({ none: ['1-x'] })).none.missing, ['1-x']);
    assert.strictEqual((await there.info()).doc_count, (await here.info()).doc_count);
  });
  await check('attachments changed on both sides', async () => {
    const put = async (db, name, text) => db.putAttachment('files', name, (await db.get('files'))._rev, Buffer.from(text), 'text/plain');
    await put(here, 'note.txt', 'changed here');
    await put(there, 'note.txt', 'changed there');
    await put(there, '空 empty', '');
    await here.sync(there);
    await here.sync(there);
    await second.sync(there);
    const expected = await picture(there);
    assert.strictEqual(expected.files.winner._conflicts.length, 1);
    assert.deepStrictEqual(await picture(here), expected);
    assert.deepStrictEqual(await picture(second), expected);
    const names = Object.keys((await here.get('files', { attachments: true }))._attachments).sort();
    assert.deepStrictEqual(names, ['dir/图.bin', 'note.txt', '空 empty'].sort());
  });
  await check('a deletion against an edit', async () => {
    await here.put({ _id: 'a/deleted', n: 1 });
    await here.sync(there);
    await here.remove(await here.get('a/deleted'));
    const edited = await there.get('a/deleted');
    await there.put(Object.assign(edited, { n: 2 }));
    await here.sync(there);
    assert.deepStrictEqual(await picture(here), await picture(there));
    assert.strictEqual((await here.get('a/deleted')).n, 2);
    await there.remove(await there.get('a/deleted'));
    await here.sync(there);
    await assert.rejects(here.get('a/deleted'), { status: 404 });
    await here.put({ _id: 'a/deleted', n: 3 });
    await here.sync(there);
    assert.strictEqual((await there.get('a/deleted')).n, 3);
    assert.deepStrictEqual(await picture(here), await picture(there));
  });
  await check('live sync carries both ways', () => live(here, there));
}

main().catch((error) => checks.push({ name: 'roundtrip', ok: false, detail: String(error.stack || error) }))
  .then(() => {
    process.stdout.write(JSON.stringify({ checks, failed: checks.filter((each) => !each.ok).length }) + '\n', () => process.exit(0));
  });
