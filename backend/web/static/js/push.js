// Lets this browser take pushes: asks the person, subscribes at the browser's push service, tells the server.
"use strict";

(() => {
  const button = document.getElementById("push-here");
  const problem = document.getElementById("push-problem");
  if (!button) return;

  function fail(why) {
    problem.textContent = problem.dataset[why];
    problem.hidden = false;
    button.disabled = false;
  }

  function bytes(base64url) {
    const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }

  async function subscribe() {
    const registration = await navigator.serviceWorker.register(button.dataset.worker);
    // One for another key than ours cannot be used, and the browser gives no second one beside it.
    const before = await registration.pushManager.getSubscription();
    if (before) await before.unsubscribe();
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(button.dataset.key) });
  }

  button.addEventListener("click", async () => {
    problem.hidden = true;
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) return fail("unable");
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return fail("denied");
      const answer = await fetch(button.dataset.to, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
        body: JSON.stringify(await subscribe()),
      });
      if (!answer.ok) return fail("failed");
      location.reload();
    } catch {
      fail("failed");
    }
  });
})();
