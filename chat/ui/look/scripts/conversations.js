/* The list of conversations: it begins with what the server shows, and loads the rest as one scrolls. One tab stop. */
"use strict";

(() => {
  const RELIST_MS = 2000;
  const RETRY_MS = 5000;
  const PAGE = 60; // rows that are loaded at once
  const MOST_RELOADED = 2000; // rows; what was loaded beyond them is loaded again as one scrolls
  const AHEAD = "800px"; // how near the end may come before more is loaded

  let list = null; // the element that all of this is in, once Gradio has made it
  let held = { value: "" }; // what the server shows
  let isHeld = false; // a new list would take the field away in which a title is being written
  let isStale = false; // a change was answered meanwhile
  const part = (name) => list.querySelector(`.${name}`);
  const shownParts = () => (isArchiveOpen() ? [part("archive")] : [part("newest"), part("older")]);
  const links = () => shownParts().flatMap((each) => [...each.querySelectorAll("[data-open]")]);
  const rowOf = (id) => list.querySelector(`[data-open="${CSS.escape(id)}"]`)?.closest("li");
  const placeOf = (row) => (row ? `${row.dataset.at} ${row.querySelector("[data-open]").dataset.open}` : "");

  // Rows after those that the server shows, or of the archive. `start` names the row that the first one follows.
  const pager = (box, end, isArchive, start) => {
    let asked = null; // {done}: what is on its way
    const rows = () => box.getElementsByTagName("li");
    const append = (html) => {
      const added = document.createElement("div");
      added.innerHTML = html;
      const [last, first] = [box.lastElementChild, added.firstElementChild];
      if (last && last.firstElementChild.textContent === first?.firstElementChild.textContent) {
        last.lastElementChild.append(...first.lastElementChild.children);
        first.remove();
      }
      box.append(...added.children);
    };
    const ask = async (mine, after, count, put) => {
      const query = new URLSearchParams({ after, count, archived: isArchive });
      try {
        const answer = await fetch(`conversations?${query}`);
        if (!answer.ok) throw new Error(answer.statusText);
        const { html, has_more: hasMore } = await answer.json();
        if (asked !== mine) return;
        put(html);
        end.hidden = !hasMore;
      } catch (error) {
        if (asked !== mine) return;
        console.warn(error);
        end.hidden = true;
        setTimeout(() => (end.hidden = false), RETRY_MS);
      }
      if (asked === mine) asked = null;
      settle();
    };
    const begin = (...what) => {
      asked = {};
      asked.done = ask(asked, ...what);
      return asked.done;
    };
    const isBusy = () => asked !== null;
    const more = () => asked?.done ?? begin(placeOf([...rows()].at(-1)) || start(), PAGE, append);
    const reload = () => {
      const count = Math.min(rows().length, MOST_RELOADED);
      return begin(start(), Math.max(count, PAGE), (html) => (box.innerHTML = html));
    };
    const clear = () => {
      asked = null;
      box.replaceChildren();
    };
    const isEmpty = () => !rows().length;
    const seen = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && more(), {
      root: list,
      rootMargin: AHEAD,
    });
    // After each page: the end may still be near.
    const lookAgain = () => {
      seen.unobserve(end);
      seen.observe(end);
    };
    return { box, end, more, reload, clear, isBusy, isEmpty, lookAgain };
  };
  let older = null;
  let archive = null;
  let follows = ""; // the row that the older ones follow
  const isArchiveOpen = () => list.classList.contains("archive-open");
  const open = () => (isArchiveOpen() ? archive : older);

  const render = () => {
    const newest = part("newest");
    newest.innerHTML = held.value || "";
    const { hasMore, archived = "0" } = newest.firstElementChild?.dataset ?? {};
    const last = placeOf([...newest.querySelectorAll("li:not([data-pinned])")].at(-1));
    if (hasMore === undefined) older.clear();
    const isBehind = last !== follows && (!older.isEmpty() || older.isBusy());
    follows = last;
    if (hasMore !== undefined && isBehind) older.reload();
    if (older.isEmpty()) older.end.hidden = hasMore === undefined;
    showArchived(Number(archived));
    settle();
  };
  let counted = 0; // how many are archived
  const showArchived = (number) => {
    const button = part("archived");
    if (isArchiveOpen() && number !== counted) archive.reload();
    counted = number;
    button.hidden = number === 0 && !isArchiveOpen();
    button.firstElementChild.textContent = tallyTexts.archived.replace("{number}", number);
    part("archive-empty").hidden = number > 0 || !isArchiveOpen();
  };
  const openArchive = (isOpen) => {
    list.classList.toggle("archive-open", isOpen);
    part("archived").ariaExpanded = String(isOpen);
    archive.clear();
    archive.end.hidden = !isOpen;
    list.scrollTop = 0;
    if (isOpen) archive.reload();
    else render();
  };
  // After every change of the rows: which one is shown, which heading stands already, which row has the tab stop.
  const settle = () => {
    const [before, first] = [part("newest").querySelector("section:last-of-type"), older.box.firstElementChild];
    const isSame = before?.firstElementChild.textContent === first?.firstElementChild.textContent;
    first?.classList.toggle("continued", Boolean(before) && isSame);
    markShown();
    giveStop();
    older.lookAgain();
    archive.lookAgain();
  };
  const markShown = () => {
    if (!list) return;
    const shown = tally.served() ? rowOf(tally.served()) : undefined;
    for (const row of list.querySelectorAll("[aria-current]")) if (row !== shown) row.removeAttribute("aria-current");
    shown?.setAttribute("aria-current", "page");
    // A title that a model has made meanwhile is the page's too.
    const state = document.querySelector("#page-state [data-title]");
    const link = part("newest").querySelector("[aria-current] [data-open]");
    if (link && state?.dataset.conversation === link.dataset.open) state.dataset.title = link.title;
  };
  document.addEventListener("tally-served", markShown);

  // One row has the list's tab stop: the one that had the focus last, or else the conversation shown. It keeps
  // the focus when a new list comes from the server.
  let stop = null; // {id, position} of the row with the tab stop
  let hasFocus = false;
  let awaited = ""; // the conversation to focus once it has come back
  const giveStop = () => {
    const all = links();
    if (!all.length) return;
    const back = awaited && all.find((link) => link.dataset.open === awaited);
    if (back) {
      awaited = "";
      back.focus();
      return;
    }
    const same = all.find((link) => link.dataset.open === stop?.id);
    const beside = stop && hasFocus && all[Math.min(stop.position, all.length - 1)];
    const link = same ?? (beside || all.find((each) => each.closest("[aria-current]")) || all[0]);
    for (const each of list.querySelectorAll("[data-open][tabindex='0']")) if (each !== link) each.tabIndex = -1;
    link.tabIndex = 0;
    if (hasFocus && document.activeElement === document.body) link.focus({ preventScroll: true });
  };
  const moveStop = (link) => {
    for (const each of list.querySelectorAll("[data-open][tabindex='0']")) each.tabIndex = -1;
    link.tabIndex = 0;
    stop = { id: link.dataset.open, position: links().indexOf(link) };
  };
  const focusRow = (id) => {
    hasFocus = true;
    stop = { id, position: stop?.position ?? 0 };
    const row = rowOf(id);
    awaited = row ? "" : id;
    row?.querySelector("[data-open]").focus();
  };
  document.addEventListener("focusin", ({ target }) => {
    const link = target.closest("#conversations li")?.querySelector("[data-open]");
    if (target.closest("#conversation-menu")) return;
    hasFocus = Boolean(link);
    if (link) moveStop(link);
  });
  const isOfList = (target) => Boolean(target.closest("#conversations, #conversation-menu"));
  document.addEventListener("pointerdown", ({ target }) => (hasFocus &&= isOfList(target)));
  let gestures = 0; // what is still awaited when the next one comes takes the focus no more
  const noteGesture = () => {
    gestures += 1;
    awaited = "";
  };
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, noteGesture, true);

  // Replies that are being written in other conversations end without a word to this page, and titles come.
  const isChanging = () => list && part("newest").querySelector(".running, [data-naming]");
  setInterval(() => isChanging() && tally.press("relist"), RELIST_MS);

  const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const move = async (link, step) => {
    const begun = gestures;
    const position = links().indexOf(link) + step;
    if (position >= links().length && !open().end.hidden) await open().more();
    if (gestures !== begun) return;
    const all = links();
    all[Math.min(Math.max(position, 0), all.length - 1)].focus();
  };
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest("#conversations li")?.querySelector("[data-open]");
    if (!link || event.target.matches("input")) return;
    const step = STEPS[event.key];
    if (step) move(link, step);
    else if (event.key === "ArrowRight") link.closest("li").querySelector("[data-more]").focus();
    else if (event.key === "ArrowLeft") link.focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.closest("#conversations .archived")) openArchive(!isArchiveOpen());
    const link = target.closest("#conversations li")?.querySelector("[data-open]");
    const inNewTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || inNewTab || target.closest("button, input")) return;
    event.preventDefault();
    tally.openConversation(link.dataset.open);
    tally.uncover();
  });

  const FRAME =
    '<nav><div class="newest"></div><div class="older"></div><div class="end" hidden></div><div class="archive"></div>' +
    '<div class="end" hidden></div><p class="quiet archive-empty" hidden></p></nav>' +
    '<button type="button" class="archived" aria-expanded="false" hidden><span></span></button>';
  const showConversations = (element, props, watch, trigger) => {
    list = element.closest("#conversations");
    element.innerHTML = FRAME;
    list.prepend(...element.children);
    part("newest").parentElement.ariaLabel = tallyTexts.conversations;
    part("archive-empty").textContent = tallyTexts.archiveEmpty;
    const [olderEnd, archiveEnd] = list.querySelectorAll(".end");
    older = pager(part("older"), olderEnd, false, () => follows);
    archive = pager(part("archive"), archiveEnd, true, () => "");
    held = props;
    tally.openBy((open, turn) => trigger("click", { open, turn }));
    tally.listBy(trigger);
    const show = () => isHeld || render();
    watch("value", show);
    show();
  };
  // The list stays as it is while a title is being written in it.
  const hold = (isOn) => {
    isHeld = isOn;
    if (isOn) return;
    render();
    if (isStale) reloadList();
  };
  // What was loaded here may be as old as a change that the server has answered.
  const reloadList = () => {
    isStale = isHeld;
    if (isHeld) return;
    render();
    if (!older.isEmpty()) older.reload();
    if (isArchiveOpen()) archive.reload();
  };

  Object.assign(tally, { focusRow, hold, reloadList, rowOf, showConversations });
})();
