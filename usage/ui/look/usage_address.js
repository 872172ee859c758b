// What the Usage tab shows stands in the address, so that a reload, a link, Back and Forward bring it back.
"use strict";

const tallyAddress = (() => {
  const DAYS = /^([12]\d{3}-\d\d-\d\d)?\.\.([12]\d{3}-\d\d-\d\d)?$/;
  const asked = () => new URLSearchParams(location.search);
  const tabOf = (id) => document.querySelector(`#${id}-button`);
  const isShown = (id) => tabOf(id)?.ariaSelected === "true";
  const isOpen = () => asked().has("view");
  let kept = "view=overview"; // what the tab showed last
  let isStarted = false;
  let isRestored = false; // whether the controls have what the address says
  let isApplied = false; // until then the views change by themselves

  // The conversation stays in the address beside what is written of the tab.
  const write = (query, how) => {
    kept = String(query);
    const id = asked().get("c");
    const whole = new URLSearchParams([...(id ? [["c", id]] : []), ...query]);
    if (`?${whole}` !== location.search) history[how]({ ...history.state, tab: 1 }, "", `?${whole}`);
  };
  let applying = 0;
  const apply = () => {
    isRestored = isApplied = false;
    clearTimeout(applying);
    applying = setTimeout(() => tally.press("usage-restore")); // once for all that happens together
  };
  const go = (query) => {
    write(query, "pushState");
    if (isShown("usage-tab")) apply();
    else tabOf("usage-tab").click();
  };

  // `fields` are [name, value at first, other values it may have], each a control of the tab.
  const chosen = (fields) => {
    isRestored = true;
    return fields.map(([name, first, values]) => {
      const value = asked().get(name === "between" ? "period" : name) ?? first;
      if (name === "between") return DAYS.test(value) ? value : first;
      if (name === "period" && DAYS.test(value)) return "between";
      return !values || values.includes(value) ? value : first;
    });
  };
  const note = (fields, values, isByPerson = false) => {
    if (!(isApplied || (isByPerson && isRestored)) || !isShown("usage-tab")) return;
    const found = Object.fromEntries(fields.map(([name], place) => [name, values[place]]));
    if (found.period === "between") found.period = found.between || "..";
    const query = new URLSearchParams({ view: found.view });
    for (const [name, first] of fields) {
      if (!["view", "between", "model"].includes(name) && found[name] !== first) query.set(name, found[name]);
    }
    const isSameTable = ["view", "by", "question"].every((name) => query.get(name) === asked().get(name));
    if (isSameTable && asked().has("filter")) query.set("filter", asked().get("filter"));
    write(query, "pushState");
    showDays();
  };

  const showDays = () => {
    const fields = document.querySelector(".usage-days");
    const days = DAYS.exec(asked().get("period"));
    fields.hidden = !days;
    if (days) [...fields.querySelectorAll("input")].forEach((field, place) => (field.value = days[place + 1] ?? ""));
  };
  // On a phone the periods are one line that scrolls.
  const showPeriod = () => {
    const pill = document.querySelector("#usage-period label:has(:checked)");
    if (pill) pill.parentElement.scrollLeft = pill.offsetLeft - (pill.parentElement.clientWidth - pill.offsetWidth) / 2;
  };
  const show = () => {
    showDays();
    showPeriod();
    const view = `usage-${asked().get("view")}`;
    if (!isShown(view)) tabOf(view)?.click();
  };
  const applied = () => (isApplied = true);
  const opened = () => {
    if (!isOpen()) write(new URLSearchParams(kept), "pushState");
    apply();
  };
  const left = () => {
    if (!isStarted || !isOpen() || !isShown("chat-tab")) return; // Gradio says it at the start as well
    const id = asked().get("c");
    history.pushState({ tab: 0 }, "", id ? `?${new URLSearchParams({ c: id })}` : location.pathname);
  };
  const start = () => {
    isStarted = true;
    if (!isOpen()) return;
    history.replaceState({ ...history.state, tab: 1 }, "");
    tabOf("usage-tab").click();
  };
  const filtered = (text) => {
    const query = asked();
    query.delete("c");
    if (text) query.set("filter", text);
    else query.delete("filter");
    if (isOpen()) write(query, "replaceState");
  };

  addEventListener("popstate", () => {
    if (isOpen() && isShown("usage-tab")) apply();
    else if (isOpen() !== isShown("usage-tab")) tabOf(isOpen() ? "usage-tab" : "chat-tab").click();
  });
  document.addEventListener("tally-currency", () => isOpen() && isShown("usage-tab") && apply());
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="?"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const query = new URLSearchParams(link.getAttribute("href"));
    if (!query.has("view")) return;
    event.preventDefault();
    go(query);
  });
  // The bars of a chart are one stop of the Tab key; the arrow keys go from one to the next.
  const barsOf = (bar) => [...bar.closest("svg").querySelectorAll("a")];
  document.addEventListener("keydown", (event) => {
    const bar = event.target.closest(".usage-plot a");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = bar && step && barsOf(bar)[barsOf(bar).indexOf(bar) + step];
    if (!next) return;
    event.preventDefault();
    bar.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.closest(".usage-days")) return;
    const [first, last] = [...target.parentElement.querySelectorAll("input")].map((field) => field.value);
    const query = asked();
    query.delete("c");
    query.set("period", `${first}..${last}`);
    if (DAYS.test(query.get("period"))) go(query);
  });

  return { applied, asked, chosen, filtered, left, note, opened, show, start };
})();
