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

  // Nor shut what a person has just unfolded, nor lose what they wrote, unless they sent or pressed just that.
  let unfolded = [];
  let written = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const sent = event.detail.requestConfig.elt;
    const open = [...document.querySelectorAll("details[open][id]")];
    unfolded = open.filter((element) => !element.contains(sent)).map((element) => element.id);
    const fields = [...document.querySelectorAll("#live input[id], #live textarea[id], #live select[id]")];
    written = fields.filter((field) => field.value && !(sent.matches("form") && sent.contains(field))).map((field) => [field.id, field.value]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, value] of written) {
      const field = document.getElementById(id);
      if (field && !field.value) field.value = value;
    }
  });

  // What a person pressed and what the page asks for by itself fail differently; live.js says when there is no line.
  const asked = (event) => event.detail.requestConfig?.verb === "get";
  document.addEventListener("htmx:responseError", (event) => {
    document.getElementById(asked(event) ? "stale" : "failed").hidden = false;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!asked(event)) document.getElementById("failed").hidden = false;
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) document.getElementById(asked(event) ? "stale" : "failed").hidden = true;
  });
})();
