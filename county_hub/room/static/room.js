// The room as one page: an open line to the hub, the pictures of the others, minutes, what is shown, and for the officer who holds
// it his buttons. Texts come from the page; names are put in as text, never as markup.
import { Mesh, NARROW_BPS, stiller } from './mesh.js';
import { Minutes } from './minutes.js';
import { Outbox } from './outbox.js';
import { Pad } from './pad.js';

const setting = JSON.parse(document.getElementById('setting').textContent);
const words = setting.words, officer = setting.host;        // an officer's page; who leads is told by the hub, and may change
const page = [...crypto.getRandomValues(new Uint8Array(9))].map((n) => n.toString(16).padStart(2, '0')).join('');
const part = (id) => document.getElementById(id);
const headers = officer ? { 'x-room-token': setting.token } : { authorization: `Bearer ${setting.token}` };
const state = { me: -1, seat: '', people: [], over: false, low: false, hold: null };
const views = new Map();
const own = part('own-video');

async function ask(path, body, kind = 'application/json') {
  const told = await fetch(`${setting.base}/${path}`, { method: 'POST', headers: { ...headers, 'content-type': kind }, body: body instanceof Blob ? body : JSON.stringify(body ?? {}) });
  const answer = await told.json().catch(() => ({}));
  if (!told.ok) throw Object.assign(new Error(answer.error || words.failed), { status: told.status });
  return answer;
}

// What a button does: while it works it is off, what goes wrong is said beside everything.
function act(button, work) {
  if (!button) return;
  button.addEventListener('click', async () => {
    button.disabled = true;
    try { say(''); await work(); } catch (fault) { say(fault.message || words.failed); } finally { button.disabled = false; draw(); }
  });
}

function say(text) { const told = part('told'); told.textContent = text; told.hidden = !text; }

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const outbox = new Outbox({
  over: () => state.over,
  there: (to) => state.people.some((one) => one.no === to && one.state === 'in'),
  send: (said) => ask('say', { page, said }),
});

const mesh = new Mesh({
  send: (to, data) => outbox.put(to, data),
  onview: (no, stream) => { tile(no).stream = stream; play(tile(no).video, stream); draw(); },
  onstill: showStill,
  ongone: (no) => { views.get(no)?.box.remove(); views.delete(no); draw(); },
  onmeasured: watch,
});
mesh.still = stiller(own);

// -- a line that has become narrow --

const LEAST_BPS = 1.5 * NARROW_BPS, MOST_LOST = 0.15, POOR_TIMES = 6, LEFT_ALONE_MS = 60000;
let poor = 0;

// Six looks, a second apart, at the last ten seconds. Who wants the picture back is left alone for a minute.
function watch(meter) {
  const line = meter.rates();
  if (state.seat === 'in') drawTiles();
  if (!line || state.low || performance.now() - (state.wanted ?? -LEFT_ALONE_MS) < LEFT_ALONE_MS) { poor = 0; return; }
  poor = line.room < LEAST_BPS || line.lost > MOST_LOST ? poor + 1 : 0;
  if (poor < POOR_TIMES) return;
  low(true).then(() => { say(words.low_by_itself); draw(); }).catch(() => {});
}

async function low(on) {
  state.low = on;
  if (!on) state.wanted = performance.now();
  await ask('low', { on });
}

// -- the line --

async function listen() {
  let wait = 400;
  while (!state.over) {
    const stop = state.line = new AbortController();
    let alarm = setTimeout(() => stop.abort(), 15000);
    try {
      const told = await fetch(`${setting.base}/line?page=${page}`, { headers, signal: stop.signal });
      if (told.status === 401 || told.status === 403 || told.status === 404 || told.status === 410) {
        end(told.status === 401 ? 'session' : 'removed');
        return;
      }
      if (told.ok) {
        const reader = told.body.getReader(), decoder = new TextDecoder();
        let rest = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          clearTimeout(alarm);
          alarm = setTimeout(() => stop.abort(), 15000);
          wait = 400;
          const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
          rest = lines.pop();
          for (const line of lines) if (line) heard(JSON.parse(line));
        }
      }
    } catch (fault) { /* the line is gone: below it is tried again */ } finally { clearTimeout(alarm); }
    if (state.over) return;
    part('line').hidden = false;
    await pause(wait);
    wait = Math.min(5000, wait * 2);
  }
}

