// What goes over the line of this telephone, of all its connections together, and who speaks: read from getStats once a second.
// It tells, and decides nothing.
export const WINDOW_MS = 10000;
const HEADER_BYTES = 28;                    // IPv4 and UDP, of each packet
// Energy is the square of the level (1 is the loudest) times seconds, of the last quarter of the window.
const LOUDER = 2, SPEAKS = 1e-5;
const COUNTED = ['up', 'down', 'lost', 'expected'];

export class Meter {
  constructor() {
    Object.assign(this, { seen: new Map(), kept: [], speaker: -1, room: Infinity });
    this.total = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  }

  // `peers` are those that are connected; `me` is one's own place.
  async read(peers, me) {
    const now = performance.now(), energy = new Map([[me, 0]]);
    let room = 0;
    for (const peer of peers) {
      const found = await statsOf(peer.pc), before = this.seen.get(peer);
      for (const name of COUNTED) this.total[name] += Math.max(0, found[name] - (before?.found[name] ?? found[name]));
      energy.set(me, Math.max(energy.get(me), found.own - (before?.found.own ?? found.own)));
      energy.set(peer.no, Math.max(0, found.heard - (before?.found.heard ?? found.heard)));
      room = Math.max(room, found.room);
      this.seen.set(peer, { found, sent: [...(before?.sent ?? []).filter((one) => now - one.at < WINDOW_MS), { at: now, up: found.up }] });
    }
    for (const peer of [...this.seen.keys()]) if (!peers.includes(peer)) this.seen.delete(peer);
    this.kept = [...this.kept.filter((one) => now - one.at < WINDOW_MS), { at: now, ...this.total, energy }];
    this.room = room || Infinity;
    this.hear(now);
  }

  // Louder by far, or the one before is silent: who only coughs takes nobody's place.
  hear(now) {
    const sums = new Map();
    for (const { at, energy } of this.kept) if (now - at < WINDOW_MS / 4) for (const [no, much] of energy) sums.set(no, (sums.get(no) ?? 0) + much);
    const [no, much] = [...sums].reduce((most, one) => (one[1] > most[1] ? one : most), [-1, SPEAKS]);
    const before = sums.get(this.speaker) ?? 0;
    if (no >= 0 && (before < SPEAKS || much > before * LOUDER)) this.speaker = no;
  }

  // Bits a second of the last ten seconds; `lost` is the part of what came that did not arrive; `room` what the browser believes
  // the line to carry to whom it goes best: of a narrow one it is little to everybody. Null while there is too little to tell.
  rates() {
    const first = this.kept[0], last = this.kept.at(-1);
    if (!first || last.at - first.at < 1500) return null;
    const ms = last.at - first.at, expected = last.expected - first.expected;
    return { ms, up: bits(last.up - first.up, ms), down: bits(last.down - first.down, ms), room: this.room,
      lost: expected > 50 ? (last.lost - first.lost) / expected : 0 };
  }

  // What all connections together would have sent a second with so many bytes more; of one alone, `ofPeer`.
  up(more) {
    const first = this.kept[0], last = this.kept.at(-1);
    return this.rates() ? bits(last.up - first.up + more, last.at - first.at + 1000) : Infinity;
  }

  ofPeer(peer, more) {
    const sent = this.seen.get(peer)?.sent ?? [], first = sent[0], last = sent.at(-1);
    return first && last.at - first.at >= 1500 ? bits(last.up - first.up + more, last.at - first.at + 1000) : Infinity;
  }
}

const bits = (bytes, ms) => bytes * 8000 / ms;

async function statsOf(pc) {
  const made = { up: 0, down: 0, own: 0, heard: 0, lost: 0, expected: 0, room: 0 };
  (await pc.getStats()).forEach((one) => {
    if (one.type === 'transport') {
      made.up += one.bytesSent + HEADER_BYTES * (one.packetsSent || 0);
      made.down += one.bytesReceived + HEADER_BYTES * (one.packetsReceived || 0);
    } else if (one.type === 'media-source' && one.kind === 'audio') made.own = one.totalAudioEnergy || 0;
    else if (one.type === 'inbound-rtp') {
      if (one.kind === 'audio') made.heard = one.totalAudioEnergy || 0;
      made.lost += Math.max(0, one.packetsLost || 0);
      made.expected += (one.packetsReceived || 0) + Math.max(0, one.packetsLost || 0);
    } else if (one.type === 'candidate-pair' && one.nominated) made.room = Math.max(made.room, one.availableOutgoingBitrate || 0);
  });
  return made;
}
