// Puts a Copy button beside an address. Without a clipboard there is no button.
"use strict";

for (const place of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const address = place.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(address.value);
    button.textContent = "Copied";
  });
  place.append(button);
}
