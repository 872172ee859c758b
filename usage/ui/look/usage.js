// What the Usage tab does in the browser: tables sort and filter, and small things are remembered.
"use strict";

const tallyUsage = (() => {
  const DIRECTIONS = { ascending: 1, descending: -1 };

  // Figures sort by their exact value, texts as people read them; what is not known comes last either way.
  const valueOf = (cell) => (cell.dataset.exact === undefined ? cell.textContent.trim() : Number(cell.dataset.exact));
  const isKnown = (value) => value !== "" && value !== "–";
  const compare = (one, other, way) => {
    if (isKnown(one) !== isKnown(other)) return isKnown(one) ? -1 : 1;
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    if (typeof one === "number") return way * (one - other);
    return way * one.localeCompare(other, undefined, { numeric: true });
  };

  const sortBy = (heading) => {
    const table = heading.closest("table");
    const first = heading.classList.contains("figure") ? "descending" : "ascending";
    const turned = { ascending: "descending", descending: "ascending" };
    const direction = turned[heading.getAttribute("aria-sort")] || first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    const way = DIRECTIONS[direction];
    const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[heading.cellIndex]), row]);
    rows.sort(([one], [other]) => compare(one, other, way));
    table.tBodies[0].append(...rows.map(([, row]) => row)); // the total is in the foot and stays
  };

  // The total is of the rows that are left: exact, and written by the page's rule for money.
  const DECIMALS = 12; // as many as the ledger has
  const sumOf = (figures) => {
    const units = figures.map((figure) => {
      const [whole, decimals = ""] = figure.split(".");
      return BigInt(whole + decimals.padEnd(DECIMALS, "0"));
    });
    const sum = units.reduce((one, other) => one + other, 0n);
    const digits = String(sum < 0n ? -sum : sum).padStart(DECIMALS + 1, "0");
    const decimals = digits.slice(-DECIMALS).replace(/0+$/, "");
    return `${sum < 0n ? "-" : ""}${digits.slice(0, -DECIMALS)}${decimals && `.${decimals}`}`;
  };
  // format_amount and format_exact of usage/units/money.py; a text is formatted with all its digits.
  const inUsd = (exact, digits) =>
    new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", ...digits }).format(exact).replace("-", "−");
  const isBelowACent = (exact) => Number(exact) !== 0 && Math.abs(Number(exact)) < 0.01;
  const asUsd = (exact) => inUsd(exact, isBelowACent(exact) && { maximumSignificantDigits: 2 });
  const exactUsd = (exact) => inUsd(exact, { maximumFractionDigits: DECIMALS });
  const decimalsOf = (text) => (text.split(".")[1] ?? "").length;
  const totals = new WeakMap(); // what the foot of a table says of all its rows
  const sumUp = (table, rows, wasFiltered, isFiltered) => {
    const foot = table.tFoot.rows[0];
    if (!foot) return;
    if (wasFiltered) foot.innerHTML = totals.get(foot);
    else totals.set(foot, foot.innerHTML);
    if (!isFiltered) return;
    for (const cell of foot.querySelectorAll("[data-exact]")) {
      const figures = rows.map((row) => row.cells[cell.cellIndex].dataset.exact).filter((exact) => exact !== undefined);
      const isUnknown = rows.length > 0 && !figures.length;
      if (isUnknown || cell.textContent.endsWith("%") || cell.dataset.running !== undefined) {
        cell.textContent = isUnknown ? rows[0].cells[cell.cellIndex].textContent : "–";
        for (const name of ["title", "data-exact", "data-room"]) cell.removeAttribute(name);
        continue;
      }
      const exact = sumOf(figures);
      const places = decimalsOf(cell.textContent) + (cell.dataset.room ?? "").length;
      if (cell.title) cell.textContent = asUsd(exact);
      else if ("currency" in cell.dataset) cell.textContent = asUsd(exact).replace("$", "");
      else cell.textContent = Number(exact).toLocaleString("en-US");
      if (cell.title) cell.title = exactUsd(exact);
      if (places) cell.dataset.room = "0".repeat(Math.max(0, places - decimalsOf(cell.textContent)));
      cell.dataset.exact = exact;
    }
  };

  // Gradio changes a table in place: its rows come back, and what says how many are left is empty again.
  const leftOf = (box) => box.closest(".usage-sheet").querySelector(".usage-left");
  const filter = (box) => {
    const sheet = box.closest(".usage-sheet");
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...sheet.querySelectorAll("tbody tr")];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const left = rows.filter((row) => !row.hidden);
    const says = leftOf(box);
    sumUp(sheet.querySelector("table"), left, says.textContent !== "", words.length > 0);
    const text = says.dataset.says.replace("{left}", left.length).replace("{all}", rows.length);
    says.textContent = words.length ? text : "";
  };

  // Gradio puts new tables in place of old ones, so that only the document can listen.
  document.addEventListener("click", ({ target }) => {
    const heading = target.closest(".usage-sheet thead th");
    if (heading) sortBy(heading);
  });
  const firstFilter = () => [...document.querySelectorAll("#usage-tab .usage-filter")].find((box) => box.offsetParent);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(".usage-filter")) return;
    filter(target);
    if (target === firstFilter()) tallyAddress.filtered(target.value);
  });
  const restoreFilter = () => {
    const box = firstFilter();
    const view = tallyAddress.asked().get("view");
    if (!box?.closest(`#usage-${CSS.escape(view)}`)) return; // another view is on its way
    const text = tallyAddress.asked().get("filter") ?? "";
    if (box.value === text && (leftOf(box).textContent !== "") === (text.trim() !== "")) return;
    box.value = text;
    filter(box);
  };
  // Gradio names each radio button apart; those of one name are one stop of the Tab key, with arrow keys in it.
  const joinPills = () => {
    for (const pill of document.querySelectorAll(".usage-pills input")) {
      const { id } = pill.closest(".usage-pills");
      if (pill.name !== id) pill.name = id;
    }
  };
  const changed = () => (joinPills(), restoreFilter());
  // A table may come while its view is hidden.
  const changes = { attributeFilter: ["aria-selected", "class", "name", "style"], childList: true, subtree: true };
  new MutationObserver(changed).observe(document, changes);

  // A browser may keep a page in a frame from storing anything: then nothing outlives the page.
  const PRICE = "tally-subscription";
  const remember = (typed) => {
    try {
      localStorage.setItem(PRICE, typed);
    } catch {
      return;
    }
  };
  const subscription = () => {
    try {
      return localStorage.getItem(PRICE) || "20.00";
    } catch {
      return "20.00";
    }
  };

  const base64 = (file) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });

  // An error stands at its field, which comes into view.
  const showWrong = () => {
    for (const field of document.querySelectorAll("#usage-tab input[aria-invalid]")) field.removeAttribute("aria-invalid");
    const wrong = document.querySelector("#usage-tab .usage-wrong input");
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.focus();
  };

  return { asUsd, base64, exactUsd, remember, restoreFilter, showWrong, subscription };
})();
