/* The sidebar: whether it is open, and what has the focus in it. */
"use strict";

(() => {
  const NARROW = 768; // on a narrower screen the sidebar covers the conversation: it begins closed there
  const OPEN = "tally-sidebar";
  const isNarrow = () => innerWidth < NARROW;
  const settings = (window.gradio_config?.components || []).find((each) => each.type === "sidebar");
  if (settings) settings.props.open = !isNarrow() && tally.preferences.get(OPEN) !== "closed";

  const sidebar = () => document.querySelector("#sidebar");
  const toggle = () => sidebar()?.querySelector(".toggle-button");
  const isOpen = () => sidebar().classList.contains("open");
  const nameToggle = () => {
    const button = toggle();
    if (!button) return;
    const name = isOpen() ? tallyTexts.closeMenu : tallyTexts.openMenu;
    if (button.ariaLabel === name) return;
    button.ariaLabel = button.title = name;
    button.ariaExpanded = String(isOpen());
  };
  new MutationObserver(nameToggle).observe(document, { childList: true, subtree: true, attributeFilter: ["class"] });

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#sidebar .toggle-button")) {
      if (!isNarrow()) tally.preferences.set(OPEN, isOpen() ? "open" : "closed");
    } else if (isNarrow() && isOpen() && target.closest("#new-chat, #conversations [data-open]")) toggle().click();
  });
})();
