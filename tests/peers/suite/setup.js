'use strict';

// Loaded by mocha before a suite's own setup. It does two things and changes no test file:
//
// 1. notes which case asks for JavaScript of the server: it writes a validate_doc_update, or the server answered 501;
// 2. with SUITE_CLIENT=9 hands the tests PouchDB 9 from the folder above wherever they ask for the library of their own package.

const crypto = require('crypto');
const http = require('http');
const Module = require('module');
const path = require('path');

let current = null;

function mark() {
  if (current) {
    current.javascript = true;
  }
}

const request = http.request;
http.request = function (...given) {
  const made = request.apply(this, given);
  made.on('response', (answer) => answer.statusCode === 501 && mark());
  for (const name of ['write', 'end']) {
    const send = made[name];
    made[name] = function (piece, ...rest) {
      if (piece && String(piece).includes('"validate_doc_update"')) {
        mark();
      }
      return send.call(this, piece, ...rest);
    };
  }
  return made;
};

exports.mochaHooks = {
  beforeEach() {
    current = this.currentTest;
  },
};

// mocha 2, for which the suites were written, let a case take a callback and return a promise besides
// that mocha which runs: a checkout brings its own
const { Runnable, Suite } = require.main.require('mocha');
const run = Runnable.prototype.run;
Runnable.prototype.run = function (done) {
  if (this.async && this.fn && !this.fn.lenient) {
    const body = this.fn;
    this.fn = function (finished) {
      body.call(this, finished);
    };
    this.fn.lenient = true;
  }
  return run.call(this, done);
};

// no case may take longer, whatever it asks for: some wait for minutes for what their client no longer does
const longest = Number(process.env.SUITE_LONGEST_MS);
for (const kind of [Runnable, Suite]) {
  const timeout = kind.prototype.timeout;
  kind.prototype.timeout = function (...given) {
    return timeout.apply(this, given.length && longest ? [Math.min(given[0] || longest, longest)] : given);
  };
}

// --- PouchDB 9 in the place of the library that the tests were written for ---

function modern() {
  const PouchDB = require('pouchdb').plugin(require('pouchdb-adapter-memory'));
  const errors = require('pouchdb-errors');
  const { binaryStringToBlobOrBuffer, atob, btoa } = require('pouchdb-binary-utils');
  const { parseUri } = require('pouchdb-utils');
  const uuid = (length = 32) => crypto.randomBytes(length).toString('hex').slice(0, length).toUpperCase();
  PouchDB.preferredAdapters = ['memory'];

  function ajax(options, callback) {
    const headers = { Accept: 'application/json', 'Content-Type': 'application/json', ...options.headers };
    const body = options.body && typeof options.body === 'object' ? JSON.stringify(options.body) : options.body;
    PouchDB.fetch(options.url, { method: options.method || 'GET', headers, body }).then(async (answer) => {
      const value = options.binary ? Buffer.from(await answer.arrayBuffer()) : parsed(await answer.text());
      if (answer.ok) {
        return callback(null, value);
      }
      return callback(Object.assign(new Error(value.reason), value, { status: answer.status }));
    }, callback);
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (_) {
      return text;
    }
  }

  // what PouchDB 5 offered besides and PouchDB 9 does not; the tests use it as their tools
  PouchDB.ajax = ajax;
  PouchDB.utils = { ajax, atob, btoa, binaryStringToBlobOrBuffer, extend: Object.assign, parseUri, Promise, uuid };
  PouchDB.Errors = { ...errors, error: errors.createError };
  PouchDB.destroy = (name, callback) => new PouchDB(name).destroy(callback);
  return older(PouchDB);
}

// PouchDB 5's ways to call: without `new`, a callback as the last argument, a database that is a promise until it is open, and
// put(document, id, revision).
function older(PouchDB) {
  const construct = (target, given) => {
    const callback = typeof given[given.length - 1] === 'function' ? given.pop() : null;
    let db;
    let opened;
    try {
      db = new target(...given);
      opened = new Promise((resolve, reject) => db.taskqueue.addTask((failed) => (failed ? reject(failed) : resolve())));
      const put = db.put;
      db.put = (doc, ...rest) => {
        while (typeof rest[0] === 'string') {
          doc = { ...doc, ['_id' in doc ? '_rev' : '_id']: rest.shift() };
        }
        return put(doc, ...rest);
      };
    } catch (error) {
      db = {};
      opened = Promise.reject(error);
      for (const name of ['put', 'post', 'get', 'allDocs']) {
        db[name] = (...asked) => {
          const answer = asked[asked.length - 1];
          return typeof answer === 'function' ? answer(error) : Promise.reject(error);
        };
      }
    }
    opened.catch(() => {});
    db.then = (...handlers) => opened.then(() => (delete db.then, db)).then(...handlers);
    db.catch = (handler) => db.then(null, handler);
    if (callback) {
      opened.then(() => (delete db.then, db)).then((made) => callback(null, made), callback);
    }
    return db;
  };
  return new Proxy(PouchDB, {
    construct,
    apply: (target, _, given) => construct(target, given),
    get: (target, name) => (name === 'defaults' ? (options) => older(target.defaults(options)) : target[name]),
  });
}

// pouchdb-find 9, whose answers the tests compare whole with those of CouchDB before 2.1: without a bookmark, and the one
// warning with a small letter and no full stop.
function find() {
  const plugin = require('pouchdb-find');
  const older = (answer) => {
    const { bookmark, ...rest } = answer;
    if (rest.warning) {
      rest.warning = rest.warning.replace(/^No matching/, 'no matching').replace(/\.$/, '');
    }
    return rest;
  };
  return {
    ...plugin,
    find(request, callback) {
      const asked = plugin.find.call(this, request).then(older);
      return typeof callback === 'function' ? void asked.then((answer) => callback(null, answer), callback) : asked;
    },
  };
}

function nothing() {
  return () => {};  // PouchDB 9 has it already
}

function replaced(name, asker) {
  if (/pouchdb-suite/.test(asker)) {
    return {
      '../../lib': modern,
      '../../lib/deps/binary/binaryStringToBlobOrBuffer': () => require('pouchdb-binary-utils').binaryStringToBlobOrBuffer,
      '../../lib/adapters/leveldb': () => ({}),
    }[name];
  }
  if (/pouchdb-find-suite[\\/]test/.test(asker)) {
    return {
      '../': find,
      'pouchdb-core': modern,
      'pouchdb-adapter-memory': nothing,
      'pouchdb-adapter-http': nothing,
      'pouchdb-replication': nothing,
    }[name];
  }
  return undefined;
}

if (process.env.SUITE_CLIENT === '9') {
  const made = new Map();
  const load = Module._load;
  Module._load = function (name, parent, isMain) {
    const make = parent && parent.filename && replaced(name, path.resolve(parent.filename));
    if (!make) {
      return load.call(this, name, parent, isMain);
    }
    if (!made.has(make.name || name)) {
      made.set(make.name || name, make());
    }
    return made.get(make.name || name);
  };
}
