/* Prompts at the message box: the chip begins a new chat with one, / in the box inserts one; fields are asked for. */
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);
  const dialog = () => find("#fields-dialog");
  let pick = () => {}; // tells the server which prompt this chat begins with
  let insert = () => {}; // asks the server for a prompt's text
  let inserting = null; // {id, typed}: what was asked for last, and what stood in the box for it
  let inserted = 0;
  let whenFilled = () => {};

  const filter = (name) => {
    const wanted = name.replace(/^\//, "").toLowerCase();
    for (const option of menu.options()) {
      const own = option.dataset.name;
      option.hidden = !`-${own.toLowerCase()}`.includes(`-${wanted}`);
      option.setAttribute("aria-selected", `/${own}` === find("#prompt-chip .name")?.textContent);
    }
    return menu.offered().find((each) => each.dataset.name.toLowerCase() === wanted);
  };
  const choose = (option) => {
    const { name, fields } = option.dataset;
    const typed = menu.mode() === "/" ? menu.signed()[0] : null;
    menu.close();
    fillIn(name, JSON.parse(fields), (values) => {
      if (typed === null) pick({ name, values });
      else insertWith(typed, name, values);
    });
  };
  const insertWith = (typed, name, values) => {
    const box = tally.box();
    if (box.value.startsWith(typed)) tally.put(box, box.value.slice(typed.length));
    inserted += 1;
    inserting = { id: String(inserted), typed };
    insert({ name, values, id: inserting.id });
  };
  // At the beginning of the box only: anywhere else it is a path.
  const menu = tally.menuOf("prompt", { sign: "/", pattern: /^\/([\p{L}\p{M}\p{N}-]*)$/u, filter, choose });

  // Asks once for each field, if there are any, then goes on with the values.
  const fillIn = (name, fields, goOn) => {
    if (!fields.length) {
      tally.focusMessage();
      return goOn({});
    }
    whenFilled = goOn;
    dialog().querySelector("h2").textContent = `/${name}`;
    const labels = fields.map((each) => {
      const label = document.createElement("label");
      label.append(each, Object.assign(document.createElement("textarea"), { name: each, rows: 1, dir: "auto" }));
      return label;
    });
    dialog().querySelector(".fields").replaceChildren(...labels);
    dialog().showModal();
    dialog().querySelector("textarea").focus();
  };
  const values = () =>
    Object.fromEntries([...dialog().querySelectorAll("textarea")].map(({ name, value }) => [name, value]));

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#prompt-chip")) menu.mode() ? menu.close() : menu.open("pick");
    else if (target.closest("#prompt-leave")) pick({});
    else if (target.closest("#fields-dialog [value=cancel]")) dialog().close();
  });
  document.addEventListener("submit", ({ target }) => {
    if (!target.closest("#fields-dialog")) return;
    dialog().close();
    whenFilled(values());
  });
  document.addEventListener("close", ({ target }) => target === dialog() && tally.focusMessage(), true);
  // Enter goes on, as it sends in the message box; Shift+Enter breaks the line.
  document.addEventListener("keydown", (event) => {
    const isChoosing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || !event.target.matches("#fields-dialog textarea") || isChoosing) return;
    if (event.shiftKey || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    const all = [...dialog().querySelectorAll("textarea")];
    const next = all[all.indexOf(event.target) + 1];
    if (next) next.focus();
    else dialog().querySelector("form").requestSubmit();
  });

  // The text comes before whatever has been typed meanwhile; without one, what stood for it is back.
  const promptInserted = (answer) => {
    const { id, text } = JSON.parse(answer || "{}");
    if (!inserting || (id && id !== inserting.id)) return;
    const put = text ?? inserting.typed;
    inserting = null;
    const box = tally.box();
    tally.put(box, put + box.value);
    box.focus();
    box.setSelectionRange(put.length, put.length);
    box.scrollTop = box.scrollHeight;
  };
  Object.assign(tally, {
    insertPrompts: (ask) => (insert = ask),
    pickPrompts: (tell) => (pick = tell),
    promptInserted,
  });
})();
