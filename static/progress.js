// Keeps a run's progress up to date, and shows the result when it is there.
"use strict";

const PAUSE = 1500;
const run = document.querySelector("[data-progress]");
const whole = new Intl.NumberFormat("en");

function show(now) {
  const words = document.getElementById("run-words");
  const bar = run.querySelector("progress");
  const said = now.stage_label + (now.total ? ", " + whole.format(now.done) + " of " + whole.format(now.total) : "") + (now.left ? ", " + now.left : "");
  if (now.stage_label && words.textContent !== said) words.textContent = said;
  if (now.total) bar.value = now.percent;
  else bar.removeAttribute("value");
}

async function look() {
  try {
    const answer = await fetch(run.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const now = await answer.json();
    if (now.state !== "asked" && now.state !== "running") return window.location.reload();
    show(now);
  } catch {
    // The site may be restarting: look again.
  }
  window.setTimeout(look, PAUSE);
}

if (run) window.setTimeout(look, PAUSE);
