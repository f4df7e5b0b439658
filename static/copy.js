// Copies to the clipboard: adds a button to each field marked data-copy, and shows the buttons marked data-copy-link.
// Where the browser has no clipboard there are no buttons.
"use strict";

function copyOnClick(button, getText, copiedLabel) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(getText());
    button.textContent = copiedLabel;
  });
}

for (const wrapper of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const field = wrapper.querySelector("input, textarea");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = wrapper.dataset.copy;
  field.labels[0].id = field.id + "-label";
  button.setAttribute("aria-describedby", field.labels[0].id);
  copyOnClick(button, () => field.value, wrapper.dataset.copied);
  wrapper.append(button);
}

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy-link]") : []) {
  copyOnClick(button, () => button.dataset.copyLink, button.dataset.copied);
  button.parentElement.hidden = false;
}
