// Makes the subject ids of subject-ids.json with nothing of this project: what is signed for ever must not rest on one language.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LAST = 2n ** 48n - 1n;

function ulid(ms, proof) {
  let value = (ms << 80n) | BigInt("0x" + proof.toString("hex"));
  let text = "";
  for (let place = 0; place < 26; place++, value >>= 5n) text = ALPHABET[Number(value & 31n)] + text;
  return text;
}

function subject({ aggregate, device, device_seq, device_time, clock_offset_ms }) {
  const sum = BigInt(device_time) + BigInt(clock_offset_ms);
  const ms = sum < 0n ? 0n : sum > LAST ? LAST : sum;
  const hashed = JSON.stringify(["subject/1", aggregate, device, device_seq, Number(ms)]);
  return [hashed, ulid(ms, createHash("sha256").update(hashed, "utf8").digest().subarray(0, 10))];
}

const { cases } = JSON.parse(readFileSync(new URL("subject-ids.json", import.meta.url), "utf8"));
const wrong = cases.filter((row) => {
  const [hashed, made] = subject(row);
  return hashed !== row.hashed || made !== row.subject;
});
for (const row of wrong) console.error(`${row.subject}: Node makes ${subject(row)}`);
console.log(`${cases.length - wrong.length} of ${cases.length} subject ids agree`);
process.exit(wrong.length ? 1 : 0);
