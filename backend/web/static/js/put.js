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

  // Returns whether it fitted: an answer to what the page showed when it asked does not fit what it shows by now. It may
  // be older than that and leaves out what the page had then, so it is to be asked for anew. What it says to whoever
  // pressed is put in all the same.
  window.putIn = (answer, form = null) => {
    const parsed = document.createElement("template");
    parsed.innerHTML = answer;
    const pairs = [...parsed.content.children].map((fresh) => [document.getElementById(fresh.id), fresh]);
    const fits = pairs.every(([shown, fresh]) => [undefined, shown?.dataset.seen].includes(fresh.dataset.after));
    sent = form;
    for (const [shown, fresh] of pairs) {
      if (!shown || !(fits || fresh.id === "said")) continue;
      Idiomorph.morph(shown, fresh);
      htmx.process(document.getElementById(fresh.id));
    }
    sent = null;
    document.dispatchEvent(new CustomEvent("put"));
    return fits;
  };
})();
