// The answer form: counts characters, keeps a draft in the browser until it is sent, and does a proof of work that makes
// sending many answers expensive. The page works without this script; an answer without the proof is held for its owner.
"use strict";

const MAX_CHARACTERS = 5000;
const MAX_WAIT_MS = 10000;
const numberFormat = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: "always", numberingSystem: "latn" });
const draftKey = (slug) => "answer:" + slug;

// Calls `use` with the browser's local storage; returns null where storage is forbidden.
function withStorage(use) {
  try {
    return use(window.localStorage);
  } catch {
    return null;
  }
}

function keepDraft(form) {
  const key = draftKey(form.dataset.draft);
  const text = document.getElementById("text");
  const count = document.getElementById("count");
  const savedNote = document.getElementById("draft-saved");
  const emptyText = count.textContent;

  function update() {
    const length = Array.from(text.value.trim()).length;
    const message = length > MAX_CHARACTERS ? count.dataset.over : count.dataset.typed;
    count.textContent = length ? message.replace("#", numberFormat.format(length)) : emptyText;
    count.classList.toggle("over", length > MAX_CHARACTERS);
    savedNote.hidden = !text.value || withStorage((storage) => storage.getItem(key)) !== text.value;
  }

  if (!text.value) text.value = withStorage((storage) => storage.getItem(key)) || "";
  text.addEventListener("input", () => {
    withStorage((storage) => (text.value ? storage.setItem(key, text.value) : storage.removeItem(key)));
    update();
  });
  update();
}

// Starts the proof of work when the form is first focused. A form that is submitted earlier than it is done waits for
// it, MAX_WAIT_MS at most.
function proveWork(form) {
  const bits = Number(form.dataset.bits);
  const proof = form.elements.proof;
  let worker = null;
  let isSubmitPending = false;
  let isDone = false;

  function finish(result) {
    if (isDone) return;
    isDone = true;
    if (result) proof.value = result;
    if (worker) worker.terminate();
    if (isSubmitPending) form.requestSubmit();
  }

  function start() {
    if (worker || isDone) return;
    try {
      worker = new Worker(form.dataset.worker);
    } catch {
      finish("");
      return;
    }
    worker.onmessage = (event) => finish(event.data);
    worker.onerror = () => finish("");
    worker.postMessage({ key: form.elements.form_key.value, bits });
  }

  form.addEventListener("focusin", start);
  form.addEventListener("input", start);
  form.addEventListener("submit", (event) => {
    if (isDone) return;
    event.preventDefault();
    if (isSubmitPending) return;
    isSubmitPending = true;
    form.querySelector("button[type=submit]").setAttribute("aria-busy", "true");
    start();
    setTimeout(() => finish(""), MAX_WAIT_MS);
  });
}

// Calls `use` with the storage of this tab, which the browser empties when the tab is closed.
function withTab(use) {
  try {
    return use(window.sessionStorage);
  } catch {
    return null;
  }
}

// Offers to add a second answer when Back brings a form that was sent and accepted: it would change the first otherwise.
function offerSecond(form) {
  const key = form.elements.form_key.value;
  const offer = () => {
    if (withTab((storage) => storage.getItem("sent")) === key) document.getElementById("again").hidden = false;
  };
  form.addEventListener("submit", () => withTab((storage) => storage.setItem("sending", key)));
  window.addEventListener("pageshow", offer);
}

const form = document.querySelector("[data-draft]");
if (form) keepDraft(form);
if (form) offerSecond(form);
if (form && form.dataset.bits) proveWork(form);

const sent = document.querySelector("[data-sent]");
if (sent) withStorage((storage) => storage.removeItem(draftKey(sent.dataset.sent)));
if (sent) withTab((storage) => storage.getItem("sending") && storage.setItem("sent", storage.getItem("sending")));
