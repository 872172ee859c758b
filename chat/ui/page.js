/* What the browser does by itself: keys, the address, drafts, and word to other tabs. */
"use strict";

const tally = (() => {
  const NARROW = 768;
  const DRAFT = "tally-draft";
  const tabs = new BroadcastChannel("tally");
  // A browser may keep a page in a frame from storing anything: then nothing outlives the page.
  const storage = (kind) => ({
    get: (name) => {
      try {
        return window[kind].getItem(name);
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      try {
        window[kind].setItem(name, value);
      } catch {
        return;
      }
    },
  });
  const drafts = storage("sessionStorage");
  const preferences = storage("localStorage");
  const shownId = () => new URLSearchParams(location.search).get("c") || "";
  const visible = (element) => element && element.offsetParent !== null;
  const box = () => document.querySelector("#message textarea");
  const press = (id) => {
    const element = document.querySelector(`#${id}`);
    const button = element && (element.matches("button") ? element : element.querySelector("button"));
    if (button) button.click();
    return Boolean(button);
  };

  // A page that shows the same conversation in another tab follows the reply too.
  const announce = () => setTimeout(() => tabs.postMessage(shownId()), 50);
  tabs.onmessage = ({ data }) => data && data === shownId() && press("refresh");

  // What could not be saved is tried again by the server: a page that shows it looks again, too.
  const LOOK_AGAIN_MS = 5000;
  setInterval(() => document.querySelector("#page-state .unwritten") && press("refresh"), LOOK_AGAIN_MS);

  const showAddress = (id) => {
    const address = new URL(location.href);
    if ((address.searchParams.get("c") || "") === id) return;
    if (id) address.searchParams.set("c", id);
    else address.searchParams.delete("c");
    history.replaceState(history.state, "", address);
  };

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

  const focusMessage = () => box()?.focus();

  // On a narrow screen the sidebar would cover the conversation: it begins closed there.
  const sidebar = (window.gradio_config?.components || []).find((each) => each.type === "sidebar");
  if (sidebar && innerWidth < NARROW) sidebar.props.open = false;

  const closeSheet = () => {
    const toggle = document.querySelector("#sidebar .toggle-button");
    if (innerWidth < NARROW && toggle) toggle.click();
  };
  document.addEventListener("click", ({ target }) => {
    if (target.closest("#earlier")) holdPlace();
    if (!target.closest("#new-chat, #conversations [data-open]")) return;
    scrollDown();
    closeSheet();
  });

  // Light or dark as the system has it, unless somebody switched: then the page is told that the system does.
  const THEME = "tally-theme";
  const chosen = preferences.get(THEME);
  const ask = window.matchMedia.bind(window);
  if (chosen) {
    window.matchMedia = (query) =>
      query.includes("prefers-color-scheme: dark") ? ask(chosen === "dark" ? "all" : "not all") : ask(query);
    document.body.classList.toggle("dark", chosen === "dark"); // Gradio may have asked before
  }
  const markByHand = () => {
    const isDark = document.body.classList.contains("dark");
    document.body.classList.toggle("by-hand", isDark !== ask("(prefers-color-scheme: dark)").matches);
  };
  const switchTheme = () => {
    const isDark = document.body.classList.toggle("dark");
    preferences.set(THEME, isDark ? "dark" : "light");
    markByHand();
  };
  if (chosen) markByHand();

  // Copies have no word joiners, which only keep the page from hiding what looks like a tag.
  const writeText = navigator.clipboard?.writeText.bind(navigator.clipboard);
  if (writeText) navigator.clipboard.writeText = (text) => writeText(text.replaceAll("\u2060", ""));

  const editLastMessage = () => {
    const edits = document.querySelectorAll('#chat button[aria-label="Edit"], #chat button[title="Edit"]');
    edits[edits.length - 1]?.click();
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing && event.key === "Enter") return event.stopPropagation();
      const command = event.ctrlKey || event.metaKey;
      const stoppable = visible(document.querySelector("#stop")) || document.querySelector(".finishing");
      if (event.key === "Escape" && stoppable) press("stop");
      else if (command && event.shiftKey && event.key.toLowerCase() === "o") press("new-chat");
      else if (event.key === "ArrowUp" && event.target === box() && !box().value) editLastMessage();
      else return;
      event.preventDefault();
    },
    true,
  );

  // What is typed but not sent outlives a reload.
  document.addEventListener("input", (event) => {
    if (event.target === box()) drafts.set(DRAFT, event.target.value);
  });
  const restoreDraft = (tries = 50) => {
    const draft = drafts.get(DRAFT);
    if (!draft) return;
    if (!box()) return tries && setTimeout(() => restoreDraft(tries - 1), 100);
    if (box().value) return;
    box().value = draft;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  };
  restoreDraft(); // Gradio runs this script before its components are there, but often after "load"

  const SEND_REST_MS = 500;
  let sentAt = 0;
  // What was typed while a message was on its way stays in the box.
  const withoutSent = (sent, now) => {
    const text = sent.slice(sent.indexOf("\n") + 1);
    sentAt = performance.now();
    announce();
    scrollDown();
    const rest = now.startsWith(text) ? now.slice(text.length) : now;
    drafts.set(DRAFT, rest);
    return rest;
  };
  // Stop takes Send's place: the second half of a double click must not stop the reply.
  document.addEventListener(
    "click",
    (event) => {
      const tooSoon = performance.now() - sentAt < SEND_REST_MS && event.detail > 1;
      if (tooSoon && event.target.closest("#stop")) event.stopPropagation();
    },
    true,
  );

  return { announce, focusMessage, press, showAddress, switchTheme, withoutSent };
})();
