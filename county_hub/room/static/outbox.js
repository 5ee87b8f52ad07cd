// Signalling on its way: in order, what has gathered in one request, again when the line is back, the other's or one's own.
const TRIES = 20, AGAIN_MS = 700, GATHER_MS = 40, MOST_AT_ONCE = 30, MOST_LETTERS = 40000;

export class Outbox {
  // send([{to, data}]) -> {missed: [places]}; an error of it has `status` where the hub said no
  constructor({ send, there, over }) { Object.assign(this, { send, there, over, waiting: [], sending: false }); }

  put(to, data) {
    this.waiting.push({ to, data: JSON.parse(JSON.stringify(data)), tries: 0 });
    if (!this.sending) this.deliver();
  }

  gathered() {
    let letters = 0, count = 0;
    for (const one of this.waiting.slice(0, MOST_AT_ONCE)) {
      letters += JSON.stringify(one.data).length;
      if (count && letters > MOST_LETTERS) break;
      count += 1;
    }
    return this.waiting.slice(0, count);
  }

  async deliver() {
    this.sending = true;
    while (this.waiting.length && !this.over()) {
      await pause(GATHER_MS);
      const some = this.gathered();
      try {
        const { missed } = await this.send(some.map(({ to, data }) => ({ to, data })));
        const again = some.filter((one, n) => missed.includes(n) && ++one.tries < TRIES && this.there(one.to));
        this.waiting.splice(0, some.length, ...again);
        if (missed.length) await pause(AGAIN_MS);
      } catch (fault) {
        if (!fault.status || fault.status === 429 || fault.status >= 500) await pause(AGAIN_MS);
        else this.waiting.splice(0, some.length);
      }
    }
    this.sending = false;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
