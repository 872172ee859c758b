/* The sidebar: whether it is open, and its list of conversations, which is one tab stop. */
"use strict";

(() => {
  const NARROW = 768; // on a narrower screen the sidebar covers the conversation: it begins closed there
  const OPEN = "tally-sidebar";
  const RELIST_MS = 2000;
  const LONGEST_SETTLING_MS = 5000; // should the sidebar never stand beside the page, the page is shown all the same
  const isNarrow = () => innerWidth < NARROW;
  const settings = (window.gradio_config?.components || []).find((each) => each.type === "sidebar");
  if (settings) {
    settings.props.open = !isNarrow() && tally.preferences.get(OPEN) !== "closed";
    document.body.classList.add("settling"); // until the sidebar stands where it belongs
  }

  const sidebar = () => document.querySelector("#sidebar");
  const toggle = () => sidebar()?.querySelector(".toggle-button");
  const isOpen = () => sidebar().classList.contains("open");
  const nameToggle = () => {
    const button = toggle();
    const name = button && (isOpen() ? tallyTexts.closeMenu : tallyTexts.openMenu);
    if (!button || button.ariaLabel === name) return;
    button.ariaLabel = button.title = name;
    button.ariaExpanded = String(isOpen());
  };
  const uncover = () => isNarrow() && isOpen() && toggle().click();
  document.addEventListener("click", ({ target }) => {
    if (target.closest("#sidebar .toggle-button")) {
      if (!isNarrow()) tally.preferences.set(OPEN, isOpen() ? "open" : "closed");
    } else if (target.closest("#new-chat")) uncover();
  });

  // One line has the list's tab stop: the one that had the focus last, or else the conversation shown. It keeps
  // the focus when a new list comes from the server.
  const list = () => document.querySelector("#conversations");
  const links = () => [...list().querySelectorAll("[data-open]")];
  const moreOf = (link) => link.parentElement.querySelector("[data-more]");
  let ask = () => {}; // tells the server what to open or delete
  let stop = null; // {id, position} of the line with the tab stop
  let hasFocus = false;
  const showConversations = (tell) => {
    ask = tell;
    tally.openBy((open, turn) => ask({ open, turn }));
  };
  const giveStop = () => {
    const all = list() ? links() : [];
    if (!all.length || all.some((link) => link.tabIndex === 0)) return;
    const same = all.find((link) => link.dataset.open === stop?.id);
    const beside = stop && hasFocus && all[Math.min(stop.position, all.length - 1)];
    const line = same ?? (beside || all.find((link) => link.closest("[aria-current]")) || all[0]);
    line.tabIndex = 0;
    if (hasFocus && document.activeElement === document.body) line.focus();
  };
  const moveStop = (line) => {
    for (const link of links()) link.tabIndex = link === line ? 0 : -1;
    stop = { id: line.dataset.open, position: links().indexOf(line) };
  };
  document.addEventListener("focusin", ({ target }) => {
    const line = target.closest("#conversations li")?.firstElementChild;
    hasFocus = Boolean(line);
    if (line) moveStop(line);
  });
  document.addEventListener("pointerdown", ({ target }) => (hasFocus &&= Boolean(target.closest("#conversations"))));
  const isSettled = () => {
    const tabs = document.querySelector("#tabs");
    if (!tabs || !sidebar() || isOpen() !== settings.props.open) return false;
    return !isOpen() || tabs.getBoundingClientRect().left >= sidebar().getBoundingClientRect().right;
  };
  const settle = () => {
    const isDone = isSettled() || performance.now() > LONGEST_SETTLING_MS;
    requestAnimationFrame(isDone ? () => document.body.classList.remove("settling") : settle);
  };
  if (settings) settle();
  const observer = new MutationObserver(() => {
    nameToggle();
    giveStop();
  });
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ["class"] });

  // Replies that are being written in other conversations end without a word to this page.
  setInterval(() => list()?.querySelector(".running") && tally.press("relist"), RELIST_MS);

  // The menu of a conversation, and its deletion.
  const menu = () => document.querySelector("#conversation-menu");
  const dialog = () => document.querySelector("#delete-dialog");
  let chosen = null; // the line whose menu is open
  const openMenu = (line) => {
    chosen = line;
    const { left, right, bottom } = moreOf(line).getBoundingClientRect();
    menu().showPopover();
    const { width, height } = menu().getBoundingClientRect();
    menu().style.left = `${document.dir === "rtl" ? left : Math.max(0, right - width)}px`;
    menu().style.top = `${Math.min(bottom, innerHeight - height)}px`;
    menu().querySelector("button").focus();
  };
  const confirmDeletion = (line) => {
    dialog().querySelector(".title").textContent = line.title;
    dialog().returnValue = "";
    dialog().onclose = () => dialog().returnValue === "delete" && ask({ delete: line.dataset.open });
    dialog().showModal();
  };
  document.addEventListener("click", (event) => {
    const { target } = event;
    const line = target.closest("#conversations li")?.firstElementChild;
    const inNewTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (target.closest("[data-more]")) openMenu(line);
    else if (target.closest("#conversation-menu button")) {
      menu().hidePopover();
      confirmDeletion(chosen);
    } else if (line && !inNewTab) {
      event.preventDefault();
      tally.openConversation(line.dataset.open);
      uncover();
    }
  });

  const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    const line = event.target.closest("#conversations li")?.firstElementChild;
    if (!line) return;
    const { key } = event;
    const step = STEPS[key];
    if (step) {
      const position = Math.min(Math.max(links().indexOf(line) + step, 0), links().length - 1);
      links()[position].focus();
    } else if (key === "ArrowRight") moreOf(line).focus();
    else if (key === "ArrowLeft") line.focus();
    else if (key === "Delete") confirmDeletion(line);
    else if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) openMenu(line);
    else return;
    event.preventDefault();
  });

  Object.assign(tally, { showConversations });
})();
