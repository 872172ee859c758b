/* Keeps the reader's place: at the end of a reply that grows, or where the reader has scrolled to. */
"use strict";

(() => {
  // The conversation follows its end until the reader scrolls up, and again once the reader is back there.
  // Earlier messages come in above what is being read: that is held where it is, `fromEnd` pixels up.
  const conversation = () => document.querySelector("#chat .bubble-wrap");
  let followsEnd = true;
  let fromEnd = null;
  let lastTop = 0;
  const keepPlace = () => {
    const log = conversation();
    if (!log) return;
    if (followsEnd) noteScroll({ target: log }); // whoever has just scrolled up is not pulled back
    if (!followsEnd && fromEnd === null) return;
    log.scrollTop = followsEnd ? log.scrollHeight : log.scrollHeight - fromEnd;
    lastTop = log.scrollTop;
  };
  const scrollDown = () => {
    lastTop = conversation()?.scrollTop ?? 0;
    followsEnd = true;
    fromEnd = null;
    keepPlace();
  };
  const holdPlace = () => {
    const log = conversation();
    followsEnd = false;
    fromEnd = log.scrollHeight - log.scrollTop;
  };
  const noteScroll = ({ target }) => {
    if (target !== conversation() || fromEnd !== null || target.scrollTop === lastTop) return;
    const isAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 2;
    followsEnd = isAtEnd || (followsEnd && target.scrollTop > lastTop);
    lastTop = target.scrollTop;
  };
  const noteWheel = ({ target, deltaY }) => {
    const log = target.closest("#chat .bubble-wrap");
    if (log && deltaY < 0 && log.scrollTop > 0) followsEnd = false;
  };
  const letGo = () => (fromEnd = null);
  for (const gesture of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    document.addEventListener(gesture, letGo, { capture: true, passive: true });
  }
  document.addEventListener("scroll", noteScroll, true);
  document.addEventListener("wheel", noteWheel, { capture: true, passive: true });

  // What was opened stays open when Gradio puts something newer in its place.
  const opened = new Set();
  const keepOpen = () => {
    for (const closed of document.querySelectorAll("details[data-kept]:not([open])")) {
      closed.open = opened.has(closed.dataset.kept);
    }
  };
  const noteOpened = ({ target }) => {
    const details = target.closest("summary")?.closest("details[data-kept]");
    if (details) opened[details.open ? "delete" : "add"](details.dataset.kept);
  };
  document.addEventListener("click", noteOpened, true);
  const keepUp = () => {
    keepOpen();
    keepPlace();
  };
  new MutationObserver(keepUp).observe(document, { childList: true, characterData: true, subtree: true });

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#earlier")) holdPlace();
    if (target.closest("#new-chat, #conversations [data-open]")) scrollDown();
  });

  Object.assign(tally, { keepPlace, scrollDown });
})();
