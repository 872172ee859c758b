/* What is done to a conversation in the list: its menu, its title in place, its deletion and Undo. */
"use strict";

(() => {
  let trigger = () => {}; // tells the server
  const listBy = (tell) => (trigger = tell);
  const menu = () => document.querySelector("#conversation-menu");

  // One change after the other, as requests may overtake each other on their way. What Gradio does not hear, as
  // when it has no connection, holds up nothing for long.
  const UNHEARD_MS = 3000;
  const changes = []; // functions that tell the server of one each; the first has been called
  const tellNext = () => {
    const [tell] = changes;
    if (!tell) return;
    tell();
    setTimeout(() => tell === changes[0] && wasTold(), UNHEARD_MS);
  };
  const wasTold = () => {
    changes.shift();
    tellNext();
  };
  const change = (tell) => {
    if (changes.push(tell) === 1) tellNext();
  };
  const edit = (what, id, more) => change(() => trigger("edit", { do: what, id, ...more }));

  const download = (id, ending) =>
    Object.assign(document.createElement("a"), { href: `export/${encodeURIComponent(id)}.${ending}`, download: "" }).click();

  // Each item of the menu by its name, with what it does to the conversation of this id.
  const actions = {
    rename: (id) => rename(id),
    pin: (id) => edit("pin", id),
    unpin: (id) => edit("unpin", id),
    archive: (id) => edit("archive", id),
    unarchive: (id) => edit("unarchive", id),
    "export-md": (id) => download(id, "md"),
    "export-json": (id) => download(id, "json"),
    "export-html": (id) => download(id, "html"),
    delete: (id) => remove(id),
  };
  const isOffered = (what, row) => {
    const [isPinned, isArchived] = ["pinned", "stored"].map((mark) => mark in row.dataset);
    const offered = { pin: !isPinned, unpin: isPinned, archive: !isArchived, unarchive: isArchived };
    return offered[what] ?? true;
  };

  let chosen = ""; // the conversation whose menu is open
  const items = () => [...menu().querySelectorAll("[role=menuitem]:not([hidden])")];
  const openMenu = (row) => {
    const more = row.querySelector("[data-more]");
    chosen = more.dataset.more;
    for (const item of menu().children) item.hidden = !isOffered(item.dataset.do, row);
    const { left, right, bottom } = more.getBoundingClientRect();
    menu().showPopover();
    const { width, height } = menu().getBoundingClientRect();
    menu().style.left = `${document.dir === "rtl" ? left : Math.max(0, right - width)}px`;
    menu().style.top = `${Math.max(0, Math.min(bottom, innerHeight - height))}px`;
    items()[0].focus();
  };
  const closeMenu = () => {
    menu().hidePopover();
    tally.focusRow(chosen);
  };
  const onMenuKey = (event) => {
    const all = items();
    const place = all.indexOf(document.activeElement);
    const targets = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 };
    if (event.key === "Escape" || event.key === "Tab") closeMenu();
    else if (event.key in targets) all.at(targets[event.key] % all.length).focus();
    else return;
    event.preventDefault();
  };

  // The title becomes a field. Enter keeps what is written there, and so does going elsewhere; Esc gives it up.
  const rename = (id) => {
    const row = tally.rowOf(id);
    const link = row.querySelector("[data-open]");
    const field = Object.assign(document.createElement("input"), {
      value: link.title,
      maxLength: 200,
      ariaLabel: tallyTexts.newTitle,
      dir: "auto",
      autocomplete: "off",
    });
    let isOver = false;
    const end = (isByKey) => {
      isOver = true;
      row.classList.remove("renaming");
      field.remove();
      tally.hold(false);
      if (isByKey) tally.focusRow(id);
    };
    const keep = (isByKey) => {
      if (isOver) return;
      const title = field.value.trim();
      if (!title && isByKey) {
        field.setCustomValidity(tallyTexts.titleNeeded);
        field.reportValidity();
        return;
      }
      end(isByKey);
      if (!title || title === link.title) return;
      const shown = tally.rowOf(id)?.querySelector("[data-open]");
      if (shown) shown.firstElementChild.textContent = title;
      edit("rename", id, { title });
      renamed = id;
    };
    field.addEventListener("input", () => field.setCustomValidity(""));
    field.addEventListener("blur", () => keep(false));
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") keep(true);
      else if (event.key === "Escape") end(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    tally.hold(true);
    row.classList.add("renaming");
    row.prepend(field);
    field.focus();
    field.select();
  };
  let renamed = ""; // whose title the server is being told
  const listChanged = () => {
    wasTold();
    tally.announceList();
    tally.reloadList();
    if (renamed && renamed === tally.shownId()) tally.press("refresh");
    renamed = "";
  };

  let wasShown = ""; // the conversation that was deleted while it was shown
  const remove = (id) => {
    if (id === tally.shownId()) wasShown = id;
    change(() => trigger("delete", { id }));
  };
  // A notice is there for as long as what was deleted can be brought back.
  const takeAway = (notice) => {
    const hadFocus = notice.contains(document.activeElement);
    notice.remove();
    if (hadFocus) document.querySelector("#conversations [tabindex='0']")?.focus();
  };
  const showListNotices = (element, props, watch, tell) => {
    const box = element.closest("#list-notices");
    box.setAttribute("role", "status");
    element.addEventListener("click", ({ target }) => {
      const id = target.closest("button") && target.closest("[data-undo]")?.dataset.undo;
      if (!id) return;
      target.closest("p").remove();
      tally.focusRow(id);
      change(() => tell("undo", { id, open: id === wasShown ? "true" : "" }));
    });
    watch("value", () => {
      const said = document.createElement("div");
      said.innerHTML = props.value || "";
      const there = new Map([...element.querySelectorAll("[data-undo]")].map((each) => [each.dataset.undo, each]));
      // Those that stand there already stay, so that a screen reader reads only what is new.
      element.replaceChildren(...[...said.children].map((each) => there.get(each.dataset.undo) ?? each));
      for (const notice of element.querySelectorAll("[data-undo]")) {
        if (!there.has(notice.dataset.undo)) setTimeout(() => takeAway(notice), Number(notice.dataset.left));
      }
    });
  };

  document.addEventListener("click", ({ target }) => {
    const item = target.closest("#conversation-menu [data-do]");
    if (item) {
      closeMenu();
      actions[item.dataset.do](chosen);
    } else if (target.closest("#conversations [data-more]")) openMenu(target.closest("li"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("#conversation-menu")) onMenuKey(event);
    const row = event.target.closest("#conversations li");
    if (!row || event.target.matches("input")) return;
    const { key, shiftKey } = event;
    if (key === "Delete") remove(row.querySelector("[data-open]").dataset.open);
    else if (key === "F2") rename(row.querySelector("[data-open]").dataset.open);
    else if (key === "ContextMenu" || (key === "F10" && shiftKey)) openMenu(row);
    else return;
    event.preventDefault();
  });

  Object.assign(tally, { listBy, listChanged, showListNotices });
})();
