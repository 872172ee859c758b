/* Gives screen readers what Gradio leaves out or tells them wrongly. */
"use strict";

(() => {
  // The page's heading is its title, also where the sidebar with its own is hidden.
  const heading = Object.assign(document.createElement("h1"), { className: "unseen" });
  const putRight = () => {
    const main = document.querySelector("main");
    if (main && !main.contains(heading)) main.prepend(heading);
    if (heading.textContent !== document.title) heading.textContent = document.title;
    // The list of example questions has buttons in place of list items: a group of buttons is what it is.
    document.querySelector("#chat .examples[role=list]")?.setAttribute("role", "group");
  };
  new MutationObserver(putRight).observe(document, { childList: true, subtree: true });
})();
