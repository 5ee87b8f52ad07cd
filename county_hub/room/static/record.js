// Sound and pictures of everybody as one film, in parts that are sent as they come. Loaded only where the county allows it.
const PART_MS = 5 * 60000, WIDTH = 640, HEIGHT = 480, A_SECOND = 5;

export class Recorder {
  constructor({ views, send, onfault }) { Object.assign(this, { views, send, onfault, on: false }); }

  start() {
    this.on = true;
    this.sound = new AudioContext();
    this.mixed = this.sound.createMediaStreamDestination();
    this.heard = new Map();
    this.canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
    this.drawing = setInterval(() => this.draw(), 1000 / A_SECOND);
    this.stream = new MediaStream([...this.canvas.captureStream(A_SECOND).getTracks(), ...this.mixed.stream.getTracks()]);
    this.part();
  }

  draw() {
    const views = this.views(), across = Math.ceil(Math.sqrt(views.length || 1)), down = Math.ceil((views.length || 1) / across);
    const paper = this.canvas.getContext('2d'), width = WIDTH / across, height = HEIGHT / down;
    paper.fillStyle = '#0D2F55';
    paper.fillRect(0, 0, WIDTH, HEIGHT);
    views.forEach(({ video, stream }, n) => {
      if (video.videoWidth) paper.drawImage(video, (n % across) * width, Math.floor(n / across) * height, width, height);
      const track = stream?.getAudioTracks()[0];
      if (track && !this.heard.has(track.id)) {
        const source = this.sound.createMediaStreamSource(new MediaStream([track]));
        source.connect(this.mixed);
        this.heard.set(track.id, source);
      }
    });
  }

  // Each part is a film of its own, so that one that is lost takes no other with it.
  part() {
    const recorder = this.recorder = new MediaRecorder(this.stream, { mimeType: 'video/webm', videoBitsPerSecond: 250000, audioBitsPerSecond: 32000 });
    const kept = [];
    recorder.ondataavailable = ({ data }) => { if (data.size) kept.push(data); };
    this.sending = new Promise((done) => {
      recorder.onstop = async () => {
        if (this.on) this.part();
        try { if (kept.length) await this.send(new Blob(kept, { type: 'video/webm' })); } catch (fault) { this.onfault(fault); }
        done();
      };
    });
    recorder.start(1000);
    this.next = setTimeout(() => { if (recorder.state === 'recording') recorder.stop(); }, PART_MS);
  }

  async stop() {
    if (!this.on) return;
    this.on = false;
    clearTimeout(this.next);
    clearInterval(this.drawing);
    const sending = this.sending;
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    await sending;
    await this.sound.close();
  }
}
