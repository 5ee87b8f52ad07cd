// Keeps a page true while one watches it; without a script one loads it again. What is typed is never touched.
"use strict";
(() => {
  const body = document.body, strip = document.getElementById("live-strip");
  if (!body.dataset.live || !strip || !("EventSource" in window)) return;
  const MINUTE = 60000, QUIET = 1500;
  let mark = body.dataset.live, source = null, waits = 0, timer = 0, ended = false;

  function typed(part) {
    const now = document.activeElement;
    if (part.contains(now) && now.matches("input, textarea, select")) return true;
    return [...part.querySelectorAll("input, textarea, select")].some((field) => {
      if (field.type === "hidden") return false;
      if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
      if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0) && field.selectedIndex !== -1;
    });
  }
  function parts(main) { return [...main.children].filter((part) => part !== strip && part.id !== "live-strip" && !part.matches(".notice")); }
  function tell(kind) {
    for (const words of strip.querySelectorAll("[data-for]")) words.hidden = words.dataset.for !== kind;
    strip.hidden = false;
  }
  function put(old, fresh) {
    if (old.outerHTML === fresh.outerHTML) return;
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const now = document.activeElement, href = old.contains(now) ? now.getAttribute("href") : null;
    old.replaceWith(fresh);
    [...fresh.querySelectorAll("details")].forEach((one, place) => { if (open[place]) one.open = true; });
    if (href) { const again = [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === href); if (again) again.focus(); }
  }
  async function replace() {
    let answer;
    try { answer = await fetch(location.href, { headers: { "x-live": "1" }, redirect: "error", cache: "no-store" }); } catch { tell("changed"); return; }
    if (!answer.ok) { tell("changed"); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.getElementById("main"), next = page.getElementById("main");
    if (!next) { tell("changed"); return; }
    const old = parts(main), fresh = parts(next);
    if (old.length !== fresh.length) {
      if (old.some(typed)) { tell("changed"); return; }
      old.forEach((part) => part.remove());
      fresh.forEach((part) => main.append(part));
    } else {
      let kept = false;
      old.forEach((part, place) => {
        if (part.outerHTML === fresh[place].outerHTML) return;
        if (typed(part)) kept = true; else put(part, fresh[place]);
      });
      if (kept) { tell("changed"); return; }
    }
    const meta = document.querySelector("header .meta"), new_meta = page.querySelector("header .meta");
    if (meta && new_meta) meta.replaceWith(new_meta);
    strip.hidden = true;
    document.dispatchEvent(new Event("live-replaced"));
  }
  function changed(event) {
    mark = event.lastEventId || mark;
    const { how } = JSON.parse(event.data);
    clearTimeout(waits);
    waits = setTimeout(() => (how === "replace" ? replace() : tell("changed")), QUIET);
  }
  function close() { if (source) source.close(); source = null; }
  function open() {
    if (source || ended || document.hidden) return;
    const asked = new URLSearchParams({ page: location.pathname + location.search, since: mark });
    source = new EventSource((body.dataset.liveAt || "/console/live") + "?" + asked);
    source.addEventListener("changed", changed);
    source.addEventListener("end", (event) => {
      close();
      if (JSON.parse(event.data).why === "session") { ended = true; tell("ended"); }
    });
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  // What rings rings by the clock, without any change of the records.
  if (body.dataset.liveEvery) timer = setInterval(() => { if (!document.hidden && !ended) replace(); }, MINUTE * Number(body.dataset.liveEvery));
  open();
})();
