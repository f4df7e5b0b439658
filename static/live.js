// Keeps the screen in the room up to date: asks every few seconds, and draws what is new in the elements that are there.
// It holds nothing but the numbers on the screen, so it may stay open for days.
"use strict";

const POLL_MS = 3000;
const MAX_PAUSE_MS = 30000;
const TIMEOUT_MS = 10000;
const GREW_MS = 12000;
const RELOAD_MS = 60000;
const SECOND_LOOK_MS = 1200; // another process of the server may have looked just before
const WIDTH_SHARE = 0.55;
const room = document.getElementById("room");
const main = room.parentElement;
const threads = room.querySelector(".room-threads ul");
const voice = room.querySelector(".room-voice");
const said = room.querySelector(".room-lost");
const steer = document.querySelector(".steer");

let failures = 0;
let lastHeard = new Date();
let timer = 0;
let asking = null;
let known = new Map([...threads.children].map((row) => [row.dataset.theme, null]));

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setWords(element, text) {
  set(element, text);
  element.hidden = !text;
}

// ---------- drawing ----------

function drawTheme(row, theme, moment) {
  const before = known.get(theme.id);
  let grew = before ? before.grew : null;
  if (before && theme.people > before.people) {
    grew = { text: theme.people === before.people + 1 ? room.dataset.oneMore : room.dataset.more, until: moment + GREW_MS };
  }
  row.className = `room-strand t${theme.colour}`;
  row.classList.toggle("is-tentative", theme.tentative);
  row.classList.toggle("is-long", theme.long);
row.classList.toggle("is-very-long", theme.very_long);
  set(row.querySelector("bdi"), theme.name);
  set(row.querySelector("b"), theme.count);
  set(row.querySelector(".in-words"), theme.words);
  set(row.querySelector(".grew"), grew && grew.until > moment ? grew.text : "");
  const width = `${(theme.width * WIDTH_SHARE).toFixed(1)}%`;
  const thread = row.querySelector(".twisted");
  if (thread.getAttribute("width") !== width) thread.setAttribute("width", width);
  return { people: theme.people, grew };
}

function drawThemes(themes) {
  const rows = new Map([...threads.children].map((row) => [row.dataset.theme, row]));
  const shown = new Map();
  themes.forEach((theme, place) => {
    let row = rows.get(theme.id);
    if (!row) {
      row = document.getElementById("strand").content.firstElementChild.cloneNode(true);
      row.dataset.theme = theme.id;
    }
    rows.delete(theme.id);
    if (threads.children[place] !== row) threads.insertBefore(row, threads.children[place] || null);
    shown.set(theme.id, drawTheme(row, theme, performance.now()));
  });
  for (const row of rows.values()) row.remove();
  known = shown;
}

function drawQuote(quote) {
  const words = voice.querySelector("p");
  const isNew = quote && (voice.hidden || words.textContent !== quote.text);
  voice.hidden = !quote;
  set(words, quote ? quote.text : "");
  words.dir = quote ? quote.dir : "";
  set(voice.querySelector("figcaption"), quote ? quote.by : "");
  voice.className = `room-voice t${quote ? quote.colour : 0}`;
  voice.classList.toggle("is-long", Boolean(quote && quote.long));
  if (isNew) {
    voice.getBoundingClientRect(); // the browser has to see it without the class first, to begin the motion again
    voice.classList.add("comes-up");
  }
}

function draw(shown) {
  main.classList.toggle("is-one", Boolean(shown.chosen));
  const join = room.querySelector(".room-join");
  const code = join.querySelector("img");
  if (!shown.closed && code.dataset.src) {
    code.src = code.dataset.src;
    delete code.dataset.src;
  }
  join.hidden = Boolean(shown.closed);
  setWords(room.querySelector(".room-closed"), shown.closed);
  [...room.querySelector(".room-count").children].forEach((part, place) => set(part, shown.count[place]));
  drawThemes(shown.themes);
  setWords(room.querySelector(".room-notice"), shown.notice);
  setWords(room.querySelector(".room-more"), shown.more);
  drawQuote(shown.quote);
  const only = document.querySelector(".room-private");
  if (only) only.hidden = shown.on;
  turn(shown);
}

function turn(shown) {
  if (!steer) return;
  steer.querySelector("[data-step=next]").value = shown.next;
  steer.querySelector("[data-step=previous]").value = shown.previous;
}

