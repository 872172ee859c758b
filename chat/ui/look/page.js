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
    remove: (name) => {
      try {
        window[kind].removeItem(name);
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

  // What an empty chat says keeps no data of its buttons, only their classes.
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#chat .welcome .again")) press("models-again");
    if (target.closest?.("#chat .welcome .to-settings")) {
      press("settings-open");
      press("settings-tab-connection");
    }
  });

  // A page that shows the same conversation in another tab follows the reply too.
  const announce = () => setTimeout(() => tabs.postMessage(shownId()), 50);
  tabs.onmessage = ({ data }) => data && data === shownId() && press("refresh");

  // The server keeps trying to save what could not be saved: a page that shows such a reply looks again.
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
  const theme = () => preferences.get(THEME) || "system";
  const ask = window.matchMedia.bind(window);
  const systemIsDark = () => ask("(prefers-color-scheme: dark)").matches;
  window.matchMedia = (query) => {
    if (theme() === "system" || !query.includes("prefers-color-scheme: dark")) return ask(query);
    return ask(theme() === "dark" ? "all" : "not all");
  };
  const showTheme = () => {
    const isDark = theme() === "system" ? systemIsDark() : theme() === "dark";
    document.body.classList.toggle("dark", isDark);
    document.body.classList.toggle("by-hand", isDark !== systemIsDark());
  };
  const setTheme = (name) => {
    if (name === "system") preferences.remove(THEME);
    else preferences.set(THEME, name);
    showTheme();
  };
  const switchTheme = () => setTheme(document.body.classList.contains("dark") ? "light" : "dark");
  if (theme() !== "system") showTheme(); // Gradio may have asked before

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing && event.key === "Enter") return event.stopPropagation();
      // Holding Enter down sends once.
      const isHeld = event.key === "Enter" && event.repeat && !event.shiftKey;
      if (isHeld && event.target === box()) return event.preventDefault();
      const command = event.ctrlKey || event.metaKey;
      const stoppable = visible(document.querySelector("#stop")) || document.querySelector(".finishing");
      if (event.key === "Escape" && stoppable) press("stop");
      else if (command && event.shiftKey && event.key.toLowerCase() === "o") press("new-chat");
      else return;
      event.preventDefault();
    },
    true,
  );

  // A message is asked once. From the first press until the message is taken or refused, no other press does
  // anything. A message sent again because its answer was lost is sent with the same id.
  const ASKING = "tally-asking";
  const REST_MS = 500; // the longest time between the two halves of a double click
  const UNHEARD_MS = 1000;
  let asking = JSON.parse(drafts.get(ASKING) || "null"); // {id, what, text}: the last message not known to be taken
  let isArmed = true;
  let isOut = false;
  let pressed = null; // what the press asks for, if not for the text in the message box
  let sentAt = -REST_MS;
  const showArmed = () => {
    const send = document.querySelector("button#send");
    if (send) send.disabled = !isArmed;
  };
  const arm = () => {
    isArmed = true;
    showArmed();
  };
  const disarm = (what) => {
    isArmed = isOut = false;
    pressed = what;
    setTimeout(showArmed); // a button that is disabled at once would not hear the press
    // Gradio ignores a press before it is ready, and while it has no connection.
    setTimeout(() => isOut || arm(), UNHEARD_MS);
  };
  const forgetAsking = () => {
    asking = null;
    drafts.remove(ASKING);
  };
  // crypto.randomUUID exists only on https and on this machine.
  const newId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const withMessageId = (values, { id, conversation, text }) => {
    const typed = text === undefined ? null : values[text];
    const what = JSON.stringify(typed === null ? pressed : [values[conversation], typed]);
    if (asking?.what !== what || what === "null") asking = { id: newId(), what, text: typed };
    drafts.set(ASKING, JSON.stringify(asking));
    isArmed = false;
    isOut = true;
    showArmed();
    return values.with(id, asking.id);
  };

  const isJustSent = () => performance.now() - sentAt < REST_MS;
  let otherAsks = () => null; // what else on the page asks, and what for
  let whenTaken = () => {};
  const onAsking = (asks, taken) => {
    otherAsks = asks;
    whenTaken = taken;
  };
  const asksFor = (target) => {
    if (target.closest("#send")) return ["send"];
    const example = target.closest("#chat .example");
    if (example) return ["example", example.textContent];
    return otherAsks(target);
  };
  document.addEventListener(
    "click",
    (event) => {
      const what = asksFor(event.target);
      // Stop takes Send's place: the second half of a double click must not stop the reply.
      if (!what && !event.target.closest("#stop")) return;
      const isSecondHalf = event.detail > 1 && isJustSent();
      if ((what && !isArmed) || isSecondHalf) event.stopImmediatePropagation();
      else if (what) disarm(what);
    },
    true,
  );
  // At this event Gradio sends, for every Enter without Shift.
  document.addEventListener(
    "keypress",
    (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.target !== box()) return;
      if (isArmed && box().value) return disarm(["send"]); // the box is empty at a second Enter
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  // What is typed but not sent outlives a reload.
  document.addEventListener("input", (event) => {
    if (event.target !== box()) return;
    drafts.set(DRAFT, event.target.value);
    if (isArmed && asking?.text !== event.target.value) forgetAsking();
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

  // What was typed while a message was on its way stays in the box.
  const withoutSent = (sent, now) => {
    const [head] = sent.split("\n", 1);
    const text = sent.slice(head.length + 1);
    sentAt = performance.now();
    if (asking && head.startsWith(`${asking.id} `)) {
      forgetAsking();
      whenTaken();
      arm();
    }
    announce();
    scrollDown();
    // A lone half of a surrogate pair cannot be stored: a mark of the same length takes its place.
    const rest = (now.toWellFormed?.() ?? now).startsWith(text) ? now.slice(text.length) : now;
    drafts.set(DRAFT, rest);
    return rest;
  };

  return {
    announce,
    arm,
    box,
    drafts,
    focusMessage,
    keepPlace,
    onAsking,
    press,
    setTheme,
    showAddress,
    switchTheme,
    theme,
    withMessageId,
    withoutSent,
  };
})();
