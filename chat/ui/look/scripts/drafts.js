/* What is typed and not sent: a draft for each conversation. It outlives a reload and the browser's end, but that of
   a new or temporary chat only a reload. */
"use strict";

(() => {
  const { box } = tally;
  const DRAFTS = "tally-drafts";
  const MOST = 50; // the latest
  // A new chat's draft belongs to its tab: another tab may hold another new chat. A temporary one's ends with it.
  const isTemporary = (conversation) => conversation.startsWith("temporary-");
  const isOfTab = (conversation) => !conversation || isTemporary(conversation);
  const kept = (conversation) => (isOfTab(conversation) ? tally.drafts : tally.preferences);
  const GAP = "\n\n"; // between messages that are back in the box
  let id = tally.shownId(); // the conversation whose draft is in the box
  const all = (conversation) => JSON.parse(kept(conversation).get(DRAFTS) || "{}");
  const keep = (conversation, text) => {
    const { [conversation]: _, ...drafts } = all(conversation);
    const latest = Object.entries(text ? { ...drafts, [conversation]: text } : drafts).slice(-MOST);
    kept(conversation).set(DRAFTS, JSON.stringify(Object.fromEntries(latest)));
  };
  const fill = (text) => {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  };
  const giveBack = (conversation, ...texts) => {
    if (!texts.some(Boolean)) return;
    const isShown = conversation === id && box();
    const draft = isShown ? box().value : all(conversation)[conversation];
    const joined = [...texts, draft].filter(Boolean).join(GAP);
    if (isShown) fill(joined);
    else keep(conversation, joined);
  };
  document.addEventListener("input", ({ target }) => target === box() && keep(id, target.value));
  // Whether a new chat is temporary belongs to its tab too.
  const TEMPORARY = "tally-temporary";
  const tick = () => document.querySelector("#temporary input");
  document.addEventListener("change", ({ target }) => {
    if (target === tick()) tally.drafts.set(TEMPORARY, JSON.stringify(target.checked));
  });
  let deleted = null; // the temporary chat whose draft goes with it
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#new-chat")) tally.drafts.remove(TEMPORARY); // the server takes the tick away
    if (!target.closest?.("#temporary-delete")) return;
    deleted = id;
    tally.beginStep();
  });
  document.addEventListener("tally-shown", ({ detail }) => {
    tally.drafts.remove(TEMPORARY);
    // A temporary chat is gone, and what was written for it is still in the box.
    if (isTemporary(id) && !detail.id && detail.isSame && !tick().checked) tick().click();
    if (detail.isSame || id === deleted) keep(id, "");
    deleted = null;
    id = detail.id;
    if (detail.isSame) keep(id, box().value);
    else fill(all(id)[id] ?? "");
  });
  // Who uses this browser next does not see them.
  document.addEventListener("submit", ({ target }) => {
    if (!target.matches("#account form")) return;
    tally.preferences.remove(DRAFTS);
    sessionStorage.clear();
  });

  const start = () => {
    if (!box()) return setTimeout(start, 50); // Gradio runs this script before its components are there
    if (!id && tally.drafts.get(TEMPORARY) === "true" && !tick().checked) tick().click();
    const draft = all(id)[id] ?? "";
    if (!box().value.startsWith(draft)) giveBack(id, draft); // some browsers keep what was typed themselves
  };
  start();

  Object.assign(tally, { GAP, fill, giveBack });
})();
