// Checks the golden vectors with a second implementation: canonical form, ids, hashes and signatures as Node has them.
//
//     node tests/shared/vectors/check.mjs
//
// Prints one line for each vector; exits with 1 when one differs. It shares no code with the programs.

import { createHash, createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const data = new URL("../../../shared/data/", here);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

// --- canonical form: RFC 8785, strings of known characters in normal form C, whole numbers below 2^53

const table = readFileSync(new URL("unicode.toml", data), "utf8");
const ranges = [...table.matchAll(/"([0-9A-F]+)-([0-9A-F]+)"/g)]
  .map(([, first, last]) => [parseInt(first, 16), parseInt(last, 16)]).sort((a, b) => a[0] - b[0]);

function known(code) {
  let low = 0, high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < ranges[middle][0]) high = middle - 1;
    else if (code > ranges[middle][1]) low = middle + 1;
    else return true;
  }
  return false;
}

function unknown(text) {
  for (const character of text) if (!known(character.codePointAt(0))) return character;
  return null;
}

const called = (character) => "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

function canonical(value) {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error(`no whole number below 2^53: ${value}`);
    return String(value);
  }
  if (typeof value === "string") {
    const found = unknown(value);
    if (found !== null) throw new Error(`unknown character ${called(found)}`);
    if (value.normalize("NFC") !== value) throw new Error("not in normal form C");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  return "{" + Object.keys(value).sort().map((key) => canonical(key) + ":" + canonical(value[key])).join(",") + "}";
}

const without = (doc, ...fields) => Object.fromEntries(Object.entries(doc).filter(([key]) => !fields.includes(key)));
const bytes = (value) => Buffer.from(canonical(value), "utf8");

function base32(digest) {
  let bits = "";
  for (const byte of digest) bits += byte.toString(2).padStart(8, "0");
  return bits.match(/.{5}/g).map((five) => BASE32[parseInt(five, 2)]).join("").slice(0, 26);
}

const revision = (doc) => "1-" + createHash("md5").update(bytes(without(doc, "_rev"))).digest("hex");

function fits(publicKey, message, signature) {
  const x = Buffer.from(publicKey, "base64").toString("base64url");
  const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
  return verify(null, message, key, Buffer.from(signature, "base64"));
}

const signed = (doc, publicKey) => fits(publicKey, bytes(without(doc, "_id", "_rev", "sig")), doc.sig);

// --- canonical points of prime order (RFC 8032, 5.1), in affine coordinates

const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (value) => ((value % P) + P) % P;

function power(base, exponent) {
  let made = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) made = (made * b) % P;
  return made;
}

const inverse = (value) => power(value, P - 2n);
const D = mod(-121665n * inverse(121666n));

function add([x1, y1], [x2, y2]) {
  const both = mod(D * x1 * x2 * y1 * y2);
  return [mod((x1 * y2 + x2 * y1) * inverse(1n + both)), mod((y1 * y2 + x1 * x2) * inverse(1n - both))];
}

function primeOrder(key) {
  const word = BigInt("0x" + Buffer.from(key).reverse().toString("hex"));
  const sign = word >> 255n, y = word & (2n ** 255n - 1n);
  if (key.length !== 32 || y >= P) return false;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x - square) !== 0n || (x === 0n && sign === 1n)) return false;
  if ((x & 1n) !== sign) x = P - x;
  if (x === 0n && y === 1n) return false;
  let made = [0n, 1n];
  for (const bit of L.toString(2)) {
    made = add(made, made);
    if (bit === "1") made = add(made, [x, y]);
  }
  return made[0] === 0n && made[1] === 1n;
}

// --- SM2 (GB/T 32918.2, curve of GB/T 32918.5), for what comes later

const SM2 = {
  p: 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFFn,
  b: 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93n,
  n: 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123n,
  g: [0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7n,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0n],
};
const sm3 = (data) => createHash("sm3").update(data).digest();
const number = (data) => BigInt("0x" + hex(data));
const word = (value) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const modP = (value) => ((value % SM2.p) + SM2.p) % SM2.p;

function inverseP(value) {
  let [made, base, exponent] = [1n, modP(value), SM2.p - 2n];
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % SM2.p) if (exponent & 1n) made = (made * base) % SM2.p;
  return made;
}

