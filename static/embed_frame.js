// Inside a frame of another site's page: says how high this page is, and whether it is another one than before, to
// whoever frames it: never an address, since that of a thank-you opens the answer. It listens to nothing, so that no
// other page can make it do anything. static/embed.js, on the other side, sets the height of the frame and shows its top.
"use strict";

(() => {
  if (window.parent === window) return;
  const TIMES = 10; // the page around may load its script later than this one
  // Each refusal of an answer is another page; a thank-you that looks again is not.
  const isReply = new URLSearchParams(location.search).has("sent");
  const isThanks = document.body.classList.contains("thanks");
  const page = isReply ? String(performance.timeOrigin) : isThanks ? "thanks" : "first";
  let said = 0;

  function say() {
    said = Math.ceil(document.body.getBoundingClientRect().height);
    window.parent.postMessage({ type: "common-threads-height", height: said, page }, "*");
  }

  new ResizeObserver(() => {
    if (Math.abs(document.body.getBoundingClientRect().height - said) > 1) say();
  }).observe(document.body);
  let times = 0;
  const timer = setInterval(() => {
    say();
    if (++times === TIMES) clearInterval(timer);
  }, 1000);
  say();
  // Browsers ignore `autofocus` in a frame of another site, not this. The page around scrolls, if it has to.
  const refused = document.querySelector(".summary");
  if (refused) refused.focus({ preventScroll: true });
})();
