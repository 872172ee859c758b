/* Versions of a message: the way to another one, and to a new chat from one. */
"use strict";

(() => {
  const HOWS = { "previous-version": "", "next-version": "", "show-version": "", "show-compared": "compared", fork: "fork" };
  const ASKS = Object.keys(HOWS)
    .map((name) => `:is(#chat, #compare) button[name=${name}]`)
    .join();
  let ask = () => {}; // asks the server
  const showVersionsBy = (tell) => (ask = tell);

  // The focus stays on what was pressed, or on its neighbour at the last version.
  let focused = null; // {turn, name}
  const keepFocus = () => {
    if (!focused || document.activeElement !== document.body) return;
    const row = tally.questionOf(focused.turn);
    const button = row?.querySelector(`[name=${focused.name}]:enabled`) ?? row?.querySelector(".versions [name$=-version]:enabled");
    if (!button) return;
    focused = null;
    button.focus({ preventScroll: true });
  };
  document.addEventListener("focusin", () => (focused = null));
  new MutationObserver(keepFocus).observe(document, { childList: true, subtree: true });

  // What each version cost, for those who have no pointer that hovers.
  const costs = Object.assign(document.createElement("div"), { id: "version-costs", popover: "auto" });
  document.body.append(costs);
  const showCosts = (button) => {
    costs.textContent = button.title;
    costs.showPopover();
    const { right, bottom } = button.getBoundingClientRect();
    const { width, height } = costs.getBoundingClientRect();
    costs.style.left = `${Math.max(0, right - width)}px`;
    costs.style.top = `${Math.min(bottom, innerHeight - height)}px`;
  };

  document.addEventListener(
    "click",
    ({ target }) => {
      const counted = target.closest("#chat button[name=version-costs]");
      if (counted) return showCosts(counted);
      const button = target.closest(ASKS);
      if (!button) return;
      const { name, value: turn } = button;
      const row = button.closest(".user-row");
      if (name === "fork") tally.beginStep();
      else tally.leaveTurn();
      if (row) tally.holdAt(turn, row);
      if (row) focused = { turn, name };
      ask({ turn, how: HOWS[name] });
    },
    true,
  );

  Object.assign(tally, { showVersionsBy });
})();
