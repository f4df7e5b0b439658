// Reading an answer of a blind check by keyboard: type the first letters of a theme and Enter to tick it, Enter again to
// go on. The page works without this script; then there is no search and the list is whole.
"use strict";

const form = document.getElementById("verdict");
const seek = document.getElementById("seek");
const options = Array.from(form.querySelectorAll(".picker .choice"));
const nothing = form.querySelector(".nothing-found");

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}

// Themes whose name, or a word of it, begins with what was typed; those whose name does come first.
function matches() {
  const typed = plain(seek.value);
  const named = options.map((option) => ({ option, name: plain(option.textContent) }));
  const found = named.filter(({ name }) => name.startsWith(typed) || name.split(/[\s-]+/u).some((word) => word.startsWith(typed)));
  return typed ? found.sort((one, other) => other.name.startsWith(typed) - one.name.startsWith(typed)).map(({ option }) => option) : [];
}

function update() {
  const found = matches();
  const isSearching = seek.value.trim() !== "";
  for (const option of options) {
    option.hidden = isSearching && !found.includes(option) && !option.querySelector("input").checked;
    option.classList.toggle("first", option === found[0]);
  }
  nothing.hidden = !isSearching || found.length > 0;
}

function say(value) {
  form.querySelector(`[name=say][value=${value}]`).click();
}

seek.addEventListener("input", update);
seek.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const [first] = matches();
  if (first) {
    const box = first.querySelector("input");
    box.checked = !box.checked;
    seek.value = "";
    update();
  } else if (seek.value.trim() === "") {
    say("themes");
  }
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("textarea") || (event.target === seek && seek.value !== "");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const back = form.querySelector(".back");
  if (event.key === "0") say("none");
  else if (event.key === "ArrowRight") say("skip");
  else if (event.key === "ArrowLeft" && back) back.click();
  else return;
  event.preventDefault();
});

seek.closest(".seek").hidden = false;
document.querySelector(".keys").hidden = false;
if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) seek.focus({ preventScroll: true });
