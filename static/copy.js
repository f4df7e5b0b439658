// Copies an address: a button beside each that can be read, and the buttons that stand for one. Without a
// clipboard there are no buttons.
"use strict";

function copies(button, text, copied) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = copied;
  });
}

for (const place of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const field = place.querySelector("input, textarea");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = place.dataset.copy;
  field.labels[0].id = field.id + "-label";
  button.setAttribute("aria-describedby", field.labels[0].id);
  copies(button, () => field.value, place.dataset.copied);
  place.append(button);
}

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy-link]") : []) {
  copies(button, () => button.dataset.copyLink, button.dataset.copied);
  button.parentElement.hidden = false;
}
