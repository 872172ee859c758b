/* Search: its dialog, what is asked of the server while one types, and the way through what was found. */
"use strict";

(() => {
  const TYPING_MS = 120;
  const UNHEARD_MS = 5000; // what Gradio does not hear, as when it has no connection, holds up nothing for long
  const find = (selector) => document.querySelector(selector);
  const dialog = () => find("#search-dialog");
  const field = () => find("#search");
  const list = () => find("#search-results");
  const options = () => [...list().querySelectorAll("[role=option]")];
  const active = () => list().querySelector("[aria-selected=true]");

  let ask = () => {}; // asks the server
  let number = 0; // of what was asked last
  let asked = null; // {number, text}: what the server has not answered yet
  let shown = null; // the text whose answer is shown
  let isOpening = false; // Enter was pressed before the answer came
  let typing = 0;

  const activate = (option, isInView = false) => {
    for (const each of options()) each.setAttribute("aria-selected", each === option);
    if (option) field().setAttribute("aria-activedescendant", option.id);
    else field().removeAttribute("aria-activedescendant");
    if (!isInView) option?.scrollIntoView({ block: "nearest" });
  };
  const show = (html, said) => {
    list().innerHTML = html;
    find("#search-said").innerHTML = said;
    activate(options()[0]);
    list().scrollTop = 0;
  };
  const failed = (text) => {
    const told = Object.assign(document.createElement("p"), { textContent: tallyTexts.searchFailed });
    told.setAttribute("role", "alert");
    shown = text;
    isOpening = false;
    show("", told.outerHTML);
  };

  // One question after the other, so that none overtakes another; an answer to what is no longer asked is dropped.
  const look = () => {
    clearTimeout(typing);
    if (asked || !dialog().open || field().value === shown) return;
    const mine = { number: ++number, text: field().value };
    asked = mine;
    ask(mine);
    setTimeout(() => asked === mine && searchFailed(), UNHEARD_MS);
  };
  const showFound = (answer) => {
    const found = JSON.parse(answer);
    if (found.number !== asked?.number) return;
    const { text } = asked;
    asked = null;
    if (text !== field().value) return look();
    shown = text;
    show(found.list, found.said);
    if (isOpening) openActive();
  };
  const searchFailed = () => {
    if (!asked) return;
    const { text } = asked;
    asked = null;
    if (text === field().value) failed(text);
    else look();
  };

  const isCovered = () => find("dialog[open], #settings-dialog.opened");
  const openSearch = () => {
    if (isCovered()) return;
    shown = null;
    isOpening = false;
    field().value = "";
    show("", "");
    dialog().showModal();
    field().focus();
    look();
  };
  const openActive = () => {
    isOpening = false;
    const option = active();
    if (!option) return;
    const { open, turn } = option.dataset;
    dialog().close();
    tally.openConversation(open, turn);
    tally.uncover();
    if (matchMedia("(pointer: fine)").matches) tally.focusMessage();
  };

  document.addEventListener("input", ({ target, isComposing }) => {
    if (target !== field()) return;
    isOpening = false;
    clearTimeout(typing);
    if (!isComposing) typing = setTimeout(look, TYPING_MS);
  });
  document.addEventListener("compositionend", ({ target }) => target === field() && look());
  document.addEventListener("click", (event) => {
    const { target } = event;
    const option = target.closest("#search-results [role=option]");
    if (target.closest("#search-open")) openSearch();
    else if (target.closest("#search-close") || target === dialog()) dialog().close();
    else if (option && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      activate(option);
      openActive();
    }
  });
  document.addEventListener("mousemove", ({ target }) => {
    const option = target.closest("#search-results [role=option]");
    if (option && option !== active()) activate(option, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.isComposing) return;
    const all = options();
    const place = all.indexOf(active());
    const { key } = event;
    if (key === "ArrowDown") activate(all[(place + 1) % all.length]);
    else if (key === "ArrowUp") activate(all.at(place - 1));
    else if (key === "Enter") {
      isOpening = true;
      if (field().value === shown) openActive();
      else look();
    } else return;
    event.preventDefault();
  });

  // The keys as they are on this machine.
  const nameKeys = () => {
    const keys = find("#search-open kbd");
    if (keys && /Mac|iPhone|iPad/.test(navigator.platform)) keys.textContent = "⌘K";
  };
  const searchBy = (tell) => {
    ask = tell;
    nameKeys();
  };

  Object.assign(tally, { openSearch, searchBy, searchFailed, showFound });
})();