function sm2Add(one, two) {
  if (one === null || two === null) return one ?? two;
  const [x1, y1] = one, [x2, y2] = two;
  if (x1 === x2 && modP(y1 + y2) === 0n) return null;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverseP(2n * y1) : (y2 - y1) * inverseP(x2 - x1);
  const x = modP(slope * slope - x1 - x2);
  return [x, modP(slope * (x1 - x) - y1)];
}

function sm2Times(count, point) {
  let made = null;
  for (let left = count, double = point; left > 0n; left >>= 1n, double = sm2Add(double, double)) {
    if (left & 1n) made = sm2Add(made, double);
  }
  return made;
}

function sm2Fits(publicKey, message, signature) {
  const key = Buffer.from(publicKey, "base64"), sig = Buffer.from(signature, "base64");
  const id = Buffer.from("1234567812345678"), [gx, gy] = SM2.g;
  const r = number(sig.subarray(0, 32)), s = number(sig.subarray(32)), total = (r + s) % SM2.n;
  const point = [number(key.subarray(1, 33)), number(key.subarray(33))];
  if (key.length !== 65 || key[0] !== 4 || sig.length !== 64 || total === 0n) return false;
  const who = sm3(Buffer.concat([Buffer.from([0, 128]), id, word(SM2.p - 3n), word(SM2.b), word(gx), word(gy), key.subarray(1)]));
  const found = sm2Add(sm2Times(s, SM2.g), sm2Times(total, point));
  return (number(sm3(Buffer.concat([who, message]))) + found[0]) % SM2.n === r;
}

// --- one check for each `what`

function same(found, wanted, name) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${name}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
}

function published(doc, publicKey) {
  same(revision(doc), doc._rev, "_rev");
  same(signed(doc, publicKey), true, "sig");
}

