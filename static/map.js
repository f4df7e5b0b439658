// Moves about on the map, and shows the words behind a dot. Without this the map is a picture with links, and a table.
"use strict";

const SIDE = 1000;
const NEAREST = 24; // times as large as the whole
const REACH = 18; // pixels from the pointer to a dot
const STILL = 4; // pixels that a click may move
const SCROLLS = 400; // milliseconds after which the page is no longer scrolled past the map

function limit(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function start(figure) {
  const map = figure.querySelector("svg");
  const ring = map.querySelector(".ring");
  const caption = figure.querySelector("figcaption");
  const help = caption.firstElementChild;
  const patches = Array.from(map.querySelectorAll(".patches a"), (link) => {
    const [x, y, r] = ["cx", "cy", "r"].map((name) => Number(link.firstElementChild.getAttribute(name)));
    return { link, x, y, r, name: link.getAttribute("aria-label") };
  });
  const dots = Array.from(map.querySelectorAll(".dots circle"), (dot) => {
    const [x, y] = [dot.getAttribute("cx"), dot.getAttribute("cy")];
    return { x: Number(x), y: Number(y), place: x + "," + y };
  });
  let view = { x: 0, y: 0, width: SIDE };
  let words = null;
  let asked = "";
  let scrolledAt = 0;
  let moved = 0;
  let touched = false;
  const pointers = new Map();

  function look(x, y, width) {
    view = { width: limit(width, SIDE / NEAREST, SIDE) };
    view.x = limit(x, 0, SIDE - view.width);
    view.y = limit(y, 0, SIDE - view.width);
    map.setAttribute("viewBox", [view.x, view.y, view.width, view.width].map((n) => n.toFixed(2)).join(" "));
    map.style.setProperty("--near", (SIDE / view.width).toFixed(3));
    map.classList.toggle("is-near", view.width < SIDE);
  }

  // Nearer or farther by a factor, while the point (x, y) of the map stays where it is.
  function zoom(factor, x = view.x + view.width / 2, y = view.y + view.width / 2) {
    const width = limit(view.width / factor, SIDE / NEAREST, SIDE);
    look(x - ((x - view.x) * width) / view.width, y - ((y - view.y) * width) / view.width, width);
  }

  const unit = () => view.width / map.clientWidth;

  function at(event) {
    const box = map.getBoundingClientRect();
    return { x: view.x + (event.clientX - box.left) * unit(), y: view.y + (event.clientY - box.top) * unit() };
  }

  function nearest(point, reach) {
    let found = null;
    let least = reach * reach;
    for (const dot of dots) {
      const apart = (dot.x - point.x) ** 2 + (dot.y - point.y) ** 2;
      if (apart < least) [found, least] = [dot, apart];
    }
    return found;
  }

  const patchOf = (dot) => patches.find((patch) => Math.hypot(dot.x - patch.x, dot.y - patch.y) <= patch.r + 1);

  async function load() {
    words = words || fetch(figure.dataset.words).then((answer) => (answer.ok ? answer.json() : {}), () => ({}));
    return words;
  }

  async function tell(dot, patch) {
    asked = dot ? dot.place : "";
    ring.hidden = !dot;
    if (dot) {
      ring.setAttribute("cx", dot.x);
      ring.setAttribute("cy", dot.y);
    }
    if (!dot && !patch) {
      caption.replaceChildren(help);
      return;
    }
    const about = document.createElement("p");
    about.className = "note";
    if (patch) {
      const link = document.createElement("a");
      link.href = patch.link.href.baseVal;
      link.textContent = patch.name;
      about.append(link);
    } else {
      about.textContent = figure.dataset.loose;
    }
    const said = dot ? (await load())[dot.place] : "";
    if (dot && asked !== dot.place) return; // another one is asked for by now
    const quote = document.createElement("p");
    quote.className = "said";
    quote.dir = "auto";
    quote.textContent = said ? "“" + said + "”" : "";
    caption.replaceChildren(...(said ? [quote] : []), about);
  }

  function move(event) {
    const before = pointers.get(event.pointerId);
    if (!before) {
      const dot = nearest(at(event), REACH * unit());
      if ((dot ? dot.place : "") !== asked) tell(dot, dot && patchOf(dot));
      return;
    }
    const others = Array.from(pointers.keys()).filter((id) => id !== event.pointerId);
    const here = { x: event.clientX, y: event.clientY };
    moved += Math.hypot(here.x - before.x, here.y - before.y);
    if (others.length) {
      const other = pointers.get(others[0]);
      const apart = (one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
      const middle = at({ clientX: (here.x + other.x) / 2, clientY: (here.y + other.y) / 2 });
      zoom(apart(here) / apart(before), middle.x, middle.y);
    } else if (moved > STILL) {
      map.setPointerCapture(event.pointerId);
      map.classList.add("is-held");
      look(view.x - (here.x - before.x) * unit(), view.y - (here.y - before.y) * unit(), view.width);
    }
    pointers.set(event.pointerId, here);
  }

  function release(event) {
    pointers.delete(event.pointerId);
    map.classList.toggle("is-held", pointers.size > 0 && moved > STILL);
  }

  // One idea of the focused theme after the other, from the middle of its patch outwards.
  function step(patch) {
    const own = dots
      .filter((dot) => patchOf(dot) === patch)
      .sort((a, b) => Math.hypot(a.x - patch.x, a.y - patch.y) - Math.hypot(b.x - patch.x, b.y - patch.y));
    const now = own.findIndex((dot) => dot.place === asked);
    tell(own[(now + 1) % own.length] || null, patch);
  }

  const keys = {
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    Escape: () => look(0, 0, SIDE),
    ArrowLeft: () => look(view.x - view.width / 8, view.y, view.width),
    ArrowRight: () => look(view.x + view.width / 8, view.y, view.width),
    ArrowUp: () => look(view.x, view.y - view.width / 8, view.width),
    ArrowDown: () => look(view.x, view.y + view.width / 8, view.width),
  };

  figure.addEventListener("keydown", (event) => {
    const focused = patches.find((patch) => patch.link === document.activeElement);
    const isWhole = view.width === SIDE;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && focused) step(focused);
    else if (keys[event.key] && !(isWhole && event.key.startsWith("Arrow"))) keys[event.key]();
    else return;
    event.preventDefault();
  });
  for (const patch of patches) {
    patch.link.addEventListener("focus", () => {
      if (!patch.link.matches(":focus-visible")) return;
      const across = patch.x - view.x;
      const down = patch.y - view.y;
      if (Math.min(across, down) < 0 || Math.max(across, down) > view.width) look(patch.x - view.width / 2, patch.y - view.width / 2, view.width);
      tell(null, patch);
    });
  }

  map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) moved = 0;
    touched = event.pointerType === "touch";
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  map.addEventListener("pointermove", move);
  map.addEventListener("pointerup", release);
  map.addEventListener("pointercancel", release);
  map.addEventListener("pointerleave", release);
  map.addEventListener("lostpointercapture", release);
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("click", (event) => {
    if (!event.detail) return; // by keyboard
    const dot = touched ? nearest(at(event), REACH * unit()) : null;
    if (moved <= STILL && !dot) return;
    event.preventDefault();
    if (dot && moved <= STILL) tell(dot, patchOf(dot));
  });
  window.addEventListener("scroll", () => (scrolledAt = performance.now()), { passive: true });
  map.addEventListener(
    "wheel",
    (event) => {
      const isWhole = view.width === SIDE;
      const passes = isWhole && (event.deltaY > 0 || performance.now() - scrolledAt < SCROLLS);
      if (passes && !event.ctrlKey) return;
      event.preventDefault();
      const point = at(event);
      zoom(Math.exp(-limit(event.deltaY, -120, 120) / 300), point.x, point.y);
    },
    { passive: false },
  );
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    const does = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), whole: () => look(0, 0, SIDE) };
    button.addEventListener("click", does[button.dataset.zoom]);
  }
  map.classList.add("is-live");
  figure.querySelector(".map-tools").hidden = false;
  help.hidden = false;
}

const figure = document.getElementById("map");
if (figure) start(figure);
