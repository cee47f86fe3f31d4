// Puts an answer of the server into the open page: each element of it takes the place of the one with its id. What is the
// same stays in the page untouched, and with it the focus, what is being written and what a person has unfolded.
"use strict";

(() => {
  let sent = null; // the form whose answer is being put in; what was written into it is done with

  // What the page has already is not sent again: a mark says where it stands now.
  const isKept = (fresh) => fresh.dataset?.kept !== undefined;
  const isWritten = (shown) => shown.matches?.("input:not([type=hidden]), textarea, select") && shown.value && !sent?.contains(shown);
  const isUnfolded = (name, shown) => name === "open" && shown.matches("details") && !(sent && shown.contains(sent));

  Idiomorph.defaults.callbacks.beforeNodeMorphed = (shown, fresh) => !isKept(fresh) && !isWritten(shown);
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, shown) => !isUnfolded(name, shown);

  // Returns whether it fitted: an answer that leaves out what another page has does not, and is to be asked for anew.
  window.putIn = (answer, form = null) => {
    const parsed = document.createElement("template");
    parsed.innerHTML = answer;
    const pairs = [...parsed.content.children].map((fresh) => [document.getElementById(fresh.id), fresh]);
    const leavesOut = (fresh) => fresh.querySelector("[data-kept]") !== null;
    if (pairs.some(([shown, fresh]) => leavesOut(fresh) && fresh.dataset.after !== shown?.dataset.seen)) return false;
    sent = form;
    for (const [shown, fresh] of pairs) {
      if (!shown) continue;
      Idiomorph.morph(shown, fresh);
      htmx.process(document.getElementById(fresh.id));
    }
    sent = null;
    document.dispatchEvent(new CustomEvent("put"));
    return true;
  };
})();
