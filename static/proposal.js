// A proposal: ticks all changes or none in place, and says how many are ticked. The page works without this script.
"use strict";

const ticks = Array.from(document.querySelectorAll(".turns-list input"));
const count = document.getElementById("count");
const said = document.getElementById("count-said");

function sayCount() {
  const ticked = ticks.filter((tick) => tick.checked).length;
  if (count) count.textContent = ticked;
  said.textContent = said.dataset.ticked.replace("#", ticked);
}

for (const link of document.querySelectorAll("[data-tick]")) {
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    for (const tick of ticks) tick.checked = Boolean(link.dataset.tick);
    sayCount();
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
}

for (const tick of ticks) tick.addEventListener("change", sayCount);
if (ticks.length > 1 && count) count.textContent = ticks.filter((tick) => tick.checked).length;
