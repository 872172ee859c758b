/* The import in the settings: each chosen file is sent, its progress shown as it comes in, and then the result. */
"use strict";

(() => {
  const part = (id) => document.querySelector(`#import-${id}`);
  const { filled, make } = tally;
  let running = null; // the request of the import under way
  let isCancelled = false;

  const showProgress = (text, share) => {
    part("progress").querySelector("progress").value = share;
    part("progress").querySelector("span").textContent = text;
  };
  const paragraph = (textContent) => make("p", { textContent });
  const showResult = (name, lines, failures) => {
    const listed = failures.map((textContent) => make("li", { textContent }));
    const list = failures.length ? [make("ul", {}, ...listed)] : [];
    part("result").append(make("section", {}, make("h4", { textContent: name }), ...lines.map(paragraph), ...list));
  };
  const read = (line) => {
    try {
      return JSON.parse(line);
    } catch {
      return {};
    }
  };

  const send = (file) =>
    new Promise((resolve) => {
      let conversations = 0;
      const request = new XMLHttpRequest();
      running = request;
      request.open("POST", `import?${new URLSearchParams({ name: file.name })}`);
      request.upload.onprogress = ({ loaded, total }) => {
        const percent = Math.round((100 * loaded) / (total || 1));
        showProgress(filled(tallyTexts.uploading, { name: file.name, percent }), loaded / (total || 1));
      };
      request.onprogress = () => {
        const steps = request.responseText.trimEnd().split("\n");
        const step = read(steps[steps.length - 1]);
        if (step.progress === undefined) return;
        conversations = step.conversations;
        const count = conversations.toLocaleString("en");
        showProgress(filled(tallyTexts.importing, { name: file.name, count }), step.progress);
      };
      request.onloadend = () => {
        const steps = request.responseText.trimEnd().split("\n");
        const { result, error } = read(steps[steps.length - 1]);
        const ended = isCancelled ? tallyTexts.importCancelled : tallyTexts.importEnded;
        if (result) showResult(file.name, result.lines, result.failures);
        else showResult(file.name, [error || filled(ended, { count: conversations.toLocaleString("en") })], []);
        resolve();
      };
      request.send(file);
    });

  const takeIn = async (files) => {
    isCancelled = false;
    part("result").replaceChildren();
    part("choose").disabled = true;
    part("progress").hidden = false;
    for (const file of files) {
      if (isCancelled) break;
      showProgress(filled(tallyTexts.uploading, { name: file.name, percent: 0 }), 0);
      await send(file);
    }
    running = null;
    part("progress").hidden = true;
    part("choose").disabled = false;
    part("choose").focus();
    tally.press("relist");
  };

  const showRoom = async () => {
    const answer = await fetch("files").catch(() => null);
    const shown = document.querySelector("#files-room");
    if (shown && answer?.ok) shown.textContent = (await answer.json()).text;
  };
  document.addEventListener("tally-settings", showRoom);
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#import-choose")) part("files").click();
    if (target.closest?.("#import-cancel") && running) {
      isCancelled = true;
      running.abort();
    }
  });
  document.addEventListener("change", ({ target }) => {
    if (target.id !== "import-files" || !target.files.length) return;
    const files = [...target.files];
    target.value = ""; // the same file can be chosen again
    takeIn(files);
  });
  addEventListener("beforeunload", (event) => running && event.preventDefault());
})();
