/* The model at the message box: the chip, its menu, and @ in the box. What stands in the menu comes from the server. */
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);

  // What is chosen stands in two hidden fields, which travel with each event.
  const field = (id) => find(`#${id} :is(textarea, input)`);
  const model = () => field("model-chosen")?.value || "";
  const others = () => (field("compare-with")?.value || "").split("\n").filter(Boolean);
  const { put } = tally;

  // Who does not list this model: the connection that its name begins with, or the first.
  const unlisted = (name) => {
    const texts = new Map(Object.entries(JSON.parse(find("#model-list")?.dataset.unlisted ?? "{}")));
    return (name.includes(": ") && texts.get(name.split(": ")[0])) || texts.get("") || "";
  };

  const part = (kind, text) => Object.assign(document.createElement("span"), { className: kind, textContent: text });
  const showModels = () => {
    const asked = [model(), ...others()];
    const list = find("#model-list");
    const row = menu.options().find((each) => each.dataset.model === asked[0]);
    const price = list && model() && asked.length === 1 ? (row?.dataset.price ?? unlisted(model())) : "";
    const chip = find("#model-chip");
    const priced = price ? [part("dot", " · "), part("price", price)] : [];
    if (model()) chip.replaceChildren(part("name", asked.join(", ")), ...priced);
    chip.classList.toggle("unlisted", Boolean(list && !row));
    const send = find("button#send");
    send.textContent =
      asked.length > 1 ? tallyTexts.sendToMany.replace("{number}", asked.length) : tallyTexts.send;
    if (menu.mode()) menu.filter();
  };
  tally.showModels = showModels;

  // Names that the endpoint does not list: they may be right all the same, and say so.
  const addUnlisted = (names) => {
    const list = find("#model-list");
    if (!list) return;
    list.querySelectorAll(".free").forEach((each) => each.remove());
    const listed = menu.options().map((each) => each.dataset.model);
    for (const name of new Set(names.filter((each) => each && !listed.includes(each)))) {
      const free = Object.assign(document.createElement("li"), { className: "free" });
      free.setAttribute("role", "option");
      free.dataset.model = name;
      free.append(part("", name), Object.assign(document.createElement("em"), { textContent: unlisted(name) }));
      list.append(free);
    }
  };
  const filter = (name) => {
    const mode = menu.mode();
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
    const current = name || (mode === "one" ? model() : "");
    const shown = menu.offered();
    const listed = shown.filter((each) => !each.matches(".free"));
    const isCurrent = (each) => each.dataset.model === current;
    return listed.find(isCurrent) ?? (name ? listed[0] : shown.find(isCurrent));
  };

  const takeMention = () => {
    const box = tally.box();
    const end = box.selectionStart;
    const start = end - menu.signed()[1].length - 1;
    put(box, box.value.slice(0, start) + box.value.slice(end));
    box.setSelectionRange(start, start);
  };
  const opens = (how) => {
    find("#model-compare").setAttribute("aria-pressed", how === "compare");
    find("#model-list")?.setAttribute("aria-multiselectable", how === "compare");
  };
  const choose = (option) => {
    const name = option.dataset.model;
    if (menu.mode() === "compare") {
      const most = Number(find("#model-compare").dataset.most) - 1;
      const rest = others().filter((each) => each !== name);
      if (rest.length === others().length) rest.push(name);
      put(field("compare-with"), rest.slice(0, most).join("\n"));
      menu.search().value = "";
      return showModels();
    }
    if (menu.mode() === "@") takeMention();
    put(field("compare-with"), others().filter((each) => each !== name).join("\n"));
    put(field("model-chosen"), name);
    menu.close();
    tally.focusMessage();
    return showModels();
  };

  // Open to choose "one", to "compare", or for an "@" at the start of a word.
  const menu = tally.menuOf("model", { sign: "@", pattern: /(?:^|\s)@([^\s@]*)$/, opens, filter, choose });

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#model-chip")) menu.mode() ? menu.close() : menu.open(others().length ? "compare" : "one");
    else if (target.closest("#model-compare")) menu.open(menu.mode() === "compare" ? "one" : "compare");
  });
})();
