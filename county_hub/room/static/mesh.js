// Everybody sends to everybody: one connection a pair, by the pattern of perfect negotiation (W3C WebRTC, 10.7). The one with the
// smaller number begins and wins where both offer at once.
//
//   people told by the hub -> a Peer each, by seat and page: a reloaded page is another one, a lost line is not
//   narrow: where one of the two has a narrow line the picture stops, sound goes at a low rate in long packets, and stills go
//   through a data channel as far as 64 kbit/s reach; among more than three only from who speaks
import { Meter } from './meter.js';

export const NARROW_BPS = 64000, FEW = 2;   // others, to whom everybody may send stills
const UP_BPS = 1200000;                     // for all pictures together, up
const ANSWER_MS = 6000, STILL_MS = 2000, STILL_WIDTH = 192, CARRIED = 0.85, SPEAKER = 0.6;

export class Mesh {
  constructor({ send, onview, onstill, ongone, onmeasured }) {
    Object.assign(this, { send, onview, onstill, ongone, onmeasured, meter: new Meter(), peers: new Map(), stream: null, me: -1, ways: {}, low: new Set() });
    let busy = false;
    setInterval(async () => {
      if (busy) return;
      busy = true;
      try { await this.tick(); } finally { busy = false; }
    }, 1000);
  }

  // Told at each beginning of the line: the passwords of the helpers are fresh ones, which later ways are looked for with.
  begin({ me, page, ice, relayed }) {
    Object.assign(this, { me, page, ways: { iceServers: ice, iceTransportPolicy: relayed ? 'relay' : 'all', bundlePolicy: 'max-bundle' } });
    this.peers.forEach((peer) => peer.pc.setConfiguration(this.ways));
  }

  people(list) {
    this.low = new Set(list.filter((one) => one.low).map((one) => one.no));
    const here = new Map(list.filter((one) => one.no !== this.me && one.state === 'in').map((one) => [one.no, one]));
    for (const [no, peer] of this.peers) if (!here.has(no) || (here.get(no).page && here.get(no).page !== peer.page)) this.drop(no);
    for (const [no, one] of here) if (one.page) this.peer(no, one.page);
    this.size();
    this.peers.forEach((peer) => peer.tune());
  }

  // Among many the camera itself gives less: five small pictures are made of it, on a telephone's battery.
  size() {
    const many = this.many(), track = this.stream?.getVideoTracks()[0];
    if (!track || this.small === many) return;
    this.small = many;
    track.applyConstraints(many ? { width: 320, height: 240, frameRate: 12 } : { width: 640, height: 480, frameRate: 15 }).catch(() => {});
  }

  peer(no, page) {
    const known = this.peers.get(no);
    if (known && known.page === page) return known;
    if (known) this.drop(no);
    const made = new Peer(this, no, page);
    this.peers.set(no, made);
    return made;
  }

  drop(no) {
    const peer = this.peers.get(no);
    if (!peer) return;
    this.peers.delete(no);
    peer.pc.close();
    this.ongone(no);
  }

  signal(message) { return this.peer(message.from, message.page).take(message.data); }

  // The line of this telephone is another one: look for new ways wherever there is none.
  mend(all) { this.peers.forEach((peer) => { if (all || peer.pc.connectionState !== 'connected') peer.pc.restartIce(); }); }

  end() { [...this.peers.keys()].forEach((no) => this.drop(no)); }

  many() { return this.peers.size > FEW; }

  async tick() {
    this.peers.forEach((peer) => peer.again());
    const there = [...this.peers.values()].filter((peer) => peer.pc.connectionState === 'connected');
    await this.meter.read(there, this.me);
    this.onmeasured(this.meter);
    for (const peer of there.filter((one) => this.narrow(one.no)).sort((one, other) => one.stilled - other.stilled)) await peer.draw();
  }

  // Who has a narrow line shares it among all; who has none leaves the others' room on theirs.
  carries(peer, bytes) {
    if (!this.many()) return this.meter.ofPeer(peer, bytes) <= peer.share() * CARRIED;
    if (this.meter.speaker !== this.me) return false;
    if (this.low.has(this.me)) return this.meter.up(bytes) <= NARROW_BPS * CARRIED;
    return this.meter.ofPeer(peer, bytes) <= NARROW_BPS * SPEAKER;
  }

  narrow(no) { return this.low.has(this.me) || this.low.has(no); }
}

