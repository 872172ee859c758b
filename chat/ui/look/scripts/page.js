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
  const named = (what) => new URLSearchParams(location.search).get(what) || "";
  const shownId = () => named("c");
  const visible = (element) => element && element.offsetParent !== null;
  const box = () => document.querySelector("#message textarea");
  const press = (id) => {
    const element = document.querySelector(`#${id}`);
    const button = element && (element.matches("button") ? element : element.querySelector("button"));
    if (button) button.click();
    return Boolean(button);
  };

  const filled = (text, names) => text.replace(/\{(\w+)\}/g, (_all, name) => names[name]);
  const make = (tag, names = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), names);
    made.append(...children);
    return made;
  };

  // Part of what the server tells the scripts stands in attributes, which Gradio changes in place.
  const TOLD = ["class", "data-conversation", "data-figures", "data-title", "data-turns", "data-waiting"];
  const isTold = ({ attributeName, target }) => attributeName !== "class" || target.closest("#page-state");
  const watch = (react) =>
    new MutationObserver((changes) => changes.some(isTold) && react()).observe(document, {
      childList: true,
      subtree: true,
      attributeFilter: TOLD,
    });

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

  // Opening a conversation is a step in the browser's history, with the tab that was shown before it. The address
  // names the message too that it was opened at, until the person goes on.
  const tabs = () => [...document.querySelectorAll("#tabs [role=tab]")];
  const tabShown = () => tabs().findIndex((each) => each.ariaSelected === "true");
  const addressOf = (id, turn = "") => {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries({ c: id, m: turn })) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    return address;
  };
  const searchOf = (id, turn) => `?${new URLSearchParams(turn ? { c: id, m: turn } : { c: id })}`;
  const linkTo = (turn) => new URL(location.pathname + searchOf(shownId(), turn), location.origin).href;
  const leaveTurn = () => named("m") && history.replaceState(history.state, "", addressOf(shownId()));
  let served = ""; // the conversation that the server shows
  let wanted = shownId(); // the one last asked for
  let wantedTurn = ""; // and the turn in it
  const left = new Set(); // those the page went on from: an answer about one may still come
  let askFor = () => {}; // asks the server for one
  let isOnTheWay = false; // back or forward
  let beginsStep = false; // the next conversation to come is a step too, though the page does not know it yet
  const openBy = (ask) => (askFor = ask);
  const tellShown = (id, isSame) => document.dispatchEvent(new CustomEvent("tally-shown", { detail: { id, isSame } }));
  const beginStep = () => (beginsStep = true);
  const step = (id, turn = "") => {
    scrollDown();
    if (turn) aimAt(turn);
    wantedTurn = turn;
    beginsStep = false;
    if (id !== wanted) tellShown(id, false);
    if (wanted || wanted !== served) left.add(wanted);
    left.delete(id);
    wanted = id;
    if (isOnTheWay) return;
    const isStep = id !== shownId() || turn !== named("m") || tabShown() !== 0;
    if (isStep) history.replaceState({ ...history.state, tab: tabShown() }, "");
    if (isStep) history.pushState({ tab: 0 }, "", id ? searchOf(id, turn) : location.pathname);
    tabs()[0].click();
  };
  // One after the other, as requests may overtake each other on their way. What Gradio does not hear, as when it
  // has no connection, holds up nothing for long.
  const UNHEARD_MS = 3000;
  let asked = null; // {id, turn}: what the server is being asked for
  const askServer = () => {
    const mine = { id: wanted, turn: wantedTurn };
    asked = mine;
    askFor(mine.id, mine.turn);
    setTimeout(() => asked === mine && answeredOpening(), UNHEARD_MS);
  };
  const isOpening = () => asked !== null;
  const openConversation = (id, turn = "") => {
    step(id, turn);
    if (!asked) askServer();
  };
  const answeredOpening = () => {
    const isWanted = !asked || (asked.id === wanted && asked.turn === wantedTurn);
    asked = null;
    if (!isWanted) askServer();
    else document.dispatchEvent(new Event("tally-opened"));
  };
  const showAddress = (id) => {
    served = id;
    document.dispatchEvent(new Event("tally-served"));
    const isStale = left.has(id);
    left.delete(""); // a new chat may be gone back to without being asked for, as when the one shown is deleted
    if (isStale) return; // what is wanted is still to come
    const isOther = beginsStep && Boolean(shownId());
    const isSame = !isOther && !(id && wanted); // a new chat has its name now, or the one that was shown is gone
    if (id !== wanted) tellShown(id, isSame);
    wanted = id;
    if (id !== shownId()) history[isOther ? "pushState" : "replaceState"](history.state, "", addressOf(id));
    beginsStep = false;
    document.dispatchEvent(new Event("tally-opened"));
  };
  addEventListener("popstate", ({ state }) => {
    tabs()[state?.tab ?? 0]?.click();
    if (shownId() === wanted && !named("m")) return;
    isOnTheWay = true;
    if (shownId()) openConversation(shownId(), named("m"));
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
  watch(nameTab);

  // The conversation follows its end until the reader scrolls up, and again once the reader is back there.
  // Earlier messages come in above what is being read: that is held where it is, `fromEnd` pixels up. A question
  // that the page was opened at, or whose version changed, is held where it should stand once it is there.
  const conversation = () => document.querySelector("#chat .bubble-wrap");
  let followsEnd = true;
  let fromEnd = null;
  let held = null; // {turn, below, isMarked, isThere}: a question, and how far below the top it stands
  let lastTop = 0;
  const questionOf = (turn) =>
    document.querySelector(`#chat .user-row button[name=edit][value="${CSS.escape(turn)}"]`)?.closest(".user-row");
  const belowTop = (row) => row.getBoundingClientRect().top - conversation().getBoundingClientRect().top;
  const keepQuestion = (log, question) => {
    if (!held.isThere && held.isMarked) {
      mark(question);
      announce(); // it may have changed the branch that is shown
    }
    held.isThere = true;
    followsEnd = false;
    log.scrollTop += belowTop(question) - held.below;
    lastTop = log.scrollTop;
  };
  const keepPlace = () => {
    const log = conversation();
    if (!log) return;
    const question = held && questionOf(held.turn);
    if (question) return keepQuestion(log, question);
    if (held?.isThere) return;
    if (followsEnd) noteScroll({ target: log }); // whoever has just scrolled up is not pulled back
    if (!followsEnd && fromEnd === null) return;
    log.scrollTop = followsEnd ? log.scrollHeight : log.scrollHeight - fromEnd;
    lastTop = log.scrollTop;
  };
  const scrollDown = () => {
    lastTop = conversation()?.scrollTop ?? 0;
    followsEnd = true;
    fromEnd = held = null;
    keepPlace();
  };
  const BELOW_TOP_PX = 12;
  const MARKED_MS = 2500;
  const mark = (question) => {
    question.dataset.marked = "";
    setTimeout(() => delete question.dataset.marked, MARKED_MS);
  };
  const holdAt = (turn, row) => (held = { turn, below: belowTop(row), isMarked: false, isThere: false });
  // Where there is no such question, the conversation shows its end.
  const aimAt = (turn) => {
    held = { turn, below: BELOW_TOP_PX, isMarked: true, isThere: false };
    keepPlace();
  };
  const holdPlace = () => {
    const log = conversation();
    followsEnd = false;
    fromEnd = log.scrollHeight - log.scrollTop;
  };
  const noteScroll = ({ target }) => {
    if (target !== conversation() || fromEnd !== null || held?.isThere || target.scrollTop === lastTop) return;
    const isAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 2;
    followsEnd = isAtEnd || (followsEnd && target.scrollTop > lastTop);
    lastTop = target.scrollTop;
  };
  const noteWheel = ({ target, deltaY }) => {
    const log = target.closest("#chat .bubble-wrap");
    if (log && deltaY < 0 && log.scrollTop > 0) followsEnd = false;
  };
  const letGo = () => {
    fromEnd = null;
    if (held?.isThere) held = null;
  };
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
  // At most once a frame, for the browser lays out the whole conversation to say where something stands.
  let isDue = false;
  const keepPlaceSoon = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      keepPlace();
    });
  };
  const heights = new ResizeObserver(keepPlace); // which comes once a frame by itself
  const watched = new WeakSet();
  const keepUp = () => {
    keepOpen();
    if (held) keepPlaceSoon();
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
  if (named("m")) aimAt(named("m"));

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
    beginStep,
    box,
    drafts,
    filled,
    focusMessage,
    holdAt,
    isOpening,
    keepPlace,
    leaveTurn,
    linkTo,
    make,
    openBy,
    openConversation,
    preferences,
    press,
    questionOf,
    scrollDown,
    served: () => served,
    setTheme,
    showAddress,
    shownId,
    switchTheme,
    theme,
    watch,
  };
})();
