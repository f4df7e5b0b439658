// For pages of other sites: lets the frames of this site grow to the height of what is in them. It only listens: to
// messages of frames that are in this page and show a page of the site that this script came from. Without it the
// frames keep the height that their code says.
"use strict";

(() => {
  const FEWEST = 120; // pixels
  const MOST = 20000;
  const site = new URL(document.currentScript.src).origin;
  const listening = (window.commonThreadsListening = window.commonThreadsListening || new Set());
  if (listening.has(site)) return; // the code stands more than once on the page
  listening.add(site);
  window.addEventListener("message", (event) => {
    if (event.origin !== site || !event.data || event.data.type !== "common-threads-height") return;
    const height = Number(event.data.height);
    if (!(height > 0)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow !== event.source) continue;
      frame.style.height = Math.min(Math.max(Math.ceil(height), FEWEST), MOST) + "px";
    }
  });
})();