const CHECKS = {
  canonical: (vector) => vector.cases.forEach((one) => same(hex(bytes(JSON.parse(one.json))), one.canonical_hex, one.json)),
  nfc(vector) {
    same(hex(sha256(readFileSync(new URL("unicode.toml", data)))), vector.table_sha256, "table");
    for (const one of vector.cases) {
      const found = unknown(one.text);
      same(found === null ? { text: one.text, nfc: one.text.normalize("NFC") } : { text: one.text, refused: called(found) }, one, "case");
    }
    const made = createHash("sha256");
    let count = 0;
    for (const [first, last] of ranges) {
      for (let code = first; code <= last; code += 1) {
        const character = String.fromCodePoint(code);
        for (const [before, after] of vector.around) {
          made.update((before + character + after).normalize("NFC") + "\n");
          count += 1;
        }
      }
    }
    same([count, made.digest("hex")], [vector.strings, vector.digest_sha256], "digest");
  },
  event(vector) {
    const bare = without(vector.doc, "_id", "_rev");
    const aggregate = bare.kind.split(".")[0];
    same(hex(bytes(bare)), vector.canonical_hex, "canonical");
    same(`${aggregate}:${bare[aggregate]}:${bare.hlc}:${base32(sha256(bytes(bare)))}`, vector.id, "_id");
    same(vector.doc._id, vector.id, "_id of the document");
    same(vector.doc._rev, vector.rev, "_rev of the document");
    published(vector.doc, vector.public_key);
  },
  sm2_event(vector) {
    const bare = without(vector.doc, "_id", "_rev");
    same(hex(bytes(bare)), vector.canonical_hex, "canonical");
    same(`case:${bare.case}:${bare.hlc}:${base32(sm3(bytes(bare)))}`, vector.id, "_id");
    same([vector.doc._id, vector.doc._rev], [vector.id, revision(vector.doc)], "document");
    same(sm2Fits(vector.public_key, bytes(without(bare, "sig")), bare.sig), true, "sig");
    same(sm2Fits(vector.public_key, bytes(without(bare, "sig", "app")), bare.sig), false, "sig of something else");
  },
  log(vector) {
    const leaves = vector.leaves.map((leaf) => {
      const doc = JSON.parse(readFileSync(new URL(`${leaf.vector}.json`, here), "utf8")).doc;
      const said = bytes(["leaf/1", doc._id, hex(sha256(bytes(without(doc, "_id", "_rev"))))]);
      same(said.toString(), leaf.said, leaf.vector);
      const made = sha256(Buffer.concat([Buffer.from([0]), said]));
      same(hex(made), leaf.leaf_hex, leaf.vector);
      return made;
    });
    const root = (hashes) => {
      if (hashes.length === 1) return hashes[0];
      let half = 1;
      while (half * 2 < hashes.length) half *= 2;
      return sha256(Buffer.concat([Buffer.from([1]), root(hashes.slice(0, half)), root(hashes.slice(half))]));
    };
    same(hex(root(leaves)), vector.root_hex, "root");
  },
  directory(vector) {
    let before = null, signer = vector.public_key, trusted = false;
    vector.docs.forEach((head, place) => {
      same(head.prev, before, `prev of ${head._id}`);
      const named = head.changes.filter((change) => change.op === "hub" && change.value !== null).at(-1);
      if (before === null && named) signer = named.value.public_key;
      published(head, signer);
      if (head.recovery) {
        const covered = bytes(["recovery/1", without(head, "_id", "_rev", "alg", "sig", "recovery")]);
        same(fits(vector.recovery_key, covered, head.recovery.sig), true, `recovery of ${head._id}`);
      }
      trusted ||= signer === vector.public_key;
      before = hex(sha256(bytes(without(head, "_id", "_rev"))));
      same(before, vector.hashes[place], `hash of ${head._id}`);
      if (named) signer = named.value.public_key;
    });
    same(trusted, true, "a head signed by the pinned key");
  },
  receipt: (vector) => published(vector.doc, vector.public_key),
  statement: (vector) => published(vector.doc, vector.public_key),
  withdraw: (vector) => published(vector.doc, vector.public_key),
  notices: (vector) => vector.docs.forEach((doc) => published(doc, vector.public_key)),
  grant(vector) {
    published(vector.doc, vector.public_key);
    same(hex(sha256([...vector.ids].sort().map((id) => id + "\n").join(""))), vector.doc.hash, "hash of the set");
  },
  chunk(vector) {
    same(Buffer.from(vector.doc.data, "base64").toString("hex"), vector.data_hex, "data");
    same(vector.doc._id, "chunk:" + hex(sha256(Buffer.from(vector.data_hex, "hex"))), "_id");
    same(revision(vector.doc), vector.doc._rev, "_rev");
  },
  sealed(vector) {
    same(vector.doc._id, "sealed:" + hex(sha256(bytes(without(vector.doc, "_id", "_rev")))), "_id");
    same(revision(vector.doc), vector.doc._rev, "_rev");
    same(vector.doc.body, vector.body, "body");
  },
  enrolment(vector) {
    same(hex(bytes(["enrol/1", vector.alg, vector.public_key, vector.code])), vector.signed_hex, "signed");
    same(fits(vector.public_key, Buffer.from(vector.signed_hex, "hex"), vector.proof), true, "proof");
  },
  "enrolment-code": (vector) => vector.cases.forEach(({ hub, addresses, tls, one_time, fingerprint, short, lines }) => {
    const said = sha256(bytes(["hub-keys/1", hub.id, hub.alg, hub.public_key, hub.recovery_key]));
    same(crockford(said).slice(0, 12), fingerprint, "fingerprint");
    same(short.replaceAll("-", ""), one_time + fingerprint + remainder(one_time + fingerprint, 2), "short");
    const raw = (key) => Buffer.from(key, "base64");
    const fields = [[1, hub.id], ...addresses.map((one) => [2, one]), ...tls.map((one) => [3, Buffer.from(one, "hex")]),
      [4, raw(hub.public_key)], ...(hub.recovery_key === null ? [] : [[5, raw(hub.recovery_key)]]), [6, hub.alg], [7, one_time]];
    const payload = Buffer.concat(fields.map(([tag, value]) => {
      const data = Buffer.from(value);
      return Buffer.concat([Buffer.from([tag, data.length]), data]);
    }).concat(Buffer.from([0])));
    const text = crockford(payload), count = Math.ceil((text.length + 3) / 24);
    const parts = ("E2" + ALPHABET[count] + text).padEnd(count * 24, "0").match(/.{24}/g);
    same(parts.map((part, number) => part + remainder(ALPHABET[number] + part, 1)), lines, "lines");
  }),
  "citizen-code": (vector) => vector.cases.forEach(({ number, secret, typed, text, salt, hash }) => {
    const mark = crockford(sha256(bytes(["citizen-code/1", number]))).slice(0, 4);
    const code = "1" + secret + remainder(mark + "1" + secret, 1);
    same(code.match(/.{4}/g).join("-"), typed, "typed");
    same(`${number}-${code}`, text, "text");
    same(hex(sha256(bytes(["citizen-code/1", salt, secret]))), hash, "hash");
    same(damm(number), Number(number.at(-1)), number);
  }),
  "hub-identity"({ hub, epoch, challenge, signed_hex: signedHex, sig }) {
    const said = bytes(["hub-identity/1", hub.id, epoch, hub.alg, hub.public_key, hub.recovery_key, challenge]);
    same(hex(said), signedHex, "signed");
    same(fits(hub.public_key, said, sig), true, "sig");
  },
  keys(vector) {
    for (const one of vector.cases) same(primeOrder(Buffer.from(one.public_key, "base64")), one.good, one.name);
  },
  subjects: (vector) => vector.cases.forEach((one) => {
    const sum = BigInt(one.device_time) + BigInt(one.clock_offset_ms), last = 2n ** 48n - 1n;
    const ms = sum < 0n ? 0n : sum > last ? last : sum;
    const hashed = bytes(["subject/1", one.aggregate, one.device, one.device_seq, Number(ms)]);
    same([Number(ms), hashed.toString()], [one.ms, one.hashed], "hashed");
    same(ulid((ms << 80n) | BigInt("0x" + hex(sha256(hashed).subarray(0, 10)))), one.subject, one.hashed);
  }),
  numbers: (vector) => vector.cases.forEach((one) => same(damm(one.number), Number(one.number.at(-1)), one.number)),
};

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const ulid = (value) => Array.from({ length: 26 }, (_, place) =>
  ALPHABET[Number((value >> BigInt(125 - 5 * place)) & 31n)]).join("");

