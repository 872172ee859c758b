// The figures that the estimate opens to float above the message box, and close by themselves.
"use strict";

(() => {
  const LINE = "#estimate details[open] > summary";
  const GAP_PX = 6;

  // Closed by its own line, so that it is not opened again with the next estimate.
  const close = () => document.querySelector(LINE)?.click();
  const closeFromOutside = ({ target }) => {
    if (!target.closest?.("#estimate")) close();
  };
  document.addEventListener("pointerdown", closeFromOutside, true);
  document.addEventListener("focusin", closeFromOutside, true);
  // Before the page's own Escape, which stops a reply.
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !document.querySelector(LINE)) return;
      close();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.matches("#estimate details[open]")) return;
      const up = target.getBoundingClientRect().bottom - document.querySelector("#composer").getBoundingClientRect().top;
      target.lastElementChild.style.insetBlockEnd = `${up + GAP_PX}px`;
    },
    true,
  );
})();
