// While a file is sent and read, its button says so, and a second press does nothing.
"use strict";

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter || form.querySelector("button");
    // In a moment: a disabled button would not be sent along.
    window.setTimeout(() => {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy || form.dataset.busy;
    });
  });
}
// Back from the next page, the form can be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
