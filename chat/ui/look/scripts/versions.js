/* Versions of a message: the way to another one, and to a new chat from one. And whether one goes along. */
"use strict";

(() => {
  const HOWS = { "previous-version": "", "next-version": "", "show-version": "", "show-compared": "compared", fork: "", "leave-out": "leave-out", "take-along": "take-along" };
  const OPPOSITES = { "leave-out": "take-along", "take-along": "leave-out" }; // what a button becomes
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
    const button = row?.querySelector(`[name=${OPPOSITES[focused.name] ?? focused.name}]:enabled`) ?? row?.querySelector(".versions [name$=-version]:enabled");
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

  // How much a new chat takes along; with a summary it shows first what that will cost.
  const forks = () => document.querySelector("#fork-menu");
  const ways = () => [...forks().querySelectorAll("button")];
  let from = null; // the button that opened the menu
  const openForks = (button) => {
    from = button;
    forks().showPopover();
    const { right, bottom } = button.getBoundingClientRect();
    const { width, height } = forks().getBoundingClientRect();
    forks().style.left = `${Math.max(0, right - width)}px`;
    forks().style.top = `${Math.max(0, Math.min(bottom, innerHeight - height))}px`;
    ways()[0].focus();
  };
  const closeForks = () => {
    forks().hidePopover();
    from.focus();
  };
  const forkBy = (how) => {
    const turn = from.value;
    closeForks();
    tally.beginStep();
    if (how === "fork-summary") tally.openContextElsewhere();
    ask({ turn, how: how === "fork-last" ? how : "fork" });
  };
  document.addEventListener(
    "keydown",
    (event) => {
      if (!event.target.closest?.("#fork-menu")) return;
      const place = ways().indexOf(event.target);
      const targets = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 };
      if (event.key === "Escape" || event.key === "Tab") closeForks();
      else if (event.key in targets) ways().at(targets[event.key] % ways().length).focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  document.addEventListener(
    "click",
    ({ target }) => {
      const way = target.closest?.("#fork-menu button");
      if (way) return forkBy(way.dataset.how);
      const counted = target.closest("#chat button[name=version-costs]");
      if (counted) return showCosts(counted);
      const button = target.closest(ASKS);
      if (!button) return;
      const { name, value: turn } = button;
      if (name === "fork") return openForks(button);
      const row = button.closest(".user-row");
      if (!(name in OPPOSITES)) tally.leaveTurn();
      if (row) tally.holdAt(turn, row);
      if (row) focused = { turn, name };
      ask({ turn, how: HOWS[name] });
    },
    true,
  );

  const changeTurn = (what) => ask(what);
  Object.assign(tally, { changeTurn, showVersionsBy });
})();
