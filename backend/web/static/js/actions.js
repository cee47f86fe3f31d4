// Small helps for forms. Every form works without this file.
"use strict";

(() => {
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });

  // A touch on a telephone number starts the call; that it was started goes into the alert's timeline.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-log-call]");
    if (link) htmx.ajax("POST", link.dataset.logCall, { values: JSON.parse(link.dataset.values), swap: "none" });
  });

  // A page that refreshes itself must not shut what a person has just opened, nor wipe what is being typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const open = event.detail.target.querySelector?.("details[open] :focus, input:focus, textarea:focus, select:focus");
    const refresh = event.detail.requestConfig.verb === "get" && event.detail.requestConfig.triggeringEvent?.type === "revision";
    if (open && refresh) event.detail.shouldSwap = false;
  });

  let opened = [];
  document.addEventListener("htmx:beforeSwap", () => {
    opened = [...document.querySelectorAll("details[open][id]")].map((element) => element.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.verb !== "get") return;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  });
  document.addEventListener("htmx:responseError", () => { document.getElementById("failed").hidden = false; });
  document.addEventListener("htmx:sendError", () => { document.getElementById("failed").hidden = false; });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) document.getElementById("failed").hidden = true;
  });
})();