function heard(message) {
  if (message.kind === 'hello') {
    Object.assign(state, { me: message.me, seat: message.state, people: message.people, record: message.record });
    part('line').hidden = true;
    if (message.state === 'in') {
      mesh.begin({ me: message.me, page, ice: message.ice, relayed: message.relayed });
      if (minutes.take(message.minutes)) pad.clear();
      minutes.settle();
      shown(message.shown);
      recording(message.recording);
      if (recorder?.on && !message.recording && leads()) ask('recording', { on: true }).catch((fault) => say(fault.message));     // it went on
      enter();
      mesh.mend(false);
      if (state.low) ask('low', { on: true }).catch(() => {});
    }
  } else if (message.kind === 'people') {
    state.people = message.people;
    minutes.settle();
    if (state.media) mesh.people(state.people);
  } else if (message.kind === 'signal') {
    if (state.media) mesh.signal(message); else (state.early ??= []).push(message);
  } else if (message.kind === 'minutes') { if (minutes.take(message.minutes)) pad.clear(); }
  else if (message.kind === 'shown') shown(message.shown);
  else if (message.kind === 'recording') recording(message.on);
  else if (message.kind === 'over') end(message.why);
  draw();
}

function end(why) {
  state.over = true;
  mesh.end();
  own.srcObject?.getTracks().forEach((track) => track.stop());
  part('over-words').textContent = words.over[why] || words.over.finished;
  part('over').hidden = false;
  part('room').hidden = true;
  recording(false);               // who is out is not recorded
  if (why === 'session' && part('sign-in')) part('sign-in').hidden = false;
  recorder?.stop();
}

// -- camera and microphone --

let entering = false, recorder = null;

async function enter() {
  if (entering) return;
  entering = true;
  const sound = { echoCancellation: true, noiseSuppression: true };
  const picture = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 20 }, facingMode: 'user' };
  if (!navigator.mediaDevices) say(words.insecure);
  else {
    for (const wanted of [{ audio: sound, video: picture }, { audio: sound }, { video: picture }]) {
      try { mesh.stream = await navigator.mediaDevices.getUserMedia(wanted); break; } catch (fault) { mesh.stream = null; }
    }
    if (!mesh.stream) say(words.no_camera);
  }
  if (mesh.stream) play(own, mesh.stream);
  state.media = true;
  mesh.people(state.people);
  for (const message of state.early ?? []) mesh.signal(message);
  draw();
}

function play(video, stream) {
  if (video.srcObject !== stream) video.srcObject = stream;
  video.play().catch(() => {});
}

function toggle(kind) {
  const tracks = mesh.stream?.getTracks().filter((track) => track.kind === kind) ?? [];
  tracks.forEach((track) => { track.enabled = !track.enabled; });
}

const isOn = (kind) => !!mesh.stream?.getTracks().some((track) => track.kind === kind && track.enabled);

// -- pictures --

const OLD_STILL_MS = 30000;

function tile(no) {
  if (views.has(no)) return views.get(no);
  const box = part('tile').content.firstElementChild.cloneNode(true);
  const made = { box, video: box.querySelector('video'), still: box.querySelector('canvas'), name: box.querySelector('figcaption'), stream: null, stilled: 0, at: 0 };
  box.dataset.seat = no;
  part('tiles').append(box);
  views.set(no, made);
  return made;
}

async function showStill(no, bytes) {
  const view = tile(no);
  try {
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    if (picture.width > 640 || picture.height > 640) return;
    Object.assign(view.still, { width: picture.width, height: picture.height });
    view.still.getContext('2d').drawImage(picture, 0, 0);
    view.stilled += 1;
    view.at = performance.now();
    view.still.dataset.count = view.stilled;
    draw();
  } catch (fault) { /* no picture */ }
}

// -- minutes, signatures, what is shown --

const pad = new Pad(part('pad'), () => draw());
const minutes = new Minutes({
  field: part('minutes'), officer, leads: () => leads(), none: words.minutes_none,
  send: (text) => ask('minutes', { text }),
  aside: (text) => { part('unsaved-text').value = text; part('unsaved').hidden = false; },
  onfault: (fault) => { if (fault.status) say(fault.message); },
});

