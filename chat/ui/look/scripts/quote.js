/* Quotes what is selected in a reply: a small button beside it puts it into the message box. */
"use strict";

(() => {
  const REPLY = "#chat [data-testid=bot] .md, #compare .compared-reply .md";
  const REST_MS = 200; // how long a selection has to stay as it is
  const GAP = 4;
  const quote = Object.assign(document.createElement("button"), { id: "quote", type: "button", textContent: tallyTexts.quote });
  const elementOf = (node) => (node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement);

  const put = () => {
    const box = document.querySelector("#message textarea");
    const lines = String(getSelection()).trim().split("\n");
    const before = box.value.trimEnd();
    box.value = `${before && `${before}\n\n`}${lines.map((line) => `> ${line}`.trimEnd()).join("\n")}\n\n`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    getSelection().removeAllRanges();
    quote.remove();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  };
  quote.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
  quote.addEventListener("click", put);

  // Tab leads from what is selected to the button.
  const reach = (event) => {
    if (event.key !== "Tab" || event.shiftKey || !quote.isConnected || document.activeElement !== document.body) return;
    event.preventDefault();
    quote.focus();
  };
  document.addEventListener("keydown", reach);

  const offer = () => {
    const selection = getSelection();
    const reply = elementOf(selection.anchorNode)?.closest(REPLY);
    const isInOne = reply && reply === elementOf(selection.focusNode)?.closest(REPLY);
    if (!isInOne || !String(selection).trim() || reply.querySelector(".under")) return quote.remove();
    const range = selection.getRangeAt(0);
    let last = elementOf(range.endContainer);
    while (last.parentElement !== reply && last !== reply) last = last.parentElement;
    if (last === reply) reply.append(quote);
    else last.after(quote);
    const [inside, marked] = [reply.getBoundingClientRect(), range.getBoundingClientRect()];
    const hasRoomBelow = marked.bottom + GAP + quote.offsetHeight <= inside.bottom;
    const top = hasRoomBelow ? marked.bottom + GAP : Math.max(marked.top - GAP - quote.offsetHeight, inside.top);
    quote.style.top = `${top - inside.top}px`;
    quote.style.left = `${Math.max(Math.min(marked.left, inside.right - quote.offsetWidth) - inside.left, 0)}px`;
  };

  let isPressed = false;
  let resting = null;
  const wait = () => {
    clearTimeout(resting);
    resting = setTimeout(() => isPressed || offer(), REST_MS);
  };
  const note = (pressed) => () => {
    isPressed = pressed;
    wait();
  };
  document.addEventListener("pointerdown", note(true), true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, note(false), true);
  document.addEventListener("selectionchange", wait);
})();
