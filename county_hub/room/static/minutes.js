// The minutes: written by who leads, read by everybody at the same time. What was typed while the line was away goes to the hub when
// it is back; where another leads by then, it is laid aside for its writer to read out.
const AFTER_MS = 400;

export class Minutes {
  // `field` is a textarea on an officer's page; `send(text)`, `aside(text)` shows what could not be sent
  constructor({ field, officer, leads, send, aside, onfault, none }) {
    Object.assign(this, { field, officer, leads, send, aside, onfault, none, told: { text: '', revision: 0, signing: false }, typed: undefined });
    if (officer) field.addEventListener('input', () => {
      this.typed = field.value;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep().catch(onfault), AFTER_MS);
    });
  }

  // Answers whether what was signed is void.
  take(told) {
    const again = told.revision !== this.told.revision || told.signing !== this.told.signing;
    this.told = told;
    if (told.text === this.typed) this.typed = undefined;
    if (!this.officer) this.field.textContent = told.text || this.none;
    else if (this.typed === undefined && (document.activeElement !== this.field || told.signing || !this.leads())) this.field.value = told.text;
    this.lock();
    return again && told.signing;
  }

  lock() { if (this.officer) this.field.readOnly = this.told.signing || !this.leads(); }

  async keep() {
    clearTimeout(this.timer);
    const text = this.typed = this.field.value;
    await this.send(text);
    if (this.typed === text) this.typed = undefined;
  }

  // The line is back, or another leads.
  settle() {
    this.lock();
    if (this.typed === undefined) return;
    if (this.leads() && !this.told.signing) { this.keep().catch(this.onfault); return; }
    if (this.leads()) return;
    this.aside(this.typed);
    this.typed = undefined;
    this.field.value = this.told.text;
  }
}
