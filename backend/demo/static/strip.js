// Keeps the strip of the demo true. A page that lost its server says so itself; here that is no news.
"use strict";

setInterval(async () => {
  const strip = document.getElementById("strip-now");
  try {
    const answer = await fetch(`${strip.dataset.source}&seen=${strip.dataset.seen}`, { signal: AbortSignal.timeout(5000) });
    if (answer.status !== 200) return;
    const hadFocus = strip.contains(document.activeElement);
    strip.outerHTML = await answer.text();
    if (hadFocus) document.querySelector("#strip-now a")?.focus();
  } catch {
    // asked again in a second
  }
}, 1000);
