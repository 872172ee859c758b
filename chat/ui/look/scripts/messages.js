/* What is done with messages: they are copied, asked again and edited as they are stored. */
"use strict";

(() => {
  const hasHover = matchMedia("(hover: hover)");

  // What went wrong here stands where the server's notices do, until the next try.
  const say = (text) => {
    document.querySelector("#notice .said")?.remove();
    if (!text) return;
    const said = Object.assign(document.createElement("p"), { className: "said", textContent: text });
    said.setAttribute("role", "alert");
    document.querySelector("#notice").append(said);
  };
  // The Chatbot holds text made for showing: the server gives a message's own text by its turn.
  const textOf = async (turn, part) => {
    const answer = await fetch(`message?${new URLSearchParams({ turn, part })}`);
    const { text, error, detail } = await answer.json();
    if (!answer.ok) throw new Error(error ?? detail);
    return text;
  };
  const tell = (what, { message }) => say(`${what} ${message} ${tallyTexts.reload}`);

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
  if (!clipboard) {
    const writeText = async (text) => copyByCommand(text); // for the buttons of code and tables
    Object.defineProperty(navigator, "clipboard", { value: { writeText } });
  }
  const writeLater = async (text) => {
    try {
      // Begun within the click: some browsers allow no writing once the text has arrived.
      const plain = text.then((whole) => new Blob([whole], { type: "text/plain" }));
      await clipboard.write([new ClipboardItem({ "text/plain": plain })]);
    } catch {
      copyByCommand(await text); // there is no such clipboard, or this frame may not use it
    }
  };
  const COPIED_MS = 2000;
  const showCopied = (button) => {
    if (button.matches(".done")) return;
    const name = button.textContent;
    button.textContent = button.title = tallyTexts.copied;
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = button.title = name;
      button.classList.remove("done");
    }, COPIED_MS);
  };
  const copy = async (button, part) => {
    say("");
    try {
      await writeLater(part === "link" ? Promise.resolve(tally.linkTo(button.value)) : textOf(button.value, part));
      showCopied(button);
    } catch (error) {
      tell(tallyTexts.notCopied, error);
    }
  };

  // Gradio asks again and edits by buttons of its own. They are hidden, but for those of an open edit box.
  const gradiosButtons = (row) => [...row.nextElementSibling.querySelectorAll("button")];
  const rowOf = (element) => element.closest(".message-row");
  // They are disabled until Gradio knows that the reply has ended, a moment after its receipt is there.
  const ENABLED_SOON_MS = 50;
  const isRunning = () => document.querySelector("#page-state .running");
  const press = (find, chat = tally.shownId()) => {
    const button = chat === tally.shownId() ? find() : null;
    if (button?.disabled && !isRunning()) setTimeout(press, ENABLED_SOON_MS, find, chat);
    else button?.click();
  };
  const askAgain = () => press(() => [...document.querySelectorAll("#chat .message-buttons-left button")].at(-1));

  // The edit box is filled with the stored text before it is seen, or with an edit that was refused before.
  const EDITED = "tally-edited";
  let edited = null; // {turn, text} of the open box
  let filled = null; // the box that has been given its text
  const editBox = () => document.querySelector("#chat .user-row textarea");
  const editButton = (turn) => document.querySelector(`#chat button[name=edit][value="${CSS.escape(turn)}"]`);
  const openEditBox = async (turn) => {
    say("");
    const kept = JSON.parse(tally.drafts.get(EDITED) || "null");
    try {
      edited = kept?.turn === turn ? kept : { turn, text: await textOf(turn, "question") };
    } catch (error) {
      return tell(tallyTexts.notOpened, error);
    }
    press(() => {
      const button = editButton(turn);
      return button && gradiosButtons(rowOf(button))[0];
    });
  };
  const fillEditBox = () => {
    const field = editBox();
    if (!field || !edited || field === filled) return;
    filled = field;
    field.dir = "auto";
    field.value = edited.text;
    field.rows = Math.min(edited.text.split("\n").length, 16); // for browsers that do not know field-sizing
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    const names = [tallyTexts.send, tallyTexts.cancel];
    gradiosButtons(rowOf(field)).forEach((button, place) => {
      button.ariaLabel = button.title = names[place]; // the style sheet shows it
    });
    tally.keepPlace();
  };
  document.addEventListener("input", ({ target }) => {
    if (edited && target === editBox()) edited.text = target.value;
  });
  const editLastMessage = () => [...document.querySelectorAll("#chat button[name=edit]")].at(-1)?.click();
  const closeEditBox = () => {
    const { turn } = edited;
    tally.drafts.remove(EDITED);
    requestAnimationFrame(() => editButton(turn)?.focus());
  };
  // On the window, so that what Esc means elsewhere does not happen too.
  window.addEventListener(
    "keydown",
    (event) => {
      const { key, target, shiftKey, repeat } = event;
      if (key === "ArrowUp" && target === tally.box() && !target.value) {
        event.preventDefault();
        editLastMessage();
      }
      if (!target || target !== editBox() || event.isComposing || event.keyCode === 229) return;
      const sends = key === "Enter" && !shiftKey && hasHover.matches;
      if (!sends && key !== "Escape") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!repeat) press(() => gradiosButtons(rowOf(target))[sends ? 0 : 1]);
    },
    true,
  );

  // What a press asks for, if it is one of those buttons; sending.js sees to it that it is asked once.
  const gradiosButton = (target) => {
    const field = editBox();
    const button = target.closest("button");
    return field && button ? ["send", "cancel"][gradiosButtons(rowOf(field)).indexOf(button)] : undefined;
  };
  const asksFor = (target) => {
    const retry = target.closest("#chat button[name=retry]");
    if (retry) return ["retry", retry.value];
    if (target.closest?.("#summarize-now")) return ["summarize", tally.shownId()];
    if (gradiosButton(target) !== "send") return null;
    const { turn, text } = edited;
    tally.drafts.set(EDITED, JSON.stringify({ turn, text }));
    return ["edit", turn, text];
  };
  tally.onAsking(asksFor, () => tally.drafts.remove(EDITED));
  document.addEventListener(
    "click",
    ({ target }) => {
      const kind = gradiosButton(target);
      if (kind === "cancel") closeEditBox();
      if (kind === "send" && hasHover.matches) tally.focusMessage();
      const button = target.closest(":is(#chat, #compare) .actions button, #chat .offer button");
      if (!button) return;
      if (button.name === "retry") askAgain();
      else if (button.name === "edit") openEditBox(button.value);
      else if (button.name.startsWith("copy-")) copy(button, button.name.slice("copy-".length));
    },
    true,
  );

  // The text of a message, or null where it cannot be had, which is said.
  const textToEdit = (turn, part) => textOf(turn, part).catch((error) => (tell(tallyTexts.notOpened, error), null));
  Object.assign(tally, { textOf: textToEdit });

  // A receipt that opens does so in view.
  document.addEventListener(
    "toggle",
    ({ target }) => target.open && target.matches(".receipt") && target.scrollIntoView({ block: "nearest" }),
    true,
  );

  // Gradio names each message by its source, which nobody should have to hear.
  const keepUp = () => {
    fillEditBox();
    for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
      message.removeAttribute("aria-label");
    }
  };
  new MutationObserver(keepUp).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-label"],
  });
})();
