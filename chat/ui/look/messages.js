/* What is done with messages: they are copied and edited as they are stored. */
"use strict";

(() => {
  // The Chatbot holds text made for showing; messages are copied and edited as they are stored. The server
  // gives their text by turn, and the page's state lists the turns shown, in order.
  const rows = () => [...document.querySelectorAll("#chat .message-row")];
  const turnsShown = () => (document.querySelector("#page-state [data-turns]")?.dataset.turns || "").split(" ");
  const turnOf = (row) => {
    const upToHere = rows().slice(0, rows().indexOf(row) + 1);
    return turnsShown()[upToHere.filter((each) => each.matches(".user-row")).length - 1];
  };
  const textOf = async (turn, part) => {
    const answer = await fetch(`message?${new URLSearchParams({ turn, part })}`);
    const { text, error, detail } = await answer.json();
    if (!answer.ok) throw new Error(error ?? detail);
    return text;
  };
  const tell = (what, error) => alert(`${what} ${tallyTexts.reload} (${error.message})`);
  const editBox = () => document.querySelector("#chat .user-row textarea");
  // The buttons under messages are told apart by their places: their labels are in the reader's language.
  const buttonsUnder = (row) => {
    const panel = row.nextElementSibling;
    return panel?.matches(".message-buttons") ? [...panel.querySelectorAll("button")] : [];
  };
  const messageButton = (target) => {
    const button = target.closest("#chat .message-buttons button");
    const row = button?.closest(".message-buttons").previousElementSibling;
    if (!row) return {};
    const isQuestion = row.matches(".user-row");
    let kinds = isQuestion ? ["copy", "edit"] : ["copy", "retry"];
    if (isQuestion && row.contains(editBox())) kinds = ["submit", "cancel"];
    const kind = kinds[buttonsUnder(row).indexOf(button)];
    return { kind, turn: turnOf(row), part: isQuestion ? "question" : "reply" };
  };

  // Word joiners only keep the page from hiding what looks like a tag, so copies leave them out.
  const withoutJoiners = (text) => text.replaceAll("\u2060", "");
  document.addEventListener("copy", (event) => {
    const selected = String(getSelection());
    if (event.target.closest?.("textarea, input") || selected === withoutJoiners(selected)) return;
    event.clipboardData.setData("text/plain", withoutJoiners(selected));
    event.preventDefault();
  });
  // Except on https and this machine, a browser has no clipboard for scripts, only the copy command.
  const copyByCommand = (text) => {
    const put = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const selected = Object.assign(document.createElement("textarea"), { value: "-", readOnly: true });
    const focused = document.activeElement;
    selected.style.cssText = "position: fixed; opacity: 0";
    document.body.append(selected);
    selected.select();
    document.addEventListener("copy", put, true);
    const isDone = document.execCommand("copy");
    document.removeEventListener("copy", put, true);
    selected.remove();
    focused?.focus({ preventScroll: true });
    if (!isDone) throw new Error(tallyTexts.copyingNotAllowed);
  };
  const clipboard = navigator.clipboard;
  const write = clipboard?.writeText.bind(clipboard) ?? (async (text) => copyByCommand(text));
  const writeLater = async (text) => {
    try {
      // Begun within the click: some browsers allow no writing once the text has arrived.
      const plain = text.then((whole) => new Blob([whole], { type: "text/plain" }));
      await clipboard.write([new ClipboardItem({ "text/plain": plain })]);
    } catch {
      copyByCommand(await text); // there is no such clipboard, or this frame may not use it
    }
  };
  let copied = null; // the message whose Copy is being pressed
  const writeText = async (shown) => {
    if (!copied) return write(withoutJoiners(shown));
    const { turn, part } = copied;
    copied = null;
    try {
      await writeLater(textOf(turn, part));
    } catch (error) {
      tell(tallyTexts.notCopied, error);
      throw error;
    }
  };
  if (clipboard) clipboard.writeText = writeText;
  else Object.defineProperty(navigator, "clipboard", { value: { writeText } });
  const noteCopy = ({ target }) => {
    const column = target.closest("#compare .compared-reply .icon-button-wrapper button")?.closest(".compared");
    const { kind, turn, part } = messageButton(target);
    if (column) copied = { turn: column.querySelector("[data-turn]")?.dataset.turn, part: "reply" };
    else copied = kind === "copy" ? { turn, part } : null;
  };
  document.addEventListener("click", noteCopy, true);

  // The edit box is filled with the stored text before it is seen, or with an edit that was refused before.
  const EDITED = "tally-edited";
  let edited = null; // {turn, text} of the open box
  let filled = null; // the box that has been given its text
  let isOpening = false;
  const editButton = (turn) => {
    const row = rows().find((each) => each.matches(".user-row") && turnOf(each) === turn);
    return row && buttonsUnder(row)[1];
  };
  const openEditBox = async (turn) => {
    const kept = JSON.parse(tally.drafts.get(EDITED) || "null");
    try {
      edited = kept?.turn === turn ? kept : { turn, text: await textOf(turn, "question") };
    } catch (error) {
      return tell(tallyTexts.notOpened, error);
    }
    isOpening = true;
    editButton(turn)?.click();
    isOpening = false;
  };
  const fillEditBox = () => {
    const field = editBox();
    if (!field || !edited || field === filled) return;
    filled = field;
    field.value = edited.text;
    field.rows = Math.min(edited.text.split("\n").length, 16); // for browsers that do not know field-sizing
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    tally.keepPlace();
  };
  new MutationObserver(fillEditBox).observe(document, { childList: true, subtree: true });
  document.addEventListener("input", ({ target }) => {
    if (edited && target === editBox()) edited.text = target.value;
  });
  document.addEventListener(
    "click",
    (event) => {
      const { kind, turn } = messageButton(event.target);
      if (kind === "cancel") tally.drafts.remove(EDITED);
      if (kind !== "edit" || isOpening) return;
      event.stopPropagation();
      openEditBox(turn);
    },
    true,
  );
  const editLastMessage = () => {
    const last = rows().findLast((row) => row.matches(".user-row"));
    if (last) buttonsUnder(last)[1]?.click();
  };
  document.addEventListener(
    "keydown",
    (event) => {
      const { key, target } = event;
      if (key !== "ArrowUp" || target !== tally.box() || target.value) return;
      event.preventDefault();
      editLastMessage();
    },
    true,
  );

  const asksFor = (target) => {
    const { kind, turn } = messageButton(target);
    if (kind === "retry") return ["retry", turn];
    if (kind !== "submit") return null;
    tally.drafts.set(EDITED, JSON.stringify({ turn, text: editBox().value }));
    return ["edit", turn, editBox().value];
  };
  tally.onAsking(asksFor, () => tally.drafts.remove(EDITED));
})();
