/* Tends to replies once they are drawn: links lead to the web or mail only; code, tables and diagrams get their tools. */
"use strict";

(() => {
  const SAID = "#chat, #compare";
  const ELSEWHERE = /^(?!https?:\/\/|mailto:)/i;
  const ADDRESSES = ["href", "xlink:href"];
  const COPIED_MS = 2000;

  const limitLink = (link) => {
    for (const name of ADDRESSES) {
      if (link.hasAttribute(name) && ELSEWHERE.test(link.getAttribute(name).trim())) link.removeAttribute(name);
    }
  };

  const button = (text, press) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "tool", textContent: text });
    made.addEventListener("click", () => press(made));
    return made;
  };
  const copyButton = (text, read) =>
    button(text, async (pressed) => {
      await navigator.clipboard.writeText(read());
      pressed.textContent = tallyTexts.copied;
      setTimeout(() => (pressed.textContent = text), COPIED_MS);
    });
  const switchButton = (text, block, name) =>
    button(text, (pressed) => pressed.setAttribute("aria-pressed", block.classList.toggle(name)));

  // What is read as it is written does not fold under the reader's eyes, nor once it is whole.
  const watched = new Set();
  const isWatched = () => {
    if (document.querySelector("#page-state .running")) watched.add(location.search);
    return watched.has(location.search);
  };
  const equipCode = (block) => {
    const code = block.querySelector("code");
    const head = block.querySelector(".language");
    if (head.nextElementSibling.matches(".tools")) return;
    const tools = Object.assign(document.createElement("div"), { className: "tools" });
    tools.append(
      switchButton(tallyTexts.wrap, block, "wraps"),
      copyButton(tallyTexts.copyCode, () => code.textContent.replace(/\n$/, "")),
    );
    head.after(tools);
    if (!block.matches(".long")) return;
    const lines = code.textContent.split("\n").length - 1;
    const unfold = () => {
      block.classList.add("unfolded");
      more.remove();
    };
    const more = button(tallyTexts.showLines.replace("{lines}", lines), unfold);
    if (isWatched()) block.classList.add("unfolded");
    else block.append(more);
  };

  const textOf = (cell) => {
    const copy = cell.cloneNode(true);
    for (const formula of copy.querySelectorAll(".katex")) {
      formula.replaceWith(`$${formula.querySelector("annotation")?.textContent ?? ""}$`);
    }
    for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
    return copy.textContent.trim();
  };
  // A spreadsheet would run what begins like a formula.
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const csvOf = (table) =>
    [...table.rows].map((row) => `${[...row.cells].map((cell) => quoted(harmless(textOf(cell)))).join(",")}\n`).join("");
  const equipTable = (block) => {
    const table = block.querySelector("table");
    if (!table || block.querySelector(".tools")) return;
    table.tabIndex = 0; // what scrolls sideways can be reached by keyboard
    const tools = Object.assign(document.createElement("div"), { className: "tools" });
    tools.append(copyButton(tallyTexts.copyTable, () => csvOf(table)));
    block.append(tools);
  };

  // The program that draws diagrams puts a picture of a bomb in place of what it cannot read.
  const drawings = new WeakMap();
  const keepDrawing = (diagram) => diagram.dataset.processed || drawings.set(diagram, diagram.textContent);
  const showUndrawn = (diagram) => {
    diagram.className = "undrawn";
    diagram.innerHTML = '<p></p><div class="code"><div class="language">mermaid</div><pre tabindex="0"><code></code></pre></div>';
    diagram.firstChild.textContent = tallyTexts.notDrawn;
    diagram.querySelector("code").textContent = drawings.get(diagram).replaceAll("\u2060", "");
  };

  const each = (within, selector, act) => {
    if (within.matches(selector)) act(within);
    within.querySelectorAll(selector).forEach(act);
  };
  const tend = (drawn) => {
    each(drawn, "a, area", limitLink);
    each(drawn, ".md .code", equipCode);
    each(drawn, ".md .table", equipTable);
    each(drawn, ".mermaid", keepDrawing);
    each(drawn, ".mermaid .error-icon", (bomb) => setTimeout(showUndrawn, 0, bomb.closest(".mermaid")));
  };
  // This runs before anybody can see or click what was drawn.
  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      const drawn = type === "attributes" ? [target] : addedNodes;
      for (const node of drawn) {
        if (node.nodeType === Node.ELEMENT_NODE && node.closest(SAID)) tend(node);
      }
    }
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ADDRESSES,
  });
})();
