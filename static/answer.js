// Counts what is typed and keeps it on this device until it is sent. The page works without this.
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

const form = document.querySelector("[data-keep]");
if (form) watch(form);

const sent = document.querySelector("[data-sent]");
if (sent) stored((box) => box.removeItem(keyOf(sent.dataset.sent)));
