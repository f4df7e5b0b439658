// Polls the progress of a run, and reloads the page when the run has ended.
"use strict";

const POLL_INTERVAL_MS = 1500;
const run = document.querySelector("[data-progress]");

function show(progress) {
  const label = document.getElementById("run-words");
  const bar = run.querySelector("progress");
  if (label.textContent !== progress.words) label.textContent = progress.words;
  if (progress.total) bar.value = progress.percent;
  else bar.removeAttribute("value");
}

async function poll() {
  try {
    const response = await fetch(run.dataset.progress, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const progress = await response.json();
    if (progress.state !== "asked" && progress.state !== "running") return window.location.reload();
    show(progress);
  } catch {
    // The site may be restarting: try again at the next interval.
  }
  window.setTimeout(poll, POLL_INTERVAL_MS);
}

if (run) window.setTimeout(poll, POLL_INTERVAL_MS);
