// The figures that the estimate opens to float above the message box, and close by themselves.
"use strict";

(() => {
  const LINE = "#estimate details[open] > summary";
  const GAP_PX = 6;

  // Closed by its own line, so that it is not opened again with the next estimate.
  const close = () => document.querySelector(LINE)?.click();
  const isWithin = (element) => Boolean(element?.closest?.("#estimate"));
  document.addEventListener("pointerdown", ({ target }) => isWithin(target) || close(), true);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (isWithin(target) && !isWithin(relatedTarget)) close();
  });
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
