// Counts what is typed, keeps it on this device until it is sent, and has the browser do a little work meanwhile, which
// floods could not afford. The page works without this; an answer without the work is read by its owner first.
"use strict";

const LIMIT = 5000;
const whole = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: "always" });
const keyOf = (slug) => "answer:" + slug;

// A browser may forbid storage: then nothing is kept and nothing is promised.
function stored(work) {
  try {
    return work(window.localStorage);
  } catch {
    return null;
  }
}

function watch(form) {
  const key = keyOf(form.dataset.keep);
  const text = document.getElementById("text");
  const count = document.getElementById("count");
  const kept = document.getElementById("kept");
  const empty = count.textContent;

  function show() {
    const length = Array.from(text.value.trim()).length;
    const said = length > LIMIT ? count.dataset.over : count.dataset.typed;
    count.textContent = length ? said.replace("#", whole.format(length)) : empty;
    count.classList.toggle("over", length > LIMIT);
    kept.hidden = !text.value || stored((box) => box.getItem(key)) !== text.value;
  }

  if (!text.value) text.value = stored((box) => box.getItem(key)) || "";
  text.addEventListener("input", () => {
    stored((box) => (text.value ? box.setItem(key, text.value) : box.removeItem(key)));
    show();
  });
  show();
}

// Starts with the first touch of the form; a form that is sent before it is done waits for it, but not for long.
function prove(form) {
  const bits = Number(form.dataset.bits);
  const proof = form.elements.proof;
  const PATIENCE = 10000;
  let working = null;
  let waits = false;
  let over = false;

  function end(found) {
    if (over) return;
    over = true;
    if (found) proof.value = found;
    if (working) working.terminate();
    if (waits) form.requestSubmit();
  }

  function start() {
    if (working || over) return;
    try {
      working = new Worker(form.dataset.prover);
    } catch {
      end("");
      return;
    }
    working.onmessage = (event) => end(event.data);
    working.onerror = () => end("");
    working.postMessage({ key: form.elements.form_key.value, bits });
  }

  form.addEventListener("focusin", start);
  form.addEventListener("input", start);
  form.addEventListener("submit", (event) => {
    if (over) return;
    event.preventDefault();
    if (waits) return;
    waits = true;
    form.querySelector("button[type=submit]").setAttribute("aria-busy", "true");
    start();
    setTimeout(() => end(""), PATIENCE);
  });
}

const form = document.querySelector("[data-keep]");
if (form) watch(form);
if (form && form.dataset.bits) prove(form);

const sent = document.querySelector("[data-sent]");
if (sent) stored((box) => box.removeItem(keyOf(sent.dataset.sent)));
