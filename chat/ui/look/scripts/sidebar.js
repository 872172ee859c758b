/* The sidebar: whether it is open, and what its button says. */
"use strict";

(() => {
  const NARROW = 768; // on a narrower screen the sidebar covers the conversation: it begins closed there
  const OPEN = "tally-sidebar";
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
    } else if (target.closest("#new-chat, #search-open")) uncover();
  });

  // The message box comes before the conversation that pushes it down.
  const isShowingUsage = () => new URLSearchParams(location.search).has("view");
  const isChatThere = () => {
    const [chat, box] = ["#chat", "#composer"].map((name) => document.querySelector(name)?.getBoundingClientRect());
    return Boolean(chat?.height && box?.height) && box.top >= chat.bottom;
  };
  const isSettled = () => {
    const tabs = document.querySelector("#tabs");
    if (!tabs || !sidebar() || isOpen() !== settings.props.open) return false;
    if (!isShowingUsage() && !isChatThere()) return false;
    return !isOpen() || tabs.getBoundingClientRect().left >= sidebar().getBoundingClientRect().right;
  };
  const settle = () => {
    const isDone = isSettled() || performance.now() > LONGEST_SETTLING_MS;
    requestAnimationFrame(isDone ? () => document.body.classList.remove("settling") : settle);
  };
  if (settings) settle();
  const observer = new MutationObserver(nameToggle);
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ["class"] });

  Object.assign(tally, { uncover });
})();
