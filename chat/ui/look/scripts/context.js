/* What goes along with a message: the choice beside the estimate. */
"use strict";

(() => {
  let choose = () => {}; // tells the server
  const chooseContextBy = (tell) => (choose = tell);

  // The focus stays on the control that was used while what the server says takes its place.
  let used = null;
  const keepFocus = () => {
    if (used && document.activeElement === document.body) document.getElementById(used)?.focus({ preventScroll: true });
  };
  // The choice opens by itself in a chat that is to begin with a summary.
  let left = null; // the chat that was shown before
  const openContextElsewhere = () => (left = tally.shownId());
  const openWhenThere = () => {
    const line = document.querySelector("#context summary");
    const shown = document.querySelector("#page-state [data-conversation]")?.dataset.conversation;
    if (left === null || !line || !document.querySelector("#summarize-now")) return;
    if ([left, ""].includes(tally.shownId()) || shown !== tally.shownId()) return;
    left = null;
    if (!line.parentElement.open) line.click();
    document.querySelector("#summarize-now").focus();
  };
  tally.watch(openWhenThere);
  document.addEventListener("focusin", ({ target }) => target.id !== used && (used = null));
  document.addEventListener("pointerdown", ({ target }) => target.closest?.("#context") || (used = null), true);
  new MutationObserver(keepFocus).observe(document, { childList: true, subtree: true });

  // A number chooses what it belongs to.
  document.addEventListener("change", ({ target }) => {
    if (!target.closest?.("#context")) return;
    const kind = target.dataset.kind ?? target.value;
    const number = document.querySelector(`#context [data-kind=${kind}]`);
    if (number && !number.reportValidity()) return;
    used = target.id;
    choose({ kind, number: number?.value ?? "" });
  });

  // A summary is asked for once, as messages.js tells; it can be changed once it is there.
  const dialog = () => document.querySelector("#summary-dialog");
  const openSummary = async (turn) => {
    const text = await tally.textOf(turn, "reply");
    if (text === null) return;
    dialog().querySelector("textarea").value = text;
    dialog().dataset.turn = turn;
    dialog().showModal();
  };
  document.addEventListener(
    "click",
    ({ target }) => {
      const edit = target.closest?.("#chat button[name=edit-summary]");
      if (edit) openSummary(edit.value);
      else if (target.closest?.("#summary-dialog [value=cancel]")) dialog().close();
      else if (target.closest?.("#summarize-now")) {
        tally.press("summarize");
        document.querySelector("#context [open] > summary")?.click();
        tally.focusMessage();
      }
      else if (target.closest?.("#advice-dismiss")) choose({ kind: "dismiss-advice" });
      else if (target.closest?.("#advice-take")) {
        tally.beginStep();
        openContextElsewhere();
        tally.changeTurn({ turn: target.closest?.("button").value, how: "fork" });
      }
    },
    true,
  );
  document.addEventListener("submit", ({ target }) => {
    if (!target.closest?.("#summary-dialog")) return;
    const { turn } = dialog().dataset;
    tally.changeTurn({ turn, how: "edit-summary", text: dialog().querySelector("textarea").value });
  });

  Object.assign(tally, { chooseContextBy, openContextElsewhere });
})();
