/* What is sent while a reply is written: it waits below it, also on the server, and goes out when the reply ends. */
"use strict";

(() => {
  const QUEUE = "tally-queue";
  const GONE = "tally-queue-gone"; // what has been taken out, until the server has heard of it
  const UNHEARD_MS = 3000; // what Gradio does not hear, as when it has no connection, is told again
  const { drafts, shownId } = tally;
  // isKept: the server has it. isHeld: it goes out only when somebody says so. isNews: that is still to be seen.
  let queue = []; // {id, text, files, conversation, isKept, isHeld, isNews}
  const gone = new Set(); // ids of what has been taken out
  const ran = new Set(); // conversations in which this page has seen a reply being written
  let act = () => {}; // what the buttons do, in sending.js
  const here = () => queue.filter(({ conversation }) => conversation === shownId());
  const next = () => here().find(({ isHeld, isNews }) => !isHeld && !isNews);

  const button = (name, text, each) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.onclick = () => act(name, each);
    return made;
  };
  let shown = ""; // what the list shows
  let shownFor = ""; // the conversation
  const show = () => {
    shownFor = shownId();
    const [list, label] = [document.querySelector("#queue ul"), document.querySelector("#queue p")];
    const waiting = here();
    const says = waiting.some(({ isHeld }) => isHeld) ? tallyTexts.held : tallyTexts.waiting;
    const now = JSON.stringify([says, waiting.map(({ id }) => id)]);
    if (!list || (now === shown && list.childElementCount === waiting.length)) return;
    shown = now;
    label.textContent = list.ariaLabel = says;
    const items = waiting.map((each) => {
      const item = document.createElement("li");
      const says = [each.text, ...each.files.map(({ name }) => name)].filter(Boolean).join(" · ");
      const text = Object.assign(document.createElement("span"), { dir: "auto", textContent: says, title: says });
      const buttons = ["sendNow", "edit", "remove"].map((name) => button(name, tallyTexts[name], each));
      item.append(text, ...buttons);
      return item;
    });
    list.replaceChildren(...items);
  };

  // Changes go to the server one after the other, as events may overtake each other on their way.
  let tell = null;
  let changes = []; // {conversation, change: [id, text, files]}
  let told = null; // those on their way
  let number = 0; // theirs
  const tellServer = () => {
    const [first] = changes;
    if (told || !first || !tell) return;
    const mine = (told = changes.filter(({ conversation }) => conversation === first.conversation));
    number += 1;
    tell({ conversation: first.conversation, changes: mine.map(({ change }) => change), number: `${number}` });
    setTimeout(() => told === mine && ((told = null), tellServer()), UNHEARD_MS);
  };
  const keepGone = () => drafts.set(GONE, JSON.stringify(changes.filter(({ change: [id] }) => gone.has(id))));
  const change = (conversation, id, text, files = []) => {
    if (conversation) changes.push({ conversation, change: [id, text, files] });
    keepGone();
    tellServer();
  };
  // What the server does not take, this page alone keeps. A late answer is none to what was told since.
  const answered = (kept) => {
    if (!told || (kept && kept !== `${number}`)) return;
    const ids = kept ? told.map(({ change }) => change[0]) : [];
    for (const each of queue) each.isKept ||= ids.includes(each.id);
    changes = changes.filter((each) => !told.includes(each));
    keepGone();
    told = null;
    tally.announce();
    tellServer();
  };

  const become = (waiting) => {
    queue = waiting;
    drafts.set(QUEUE, JSON.stringify(queue));
    show();
  };
  const add = (id, text, files) => {
    const conversation = shownId();
    gone.delete(id);
    change(conversation, id, text, files);
    become([...queue, { id, text, files, conversation, isKept: false, isHeld: false, isNews: false }]);
  };
  const take = (each) => become(queue.filter(({ id }) => id !== each.id));
  // Once it has been asked, or is in the box again, the server need not have it.
  const drop = (conversation, id) => {
    gone.add(id);
    change(conversation, id, "");
  };
  const named = (conversation) => {
    for (const each of queue.filter((one) => !one.conversation)) {
      each.conversation = conversation;
      change(conversation, each.id, each.text, each.files);
    }
    become(queue);
  };
  const hold = (conversation) => {
    for (const each of queue) each.isHeld ||= each.conversation === conversation;
    become(queue);
  };
  const putFirst = (each) => {
    each.isHeld = false;
    become([each, ...queue.filter((one) => one !== each)]);
  };
  const toldBy = (conversation, waiting) => {
    const ids = new Set(waiting.map(([id]) => id));
    queue = queue.filter((each) => each.conversation !== conversation || !each.isKept || ids.has(each.id));
    for (const [id, text, files] of waiting) {
      const known = queue.find((each) => each.id === id);
      if (known) known.isKept = true;
      else if (!gone.has(id) && !tally.isBeingSent(id))
        queue.push({ id, text, files, conversation, isKept: true, isHeld: false, isNews: true });
    }
    for (const each of queue.filter((one) => one.isNews && one.conversation === conversation))
      Object.assign(each, { isNews: false, isHeld: !ran.has(conversation) });
    become(queue);
  };
  let said = ""; // what the page's state said last
  const keepUp = ({ conversation, turns, isRunning, waiting }) => {
    if (isRunning) ran.add(conversation);
    const now = `${conversation} ${turns} ${isRunning} ${waiting}`;
    if (now !== said) toldBy(conversation, JSON.parse(waiting));
    else if (shownFor !== shownId()) show();
    said = now;
  };

  const keepBy = (how) => {
    tell = how;
    show();
    tellServer();
  };
  // What the server had not been told before a reload is told now; what had no conversation is a draft again.
  const left = JSON.parse(drafts.get(QUEUE) || "[]");
  const unheard = JSON.parse(drafts.get(GONE) || "[]");
  for (const { change } of unheard) gone.add(change[0]);
  const takeUp = () => {
    for (const { conversation, change } of unheard) drop(conversation, change[0]);
    const unsent = left.filter(({ conversation }) => !conversation);
    tally.giveBack("", ...unsent.map(({ text }) => text));
    tally.files.giveBack("", unsent.flatMap(({ files }) => files));
    const again = left.filter(({ id, conversation }) => conversation && !queue.some((each) => each.id === id));
    become([...again.map((each) => ({ ...each, isNews: true })), ...queue]);
    for (const each of again) if (!each.isKept) change(each.conversation, each.id, each.text, each.files);
    said = ""; // what the page's state says is looked at again, for these too
  };
  const actBy = (how) => (act = how);

  tally.queue = { actBy, add, answered, drop, hold, keepBy, keepUp, named, next, putFirst, take, takeUp };
})();
