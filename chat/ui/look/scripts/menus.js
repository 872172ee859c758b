/* What the menus at the message box share: a sign typed in the box opens one, keys move in it, leaving closes it. */
"use strict";

tally.put = (element, value) => {
  element.value = value;
  element.dispatchEvent(new Event("input", { bubbles: true }));
};

// The menu of this `name`: its chip, search, list and the rest have ids that begin with it. `pattern` finds the
// `sign` that opens it in the box, up to the cursor, with what follows it; `opens`, `filter` and `choose` are its own.
tally.menuOf = (name, { sign, pattern, opens = () => {}, filter, choose }) => {
  const find = (part) => document.querySelector(`#${name}${part}`);
  const search = () => find("-search");
  const options = () => [...document.querySelectorAll(`#${name}-list [role=option]`)];
  const offered = () => options().filter((each) => !each.hidden);
  let mode = null; // how the menu is open: for its sign in the box, or in another way of its own
  let isDismissed = false; // the sign in the box is to stay text

  const activate = (option) => {
    for (const each of options()) each.classList.toggle("active", each === option);
    for (const typedIn of [search(), tally.box()]) {
      if (option && typedIn === document.activeElement) typedIn.setAttribute("aria-activedescendant", option.id);
      else typedIn.removeAttribute("aria-activedescendant");
    }
    option?.scrollIntoView({ block: "nearest" });
  };
  const filterAgain = () => {
    const active = filter(typed());
    options().forEach((each, place) => (each.id = `${name}-option-${place}`));
    activate(active ?? offered()[0]);
  };
  const open = (how) => {
    mode = how;
    find("-menu").classList.add("opened");
    find("-menu").dataset.mode = how;
    find("-chip").setAttribute("aria-expanded", true);
    opens(how);
    search().value = "";
    if (how !== sign) search().focus();
    filterAgain();
  };
  const close = () => {
    if (!mode) return;
    mode = null;
    find("-menu").classList.remove("opened");
    find("-chip").setAttribute("aria-expanded", false);
    activate(null);
  };

  const signed = () => {
    const { value, selectionStart } = tally.box();
    return value.slice(0, selectionStart).match(pattern);
  };
  const typed = () => (mode === sign ? (signed()?.[1] ?? "") : search().value.trim());
  const noteSigned = () => {
    if (!signed()) isDismissed = false;
    if (signed() && !isDismissed) open(sign);
    if (mode === sign && (!signed() || !offered().length)) close();
  };

  document.addEventListener("input", ({ target }) => {
    if (target === search()) filterAgain();
    else if (target === tally.box()) noteSigned();
  });
  document.addEventListener("click", ({ target }) => {
    const option = target.closest(`#${name}-list [role=option]`);
    if (option) choose(option);
  });
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(`#${name}s`)) event.preventDefault(); // the focus stays where one types
    else if (!event.target.closest(`#${name}`)) close();
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget && !relatedTarget.closest(`#${name}`) && target.closest(`#${name}, #message`)) close();
  });
  // On the window, so that it comes before what these keys do elsewhere.
  window.addEventListener(
    "keydown",
    (event) => {
      if (!mode || event.isComposing || ![search(), tally.box()].includes(event.target)) return;
      const shown = offered();
      const place = shown.findIndex((each) => each.matches(".active"));
      const { key } = event;
      if (key === "ArrowDown") activate(shown[(place + 1) % shown.length]);
      else if (key === "ArrowUp") activate(shown.at(place - 1));
      else if (key === "Enter" || (key === "Tab" && mode === sign)) place >= 0 && choose(shown[place]);
      else if (key === "Escape") {
        isDismissed = true;
        close();
        tally.focusMessage();
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  return { close, filter: filterAgain, mode: () => mode, offered, open, options, search, signed };
};
