// Zooms and pans the map, and shows the text of an idea beside its dot when that is pointed at. Without this script the
// map is a static picture with links, and a table.
"use strict";

const SIDE = 1000; // of the viewBox
const MAX_ZOOM = 24;
const HIT_RADIUS = 18; // pixels between the pointer and a dot
const RING = 9; // pixels, the least radius of the ring around the chosen dot
const GAP = 14; // pixels between a dot and its words
const MAX_CLICK_MOVE = 4; // pixels; a pointer that moves further drags the map
const SCROLL_PAUSE_MS = 400; // the wheel zooms only if the page was not scrolled for this long

function clamp(value, min, max) {
  return Math.min(Math.max(value, min), max);
}

function start(figure) {
  const map = figure.querySelector("svg");
  const chosen = map.querySelector(".chosen");
  const words = figure.querySelector(".map-words");
  const help = figure.querySelector(".map-help");
  const radius = Number(chosen.firstElementChild.getAttribute("r"));
  const patches = Array.from(map.querySelectorAll(".patches a"), (link) => {
    const [x, y, r] = ["cx", "cy", "r"].map((name) => Number(link.firstElementChild.getAttribute(name)));
    return { link, x, y, r, name: link.getAttribute("aria-label") };
  });
  const dots = Array.from(map.querySelectorAll(".dots circle"), (dot) => {
    const [x, y] = [dot.getAttribute("cx"), dot.getAttribute("cy")];
    return { x: Number(x), y: Number(y), place: x + "," + y, isFound: dot.classList.contains("is-found") };
  });
  const found = dots.filter((dot) => dot.isFound); // by a search: then the keyboard goes from one to the other
  const reached = found.length ? found : dots;
  let view = { x: 0, y: 0, width: SIDE };
  let texts = null; // a promise of the text of each dot, by place
  let selected = null; // the dot whose text is shown
  let scrolledAt = 0;
  let moved = 0; // pixels since the pointer went down
  let isTouch = false;
  let isStepping = false; // the focus follows the chosen dot, and is no choice of a patch
  const pointers = new Map();

  function setView(x, y, width) {
    view = { width: clamp(width, SIDE / MAX_ZOOM, SIDE) };
    view.x = clamp(x, 0, SIDE - view.width);
    view.y = clamp(y, 0, SIDE - view.width);
    map.setAttribute("viewBox", [view.x, view.y, view.width, view.width].map((n) => n.toFixed(2)).join(" "));
    map.style.setProperty("--zoom", (SIDE / view.width).toFixed(3));
    map.classList.toggle("is-zoomed", view.width < SIDE);
    if (selected) mark(selected);
  }

  // Zooms by a factor around the point (x, y) of the map.
  function zoom(factor, x = view.x + view.width / 2, y = view.y + view.width / 2) {
    const width = clamp(view.width / factor, SIDE / MAX_ZOOM, SIDE);
    setView(x - ((x - view.x) * width) / view.width, y - ((y - view.y) * width) / view.width, width);
  }

  const unitsPerPixel = () => view.width / map.clientWidth;

  function toMap(event) {
    const box = map.getBoundingClientRect();
    return { x: view.x + (event.clientX - box.left) * unitsPerPixel(), y: view.y + (event.clientY - box.top) * unitsPerPixel() };
  }

  function nearestDot(point, radius) {
    let nearest = null;
    let smallest = radius * radius;
    for (const dot of dots) {
      const squared = (dot.x - point.x) ** 2 + (dot.y - point.y) ** 2;
      if (squared < smallest) [nearest, smallest] = [dot, squared];
    }
    return nearest;
  }

  const patchOf = (dot) => patches.find((patch) => Math.hypot(dot.x - patch.x, dot.y - patch.y) <= patch.r + 1);

  async function loadTexts() {
    texts = texts || fetch(figure.dataset.words).then((response) => (response.ok ? response.json() : {}), () => ({}));
    return texts;
  }

  // Rings a dot, at least RING pixels wide however far the map is zoomed, and puts its words beside it.
  function mark(dot) {
    const around = Math.max(radius + 4, RING * unitsPerPixel());
    const [edge, ring] = chosen.children;
    for (const circle of [edge, ring]) {
      circle.setAttribute("cx", dot.x);
      circle.setAttribute("cy", dot.y);
    }
    edge.setAttribute("r", around + 2.5 * unitsPerPixel());
    ring.setAttribute("r", around);
    place(dot);
  }

  // Puts the words to the side of the dot that has more room; on a narrow map above or below it.
  function place(dot) {
    const [field, own] = [map.clientWidth, { width: words.offsetWidth, height: words.offsetHeight }];
    const x = (dot.x - view.x) / unitsPerPixel();
    const y = (dot.y - view.y) / unitsPerPixel();
    const isBeside = field - own.width > own.width + 2 * GAP;
    let left = x < field / 2 ? x + GAP : x - GAP - own.width;
    let top = y - own.height / 2;
    if (!isBeside) {
      left = x - own.width / 2;
      top = y < field / 2 ? y + GAP : y - GAP - own.height;
    }
    words.style.left = clamp(left, 0, Math.max(0, field - own.width)) + "px";
    words.style.top = (isBeside ? clamp(top, 0, Math.max(0, field - own.height)) : top) + "px";
  }

  function clear() {
    selected = null;
    chosen.classList.remove("is-shown");
    words.replaceChildren();
  }

  const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/g;
  const runsFromRight = (text) => 2 * (text.match(FROM_RIGHT) || []).length > (text.match(/\p{L}/gu) || []).length;

  // Marks a dot and shows its text and its theme beside it; of a patch without a dot it shows nothing.
  async function select(dot) {
    if (!dot) {
      clear();
      return;
    }
    selected = dot;
    const text = (await loadTexts())[dot.place];
    if (selected !== dot) return; // another dot was chosen while the texts loaded
    const about = document.createElement("p");
    about.className = "note";
    const patch = patchOf(dot);
    if (patch) {
      const link = document.createElement("a");
      link.href = patch.link.href.baseVal;
      link.textContent = patch.name;
      link.tabIndex = -1; // with the keyboard the patch itself is the link
      about.append(link);
    } else {
      about.textContent = figure.dataset.loose;
    }
    const quote = document.createElement("p");
    quote.className = "quote";
    quote.dir = runsFromRight(text || "") ? "rtl" : "ltr";
    quote.textContent = text ? figure.dataset.open + text + figure.dataset.close : "";
    words.replaceChildren(...(text ? [quote] : []), about);
    chosen.classList.add("is-shown");
    mark(dot);
  }

  function move(event) {
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "touch") return;
      const dot = nearestDot(toMap(event), HIT_RADIUS * unitsPerPixel());
      if (dot !== selected) select(dot);
      return;
    }
    const others = Array.from(pointers.keys()).filter((id) => id !== event.pointerId);
    const current = { x: event.clientX, y: event.clientY };
    moved += Math.hypot(current.x - before.x, current.y - before.y);
    if (others.length) {
      const other = pointers.get(others[0]);
      const distance = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
      const middle = toMap({ clientX: (current.x + other.x) / 2, clientY: (current.y + other.y) / 2 });
      zoom(distance(current) / distance(before), middle.x, middle.y);
    } else if (moved > MAX_CLICK_MOVE) {
      map.setPointerCapture(event.pointerId);
      map.classList.add("is-dragged");
      setView(view.x - (current.x - before.x) * unitsPerPixel(), view.y - (current.y - before.y) * unitsPerPixel(), view.width);
    }
    pointers.set(event.pointerId, current);
  }

  function endDrag(event) {
    pointers.delete(event.pointerId);
    map.classList.toggle("is-dragged", pointers.size > 0 && moved > MAX_CLICK_MOVE);
  }

  // Selects the next idea of a theme, from the centre of its patch outwards.
  function selectNext(patch) {
    const own = reached
      .filter((dot) => patchOf(dot) === patch)
      .sort((a, b) => Math.hypot(a.x - patch.x, a.y - patch.y) - Math.hypot(b.x - patch.x, b.y - patch.y));
    const next = own[(own.indexOf(selected) + 1) % own.length];
    if (next) select(next);
  }

  // Selects the nearest dot in a direction: one that is further aside counts as further away. The map follows.
  function step(right, down) {
    const focused = patches.find((patch) => patch.link === document.activeElement);
    const from = selected || focused || { x: view.x + view.width / 2, y: view.y + view.width / 2 };
    let [nearest, smallest] = [null, Infinity];
    for (const dot of reached) {
      const along = (dot.x - from.x) * right + (dot.y - from.y) * down;
      const aside = Math.abs((dot.x - from.x) * down) + Math.abs((dot.y - from.y) * right);
      if (dot !== selected && along > 0 && aside <= 2 * along && along + 2 * aside < smallest) [nearest, smallest] = [dot, along + 2 * aside];
    }
    if (!nearest) return;
    const [x, y] = [nearest.x - view.x, nearest.y - view.y];
    if (Math.min(x, y) < 0 || Math.max(x, y) > view.width) setView(nearest.x - view.width / 2, nearest.y - view.width / 2, view.width);
    select(nearest);
    const patch = patchOf(nearest);
    if (patch && focused && patch !== focused) {
      isStepping = true;
      patch.link.focus({ preventScroll: true });
      isStepping = false;
    }
  }

  function letGo() {
    if (selected) clear();
    else setView(0, 0, SIDE);
  }

  const keys = {
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    Escape: letGo,
    ArrowLeft: () => step(-1, 0),
    ArrowRight: () => step(1, 0),
    ArrowUp: () => step(0, -1),
    ArrowDown: () => step(0, 1),
  };

  figure.addEventListener("keydown", (event) => {
    const focused = patches.find((patch) => patch.link === document.activeElement);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && focused) selectNext(focused);
    else if (event.key === "Enter" && focused && selected && !patchOf(selected)) return event.preventDefault();
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
  for (const patch of patches) {
    patch.link.addEventListener("focus", () => {
      if (isStepping || !patch.link.matches(":focus-visible")) return;
      const x = patch.x - view.x;
      const y = patch.y - view.y;
      if (Math.min(x, y) < 0 || Math.max(x, y) > view.width) setView(patch.x - view.width / 2, patch.y - view.width / 2, view.width);
      clear();
    });
  }

  map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) moved = 0;
    isTouch = event.pointerType === "touch";
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  map.addEventListener("pointermove", move);
  map.addEventListener("pointerup", endDrag);
  map.addEventListener("pointercancel", endDrag);
  map.addEventListener("pointerleave", (event) => {
    endDrag(event);
    if (event.pointerType === "mouse") clear();
  });
  map.addEventListener("lostpointercapture", endDrag);
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("click", (event) => {
    if (!event.detail) return; // Enter on a patch follows its link
    const dot = isTouch ? nearestDot(toMap(event), HIT_RADIUS * unitsPerPixel()) : null;
    if (moved <= MAX_CLICK_MOVE && !dot) return clear();
    event.preventDefault();
    if (dot && moved <= MAX_CLICK_MOVE) select(dot);
  });
  window.addEventListener("scroll", () => (scrolledAt = performance.now()), { passive: true });
  map.addEventListener(
    "wheel",
    (event) => {
      const isWhole = view.width === SIDE;
      const scrollsPage = isWhole && (event.deltaY > 0 || performance.now() - scrolledAt < SCROLL_PAUSE_MS);
      if (scrollsPage && !event.ctrlKey) return;
      event.preventDefault();
      const point = toMap(event);
      zoom(Math.exp(-clamp(event.deltaY, -120, 120) / 300), point.x, point.y);
    },
    { passive: false },
  );
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    const actions = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), whole: () => setView(0, 0, SIDE) };
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
  window.addEventListener("resize", () => selected && mark(selected));
  map.classList.add("is-interactive");
  figure.querySelector(".map-tools").hidden = false;
  help.hidden = false;
}

const figure = document.getElementById("map");
if (figure) start(figure);
