// Chooses the time zone of this browser in a form, where none is chosen yet. It is only kept once the form is sent.
"use strict";

for (const form of document.querySelectorAll("[data-guess-zone]")) {
  const field = form.elements.time_zone;
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isOffered = field.tagName !== "SELECT" || Array.from(field.options).some((option) => option.value === guess);
  if (!field.value && guess && isOffered) field.value = guess;
}
