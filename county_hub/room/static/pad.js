// A field to sign in with the finger, a pen or the mouse.
export class Pad {
  constructor(canvas, onchange) {
    this.canvas = canvas;
    this.onchange = onchange;
    this.paper = canvas.getContext('2d');
    this.strokes = 0;
    let from = null;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); from = place(event); event.preventDefault(); });
    canvas.addEventListener('pointermove', (event) => {
      if (!from) return;
      const to = place(event);
      Object.assign(this.paper, { lineWidth: 7, lineCap: 'round', strokeStyle: '#15202B' });
      this.paper.beginPath();
      this.paper.moveTo(...from);
      this.paper.lineTo(...to);
      this.paper.stroke();
      from = to;
      this.strokes += 1;
      this.onchange();
    });
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { from = null; });
  }

  clear() { this.paper.clearRect(0, 0, this.canvas.width, this.canvas.height); this.strokes = 0; this.onchange(); }

  get drawn() { return this.strokes > 3; }

  picture() { return this.canvas.toDataURL('image/png').split(',')[1]; }
}
