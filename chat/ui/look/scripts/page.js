/* What the browser does by itself: the address and its history, the reader's place, keys, the theme, and word to other pages. */
"use strict";

const tally = (() => {
  // The page's addresses are relative, so where a proxy serves it under a path they need the slash after it.
  if (!location.pathname.endsWith("/"))
    history.replaceState(history.state, "", `${location.pathname}/${location.search}${location.hash}`);

  const pages = new BroadcastChannel("tally");
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

  // Another page that shows the same conversation follows the reply too.
  const announce = () => setTimeout(() => pages.postMessage(shownId()), 50);
  const LISTED = "listed"; // no conversation has such an id
  const announceList = () => pages.postMessage(LISTED);
  pages.onmessage = ({ data }) => {
    if (data === LISTED) press("relist");
    else if (data && data === shownId()) press("refresh");
  };

  // The server keeps trying to save what could not be saved: a page that shows such a reply looks again.
  const LOOK_AGAIN_MS = 5000;
  setInterval(() => document.querySelector("#page-state .unwritten") && press("refresh"), LOOK_AGAIN_MS);

  // Opening a conversation is a step in the browser's history, with the tab that was shown before it.
  const tabs = () => [...document.querySelectorAll("#tabs [role=tab]")];
  const tabShown = () => tabs().findIndex((each) => each.ariaSelected === "true");
  const addressOf = (id) => {
    const address = new URL(location.href);
    if (id) address.searchParams.set("c", id);
    else address.searchParams.delete("c");
    return address;
  };
  let served = ""; // the conversation that the server shows
  let wanted = shownId(); // the one last asked for
  const left = new Set(); // those asked for, and left before they came
  let askFor = () => {}; // asks the server for one
  let isOnTheWay = false; // back or forward
  const openBy = (ask) => (askFor = ask);
  const tellShown = (id, isSame) => document.dispatchEvent(new CustomEvent("tally-shown", { detail: { id, isSame } }));
  const step = (id) => {
    scrollDown();
    if (id !== wanted) tellShown(id, false);
    if (wanted !== served) left.add(wanted);
    left.delete(id);
    wanted = id;
    if (isOnTheWay) return;
    const isStep = id !== shownId() || tabShown() !== 0;
    if (isStep) history.replaceState({ ...history.state, tab: tabShown() }, "");
    if (isStep) history.pushState({ tab: 0 }, "", id ? `?${new URLSearchParams({ c: id })}` : location.pathname);
    tabs()[0].click();
  };
  // One after the other, as requests may overtake each other on their way. What Gradio does not hear, as when it
  // has no connection, holds up nothing for long.
  const UNHEARD_MS = 3000;
  let asked = null; // {id}: what the server is being asked for
  const askServer = () => {
    const mine = { id: wanted };
    asked = mine;
    askFor(mine.id);
    setTimeout(() => asked === mine && (asked = null), UNHEARD_MS);
  };
  const openConversation = (id) => {
    step(id);
    if (!asked) askServer();
  };
  const answeredOpening = () => {
    const isWanted = !asked || asked.id === wanted;
    asked = null;
    if (!isWanted) askServer();
  };
  const showAddress = (id) => {
    served = id;
    document.dispatchEvent(new Event("tally-served"));
    if (left.delete(id)) return; // what is wanted is still to come
    left.clear();
    if (id !== wanted) tellShown(id, true); // the chat that was shown as a new one has its name now
    wanted = id;
    if (id !== shownId()) history.replaceState(history.state, "", addressOf(id));
  };
  addEventListener("popstate", ({ state }) => {
    tabs()[state?.tab ?? 0]?.click();
    if (shownId() === wanted) return;
    isOnTheWay = true;
    if (shownId()) openConversation(shownId());
    else press("new-chat");
    isOnTheWay = false;
  });
  const onNewChat = (event) => {
    if (!event.target.closest("#new-chat")) return;
    step("");
    if (asked) event.stopPropagation(); // it is opened after what the server is being asked for
  };
  document.addEventListener("click", onNewChat, true);

  let tabName = ""; // the browser gives a title back without its double blanks, so it is not compared with that
  const nameTab = () => {
    const title = document.querySelector("#page-state [data-title]")?.dataset.title;
    const name = title ? `${title} – Tally` : "Tally";
    if (name !== tabName) document.title = tabName = name;
  };
  new MutationObserver(nameTab).observe(document, { childList: true, subtree: true });

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
  // Once a frame, after the browser has laid it out: to ask for its height earlier would lay it out once more.
  const heights = new ResizeObserver(keepPlace);
  const watched = new WeakSet();
  const keepUp = () => {
    keepOpen();
    const log = conversation();
    for (const part of log ? [log, ...log.children] : []) {
      if (!watched.has(part)) heights.observe(part);
      watched.add(part);
    }
  };
  new MutationObserver(keepUp).observe(document, { childList: true, characterData: true, subtree: true });

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#earlier")) holdPlace();
  });

  const focusMessage = () => box()?.focus();

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

  // Where the message is, for those who go by keyboard; and the keys there are.
  const skip = Object.assign(document.createElement("a"), { href: "#message", id: "skip", textContent: tallyTexts.skip });
  skip.style.cssText = "position: fixed; inset-block-start: -4rem"; // before there is any style sheet
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    tabs()[0].click();
    focusMessage();
  });
  document.body.prepend(skip);
  const isOverPage = () => document.querySelector("dialog[open], :popover-open, .renaming");
  const shortcut = (event) => {
    const { key, shiftKey } = event;
    const stoppable = visible(document.querySelector("#stop")) || document.querySelector(".finishing");
    if (key === "Escape" && stoppable && !isOverPage()) return () => press("stop");
    if (!event.ctrlKey && !event.metaKey) return null;
    if (shiftKey && key.toLowerCase() === "o") return () => press("new-chat");
    if (!shiftKey && key.toLowerCase() === "k") return () => tally.openSearch();
    if (key === "/") return () => document.querySelector("#keys-dialog").showModal();
    return null;
  };
  document.addEventListener(
    "keydown",
    (event) => {
      const act = shortcut(event);
      if (!act) return;
      event.preventDefault();
      act();
    },
    true,
  );

  return {
    announce,
    announceList,
    answeredOpening,
    box,
    drafts,
    focusMessage,
    keepPlace,
    openBy,
    openConversation,
    preferences,
    press,
    scrollDown,
    served: () => served,
    setTheme,
    showAddress,
    shownId,
    switchTheme,
    theme,
  };
})();
