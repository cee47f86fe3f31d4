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

  // A page that refreshes itself must not wipe what is being typed; it catches up when the field is left.
  let behind = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const typing = event.detail.target.querySelector?.("input:not([type=hidden]):focus, textarea:focus, select:focus");
    if (typing && typing.value && event.detail.requestConfig.verb === "get") {
      event.detail.shouldSwap = false;
      behind = true;
    }
  });
  document.addEventListener("focusout", () => {
    if (behind) setTimeout(() => htmx.trigger(document.body, "revision"), 300);
    behind = false;
  });

  // Nor shut what a person has just unfolded, unless they pressed something inside it.
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const open = [...document.querySelectorAll("details[open][id]")];
    unfolded = open.filter((element) => !element.contains(event.detail.requestConfig.elt)).map((element) => element.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  });

  document.addEventListener("htmx:responseError", () => { document.getElementById("failed").hidden = false; });
  document.addEventListener("htmx:sendError", () => { document.getElementById("failed").hidden = false; });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) document.getElementById("failed").hidden = true;
  });
})();
