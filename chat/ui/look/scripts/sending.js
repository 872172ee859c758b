/* Sends messages: each is asked once, those that come early wait, and nothing typed is lost. */
"use strict";

(() => {
  const { GAP, box, drafts, fill, files, giveBack, queue } = tally;
  const ASKING = "tally-asking";
  const KNOCK_MS = 100; // Gradio ignores a press before it is ready, and while it has no connection
  const UNHEARD_MS = 1000;
  const REST_MS = 500; // the longest time between the two halves of a double click
  const read = (name) => JSON.parse(drafts.get(name) || "null");
  const isTouch = () => matchMedia("(pointer: coarse)").matches;
  const state = () => {
    const shown = document.querySelector("#page-state [data-turns]");
    return {
      conversation: shown?.dataset.conversation ?? "",
      turns: (shown?.dataset.turns ?? "").split(" "),
      isRunning: Boolean(shown?.classList.contains("running")),
      waiting: shown?.dataset.waiting ?? "[]",
    };
  };
  // The address changes with the click on another chat, its field when the server opens it, and the page when it is
  // drawn: in between, a message could go to the wrong one, or the server could take it that the person has left.
  const isSettled = () => {
    if (tally.isOpening()) return false;
    const field = document.querySelector("#conversation-id :is(textarea, input)");
    return [state().conversation, field?.value].every((each) => each === tally.shownId());
  };

  document.addEventListener("input", ({ target, isTrusted }) => {
    if (target === box() && isTrusted && lost && !isStillHere(target.value)) forgetLost();
  });

  // What is asked: from the press until the page shows it, or until it is refused. One that was lost on its
  // way goes back into the box, and when it is sent again it has the same id, so that it is asked once; what
  // stands below it in the box follows it as a message of its own.
  let asking = null; // {id, what, text, files, conversation, turn, isOut}
  let lost = read(ASKING);
  let isReady = false;
  let isKnocking = false;
  let otherAsks = () => null; // what else on the page asks, and what for
  let whenTaken = () => {};
  let outs = 0; // events under way
  let actedAt = -REST_MS;
  let stops = false; // whether to stop what is asked as soon as it runs
  let goesOn = false; // whether what waits goes out after that
  const onAsking = (asks, taken) => {
    otherAsks = asks;
    whenTaken = taken;
  };
  const isFollowed = (text) => Boolean(lost?.text) && text.startsWith(lost.text + GAP);
  const partsOf = (text) => (isFollowed(text) ? [lost.text, text.slice(lost.text.length + GAP.length)] : [text]);
  const isStillHere = (typed) => typed === lost.text || isFollowed(typed);
  const forgetLost = () => {
    lost = null;
    if (!asking) drafts.remove(ASKING);
  };
  // crypto.randomUUID exists only on https and on this machine.
  const newId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const whatIs = (text, attached) => JSON.stringify(["send", text, attached.map(({ hash }) => hash)]);
  const idOf = (what) => (lost?.what === what && lost.conversation === tally.shownId() ? lost.id : newId());
  // `waited`: the message that waited for this.
  const begin = (what, text, attached = [], waited = null) => {
    const [id, conversation] = [waited?.id ?? idOf(what), tally.shownId()];
    asking = { id, what, text, files: attached, conversation, isOut: false, hasWaited: Boolean(waited) };
    lost = null;
    actedAt = performance.now();
    stops = false;
    goesOn = false;
    drafts.set(ASKING, JSON.stringify(asking));
    document.body.classList.add("asking");
  };
  const end = () => {
    if (asking.hasWaited) queue.drop(asking.conversation, asking.id);
    asking = null;
    if (!lost) drafts.remove(ASKING);
    document.body.classList.remove("asking");
    bubble.remove();
    sendWaiting();
  };
  const knock = (id) => {
    if (asking?.id !== id || asking.isOut) return;
    if (asking.conversation !== tally.shownId()) return refused();
    isKnocking = true;
    if (isReady && isSettled()) tally.press("send");
    isKnocking = false;
    setTimeout(() => knock(id), KNOCK_MS);
  };
  const ask = (text, attached, waited) => {
    begin(whatIs(text, attached), text, attached, waited);
    drawBubble(asking);
    knock(asking.id);
  };
  const ready = () => (isReady = true);
  const withMessage = (values, { id, seen, text, files: place }) => {
    if (!asking && text === undefined) begin("late", null); // Gradio was long in doing it
    outs += 1;
    asking.isOut = true;
    const named = values.with(id, asking.id).with(seen, state().turns.join(" "));
    if (text === undefined) return named;
    return named.with(text, asking.text).with(place, asking.files.length ? JSON.stringify(asking.files) : "");
  };
  const answered = (answer) => {
    const [id, turn, conversation] = answer.split(" ");
    if (lost?.id === id) {
      const [first, rest = ""] = partsOf(box().value);
      if (turn && first === lost.text) {
        fill(rest); // it had arrived
        files.take();
      }
      forgetLost(); // if not, its text is in the box already
    }
    if (!turn) return asking?.id === id && refused();
    if (asking?.id === id && !asking.conversation) queue.named(conversation);
    tally.announce();
    tally.leaveTurn();
    tally.scrollDown();
    if (asking?.id !== id) return;
    whenTaken();
    asking.turn = turn;
    drafts.remove(ASKING);
    keepUp();
  };
  // What waits behind it was written to follow it.
  const refused = () => {
    const { conversation, text, files: attached } = asking;
    queue.hold(conversation);
    end();
    giveBack(conversation, text);
    files.giveBack(conversation, attached);
  };
  // Nobody knows whether it arrived.
  const lose = () => {
    lost = asking;
    refused();
  };
  // Gradio may tell that an event has ended before it tells what it has answered.
  const settled = (sent) => {
    outs -= 1;
    if (asking && !asking.turn && sent.split(" ")[0] === asking.id) answered(sent);
    // What ended may be the event of an older message, while the page does not show this one yet.
    if (asking?.turn && (!outs || asking.conversation !== tally.shownId())) end();
    else if (asking?.isOut && !outs) lose();
  };

  // The question stands in the conversation at once, until the server's own is there.
  const bubble = document.createElement("div");
  bubble.className = "asked";
  bubble.innerHTML = '<p dir="auto"></p><div class="waiting"><i></i><i></i><i></i></div>';
  let questionsBefore = "";
  const questions = () => {
    const all = document.querySelectorAll("#chat .user-row");
    return `${all.length} ${all[all.length - 1]?.textContent}`;
  };
  const drawBubble = ({ text, files: attached }) => {
    bubble.firstElementChild.textContent = [...attached.map(({ name }) => name), text].filter(Boolean).join("\n");
    questionsBefore = questions();
    const log = document.querySelector("#chat .bubble-wrap");
    if (!log) return;
    log.append(bubble);
    tally.scrollDown();
  };

  const isBusy = () => Boolean(asking) || !isSettled() || state().isRunning;
  const sendWaiting = () => {
    const next = isBusy() ? null : queue.next();
    if (!next) return;
    queue.take(next);
    ask(next.text, next.files, next);
  };
  const submit = (text, attached = []) => {
    if (!text && !attached.length) return;
    if (!isBusy() && !queue.next()) return ask(text, attached);
    actedAt = performance.now();
    const id = idOf(whatIs(text, attached));
    forgetLost();
    queue.add(id, text, attached);
    sendWaiting();
  };
  const submitBox = () => files.whenHere(submitNow);
  const submitNow = () => {
    const [first, ...others] = lost?.conversation === tally.shownId() ? partsOf(box().value) : [box().value];
    fill("");
    submit(first, files.take());
    others.forEach((text) => submit(text));
    if (!isTouch()) box().focus();
  };
  const stop = () => {
    if (!goesOn) queue.hold(tally.shownId());
    goesOn = false;
    if (asking && !asking.isOut) return refused();
    stops = Boolean(asking);
  };
  queue.actBy((name, each) => {
    if (name === "sendNow") {
      queue.putFirst(each);
      goesOn = isBusy();
      if (state().isRunning) tally.press("stop");
      else if (asking) stops = true;
      else sendWaiting();
      return;
    }
    queue.take(each);
    queue.drop(each.conversation, each.id);
    if (name === "edit") {
      giveBack(each.conversation, each.text);
      files.giveBack(each.conversation, each.files);
    }
    box().focus();
  });

  const askOther = (what) => {
    begin(JSON.stringify(what), null);
    const { id } = asking;
    setTimeout(() => asking?.id === id && !asking.isOut && end(), UNHEARD_MS);
  };
  // Stop takes Send's place, and a message's buttons come and go below the pointer: the second half of a double
  // click does nothing.
  const CLICKED = ["#send", "#stop", "#chat .example", "#queue button"];
  const onClick = (event) => {
    const [send, stopping, example, waiting] = CLICKED.map((name) => event.target.closest(name));
    const other = send || stopping || example || waiting ? null : otherAsks(event.target);
    if (isKnocking || !(send || stopping || example || waiting || other)) return;
    const isSecondHalf = event.detail > 1 && performance.now() - actedAt < REST_MS;
    if (!isSecondHalf && waiting) {
      actedAt = performance.now();
      return;
    }
    if (!isSecondHalf && stopping) return stop();
    if (!isSecondHalf && other && !asking && isSettled()) return askOther(other);
    event.stopImmediatePropagation();
    if (isSecondHalf || other) return;
    if (send) submitBox();
    else submit(example.textContent.trim());
  };
  document.addEventListener("click", onClick, true);

  // Safari tells only by 229 that an Enter chooses a word; on a touch screen there is no Shift to break a line.
  const onEnter = (event) => {
    if (event.key !== "Enter" || event.target !== box()) return;
    const isChoosing = event.isComposing || event.keyCode === 229;
    const sends = !event.shiftKey && !isChoosing && !isTouch();
    event.stopImmediatePropagation();
    if (!sends) return;
    event.preventDefault();
    if (!event.repeat) submitBox();
  };
  document.addEventListener("keydown", onEnter, true);
  // At this event Gradio would leave out the line break.
  document.addEventListener(
    "keypress",
    (event) => event.key === "Enter" && event.target === box() && event.stopImmediatePropagation(),
    true,
  );

  const keepUp = () => {
    queue.keepUp(state());
    const isSoon = asking && asking.text !== null && !asking.turn;
    if (isSoon && !bubble.isConnected && questions() === questionsBefore) drawBubble(asking);
    if (bubble.isConnected && questions() !== questionsBefore) bubble.remove();
    if (!asking) return sendWaiting();
    if (!asking.turn || !state().turns.includes(asking.turn)) return;
    const stopsNow = stops && state().isRunning;
    end();
    if (stopsNow) tally.press("stop");
  };
  tally.watch(keepUp);
  document.addEventListener("tally-opened", keepUp);
  const start = () => {
    if (!box()) return setTimeout(start, 50); // Gradio runs this script before its components are there
    box().enterKeyHint = isTouch() ? "enter" : "send";
    queue.takeUp();
    if (lost?.hasWaited) queue.drop(lost.conversation, lost.id); // it is in the box
    if (lost?.text && !box().value.includes(lost.text)) giveBack(lost.conversation, lost.text);
    files.giveBack(lost?.conversation, lost?.files);
  };
  start();

  const typed = () => (box().value || !asking) && tally.press("estimate-again");
  const isBeingSent = (id) => [asking?.id, lost?.id].includes(id);
  Object.assign(tally, { answered, isBeingSent, onAsking, ready, settled, typed, withMessage });
})();

