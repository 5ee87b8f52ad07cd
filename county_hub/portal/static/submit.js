// 我要反映: a draft at every change, photographs made small, sent when there is a line; the page behind works without any of it.
'use strict';
(async () => {
  const form = document.getElementById('demand'), words = JSON.parse(form.dataset.words), most = Number(form.dataset.most);
  const line = document.getElementById('line'), kept = document.getElementById('kept'), saved = document.getElementById('saved');
  const thumbs = document.getElementById('thumbs'), picker = document.getElementById('photos'), button = form.querySelector('button:not([type])');
  const DRAFT = 'draft', FIELDS = ['category', 'text', 'office', 'place', 'name', 'phone'];
  let photos = [], last = Promise.resolve();
  if (!self.indexedDB || !self.outbox) return;
  try { await outbox.all(); } catch (fault) { say(words.no_store); return; }      // a private window: the form is sent as it is
  document.documentElement.classList.add('js');
  picker.removeAttribute('name');                       // what is sent are the small ones

  function say(text) { line.textContent = text; line.hidden = !text; }
  const texts = () => Object.fromEntries(FIELDS.map((name) => [name, String(new FormData(form).get(name) || '')]));
  const clock = () => new Date().toTimeString().slice(0, 5);

  function keep() {
    const row = { key: DRAFT, state: 'draft', texts: texts(), photos };
    last = last.then(() => outbox.put(row)).then(() => { saved.textContent = words.kept.replace('{time}', clock()); }, () => say(words.no_store));
    return last;
  }

  async function small(file) {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const ground = canvas.getContext('2d');
    ground.fillStyle = '#fff';
    ground.fillRect(0, 0, canvas.width, canvas.height);
    ground.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('canvas'))), 'image/jpeg', 0.8));
  }

  function showPhotos() {
    thumbs.replaceChildren(...photos.map((photo, place) => {
      const figure = document.createElement('figure'), image = document.createElement('img'), text = document.createElement('figcaption');
      image.src = URL.createObjectURL(photo);
      image.onload = () => URL.revokeObjectURL(image.src);
      image.alt = text.textContent = words.photo;
      const away = document.createElement('button');
      away.type = 'button';
      away.textContent = '×';
      away.setAttribute('aria-label', words.drop);
      away.onclick = () => { photos.splice(place, 1); showPhotos(); keep(); };
      figure.append(image, text, away);
      return figure;
    }));
    picker.closest('label').hidden = photos.length >= most;
  }

  picker.addEventListener('change', async () => {
    for (const file of picker.files) {
      if (photos.length >= most) { say(words.many); break; }
      try { photos.push(await small(file)); } catch (fault) { say(words.no_picture.replace('{name}', file.name)); }
    }
    picker.value = '';
    showPhotos();
    await keep();
  });
  form.addEventListener('input', keep);

  function fill(row) {
    for (const name of FIELDS) {
      const value = row.texts[name] || '';
      if (name === 'category') { for (const radio of form.elements.category) radio.checked = radio.value === value; } else form.elements[name].value = value;
    }
    photos = row.photos || [];
    showPhotos();
  }

  // What is wrong stands beside its field, in this page's words: also without a line, and as the county said it of what came back.
  function wrong(faults) {
    for (const old of form.querySelectorAll('.fault')) old.remove();
    for (const field of form.querySelectorAll('[aria-invalid]')) { field.removeAttribute('aria-invalid'); field.removeAttribute('aria-describedby'); }
    let first = null;
    for (const [name, text] of Object.entries(faults)) {
      const found = name === 'photos' ? picker : form.elements[name], field = found && (found.length && !found.tagName ? found[0] : found);
      if (!field || !text) continue;
      const told = document.createElement('p');
      told.className = 'fault';
      told.id = `e-${name}`;
      told.textContent = text;
      let place = field.closest('fieldset') || field.closest('label');
      while (place.nextElementSibling && place.nextElementSibling.className === 'fault') place = place.nextElementSibling;
      place.after(told);
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', told.id);
      first = first || field;
    }
    if (first) first.focus();
    return Boolean(first);
  }

  function check() {
    const given = texts(), faults = {}, long = given.text.trim().length;
    if (!given.category) faults.category = words.category;
    if (long < 5) faults.text = words.text.replace('{n}', long);
    if (!given.name.trim()) faults.name = words.name;
    if (!given.phone.trim()) faults.phone = words.phone;
    const bad = wrong(faults);
    say(bad ? words.faults : '');
    return !bad;
  }

  function card(row) {
    const box = document.createElement('div'), text = document.createElement('p'), buttons = document.createElement('div');
    box.className = 'card';
    buttons.className = 'row';
    box.dataset.state = row.state;
    const act = (label, work) => {
      const made = document.createElement('button');
      made.type = 'button'; made.className = 'plain'; made.textContent = label; made.onclick = work;
      buttons.append(made);
    };
    if (row.state === 'sent') {
      text.textContent = words.sent.replace('{number}', row.answer.number).replace('{headline}', row.answer.headline);
      const code = document.createElement('p');
      code.className = 'code';
      code.textContent = row.answer.code;
      box.append(text, code);
      act(words.hide, async () => { await outbox.drop(row.key); await showKept(); });
    } else {
      text.textContent = row.state === 'refused' ? row.told : row.told || words.waits.replace('{text}', row.texts.text.slice(0, 20));
      box.append(text);
      if (row.state === 'refused') act(words.again, async () => { fill(row); wrong(row.faults || {}); await outbox.drop(row.key); await keep(); await showKept(); });
      act(words.drop, async () => { await outbox.drop(row.key); await showKept(); });
    }
    box.append(buttons);
    return box;
  }

  async function showKept() {
    const rows = (await outbox.all()).filter((row) => row.key !== DRAFT);
    kept.replaceChildren(...rows.map(card));
    kept.hidden = rows.length === 0;
  }

  // A telephone that is tied to a dead line believes that it has one: ask.
  const reached = () => fetch('/work', { cache: 'no-store' }).then((answer) => answer.ok, () => false);

  async function flush() {
    const waits = (await outbox.all()).some((row) => row.state === 'waiting');
    if (!waits) { say(navigator.onLine && await reached() ? '' : words.offline); await showKept(); return; }
    try {
      say(words.sending);
      await outbox.flush(() => say(words.working));
      say('');
    } catch (fault) { say(words.offline); }             // stays here, and goes by itself
    await showKept();
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled || !check()) return;
    button.disabled = true;
    try {
      const code = outbox.newCode();
      await last;
      await outbox.put({ key: code, code, state: 'waiting', texts: texts(), photos });
      await outbox.drop(DRAFT);
      form.reset();
      photos = [];
      showPhotos();
      saved.textContent = '';
      await showKept();
      scrollTo(0, 0);
      const registration = await Promise.race([navigator.serviceWorker ? navigator.serviceWorker.ready : null, new Promise((r) => setTimeout(r, 500))]);
      if (registration && registration.sync) registration.sync.register('demands').catch(() => {});
      await flush();
    } catch (fault) { say(words.no_store); } finally { button.disabled = false; }
  });

  const draft = await outbox.get(DRAFT);
  if (draft) fill(draft);
  await showKept();
  addEventListener('online', flush);
  addEventListener('offline', () => say(words.offline));
  setInterval(() => { if (!line.hidden) flush(); }, 30000);
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('message', showKept);     // it has sent something
  if (navigator.serviceWorker) navigator.serviceWorker.register('/worker.js').catch(() => {});
  await flush();
})();
