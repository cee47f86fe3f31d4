// Running clocks: <time data-due="…"> counts to its limit and past it, <time data-ago="…"> says how long ago. Both hold
// Unix seconds of domain time and a readable instant as text, so that the page is right without this script too.
"use strict";

(() => {
  const words = document.body.dataset;
  const now = () => (window.domainNow ? window.domainNow() : Date.now() / 1000);

  function span(seconds) {
    const whole = Math.floor(Math.abs(seconds));
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const rest = String(whole % 60).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function ago(seconds) {
    if (seconds < 60) return words.justNow;
    if (seconds < 3600) return words.minutesAgo.replace("{}", Math.floor(seconds / 60));
    if (seconds < 48 * 3600) {
      return words.hoursAgo.replace("{h}", Math.floor(seconds / 3600)).replace("{m}", Math.floor((seconds % 3600) / 60));
    }
    return words.daysAgo.replace("{}", Math.floor(seconds / 86400));
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const at = now();
    for (const element of document.querySelectorAll("[data-due]")) {
      const left = Number(element.dataset.due) - at;
      element.classList.toggle("over", left < 0);
      put(element, (left < 0 ? "+" : "") + span(left));
      const label = element.nextElementSibling;
      if (label && label.dataset.within) put(label, left < 0 ? label.dataset.over : label.dataset.within);
    }
    for (const element of document.querySelectorAll("[data-since]")) {
      put(element, span(Math.max(0, at - Number(element.dataset.since))));
    }
    for (const element of document.querySelectorAll("[data-ago]")) {
      put(element, ago(Math.max(0, at - Number(element.dataset.ago))));
    }
    for (const element of document.querySelectorAll("[data-domain-clock]")) {
      const zone = element.dataset.zone;
      put(element, new Date(at * 1000).toLocaleTimeString("ja-JP", { timeZone: zone, hour: "2-digit", minute: "2-digit" }));
    }
  }

  tick();
  setInterval(tick, 500);
  document.addEventListener("put", tick);
})();