class Peer {
  constructor(mesh, no, page) {
    Object.assign(this, { mesh, no, page, polite: mesh.me > no, offering: false, ignoring: false, met: false, stilled: 0, offered: 0 });
    const pc = this.pc = new RTCPeerConnection(mesh.ways);
    this.stills = pc.createDataChannel('still', { negotiated: true, id: 1, maxRetransmits: 2 });
    this.stills.binaryType = 'arraybuffer';
    this.stills.onmessage = ({ data }) => { if (data instanceof ArrayBuffer && data.byteLength < 20000) mesh.onstill(no, data); };
    for (const kind of ['audio', 'video']) {
      const track = mesh.stream?.getTracks().find((one) => one.kind === kind);
      if (track) pc.addTrack(track, mesh.stream); else pc.addTransceiver(kind, { direction: 'recvonly' });
    }
    pc.ontrack = ({ streams: [stream], track }) => mesh.onview(no, stream || new MediaStream([track]));
    pc.onicecandidate = ({ candidate }) => { if (candidate) this.say({ candidate }); };
    pc.onnegotiationneeded = () => { if (!this.polite || this.met) this.offer(); };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') pc.restartIce();
      if (pc.connectionState === 'connected') this.tune();
    };
    // The other side begins; should it not, this one does.
    if (this.polite) setTimeout(() => { if (!this.met && this.mesh.peers.get(no) === this) this.offer(); }, 4000);
    this.wanted = this.sound();
  }

  say(data) { this.mesh.send(this.no, data); }

  async offer() {
    try {
      this.offering = true;
      await this.pc.setLocalDescription();
      this.offered = performance.now();
      this.say({ description: this.pc.localDescription });
    } catch (fault) { if (this.pc.signalingState !== 'closed') throw fault; } finally { this.offering = false; }
  }

  async take({ description, candidate }) {
    const pc = this.pc;
    try {
      if (description) {
        const collision = description.type === 'offer' && (this.offering || pc.signalingState !== 'stable');
        this.ignoring = !this.polite && collision;
        if (this.ignoring) return;
        this.met = true;
        await pc.setRemoteDescription({ type: description.type, sdp: this.tuned(String(description.sdp)) });
        if (description.type === 'offer') {
          await pc.setLocalDescription();
          this.say({ description: pc.localDescription });
        }
        this.tune();
      } else if (candidate) {
        try { await pc.addIceCandidate(candidate); } catch (fault) { if (!this.ignoring) throw fault; }
      }
    } catch (fault) {
      // What the other side sends is not believed to make sense: begin anew.
      if (this.mesh.peers.get(this.no) === this && pc.signalingState !== 'closed') pc.restartIce();
    }
  }

  // What the other side's description asks of our sound: long packets and silence unsent where the line is narrow, and among many,
  // of whom one speaks.
  tuned(sdp) {
    const opus = /a=rtpmap:(\d+) opus\/48000/i.exec(sdp), narrow = this.mesh.narrow(this.no);
    if (!opus || (!narrow && this.mesh.peers.size < 2)) return sdp;
    const lines = sdp.split('\r\n').filter((line) => !/^a=(max)?ptime:/.test(line));
    const at = lines.findIndex((line) => line.startsWith(`a=fmtp:${opus[1]} `));
    const asked = `usedtx=1;maxaveragebitrate=${narrow ? this.audioBps() : 24000};stereo=0;useinbandfec=${narrow ? 0 : 1}`;
    if (at >= 0) lines[at] = `a=fmtp:${opus[1]} ${asked}`;
    lines.splice(lines.findIndex((line) => line.startsWith(`a=rtpmap:${opus[1]} `)) + 1, 0, ...(at >= 0 ? [] : [`a=fmtp:${opus[1]} ${asked}`]), `a=ptime:${narrow && this.mesh.many() ? 120 : 60}`);
    return lines.join('\r\n');
  }

  share() { return NARROW_BPS / Math.max(1, this.mesh.peers.size); }

  // Sixty milliseconds a packet cost 9 kbit/s of headers, 120 half of it: among five others all of them get speech within 64 kbit/s.
  audioBps() { return Math.round(Math.min(24000, Math.max(6000, this.share() - 12000))); }

  // What the other side is asked for: where it changes it has to be agreed anew.
  sound() { return `${this.mesh.narrow(this.no)} ${this.mesh.narrow(this.no) && this.mesh.many()}`; }

  tune() {
    const narrow = this.mesh.narrow(this.no), many = this.mesh.peers.size;
    for (const sender of this.pc.getSenders()) {
      if (!sender.track) continue;
      const wanted = sender.getParameters();
      if (!wanted.encodings?.length) continue;
      Object.assign(wanted.encodings[0], sender.track.kind === 'audio'
        ? { maxBitrate: narrow ? this.audioBps() : 32000 }
        : { active: !narrow, maxBitrate: Math.min(500000, Math.round(UP_BPS / Math.max(1, many))), maxFramerate: many > 2 ? 12 : 15 });
      sender.setParameters(wanted).catch(() => {});
    }
    if (this.sound() !== this.wanted) {
      this.wanted = this.sound();
      if (!this.polite && this.met) this.offer();       // so that both hear what is asked of their sound
    }
  }

  // The answer was lost with somebody's line: the same question again.
  again() {
    if (this.pc.signalingState !== 'have-local-offer' || performance.now() - this.offered <= ANSWER_MS) return;
    this.offered = performance.now();
    this.say({ description: this.pc.localDescription });
  }

  async draw() {
    const now = performance.now();
    if (now - this.stilled < STILL_MS || this.stills.readyState !== 'open' || this.stills.bufferedAmount) return;
    const still = await this.mesh.still?.();
    if (!still || !this.mesh.carries(this, still.byteLength + 200)) return;
    this.stilled = now;
    if (this.stills.readyState === 'open') this.stills.send(still);
  }
}

// A small picture of one's own, as bytes; the same one for everybody within two seconds.
export function stiller(video) {
  const canvas = document.createElement('canvas');
  let made = null, at = 0;
  return async () => {
    if (!video.videoWidth || video.srcObject?.getVideoTracks().every((track) => !track.enabled)) return null;
    if (made && performance.now() - at < STILL_MS) return made;
    canvas.width = STILL_WIDTH;
    canvas.height = Math.round(STILL_WIDTH * video.videoHeight / video.videoWidth);
    canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.4));
    at = performance.now();
    made = blob ? await blob.arrayBuffer() : null;
    return made;
  };
}
