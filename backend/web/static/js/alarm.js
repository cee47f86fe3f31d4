// An unclaimed emergency changes the title and sounds until somebody claims it. A browser may forbid sound until the
// page is touched; then the page says so instead of being silent.
"use strict";

(() => {
  const REPEAT_MS = 4000;
  const hint = document.getElementById("sound-hint");
  const title = document.title;
  if (!hint) return;

  const Audio = window.AudioContext || window.webkitAudioContext;
  let audio = null;
  let known = new Set();
  let first = true;

  function counts() {
    const bar = document.getElementById("bar");
    if (!bar) return { p1: 0, unclaimed: [] };
    return { p1: Number(bar.dataset.p1), unclaimed: (bar.dataset.unclaimed || "").split(" ").filter(Boolean) };
  }

  function allowed() {
    return audio !== null && audio.state === "running";
  }

  function beep(pitches) {
    if (!allowed()) return;
    pitches.forEach((pitch, index) => {
      const tone = audio.createOscillator();
      const level = audio.createGain();
      const start = audio.currentTime + index * 0.22;
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(0.0001, start);
      level.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
      level.gain.exponentialRampToValueAtTime(0.0001, start + 0.2);
      tone.connect(level).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.21);
    });
  }

  function wake() {
    if (!Audio) return;
    audio = audio || new Audio();
    audio.resume().then(tell, tell);
  }

  function tell() {
    hint.hidden = allowed();
    document.body.dataset.sound = allowed() ? "on" : "blocked";
  }

  function look() {
    const { p1, unclaimed } = counts();
    const fresh = unclaimed.filter((ref) => !known.has(ref));
    known = new Set(unclaimed);
    document.title = unclaimed.length ? `${p1 ? "🔴" : "🟠"}(${unclaimed.length}) ${title}` : title;
    if (fresh.length && !first && !p1) beep([660, 880]);
    first = false;
  }

  setInterval(() => {
    if (counts().p1) beep([988, 784, 988]);
  }, REPEAT_MS);

  document.addEventListener("put", look);
  document.addEventListener("pointerdown", wake);
  document.addEventListener("keydown", wake);
  wake();
  setTimeout(tell, 500);
  look();
})();
