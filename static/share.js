// Opens the device's own share sheet. Where the browser has none, the button stays hidden.
"use strict";

for (const button of navigator.share ? document.querySelectorAll("[data-share-url]") : []) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title: document.title, text: button.dataset.text, url: button.dataset.shareUrl });
    } catch {
      // The sheet was dismissed, or another one is open.
    }
  });
}
