// A link to one message (?c=…&turn=…) opens its conversation there, and marks it for a moment.
"use strict";

(() => {
  const MARK_MS = 2500;
  let wanted = null; // {id, turn}: the message that is not in view yet
  let searched = ""; // the turns among which it was not
  const find = () => {
    const shown = document.querySelector("#page-state [data-turns]");
    if (!wanted || shown?.dataset.conversation !== wanted.id || shown.dataset.turns === searched) return;
    const place = shown.dataset.turns.split(" ").indexOf(wanted.turn);
    const row = document.querySelectorAll("#chat .user-row")[place];
    if (place >= 0 && !row) return;
    if (place < 0 && shown.matches(".has-earlier")) {
      searched = shown.dataset.turns;
      tally.press("earlier");
      return;
    }
    wanted = null;
    if (!row) return; // another version of the message is shown
    document.dispatchEvent(new Event("pointerdown")); // lets go of the place that is held
    row.scrollIntoView({ block: "start" });
    row.classList.add("linked");
    setTimeout(() => row.classList.remove("linked"), MARK_MS);
  };
  const want = (query) => {
    wanted = query.has("turn") ? { id: query.get("c"), turn: query.get("turn") } : null;
    searched = "";
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
    attributeFilter: ["data-turns", "data-conversation"],
    childList: true,
    subtree: true,
  });
  want(tallyAddress.asked());
})();
