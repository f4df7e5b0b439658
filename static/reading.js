// Read these next: a key for each verdict. Enter is the browser's own, as the button "Right" has the focus; letters go to
// the search. The page works without this script.
"use strict";

const field = document.getElementById("other");
const right = document.getElementById("right");
const isTyping = (target) => target instanceof HTMLInputElement && target.type !== "hidden";

let sent = false;
document.addEventListener("submit", (event) => {
  if (sent) event.preventDefault(); // a key pressed twice decides one idea, not two
  sent = true;
});
window.addEventListener("pageshow", () => {
  sent = false;
});

function leave() {
  delete field.dataset.wants;
  field.placeholder = field.dataset.usual;
  field.value = "";
  right.focus({ preventScroll: true });
}

function askName() {
  field.dataset.wants = "new";
  field.placeholder = field.dataset.nameIt;
  field.focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape" && event.target === field) leave();
    return;
  }
  const button = Array.from(document.querySelectorAll("[data-key]")).find((own) => own.dataset.key === event.key);
  if (button) {
    event.preventDefault();
    button.click();
  } else if (event.key === "+" && field) {
    event.preventDefault();
    askName();
  } else if (event.key === "Enter" && right && !event.target.closest("a, button, input")) {
    event.preventDefault();
    right.click();
  } else if (field && event.key.length === 1 && /\p{L}/u.test(event.key)) {
    field.focus({ preventScroll: true }); // the letter goes on into the field
  }
});

if (field) {
  field.dataset.usual = field.placeholder;
  field.addEventListener("leave", leave);
  const isNew = document.querySelector("[data-new]");
  isNew.addEventListener("click", (event) => {
    if (field.value.trim()) return;
    event.preventDefault();
    askName();
  });
}