function clear() {
  drawThemes([]);
  drawQuote(null);
  setWords(room.querySelector(".room-notice"), "");
  setWords(room.querySelector(".room-more"), "");
}

// ---------- asking ----------

function clock(moment) {
  return moment.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

async function ask(address, options) {
  const stop = new AbortController();
  const patience = window.setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    return await fetch(address, { ...options, signal: stop.signal });
  } finally {
    window.clearTimeout(patience);
  }
}

async function reloadIfChanged(version) {
  if (version === room.dataset.version) return;
  const last = Number(window.sessionStorage.getItem("live-reloaded") || 0);
  if (Date.now() - last < RELOAD_MS) return;
  // Only where the page itself comes: a screen that shows an error of the browser stays so until somebody sees it.
  const page = await ask(window.location.href, { cache: "reload" });
  if (!page.ok) return;
  window.sessionStorage.setItem("live-reloaded", String(Date.now()));
  window.location.reload();
}

async function poll() {
  try {
    const response = await ask(room.dataset.state, { headers: { Accept: "application/json" } });
    if (response.status === 404) {
      clear();
      set(said, room.dataset.off);
      failures = Math.min(failures + 1, 2); // it may be switched on again in the next minute
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    const shown = await response.json();
    failures = 0;
    lastHeard = new Date();
    set(said, "");
    draw(shown);
    await reloadIfChanged(shown.version);
  } catch {
    failures += 1;
    if (failures < 2) return;
    set(said, room.dataset.lost.replace("#", clock(lastHeard)));
    drawQuote(null); // it may have been hidden meanwhile
  }
}

// Pauses grow while nothing is heard, and differ from screen to screen, so that a server that comes back is not run over.
function pause() {
  const wanted = Math.min(POLL_MS * 2 ** Math.min(failures, 5), MAX_PAUSE_MS);
  return wanted * (0.85 + 0.3 * Math.random()) * (wanted === MAX_PAUSE_MS ? 0.87 : 1);
}

async function pollAndWait() {
  window.clearTimeout(timer);
  asking = asking || poll().finally(() => { asking = null; });
  await asking;
  window.clearTimeout(timer);
  timer = window.setTimeout(pollAndWait, pause());
}

window.addEventListener("online", pollAndWait);
timer = window.setTimeout(pollAndWait, POLL_MS * Math.random());

// ---------- keys, light and dark, the whole screen ----------

function isDark() {
  const look = document.documentElement.dataset.look;
  return look ? look === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function look(wanted) {
  document.documentElement.dataset.look = wanted;
  const address = new URL(window.location.href);
  address.searchParams.set("look", wanted);
  window.history.replaceState(null, "", address);
}

function wholeScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
}

async function step(name) {
  if (!steer) return;
  const form = new FormData(steer);
  form.set("theme", steer.querySelector(`[data-step=${name}]`).value);
  try {
    const response = await ask(steer.action, { method: "POST", body: form, headers: { Accept: "application/json" } });
    if (response.ok) turn(await response.json());
  } catch {
    // The poll says that nothing is heard.
  }
  pollAndWait();
  window.setTimeout(pollAndWait, SECOND_LOOK_MS);
}

const KEYS = {
  d: () => look(isDark() ? "light" : "dark"),
  f: wholeScreen,
  ArrowRight: () => step("next"),
  PageDown: () => step("next"),
  ArrowLeft: () => step("previous"),
  PageUp: () => step("previous"),
  0: () => step("all"),
};
const STEPS = ["ArrowRight", "PageDown", "ArrowLeft", "PageUp", "0"];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!KEYS[key] || (STEPS.includes(key) && !steer)) return;
  event.preventDefault();
  KEYS[key]();
});

for (const link of document.querySelectorAll("a[data-look]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    look(link.dataset.look);
  });
}
if (steer) {
  steer.addEventListener("submit", (event) => {
    event.preventDefault();
    step(event.submitter.dataset.step);
  });
}
document.querySelector(".room-keys").hidden = false;

// A screen in a room must not fall asleep. Where the browser cannot promise that, it is left to the machine's settings.
async function stayAwake() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock || !window.matchMedia("(min-width: 64rem)").matches) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Not allowed just now.
  }
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