function crockford(data) {
  const bits = [...data].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.padEnd(Math.ceil(bits.length / 5) * 5, "0").match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join("");
}

// Check characters: the remainder over GF(32), x^5 + x^2 + 1, multiplied bit by bit.
function times(a, b) {
  let made = 0;
  for (let bit = 4; bit >= 0; bit -= 1) {
    made <<= 1;
    if (made & 32) made ^= 37;
    if ((b >> bit) & 1) made ^= a;
  }
  return made;
}

function remainder(text, count) {
  let divisor = [1], root = 1;
  for (let n = 0; n < count; n += 1) {
    root = times(root, 2);
    divisor = [...divisor, 0].map((high, place) => high ^ (place ? times(divisor[place - 1], root) : 0));
  }
  const work = [...text].map((character) => ALPHABET.indexOf(character)).concat(Array(count).fill(0));
  for (let place = 0; place < text.length; place += 1) {
    const lead = work[place];
    divisor.forEach((factor, after) => { work[place + after] ^= times(lead, factor); });
  }
  return work.slice(-count).map((value) => ALPHABET[value]).join("");
}

const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
  "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];

function damm(number) {
  const [office, year, slot, counter] = number.split("-");
  const digits = (slot[0] === "P" ? "9" : "") + office + year + slot.replace("P", "") + counter;
  return [...digits].reduce((state, digit) => Number(DAMM[state][Number(digit)]), 0);
}

let wrong = 0;
for (const name of readdirSync(here).filter((file) => file.endsWith(".json")).sort()) {
  const vector = JSON.parse(readFileSync(new URL(name, here), "utf8"));
  try {
    if (!(vector.what in CHECKS)) throw new Error(`no check for ${vector.what}`);
    CHECKS[vector.what](vector);
    console.log(`ok     ${name}`);
  } catch (error) {
    wrong += 1;
    console.log(`WRONG  ${name}: ${error.message}`);
  }
}
process.exitCode = wrong ? 1 : 0;
