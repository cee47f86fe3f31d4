// Shows a push and opens the page behind it. Runs without any page of ours being open.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const shown = event.data.json();
  const options = { body: shown.body, tag: shown.tag, lang: shown.lang, data: { link: shown.link }, requireInteraction: true };
  event.waitUntil(self.registration.showNotification(shown.title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  if (event.notification.data.link) event.waitUntil(self.clients.openWindow(event.notification.data.link));
});
