// Keeps an open page true. The server sends only a revision number; the page then fetches what changed, so that nothing
// is lost when the stream drops. The three states are shown, never guessed: live, asking every few seconds, cut off.
"use strict";

(() => {
  const POLL_MS = 4000;
  const RETRY_STREAM_MS = 15000;
  const SILENT_MS = 25000; // the stream says something every 15 s; later than this it is dead, whatever the socket says

  const body = document.body;
  if (!body.dataset.live) return;

  let seen = body.dataset.revision || "";
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

  function refresh() {
    htmx.trigger(body, "revision");
  }

  function take(news) {
    heardAt = performance.now();
    clock.at = news.now;
    clock.rate = news.rate;
    clock.heard = heardAt;
    for (const label of document.querySelectorAll("[data-rate-label]")) label.textContent = `${Math.round(news.rate)}×`;
    if (String(news.revision) !== seen) {
      seen = String(news.revision);
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
