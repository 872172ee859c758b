/* Files at the message box: dropped, pasted or chosen, sent to the server at once, and listed with what they cost. */
"use strict";

(() => {
  const DRAFTS = "tally-files"; // what is attached in each conversation, and not sent
  const MOST_DRAFTS = 50;
  const LONG_PASTE = 5000; // characters; what is longer becomes a file
  const { box, preferences, drafts, put, filled, make } = tally;
  const list = () => document.querySelector("#files ul");
  // What goes well is for screen readers only: everybody else sees it.
  const status = (text, isSeen = true) =>
    Object.assign(document.querySelector("#files [role=status]"), { textContent: text, className: isSeen ? "" : "unseen" });

  // In the order attached: {key, name, size, share} on the way, {key, name, error} refused, else what the server says.
  let files = [];
  let keys = 0;
  let id = tally.shownId(); // the conversation whose files are at the box
  const arrived = () => files.filter(({ hash }) => hash);
  const isOnTheWay = () => files.some(({ hash, error }) => !hash && !error);
  // How a file is sent, as the server reads it.
  const sent = ({ hash, name, kind, size, sent_as, detail, pages }) => ({ hash, name, kind, size, sent_as, detail, pages });

  const isOfTab = (conversation) => !conversation || conversation.startsWith("temporary-");
  const kept = (conversation) => (isOfTab(conversation) ? drafts : preferences);
  const all = (conversation) => JSON.parse(kept(conversation).get(DRAFTS) || "{}");
  const keep = (conversation, some) => {
    const { [conversation]: _, ...others } = all(conversation);
    const latest = Object.entries(some.length ? { ...others, [conversation]: some } : others).slice(-MOST_DRAFTS);
    kept(conversation).set(DRAFTS, JSON.stringify(Object.fromEntries(latest)));
  };
  const field = () => document.querySelector("#attached :is(textarea, input)");
  const tell = () => {
    const some = arrived().map(sent);
    keep(id, some);
    const value = some.length ? JSON.stringify(some) : "";
    if (field().value !== value) put(field(), value);
  };
  const changed = () => {
    draw();
    tell();
  };

  const sizeOf = (bytes) => {
    if (bytes < 1000) return `${bytes} B`;
    return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  };
  const choice = (label, options, value, choose) => {
    const select = make("select", { ariaLabel: label });
    for (const [name, text] of options) select.append(make("option", { value: name, textContent: text, selected: name === value }));
    select.onchange = () => choose(select.value);
    return select;
  };
  const pageInput = (label, file, place) => {
    const input = make("input", { type: "number", min: 1, max: file.pageCount, value: file.pages?.[place] ?? [1, file.pageCount][place], ariaLabel: label });
    input.onchange = () => {
      const pages = file.pages ?? [1, file.pageCount];
      pages[place] = Math.min(Math.max(Math.round(Number(input.value)) || 1, 1), file.pageCount);
      file.pages = place ? [Math.min(...pages), pages[1]] : [pages[0], Math.max(...pages)];
      changed();
    };
    return input;
  };
  const controls = (file) => {
    const made = [];
    if (file.kind === "image" && file.pixels) {
      const options = ["low", "high", "original"]
        .filter((detail, place, each) => !place || `${file.pixels[detail]}` !== `${file.pixels[each[place - 1]]}`)
        .map((detail) => [detail, filled(tallyTexts[detail], { pixels: file.pixels[detail].join(" × ") })]);
      const offered = options.some(([detail]) => detail === file.detail) ? file.detail : options.at(-1)[0];
      made.push(choice(tallyTexts.detail, options, offered, (detail) => ((file.detail = detail), changed())));
    }
    if (file.kind === "pdf") {
      const options = ["text", "images", "file"].map((how) => [how, tallyTexts[`as_${how}`]]);
      made.push(choice(tallyTexts.sentAs, options, file.sent_as, (how) => ((file.sent_as = how), changed())));
      if (file.pageCount > 1 && file.sent_as !== "file")
        made.push(
          make("span", { className: "pages" }, tallyTexts.pages, pageInput(tallyTexts.firstPage, file, 0), "–", pageInput(tallyTexts.lastPage, file, 1)),
        );
    }
    if (file.isPasted) made.push(make("button", { type: "button", textContent: tallyTexts.insertAsText, onclick: () => insert(file) }));
    return made;
  };
  const draw = () => {
    const items = files.map((file) => {
      const name = make("button", { type: "button", className: "name", textContent: file.name, title: file.name });
      name.disabled = !file.hash;
      name.onclick = () => tally.showFile(file);
      const picture = file.hash && file.kind === "image" ? [tally.picture(file.hash, "thumbnail", "")] : [];
      const says = file.error ?? (file.hash ? sizeOf(file.size) : filled(tallyTexts.onTheWay, { percent: Math.round(100 * file.share) }));
      const about = make("span", { className: file.error ? "about failed" : "about", textContent: says });
      if (file.error) about.role = "alert";
      const remove = make("button", { type: "button", className: "remove", textContent: "×", title: filled(tallyTexts.removeFile, { name: file.name }) });
      remove.ariaLabel = remove.title;
      remove.onclick = () => removeFile(file);
      const item = make("li", {}, ...picture, make("div", {}, name, about, ...(file.notes ?? []).map((note) => make("small", { textContent: note })), ...controls(file)), remove);
      item.dataset.key = file.key;
      return item;
    });
    list().replaceChildren(...items);
    showFigures();
  };
  // What each takes comes with the estimate.
  const showFigures = () => {
    const figures = JSON.parse(document.querySelector("#file-figures")?.dataset.figures ?? "[]");
    const some = arrived();
    if (figures.length !== some.length) return;
    some.forEach((file, place) => {
      const about = list().querySelector(`[data-key="${file.key}"] .about`);
      const text = [sizeOf(file.size), figures[place]].join(" · ");
      if (about && about.textContent !== text) about.textContent = text;
    });
  };

  const removeFile = (file) => {
    file.request?.abort();
    files = files.filter((each) => each !== file);
    changed();
    box().focus();
    if (file.hash) fetch(`files/${file.hash}`, { method: "DELETE" }).catch(() => {}); // it goes by itself a day later
    goOn();
  };
  const insert = async (file) => {
    const answer = await fetch(`files/${file.hash}/text`).catch(() => null);
    if (!answer?.ok) return status(tallyTexts.notInserted);
    tally.fill([box().value, await answer.text()].filter(Boolean).join(tally.GAP));
    removeFile(file);
  };
  const isTemporary = () => id.startsWith("temporary-") || (!id && document.querySelector("#temporary input")?.checked);
  const known = (file, { pages, ...answer }, name) =>
    Object.assign(file, { sent_as: "text", detail: "high", pages: null, ...answer, pageCount: pages, name, ...(file.chosen ?? {}) });
  // A few at a time, as the server takes no more of one person.
  const AT_ONCE = 3;
  const sendNext = () => {
    const next = files.find(({ data, request }) => data && !request);
    if (next && files.filter(({ request }) => request?.readyState === 1).length < AT_ONCE) begin(next);
  };
  const send = (data, name, more = {}) => {
    files = [...files, { key: `${++keys}`, name, size: data.size, share: 0, data, ...more }];
    draw();
    sendNext();
  };
  const begin = (file) => {
    const { data, name } = file;
    const request = new XMLHttpRequest();
    file.request = request;
    request.open("POST", `files?${new URLSearchParams({ name, ...(isTemporary() ? { temporary: "1" } : {}) })}`);
    request.upload.onprogress = ({ loaded, total }) => {
      file.share = loaded / (total || 1);
      const about = list().querySelector(`[data-key="${file.key}"] .about`);
      if (about) about.textContent = filled(loaded < total ? tallyTexts.onTheWay : tallyTexts.beingRead, { percent: Math.round(100 * file.share) });
    };
    request.onloadend = () => {
      delete file.data;
      sendNext();
      if (!files.includes(file)) return;
      const answer = read(request.responseText);
      const isTwice = answer.hash && files.some((each) => each !== file && each.hash === answer.hash);
      if (isTwice) files = files.filter((each) => each !== file);
      else if (answer.hash) known(file, answer, answer.name || name);
      else file.error = answer.error || answer.detail || tallyTexts.fileFailed;
      if (answer.hash && !file.isPasted) status(filled(tallyTexts.fileAttached, { name }), false);
      changed();
      goOn();
    };
    request.send(data);
  };
  const read = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  };
  const attach = (some) => {
    status("");
    for (const data of some) send(data, data.name || tallyTexts.pastedPicture);
    if (some.length) box().focus();
  };

  // A message that is sent while files are on their way waits for them.
  let next = null;
  const goOn = () => {
    if (!next || isOnTheWay()) return;
    const then = next;
    next = null;
    status("");
    then();
  };
  const whenHere = (then) => {
    if (files.some(({ error }) => error)) return status(tallyTexts.removeFailed);
    if (!isOnTheWay()) return then();
    next = then;
    status(tallyTexts.waitsForFiles);
  };
  const take = () => {
    const taken = arrived().map(sent);
    files = [];
    status("");
    changed();
    return taken;
  };
  const describe = async (file) => {
    const answer = await fetch(`files/${file.hash}/description`).catch(() => null);
    if (!files.includes(file)) return;
    if (answer?.ok) {
      const { pages, sent_as, detail } = file;
      known(Object.assign(file, { chosen: { pages, sent_as, detail } }), await answer.json(), file.name);
    } else if (answer) Object.assign(file, { hash: "", error: tallyTexts.fileGone });
    changed();
  };
  const show = (some) => {
    files = some.map((each) => ({ ...each, key: `${++keys}` }));
    changed();
    files.forEach(describe);
  };
  const giveBack = (conversation, some) => {
    if (!some?.length) return;
    const isShown = conversation === id;
    const others = isShown ? arrived().map(sent) : (all(conversation)[conversation] ?? []);
    const both = [...some, ...others.filter(({ hash }) => !some.some((each) => each.hash === hash))];
    if (isShown) show(both);
    else keep(conversation, both);
  };

  document.addEventListener("tally-shown", ({ detail }) => {
    if (detail.isSame) {
      keep(id, []);
      id = detail.id;
      return tell();
    }
    for (const { request } of files) request?.abort();
    next = null;
    id = detail.id;
    show(all(id)[id] ?? []);
  });

  // Who uses this browser next does not see them.
  document.addEventListener("submit", ({ target }) => target.matches("#account form") && preferences.remove(DRAFTS));

  // Ways in: chosen, dropped anywhere, pasted.
  document.addEventListener("click", ({ target }) => target.closest?.("#attach") && document.querySelector("#attach-files").click());
  document.addEventListener("change", ({ target }) => {
    if (target.id !== "attach-files") return;
    const chosen = [...target.files];
    target.value = ""; // the same file can be chosen again
    attach(chosen);
  });
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files") && box()?.offsetParent;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    attach([...event.dataTransfer.files]);
  }, true);
  document.addEventListener("paste", (event) => {
    if (event.target !== box()) return;
    const { files: pasted } = event.clipboardData;
    const text = event.clipboardData.getData("text/plain");
    const isLong = text.length > LONG_PASTE;
    if (!isLong && !(pasted.length && !text)) return;
    event.preventDefault();
    event.stopPropagation();
    if (isLong) send(new Blob([text], { type: "text/plain" }), tallyTexts.pastedText, { isPasted: true });
    else attach([...pasted]);
  }, true);

  tally.watch(showFigures);
  const start = () => {
    if (!field() || !list()) return setTimeout(start, 50); // Gradio runs this script before its components are there
    document.body.dataset.dropHere = tallyTexts.dropHere;
    const left = all(id)[id] ?? [];
    if (left.length && !files.length) show(left);
  };
  start();

  tally.files = { giveBack, take, whenHere };
})();

