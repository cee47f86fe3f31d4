// Small helps for forms. Every form works without this file.
"use strict";

(() => {
  const notice = document.getElementById("failed");
  const failed = () => { notice.hidden = false; refresh(); }; // it may have arrived all the same

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
    event.detail.parameters.seen = document.getElementById("live")?.dataset.seen ?? "";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    event.detail.shouldSwap = false;
    if (xhr.status !== 200) return;
    const form = requestConfig.elt.matches("form") ? requestConfig.elt : null;
    if (putIn(xhr.responseText, form)) return;
    form?.reset(); // it is done all the same, and so is what was written into it
    form?.closest("details")?.removeAttribute("open");
    refresh();
  });

  // A touch on a telephone number starts the call; that it was started goes into the alert's timeline.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-log-call]");
    if (link) htmx.ajax("POST", link.dataset.logCall, { values: JSON.parse(link.dataset.values), swap: "none" });
  });

  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed); // on a dead line an answer never comes, and no error either
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) notice.hidden = true; });
})();