// What the estimate and the choice beside it open to floats above the message box, and closes by itself.
(() => {
  const LINE = ":is(#estimate, #context) details[open] > summary";
  const GAP_PX = 6;

  // Closed by its own line, so that it is not opened again with the next estimate.
  const closeAllBut = (element) => {
    for (const line of document.querySelectorAll(LINE)) {
      if (!line.closest("#estimate, #context").contains(element)) line.click();
    }
  };
  document.addEventListener("pointerdown", ({ target }) => closeAllBut(target), true);
  // The focus goes nowhere when what had it is replaced.
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget && target.closest?.("#estimate, #context")) closeAllBut(relatedTarget);
  });
  // Before the page's own Escape, which stops a reply.
  window.addEventListener(
    "keydown",
    (event) => {
      const line = document.querySelector(LINE);
      if (event.key !== "Escape" || !line) return;
      const hadFocus = line.closest("details").contains(document.activeElement);
      closeAllBut(null);
      if (hadFocus) line.focus();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.matches(":is(#estimate, #context) details[open]")) return;
      const panel = target.lastElementChild;
      const up = panel.offsetParent.getBoundingClientRect().bottom - document.querySelector("#composer").getBoundingClientRect().top;
      panel.style.insetBlockEnd = `${up + GAP_PX}px`;
    },
    true,
  );
})();
