/* The model at the message box: the chip, its menu, and @ in the box. What stands in the menu comes from the server. */
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);
  const menu = () => find("#model-menu");
  const search = () => find("#model-search");
  const options = () => [...document.querySelectorAll("#model-list [role=option]")];
  const offered = () => options().filter((each) => !each.hidden);

  // What is chosen stands in two hidden fields, which travel with each event.
  const field = (id) => find(`#${id} :is(textarea, input)`);
  const model = () => field("model-chosen")?.value || "";
  const others = () => (field("compare-with")?.value || "").split("\n").filter(Boolean);
  const put = (element, value) => {
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };

  let mode = null; // how the menu is open: to choose "one", to "compare", or for an "@" in the message box
  let isDismissed = false; // the @ in the box is to stay text

  // Who does not list this model: the connection that its name begins with, or the first.
  const unlisted = (name) => {
    const texts = new Map(Object.entries(JSON.parse(find("#model-list")?.dataset.unlisted ?? "{}")));
    return (name.includes(": ") && texts.get(name.split(": ")[0])) || texts.get("") || "";
  };

  const part = (kind, text) => Object.assign(document.createElement("span"), { className: kind, textContent: text });
  const showModels = () => {
    const asked = [model(), ...others()];
    const list = find("#model-list");
    const row = options().find((each) => each.dataset.model === asked[0]);
    const price = list && model() && asked.length === 1 ? (row?.dataset.price ?? unlisted(model())) : "";
    const chip = find("#model-chip");
    const priced = price ? [part("dot", " · "), part("price", price)] : [];
    if (model()) chip.replaceChildren(part("name", asked.join(", ")), ...priced);
    chip.classList.toggle("unlisted", Boolean(list && !row));
    const send = find("button#send");
    send.textContent =
      asked.length > 1 ? tallyTexts.sendToMany.replace("{number}", asked.length) : tallyTexts.send;
    if (mode) filter();
  };
  tally.showModels = showModels;

  const activate = (option) => {
    for (const each of options()) each.classList.toggle("active", each === option);
    for (const typedIn of [search(), tally.box()]) {
      if (option && typedIn === document.activeElement) typedIn.setAttribute("aria-activedescendant", option.id);
      else typedIn.removeAttribute("aria-activedescendant");
    }
    option?.scrollIntoView({ block: "nearest" });
  };
  const typedName = () => (mode === "@" ? (mention()?.[1] ?? "") : search().value.trim());
  // Names that the endpoint does not list: they may be right all the same, and say so.
  const addUnlisted = (names) => {
    const list = find("#model-list");
    if (!list) return;
    list.querySelectorAll(".free").forEach((each) => each.remove());
    const listed = options().map((each) => each.dataset.model);
    for (const name of new Set(names.filter((each) => each && !listed.includes(each)))) {
      const free = Object.assign(document.createElement("li"), { className: "free" });
      free.setAttribute("role", "option");
      free.dataset.model = name;
      free.append(part("", name), Object.assign(document.createElement("em"), { textContent: unlisted(name) }));
      list.append(free);
    }
  };
  const filter = () => {
    const name = typedName();
    const compared = others();
    addUnlisted([model(), ...compared, mode === "@" ? "" : name]);
    let heading = null;
    const seen = new Set();
    for (const row of find("#model-list")?.children ?? []) {
      if (row.getAttribute("role") === "presentation") {
        heading = row;
        heading.hidden = true;
        continue;
      }
      const { model: own } = row.dataset;
      const fits = own.toLowerCase().includes(name.toLowerCase()) && !(mode === "compare" && own === model());
      row.hidden = !fits || (Boolean(name) && seen.has(own)); // once where something is looked for
      if (fits) seen.add(own);
      if (!row.hidden && heading && !row.matches(".free")) heading.hidden = false;
      row.setAttribute("aria-selected", mode === "compare" ? compared.includes(own) : own === model());
    }
    options().forEach((each, place) => (each.id = `model-option-${place}`));
    const current = name || (mode === "one" ? model() : "");
    const shown = offered();
    const listed = shown.filter((each) => !each.matches(".free"));
    const isCurrent = (each) => each.dataset.model === current;
    activate(listed.find(isCurrent) ?? (name ? listed[0] : shown.find(isCurrent)) ?? shown[0]);
  };

  const open = (how) => {
    mode = how;
    menu().classList.add("opened");
    menu().dataset.mode = how;
    find("#model-chip").setAttribute("aria-expanded", true);
    find("#model-compare").setAttribute("aria-pressed", how === "compare");
    find("#model-list")?.setAttribute("aria-multiselectable", how === "compare");
    search().value = "";
    if (how !== "@") search().focus();
    filter();
  };
  const close = () => {
    if (!mode) return;
    mode = null;
    menu().classList.remove("opened");
    find("#model-chip").setAttribute("aria-expanded", false);
    activate(null);
  };
  const choose = (option) => {
    const name = option.dataset.model;
    if (mode === "compare") {
      const most = Number(find("#model-compare").dataset.most) - 1;
      const rest = others().filter((each) => each !== name);
      if (rest.length === others().length) rest.push(name);
      put(field("compare-with"), rest.slice(0, most).join("\n"));
      search().value = "";
      return showModels();
    }
    if (mode === "@") takeMention();
    put(field("compare-with"), others().filter((each) => each !== name).join("\n"));
    put(field("model-chosen"), name);
    close();
    tally.focusMessage();
    return showModels();
  };

  // "@" at the start of a word, up to the cursor.
  const mention = () => {
    const { value, selectionStart } = tally.box();
    return value.slice(0, selectionStart).match(/(?:^|\s)@([^\s@]*)$/);
  };
  const takeMention = () => {
    const box = tally.box();
    const end = box.selectionStart;
    const start = end - mention()[1].length - 1;
    put(box, box.value.slice(0, start) + box.value.slice(end));
    box.setSelectionRange(start, start);
  };
  const noteMention = () => {
    if (!mention()) isDismissed = false;
    if (mention() && !isDismissed) open("@");
    if (mode === "@" && (!mention() || !offered().length)) close();
  };

  document.addEventListener("input", ({ target }) => {
    if (target === search()) filter();
    else if (target === tally.box()) noteMention();
  });
  document.addEventListener("click", ({ target }) => {
    const option = target.closest("#model-list [role=option]");
    if (option) choose(option);
    else if (target.closest("#model-chip")) mode ? close() : open(others().length ? "compare" : "one");
    else if (target.closest("#model-compare")) open(mode === "compare" ? "one" : "compare");
  });
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("#models")) event.preventDefault(); // the focus stays where one types
    else if (!event.target.closest("#model")) close();
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget && !relatedTarget.closest("#model") && target.closest("#model, #message")) close();
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
      else if (key === "Enter" || (key === "Tab" && mode === "@")) place >= 0 && choose(shown[place]);
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
})();
