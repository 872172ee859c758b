/* Tidies replies once they are drawn: links lead to the web or mail only, and code has no word joiners. */
"use strict";

(() => {
  const SAID = "#chat, #compare";
  const ELSEWHERE = /^(?!https?:\/\/|mailto:)/i;
  const WORD_JOINER = "\u2060"; // markup.py puts it where code could be taken for a tag
  const ADDRESSES = ["href", "xlink:href"];

  const limitLink = (link) => {
    for (const name of ADDRESSES) {
      if (link.hasAttribute(name) && ELSEWHERE.test(link.getAttribute(name).trim())) link.removeAttribute(name);
    }
  };
  const cleanCode = (code) => {
    const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { currentNode: text } = texts;
      if (text.data.includes(WORD_JOINER)) text.data = text.data.replaceAll(WORD_JOINER, "");
    }
  };
  const each = (within, selector, act) => {
    if (within.matches(selector)) act(within);
    within.querySelectorAll(selector).forEach(act);
  };
  const tidy = (drawn) => {
    each(drawn, "a, area", limitLink);
    each(drawn, "code", cleanCode);
  };
  // This runs before anybody can see or click what was drawn.
  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      const drawn = type === "attributes" ? [target] : addedNodes;
      for (const node of drawn) {
        if (node.nodeType === Node.ELEMENT_NODE && node.closest(SAID)) tidy(node);
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
