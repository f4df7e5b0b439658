// The workbench: sends forms without leaving the page, lists the themes that fit what is typed, and answers to keys. The
// pages work without this script; then each form loads the page again, at the place where it was.
"use strict";

const $ = (id) => document.getElementById(id);
const KEYS_OFF = "workbench-keys-off";
const rows = () => Array.from(document.querySelectorAll("#picks > li"));
const tickOf = (row) => row && row.querySelector("input[type=checkbox]");
const ticked = () => rows().filter((row) => tickOf(row) && tickOf(row).checked);

function storage(use) {
  try {
    return use(window.localStorage);
  } catch {
    return null;
  }
}

// ---------- sending a form and showing the page that comes back, in place ----------

// What the page looks like before a form is sent: what has the focus, which ideas there are, how far it is scrolled.
function remember(form) {
  const list = rows();
  const inRow = document.activeElement && document.activeElement.closest("#picks > li");
  const first = inRow || ticked()[0];
  const leaves = form && form.elements.idea && first ? list.indexOf(first) : -1;
  const visible = list.findIndex((row) => row.getBoundingClientRect().bottom > 0);
  return {
    focus: document.activeElement && document.activeElement.id,
    ids: list.map((row) => row.id),
    from: leaves,
    visible,
    top: visible >= 0 ? list[visible].getBoundingClientRect().top : 0,
    isListInView: visible > 0 || (visible === 0 && list[0].getBoundingClientRect().top < 0),
    scroll: window.scrollY,
    themes: $("spools-in").scrollTop,
    find: $("find") ? $("find").value : "",
    opened: Array.from(document.querySelectorAll(".acts details[open] > summary"), (summary) => summary.id),
  };
}

// Returns the element of the first of these ids, from a place on, that the page still has, or else of the last before.
function nearestRow(ids, place) {
  const there = (id) => $(id);
  return ids.slice(place).map(there).find(Boolean) || ids.slice(0, place).reverse().map(there).find(Boolean);
}

function show(html, before) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.getElementById("matter")) return false;
  document.title = page.title;
  $("loom").className = page.getElementById("loom").className;
  for (const id of ["spools", "matter", "bar", "below", "undo-last"]) {
    const [mine, theirs] = [$(id), page.getElementById(id)];
    if (mine && theirs) mine.replaceWith(document.importNode(theirs, true));
    else if (mine) mine.remove();
    else if (theirs) $("loom").after(document.importNode(theirs, true));
  }
  document.querySelector(".bench-head").replaceWith(document.importNode(page.querySelector(".bench-head"), true));
  $("told").replaceChildren(...document.importNode(page.getElementById("told"), true).childNodes);
  begin();
  if (!before) return true;
  if (before.find) {
    $("find").value = before.find;
    findThemes();
  }
  for (const id of before.opened) if ($(id) && id !== "act-merge") $(id).parentElement.open = true;
  $("spools-in").scrollTop = before.themes;
  restoreFocus(before);
  window.scrollTo(window.scrollX, before.scroll);
  // Where the list fills the window, the ideas stay where they were, whatever is now above them.
  const anchor = before.isListInView && nearestRow(before.ids, before.visible);
  if (anchor) window.scrollBy(0, anchor.getBoundingClientRect().top - before.top);
  return true;
}

function restoreFocus(before) {
  let same = before.from < 0 && before.focus && $(before.focus);
  if (same && !same.checkVisibility()) same = same.closest("details") && same.closest("details").querySelector("summary");
  const row = before.from >= 0 && nearestRow(before.ids, before.from);
  const wanted = document.querySelector("[aria-invalid]") || same || tickOf(row) || $("ideas-title") || $("open");
  wanted.focus({ preventScroll: true });
}

async function send(form, submitter) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const before = remember(form);
  const address = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action");
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, submitter)),
      credentials: "same-origin",
    });
    const html = await answer.text();
    if (answer.status !== 409 && !answer.ok) throw new Error(String(answer.status));
    const refused = answer.status === 409;
    if (refused) before.from = -1;
    if (!show(html, before)) throw new Error("another page");
    if (answer.redirected) history.replaceState(null, "", answer.url.split("#")[0]);
  } catch {
    // The site is away, or the session has ended: let the browser send the form and show what comes of it.
    delete form.dataset.busy;
    if (submitter) submitter.dataset.plain = "1";
    form.dataset.plain = "1";
    form.requestSubmit(submitter || undefined);
  }
  delete form.dataset.busy;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.closest("#loom, #undo-last") || form.dataset.plain) return;
  event.preventDefault();
  const asksWhere = event.submitter && event.submitter.dataset.also && !$("to").value.trim();
  if (asksWhere) askWhere("also");
  else send(form, event.submitter);
});

// ---------- ticks ----------

let lastTick = null;

document.addEventListener("click", (event) => {
  const tick = event.target;
  if (!(tick instanceof HTMLInputElement) || tick.name !== "idea" || tick.type !== "checkbox") return;
  if (event.shiftKey && lastTick && lastTick.isConnected) {
    const list = rows();
    const ends = [list.indexOf(lastTick.closest("li")), list.indexOf(tick.closest("li"))].sort((a, b) => a - b);
    for (const row of list.slice(ends[0], ends[1] + 1)) tickOf(row).checked = tick.checked;
  }
  lastTick = tick;
  // With a mouse, what is ticked can be said where to by typing on. A tap or a key leaves the focus where it is.
  if (byMouse && tick.checked && $("to")) $("to").focus({ preventScroll: true });
});

