// The Answers page: ticks with shift, all on the page, and what is ticked said aloud. It works without this script.
"use strict";

const ticks = () => Array.from(document.querySelectorAll("#picks input[type=checkbox]"));
const every = () => document.querySelector(".tick-every input");
let lastTick = null;

function sayCount() {
  const said = document.getElementById("count-said");
  if (!said) return;
  const count = ticks().filter((tick) => tick.checked).length;
  const words = every() && every().checked ? said.dataset.every : count ? said.dataset.ticked.replace("#", count) : "";
  if (said.textContent !== words) said.textContent = words;
}

document.addEventListener("click", (event) => {
  const tick = event.target;
  if (!(tick instanceof HTMLInputElement) || !ticks().includes(tick)) return;
  if (event.shiftKey && lastTick && lastTick.isConnected) {
    const list = ticks();
    const ends = [list.indexOf(lastTick), list.indexOf(tick)].sort((a, b) => a - b);
    for (const one of list.slice(ends[0], ends[1] + 1)) one.checked = tick.checked;
  }
  lastTick = tick;
  sayCount();
});

document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === "checkbox") sayCount();
});

const tickAll = document.getElementById("tick-all");
if (tickAll) {
  tickAll.setAttribute("role", "button");
  const toggle = (event) => {
    event.preventDefault();
    const all = ticks();
    const isAll = all.every((tick) => tick.checked);
    for (const tick of all) tick.checked = !isAll;
    sayCount();
  };
  tickAll.addEventListener("click", toggle);
  tickAll.addEventListener("keydown", (event) => {
    if (event.key === " ") toggle(event);
  });
}

sayCount();

// The page that says how far a large change is, every few seconds anew.
if (document.getElementById("goes-on")) setTimeout(() => window.location.reload(), 3000);