async function shown(about) {
  state.shown = about;
  part('shown').hidden = !about;
  if (!about) return;
  part('shown-title').textContent = about.pages > 1 ? `${about.title}　${about.page + 1} / ${about.pages}` : about.title;
  try {
    const told = await fetch(`${setting.base}/shown/${about.n}`, { headers });
    if (!told.ok) return;
    const picture = await createImageBitmap(await told.blob()), canvas = part('shown-picture');
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext('2d').drawImage(picture, 0, 0);
    canvas.setAttribute('aria-label', about.title);
  } catch (fault) { /* the line is gone: it is told again */ }
}

function recording(on) { state.recording = on; part('recording').hidden = !on; }

const lead = () => state.people.find((one) => one.lead);
const leads = () => officer && state.people.some((one) => one.lead && one.no === state.me);

// -- drawing --

// The pictures of the others; who they are.
function drawTiles() {
  const others = state.people.filter((one) => one.no !== state.me && one.state === 'in');
  for (const one of others) {
    const view = tile(one.no), narrow = mesh.narrow(one.no);
    view.name.textContent = one.name + (one.low ? `　${words.low_mark}` : '') + (one.here ? '' : `　${words.away}`);
    view.video.hidden = narrow;
    view.still.hidden = !narrow || performance.now() - view.at > OLD_STILL_MS;      // an old one looks as if he sat still
    view.box.classList.toggle('speaks', narrow && mesh.many() && mesh.meter.speaker === one.no);
  }
  for (const no of [...views.keys()]) if (!others.some((one) => one.no === no)) { mesh.drop(no); views.get(no)?.box.remove(); views.delete(no); }
  return others;
}

function draw() {
  const inside = state.seat === 'in';
  part('waiting').hidden = inside || state.over;
  part('room').hidden = !inside || state.over;
  if (!inside) return;
  const others = drawTiles();
  part('own-name').textContent = words.me + (state.low ? `　${words.low_mark}` : '');
  part('alone').hidden = others.length > 0;
  part('tiles').dataset.count = others.length + 1;
  label('mute', isOn('audio'), words.mute, words.unmute);
  label('hide', isOn('video'), words.hide, words.show);
  label('low', !state.low, words.low_on, words.low_off);
  const signing = minutes.told.signing, mine = state.people.find((one) => one.no === state.me);
  part('signing').hidden = !signing;
  part('signed').hidden = !mine?.signed;
  part('pad-box').hidden = !signing || !!mine?.signed;
  part('sign').disabled = !pad.drawn;
  part('who-signed').textContent = state.people.filter((one) => one.state === 'in').map((one) => `${one.name}：${one.signed ? words.has_signed : words.not_signed}`).join('　');
  const who = lead();
  part('leads').textContent = leads() ? words.leads_me : who ? (who.here ? words.leads : words.leads_away).replace('{name}', who.name) : '';
  if (officer) drawOfficer(others, signing);
}

function label(id, on, yes, no) { const button = part(id); button.textContent = on ? yes : no; button.setAttribute('aria-pressed', String(!on)); }

function drawOfficer(others, signing) {
  const list = part('people'), mine = leads();
  document.querySelectorAll('.lead').forEach((box) => { box.hidden = !mine; });
  part('go').hidden = mine;
  part('take').hidden = mine || !lead() || lead().here;
  list.replaceChildren(...state.people.filter((one) => one.no !== state.me).map((one) => {
    const row = document.createElement('li'), name = document.createElement('span'), buttons = document.createElement('span');
    name.textContent = `${one.name}　${words.states[one.state] || ''}${one.state === 'in' && !one.here ? `　${words.away}` : ''}`;
    row.dataset.state = one.state;
    row.dataset.seat = one.no;
    for (const [verb, word, kind] of !mine ? [] : one.officer ? (one.state === 'in' && one.here ? [['hand_over', words.hand_over, 'plain']] : []) : { waiting: [['admit', words.admit, ''], ['send_off', words.refuse, 'plain']], in: [['send_off', words.remove, 'plain']], refused: [['invite', words.invite, 'plain']], removed: [['invite', words.invite, 'plain']] }[one.state] ?? []) {
      const button = Object.assign(document.createElement('button'), { textContent: word, className: kind, type: 'button' });
      button.dataset.verb = verb;
      act(button, () => (verb === 'hand_over' ? handOver(one.no) : ask(verb, { seat: one.no })));
      buttons.append(button);
    }
    row.append(name, buttons);
    return row;
  }));
  if (!mine) return;
  part('ask-signatures').hidden = signing;
  part('take-back').hidden = !signing;
  const lacking = others.filter((one) => !one.recording).map((one) => one.name);
  if (part('record')) {
    label('record', !state.recording, words.record, words.record_stop);
    part('record-why').textContent = lacking.length ? words.record_lacking.replace('{names}', lacking.join('、'))
      : others.length ? '' : words.record_alone;
    part('record').disabled = !state.recording && (lacking.length > 0 || !others.length);
  }
  for (const id of ['page-back', 'page-on']) part(id).hidden = !(state.hold && state.shown?.pages > 1);
}

