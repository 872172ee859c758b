// A link to one message (?c=…&turn=…) opens its conversation there, and marks it for a moment.
"use strict";

(() => {
  const MARK_MS = 2500;
  let wanted = null; // {id, turn}: the message that is not in view yet
  let searched = 0; // how many messages it was not among
  const find = () => {
    const shown = document.querySelector("#page-state [data-conversation]");
    if (!wanted || shown?.dataset.conversation !== wanted.id) return;
    const rows = [...document.querySelectorAll("#chat .user-row")];
    const row = rows.find((each) => each.querySelector("button[name=edit]")?.value === wanted.turn);
    if (!row && shown.matches(".has-earlier")) {
      if (rows.length > searched) tally.press("earlier");
      searched = rows.length;
    }
    if (!row) return;
    wanted = null;
    document.dispatchEvent(new Event("pointerdown")); // lets go of the place that is held
    row.scrollIntoView({ block: "start" });
    row.classList.add("linked");
    setTimeout(() => row.classList.remove("linked"), MARK_MS);
  };
  const want = (query) => {
    wanted = query.has("turn") ? { id: query.get("c"), turn: query.get("turn") } : null;
    searched = 0;
    setTimeout(find);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('#usage-tab a[href^="?c="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const query = new URLSearchParams(link.getAttribute("href"));
    event.preventDefault();
    tally.openConversation(query.get("c"));
    want(query);
  });
  new MutationObserver(find).observe(document, {
    attributeFilter: ["data-conversation"],
    childList: true,
    subtree: true,
  });
  want(tallyAddress.asked());
})();
