// The presenter's page: what passes by now, with the quotes from just before, so that one that has gone can be hidden too.
// A quote keeps its row while others come, so that no button moves away under a finger.
"use strict";

const POLL_MS = 3000;
const ROWS = 4;
const page = document.getElementById("presenter");
const rows = document.getElementById("rows");
const lost = page.querySelector(".lost");
let turn = rows.children.length;
let timer = 0;

function rowOf(answer) {
  return [...rows.children].find((row) => row.dataset.answer === answer);
}

function drawQuote(quote) {
  for (const row of rows.children) row.removeAttribute("aria-current");
  document.getElementById("no-quote").hidden = Boolean(quote);
  if (!quote) return;
  let row = rowOf(quote.answer);
  if (!row) {
    row = document.getElementById("row").content.firstElementChild.cloneNode(true);
    if (rows.children.length < ROWS) rows.append(row);
    else rows.children[turn % ROWS].replaceWith(row);
    turn += 1;
  }
  row.className = `t${quote.colour}`;
  row.dataset.answer = row.querySelector("[name=answer]").value = quote.answer;
  const words = row.querySelector("blockquote p");
  words.textContent = quote.text;
  words.dir = quote.dir;
  row.querySelector("footer").textContent = quote.by;
  row.setAttribute("aria-current", "true");
}

// Takes what a newer page has: the controls, and what can be undone. The quotes stay.
function take(text) {
  const made = new DOMParser().parseFromString(text, "text/html");
  // The order changes with the switch; and it is another page where somebody has signed out.
  if (made.getElementById("presenter")?.dataset.switched !== page.dataset.switched) return window.location.reload();
  const messages = "main > [role=status]";
  document.querySelector(messages).replaceWith(document.adoptNode(made.querySelector(messages)));
  for (const id of ["desk", "undo", "toggle"]) {
    const [old, fresh] = [document.getElementById(id), made.getElementById(id)];
    const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    old.replaceWith(document.adoptNode(fresh));
    if (key) fresh.querySelector(`[data-key="${key}"]`)?.focus();
  }
}

async function poll() {
  window.clearTimeout(timer);
  try {
    const response = await fetch(page.dataset.state, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const now = await response.json();
    lost.textContent = "";
    document.getElementById("people").textContent = now.people;
    const held = document.getElementById("held");
    held.hidden = !now.held;
    held.querySelector("span").textContent = now.held;
    if (now.mark !== document.getElementById("desk").dataset.mark) {
      const fresh = await fetch(window.location.href);
      if (fresh.ok) take(await fresh.text());
    }
    for (const count of page.querySelectorAll("[data-count]")) count.textContent = now.counts[count.dataset.count] ?? "";
    drawQuote(now.quote);
  } catch {
    lost.textContent = page.dataset.lost;
  }
  window.clearTimeout(timer);
  timer = window.setTimeout(poll, POLL_MS * (0.85 + 0.3 * Math.random()));
}

// Forms are sent without leaving the page, so that the quotes from just before stay at hand.
page.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const body = new FormData(form);
  if (submitter?.name) body.set(submitter.name, submitter.value);
  try {
    const response = await fetch(form.action, { method: "POST", body });
    if (!response.ok) throw new Error(String(response.status));
    take(await response.text());
    const row = form.closest("#rows > li");
    if (row) {
      row.remove();
      turn = rows.children.length;
      document.querySelector("#undo button")?.focus();
    }
    poll();
  } catch {
    lost.textContent = page.dataset.lost;
  }
});

const KEYS = {
  ArrowRight: "[data-key=next]",
  PageDown: "[data-key=next]",
  ArrowLeft: "[data-key=previous]",
  PageUp: "[data-key=previous]",
  0: "[data-key=all]",
  q: "[data-key=q]",
  h: "#rows [aria-current] button",
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
  const button = page.querySelector(KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key] || "none");
  if (!button) return;
  event.preventDefault();
  button.click();
});

rows.firstElementChild?.setAttribute("aria-current", "true");
document.getElementById("keys").hidden = false;
timer = window.setTimeout(poll, POLL_MS);
