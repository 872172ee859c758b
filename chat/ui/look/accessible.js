/* Puts right what Gradio tells screen readers wrongly. */
"use strict";

(() => {
  // Its list of example questions has buttons in place of list items: a group of buttons is what it is.
  const putRight = () => document.querySelector("#chat .examples[role=list]")?.setAttribute("role", "group");
  new MutationObserver(putRight).observe(document, { childList: true, subtree: true });
})();
