/* The settings dialog: whatever has data-settings opens it, at the section of that name or the one shown last. */
"use strict";

(() => {
  const OPENERS = "#settings-open, [data-settings]";
  let opener = null; // what has the focus again once the dialog is closed

  const dialog = () => document.querySelector("#settings-dialog");
  const tabs = () => [...dialog().querySelectorAll("[role=tab]")];
  const around = () => [...dialog().parentElement.children].filter((each) => each !== dialog());
  const isOpen = () => Boolean(dialog()?.matches(".opened"));

  // The dialog is built when the page has nothing else to do, or as soon as somebody wants it.
  const LONGEST_WAIT_MS = 1000;
  const whenIdle = window.requestIdleCallback ?? ((run) => setTimeout(run, LONGEST_WAIT_MS)); // Safari has none
  let want; // says that it is time
  const isWanted = new Promise((resolve) => (want = resolve));
  const buildSettings = async () => {
    whenIdle(want, { timeout: LONGEST_WAIT_MS });
    await isWanted;
    return { __type__: "update", visible: true };
  };
  const isBuilt = () => dialog()?.querySelector("#settings-appearance");
  let awaited = null; // what opens it once it is built, unless the person does something else meanwhile
  const openOnceBuilt = () => {
    if (!awaited) return;
    if (!isBuilt()) return requestAnimationFrame(openOnceBuilt);
    open(awaited);
    awaited = null;
  };
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, () => (awaited = null), true);

  const show = (tab) => {
    for (const each of tabs()) {
      const isShown = each === tab;
      const section = document.getElementById(each.getAttribute("aria-controls"));
      each.setAttribute("aria-selected", isShown);
      each.tabIndex = isShown ? 0 : -1;
      section.setAttribute("role", "tabpanel");
      section.setAttribute("aria-labelledby", each.id);
      section.classList.toggle("shown", isShown);
    }
  };
  const open = (target) => {
    const { settings } = target.dataset;
    const selected = dialog().querySelector("[role=tab][aria-selected=true]");
    const tab = (settings && document.querySelector(`#settings-tab-${settings}`)) || selected || tabs()[0];
    opener = target;
    dialog().setAttribute("role", "dialog");
    dialog().setAttribute("aria-modal", "true");
    dialog().setAttribute("aria-labelledby", "settings-title");
    dialog().classList.add("opened");
    for (const each of around()) each.inert = true;
    markTheme();
    const asked = dialog().querySelector("#chat-model");
    const model = document.querySelector("#model-chip .name")?.textContent ?? "…";
    asked.textContent = asked.dataset.text.replace("{model}", () => model);
    tally.press("titles-again");
    document.dispatchEvent(new Event("tally-settings"));
    show(tab);
    tab.focus();
  };
  const close = () => {
    document.activeElement?.blur(); // what was typed is saved when its field is left
    dialog().classList.remove("opened");
    for (const each of around()) each.inert = false;
    opener?.focus();
  };

  const markTheme = () => {
    const chosen = document.querySelector(`#theme [value="${tally.theme()}"]`);
    if (chosen) chosen.checked = true;
  };
  document.addEventListener("change", ({ target }) => {
    if (target.closest("#theme")) tally.setTheme(target.value);
  });

  document.addEventListener("click", ({ target }) => {
    const tab = target.closest("#settings-dialog [role=tab]");
    if (tab) show(tab);
    else if (target.closest("#settings-close")) close();
    else if (target.closest(OPENERS)) {
      want();
      awaited = target.closest(OPENERS);
      openOnceBuilt();
    }
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (isOpen() && !dialog().contains(target)) close();
  });
  // On the window, so that it comes before what Esc does elsewhere.
  window.addEventListener(
    "keydown",
    (event) => {
      if (!isOpen()) return;
      const { key, target } = event;
      const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
      if (key === "Escape" && target.getAttribute("aria-expanded") === "true") return; // closes that list only
      if (key === "Escape") close();
      else if (key in steps && target.matches("[role=tab]")) {
        const all = tabs();
        const next = all.at((all.indexOf(target) + steps[key]) % all.length);
        show(next);
        next.focus();
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  Object.assign(tally, { buildSettings });
})();