let byMouse = false;
document.addEventListener("pointerdown", (event) => {
  byMouse = event.pointerType === "mouse" && Boolean(event.target.closest("#picks"));
});
document.addEventListener("keydown", () => {
  byMouse = false;
});

function tickAll(event) {
  event.preventDefault();
  const all = rows();
  const every = all.every((row) => tickOf(row).checked);
  for (const row of all) tickOf(row).checked = !every;
  sayCount();
}

let counted = 0;
function sayCount() {
  const count = ticked().length;
  if (count !== counted && $("count-said")) $("count-said").textContent = $("count-said").dataset.ticked.replace("#", count);
  counted = count;
}
document.addEventListener("change", (event) => {
  if (event.target.name === "idea") sayCount();
});
document.addEventListener("input", (event) => {
  if (event.target.id === "find") findThemes();
});
document.addEventListener("focusout", (event) => {
  if (event.target.id === "to") delete event.target.dataset.wants;
});
document.addEventListener("leave", (event) => leaveField(event.target));

// ---------- the list of themes ----------

function findThemes() {
  const words = folded($("find").value);
  let found = 0;
  for (const item of document.querySelectorAll("#theme-list > li:not(.apart)")) {
    item.hidden = !folded(item.querySelector(".title").textContent).includes(words);
    found += item.hidden ? 0 : 1;
  }
  $("no-theme-found").hidden = Boolean(found);
}

// ---------- keys ----------

const KEYS = {
  j: () => goTo(1),
  k: () => goTo(-1),
  x: () => current() && tickOf(current()).click(),
  m: () => askWhere(),
  n: () => askWhere("new"),
  a: () => document.querySelector("[data-also]") && askWhere("also"),
  0: () => press("0"),
  c: () => press("c"),
  u: () => undoLast(),
  e: () => focusOn("name"),
  g: () => $("act-merge") && openMerge(),
  h: () => document.querySelector("[data-key=h]") && document.querySelector("[data-key=h]").click(),
  "/": () => focusOn("q") || focusOn("find"),
};

const current = () => document.activeElement && document.activeElement.closest("#picks > li");

function goTo(by) {
  const list = rows();
  const at = list.indexOf(current());
  const next = at < 0 ? list[0] : list[Math.min(list.length - 1, Math.max(0, at + by))];
  if (!next) return;
  tickOf(next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function focusOn(id) {
  const field = $(id);
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

// Ticks the idea that has the focus if none is ticked, so that the bar comes.
function tickCurrent() {
  const own = tickOf(current());
  if (!ticked().length && own) own.checked = true;
  sayCount();
  return ticked().length > 0;
}

// Goes to the field for a theme; what is chosen there is sent with the button that `wants` it.
function askWhere(wants = "") {
  if (!tickCurrent()) return;
  $("to").focus({ preventScroll: true });
  $("to").dataset.wants = wants;
}

function press(key) {
  const button = document.querySelector(`#needle [data-key="${key}"]`);
  if (button && tickCurrent()) send($("needle"), button);
}

function undoLast() {
  if ($("undo-last")) send($("undo-last"), null);
}

function openMerge() {
  const details = $("act-merge").closest("details");
  if (!details.open) $("act-merge").click();
  else $("into").focus();
}

document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (opened.open && opened.contains($("into"))) $("into").focus({ preventScroll: true });
}, true);

const isTyping = (target) =>
  target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
  (target.tagName === "INPUT" && target.type !== "checkbox");

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (isOffering(target)) return;
  if (event.key === "Escape" && isTyping(target)) return leaveField(target);
  if (target.matches(".naming textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || event.defaultPrevented) return;
  if (!$("keys") || storage((kept) => kept.getItem(KEYS_OFF))) return;
  const key = event.key.toLowerCase();
  if (key === "u" && event.shiftKey) {
    const redo = document.querySelector("#told [data-redo]");
    if (redo) redo.click();
    return;
  }
  if (!Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
});

function leaveField(field) {
  delete field.dataset.wants;
  if (field.defaultValue !== undefined && field.form && field.form.closest(".naming")) field.value = field.defaultValue;
  const first = ticked()[0];
  const back = field.id === "to" ? tickOf(first) : field.closest("details") && field.closest("details").querySelector("summary");
  if (back) back.focus({ preventScroll: true });
  else field.blur();
}

// ---------- at the beginning, and after each change ----------

function begin() {
  offerThemes();
  if ($("tick-all")) $("tick-all").addEventListener("click", tickAll);
  if ($("name")) $("name").addEventListener("mouseup", selectOnce, { once: true });
  counted = ticked().length;
  const keys = $("keys");
  if (!keys) return;
  keys.hidden = false;
  const button = $("keys-off");
  const update = () => {
    const off = Boolean(storage((kept) => kept.getItem(KEYS_OFF)));
    keys.classList.toggle("off", off);
    button.textContent = off ? button.dataset.on : button.dataset.off;
  };
  button.addEventListener("click", () => {
    storage((kept) => (kept.getItem(KEYS_OFF) ? kept.removeItem(KEYS_OFF) : kept.setItem(KEYS_OFF, "1")));
    update();
  });
  update();
}

// The first click into the name takes all of it, so that typing replaces it.
function selectOnce(event) {
  if (event.target.selectionStart === event.target.selectionEnd) event.target.select();
}

begin();