// Pictures of files, and a file as a whole over the page. The page may show no pictures by their address, or a
// model's reply could ask for one: they are fetched.
(() => {
  const addresses = new Map(); // of what was fetched, by where it came from
  tally.picture = (hash, size, alt) => {
    const image = Object.assign(document.createElement("img"), { alt });
    const source = `files/${hash}/${size}`;
    const fetched = async () => {
      const answer = await fetch(source);
      if (!answer.ok) throw new Error(answer.status);
      return URL.createObjectURL(await answer.blob());
    };
    if (!addresses.has(source)) addresses.set(source, fetched());
    addresses.get(source).then(
      (address) => (image.src = address),
      () => {
        addresses.delete(source);
        image.alt = tallyTexts.fileGone;
      },
    );
    return image;
  };
  const drawPictures = () => {
    for (const file of document.querySelectorAll("#chat button.file.image:not(:has(img))"))
      file.prepend(tally.picture(file.value.split(" ")[0], "thumbnail", file.title));
  };
  new MutationObserver(drawPictures).observe(document, { childList: true, subtree: true });

  const { make } = tally;
  let dialog = null;
  const opened = () => {
    if (dialog) return dialog;
    dialog = make("dialog", { id: "file-dialog" });
    dialog.onclick = ({ target }) => target === dialog && dialog.close();
    document.body.append(dialog);
    return dialog;
  };
  // Of a file that was sent, whether it goes along with what is asked next.
  const eye = ({ hash, turn, isLeftOut }) => {
    const how = isLeftOut ? "take-along-file" : "leave-out-file";
    const textContent = isLeftOut ? tallyTexts.takeFileAlong : tallyTexts.leaveFileOut;
    const onclick = () => {
      dialog.close();
      tally.changeTurn({ turn, how, file: hash });
    };
    return make("button", { type: "button", textContent, onclick });
  };
  tally.showFile = async (file) => {
    const { hash, kind, name, turn } = file;
    const title = make("h2", { textContent: name });
    const close = make("button", { type: "button", textContent: tallyTexts.close, onclick: () => dialog.close() });
    const address = kind === "image" ? `files/${hash}/original` : `files/${hash}/file`;
    const download = make("a", { href: address, download: name, textContent: tallyTexts.download });
    const body = make("div", { className: "body", tabIndex: 0 });
    opened().replaceChildren(make("header", {}, title, ...(turn ? [eye(file)] : []), download, close), body);
    dialog.setAttribute("aria-label", name);
    if (!dialog.open) dialog.showModal();
    if (kind === "image") return body.append(tally.picture(hash, "original", name));
    const answer = await fetch(`files/${hash}/text`).catch(() => null);
    body.append(make("pre", { dir: "auto", textContent: answer?.ok ? await answer.text() : tallyTexts.fileGone }));
  };
  document.addEventListener("click", ({ target }) => {
    const file = target.closest?.("#chat button.file");
    if (!file) return;
    const [hash, kind, turn] = file.value.split(" ");
    tally.showFile({ hash, kind, turn, name: file.title, isLeftOut: file.classList.contains("left-out") });
  });
})();