// -- buttons --

act(part('mute'), () => toggle('audio'));
act(part('hide'), () => toggle('video'));
act(part('low'), () => low(!state.low));
act(part('sign'), () => ask('sign', { revision: minutes.told.revision, picture: pad.picture() }));
act(part('wipe'), () => pad.clear());
if (part('go')) act(part('go'), async () => { await ask('go'); end('left'); });

async function stopRecording() { await recorder?.stop(); await ask('recording', { on: false }); }

async function handOver(seat) {
  if (recorder?.on) await stopRecording();
  if (!minutes.told.signing) await minutes.keep();
  await ask('hand_over', { seat });
}

if (officer) {
  act(part('take-over'), () => ask('take_over'));
  act(part('ask-in'), async () => {
    const chosen = part('colleague');
    await ask('ask_in', { staff: chosen.value });
    chosen.selectedOptions[0].remove();
    say(words.asked_in);
  });
  act(part('ask-signatures'), async () => { await minutes.keep(); await ask('signing', { on: true }); });
  act(part('take-back'), () => ask('signing', { on: false }));
  act(part('show'), async () => {
    const file = part('show-file')?.files[0], paper = part('show-paper')?.value || '';
    if (file) {
      if (file.size > setting.most) throw new Error(words.picture_large);
      const bytes = new Uint8Array(await file.arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
      state.hold = { title: file.name, picture: btoa(text) };
    } else if (paper) state.hold = { paper };
    else throw new Error(words.choose_paper);
    await ask('show', { ...state.hold, at: 0 });
    if (file) part('show-file').value = '';
  });
  for (const [id, step] of [['page-back', -1], ['page-on', 1]]) act(part(id), () => ask('show', { ...state.hold, at: Math.max(0, Math.min(state.shown.pages - 1, state.shown.page + step)) }));
  act(part('put-away'), () => ask('put_away'));
  act(part('finish'), async () => {
    const lacking = state.people.filter((one) => one.state === 'in' && !one.signed).map((one) => one.name);
    if (minutes.told.signing && lacking.length && !part('sure').checked) {
      part('sure-box').hidden = false;
      throw new Error(words.unsigned.replace('{names}', lacking.join('、')));
    }
    if (recorder?.on) await stopRecording();
    await ask('finish', { rights_told: !!part('rights')?.checked });
  });
  if (part('record')) act(part('record'), async () => {
    if (state.recording) return stopRecording();
    const { Recorder } = await import('./record.js');
    await ask('recording', { on: true });
    recorder = new Recorder({
      views: () => [{ video: own, stream: mesh.stream }, ...[...views.values()].map(({ video, stream }) => ({ video, stream }))],
      send: (film) => ask('part', film, 'application/octet-stream'),
      onfault: (fault) => say(fault.message || words.failed),
    });
    recorder.start();
  });
}

// No line at all is said at once. Another line: new ways are looked for at once, not when the old one is found dead.
addEventListener('offline', () => state.line?.abort());
addEventListener('online', () => mesh.mend(true));
navigator.connection?.addEventListener?.('change', () => mesh.mend(true));
Object.assign(window, { room: { mesh, state, views } });       // for who looks for a fault
listen();
