// A list of themes under a field that the browser offers names for (`list="places"`): those that fit what is typed. One is
// chosen by the mouse or by arrows and Enter, and then its form is sent with the id of the theme. Nothing is chosen that the
// owner did not choose: Enter alone takes a name typed in full, or the only theme that fits.
"use strict";

const places = () => Array.from(document.querySelectorAll("#places option"));
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
const isOffering = (target) => target instanceof HTMLInputElement && target.getAttribute("role") === "combobox";
const listOf = (field) => document.getElementById(field.id + "-offered");

function fitting(typed) {
  const words = folded(typed);
  const found = places().filter((place) => folded(place.value).includes(words));
  return found.sort((a, b) => folded(b.value).startsWith(words) - folded(a.value).startsWith(words));
}

// Makes a field with a browser's own list of names one with a list of ours.
function offer(field) {
  field.removeAttribute("list");
  const list = document.createElement("ul");
  list.className = "offered";
  list.id = field.id + "-offered";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.fitting);
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]])
    field.setAttribute(name, value);
  field.setAttribute("aria-controls", list.id);
}

function listFor(field) {
  const list = listOf(field);
  const typed = field.value.trim();
  const found = fitting(typed);
  const isNamed = places().some((place) => folded(place.value) === folded(typed));
  const items = found.map((place, number) => {
    const item = document.createElement("li");
    item.className = "t" + place.dataset.colour;
    item.dataset.id = place.dataset.id;
    const [swatch, name, people] = ["span", "bdi", "b"].map((tag) => document.createElement(tag));
    swatch.className = "swatch t" + place.dataset.colour;
    name.textContent = place.value;
    people.textContent = place.dataset.people;
    item.append(swatch, name, people);
    item.id = field.id + "-" + number;
    return item;
  });
  if (typed && !isNamed && field.form.querySelector("[data-new]")) {
    const item = document.createElement("li");
    item.className = "t0";
    item.dataset.fresh = "1";
    item.id = field.id + "-new";
    const [swatch, name] = ["span", "span"].map((tag) => document.createElement(tag));
    swatch.className = "swatch t0";
    name.textContent = field.dataset.fresh.replace("#", () => typed);
    item.append(swatch, name);
    items.push(item);
  }
  for (const item of items) {
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
  }
  list.replaceChildren(...items);
  list.hidden = !items.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
}

function closeList(field) {
  const list = listOf(field);
  if (list) list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function activeOption(field) {
  const id = field.getAttribute("aria-activedescendant");
  return id && document.getElementById(id);
}

function step(field, by) {
  const list = listOf(field);
  if (list.hidden) listFor(field);
  const items = Array.from(list.children);
  if (!items.length) return;
  const at = items.indexOf(activeOption(field));
  const next = items[(at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length];
  for (const item of items) item.setAttribute("aria-selected", String(item === next));
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

// Chooses a theme: the form is sent with its id. The choice is the owner's: a name typed in full, the only one that fits,
// or one pointed at.
function choose(field, item) {
  const form = field.form;
  closeList(field);
  if (!item.dataset.fresh) field.value = item.dataset.id;
  form.requestSubmit(item.dataset.fresh ? form.querySelector("[data-new]") : wantedButton(field));
}

// The button that a chosen theme is sent with: the first of its form, unless the theme was asked for to be one more.
const wantedButton = (field) =>
  field.form.querySelector(field.dataset.wants === "also" ? "[data-also]" : "button[type=submit]");

function chooseTyped(field) {
  const typed = folded(field.value);
  const found = fitting(field.value);
  const named = found.filter((place) => folded(place.value) === typed);
  const only = named.length === 1 ? named[0] : typed && found.length === 1 ? found[0] : null;
  if (only) choose(field, only);
  else field.form.requestSubmit(wantedButton(field));
}

document.addEventListener("input", (event) => {
  if (isOffering(event.target)) listFor(event.target);
});
document.addEventListener("focusout", (event) => {
  if (isOffering(event.target)) closeList(event.target);
});
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".offered")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const item = event.target.closest(".offered [role=option]");
  if (item) choose(item.closest(".seek").querySelector("input"), item);
  else if (isOffering(event.target)) listFor(event.target);
});

function keyInList(event) {
  const field = event.target;
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(field, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const active = activeOption(field);
    if (active) choose(field, active);
    else if (field.dataset.wants === "new") field.form.requestSubmit(field.form.querySelector("[data-new]"));
    else chooseTyped(field);
  } else if (event.key === "Escape") {
    if (listOf(field).hidden) field.dispatchEvent(new CustomEvent("leave", { bubbles: true }));
    else closeList(field);
  }
}

document.addEventListener("keydown", (event) => {
  if (isOffering(event.target)) keyInList(event);
});

function offerThemes() {
  for (const field of document.querySelectorAll("input[list=places]")) offer(field);
}

offerThemes();
