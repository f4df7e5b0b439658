// For pages of other sites: lets the frames of this site grow to the height of what is in them, and shows the beginning
// of the page that comes after an answer is sent. It only listens: to messages of frames that are in this page and show a
// page of the site that this script came from. Without it the frames keep the height that their code says.
"use strict";

(() => {
  const FEWEST = 120; // pixels
  const MOST = 20000;
  const site = new URL(document.currentScript.src).origin;
  const listening = (window.commonThreadsListening = window.commonThreadsListening || new Set());
  if (listening.has(site)) return; // the code stands more than once on the page
  listening.add(site);
  const pages = new WeakMap(); // by frame, the page that it shows

  // When another page has come into a frame whose top is above the screen, what it begins with would not be seen.
  function showTop(frame, page) {
    const before = pages.get(frame);
    pages.set(frame, page);
    const isOther = before !== undefined && before !== page;
    if (isOther && frame.getBoundingClientRect().top < 0) frame.scrollIntoView({ block: "start", behavior: "instant" });
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== site || !event.data || event.data.type !== "common-threads-height") return;
    const height = Number(event.data.height);
    if (!(height > 0)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow !== event.source) continue;
      frame.style.height = Math.min(Math.max(Math.ceil(height), FEWEST), MOST) + "px";
      showTop(frame, event.data.page);
    }
  });
})();
