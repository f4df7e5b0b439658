// Opens the phone's own sheet for sharing. Where there is none, the button stays hidden.
"use strict";

for (const button of navigator.share ? document.querySelectorAll("[data-sheet]") : []) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title: document.title, text: button.dataset.text, url: button.dataset.sheet });
    } catch {
      // The sheet was closed again, or another one is open.
    }
  });
}
