// Keeps an open page true. The server sends only revision numbers; the page then fetches what changed, so that nothing
// is lost when the stream drops. The three states are shown, never guessed: live, asking every few seconds, cut off.
// A page that could not fetch says so and goes on trying.
"use strict";

(() => {
  const POLL_MS = 4000;
  const REST_MS = 150; // between two fetches of one part: one alert makes several changes in a row
  const RETRY_STREAM_MS = 15000;
  const ANSWER_MS = 10000;
  const SILENT_MS = 25000; // the stream says something every 15 s; later than this it is dead, whatever the socket says

  const body = document.body;
  if (!body.dataset.live) return;

  const topics = body.dataset.live.split(" "); // of which this page shows something
  const revisionIn = (news) => topics.map((topic) => String(news[topic])).join(" ");
  let seen = revisionIn(body.dataset);
  let heardAt = performance.now();
  let stream = null;
  let pollTimer = null;
  let wasLost = false;

  // Domain time may run faster than real time (a demo); the server says by how much.
  const clock = { at: Number(body.dataset.now), rate: Number(body.dataset.rate), heard: performance.now() };
  window.domainNow = () => clock.at + ((performance.now() - clock.heard) / 1000) * clock.rate;

  function show(state) {
    body.classList.toggle("is-lost", state === "lost");
    document.getElementById("lost").hidden = state !== "lost";
    document.getElementById("polling").hidden = state !== "polling";
    if (state === "lost") {
      document.getElementById("lost-since").textContent = new Date().toLocaleTimeString(document.documentElement.lang);
    }
    if (wasLost && state !== "lost") {
      const back = document.getElementById("back");
      back.hidden = false;
      setTimeout(() => { back.hidden = true; }, 6000);
      refresh();
    }
    wasLost = state === "lost";
    body.dataset.link = state;
  }

  // What changed while an answer was under way is asked for again, and never twice at the same time: in a storm of
  // changes a page asks as often as it can show the answer.
  const asked = new Map(); // id of the part that is being fetched → whether it has changed since
  const failing = new Map(); // id of a part that could not be fetched → the timer of the next try
  const begun = new Map(); // id of a part → when its last fetch began
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function fetchPart(id) {
    if (asked.has(id)) { asked.set(id, true); return; }
    clearTimeout(failing.get(id));
    asked.set(id, true);
    do {
      const rest = (begun.get(id) ?? -REST_MS) + REST_MS - performance.now();
      if (rest > 0) await pause(rest);
      begun.set(id, performance.now());
      asked.set(id, false);
      try {
        if (!await isFetched(document.getElementById(id))) asked.set(id, true);
        failing.delete(id);
      } catch {
        failing.set(id, setTimeout(fetchPart, POLL_MS, id));
      }
    } while (asked.get(id) && !failing.has(id));
    asked.delete(id);
    document.getElementById("stale").hidden = failing.size === 0;
  }

  async function isFetched(part) {
    const { source, seen } = part.dataset;
    const answer = await fetch(`${source}?seen=${seen}`, { headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 401) { location.reload(); return true; }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.status === 204 || putIn(await answer.text());
  }

  // The answer for the live part brings the head along; a page without one has the head alone.
  window.refresh = () => fetchPart(document.getElementById("live") ? "live" : "bar");

  // What no change rings for: a process that died, a gateway's heartbeat.
  for (const part of document.querySelectorAll("[data-every-s]")) {
    setInterval(fetchPart, Number(part.dataset.everyS) * 1000, part.id);
  }

  function take(news) {
    heardAt = performance.now();
    clock.at = news.now;
    clock.rate = news.rate;
    clock.heard = heardAt;
    for (const label of document.querySelectorAll("[data-rate-label]")) label.textContent = `${Math.round(news.rate)}×`;
    if (revisionIn(news) !== seen) {
      seen = revisionIn(news);
      refresh();
    }
  }

  async function poll() {
    try {
      const answer = await fetch("/live/revision", { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      if (!stream || stream.readyState !== EventSource.OPEN) show("polling");
    } catch {
      if (!wasLost) show("lost");
    }
  }

  function startPolling() {
    if (pollTimer) return;
    poll();
    pollTimer = setInterval(poll, POLL_MS);
  }

  function stopPolling() {
    clearInterval(pollTimer);
    pollTimer = null;
  }

  function connect() {
    if (stream) stream.close();
    stream = new EventSource("/live/stream");
    const hear = (event) => {
      take(JSON.parse(event.data));
      stopPolling();
      show("live");
    };
    stream.addEventListener("revision", hear);
    stream.addEventListener("clock", hear);
    stream.onerror = () => {
      stream.close();
      startPolling();
      setTimeout(connect, wasLost ? 3000 : RETRY_STREAM_MS);
    };
  }

  setInterval(() => {
    if (stream && stream.readyState === EventSource.OPEN && performance.now() - heardAt > SILENT_MS) {
      startPolling();
      connect();
    }
  }, 5000);

  // A phone that was asleep has a dead socket and no event for it.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { poll(); } });
  window.addEventListener("online", connect);
  window.addEventListener("offline", () => { if (!wasLost) show("lost"); startPolling(); });
  window.addEventListener("pagehide", () => stream && stream.close());

  connect();
})();
