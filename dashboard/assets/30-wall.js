// Why: the wall redraws from 20-wall-view.js each second. Only what differs touches the page, so
// nothing moves, and nothing of it grows over the months a wall stays open.
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const REST_MS = 3000;

  function text(id, value) {
    const node = byId(id);
    if (node.textContent !== value) node.textContent = value;
  }

  function flag(node, name, value) {
    if (node.dataset[name] !== String(value)) node.dataset[name] = value;
  }

  function element(tag, className, ...children) {
    const node = document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  }

  // texts: one, or several from the best to the shortest; the first that fits is shown.
  function mark([shape, texts, plate], className) {
    const node = element("span", `mark ${className || ""}`);
    node.dataset.plate = plate;
    if (shape) node.append(element("i", `shape ${shape}`));
    const words = element("span", "words", [].concat(texts)[0]);
    words.fits = [].concat(texts);
    node.append(words);
    return node;
  }

  // Rebuild a container only when its content differs, then make long texts fit.
  function fill(id, content, make) {
    const node = byId(id);
    const signature = JSON.stringify(content);
    if (node.signature === signature) return;
    node.signature = signature;
    node.replaceChildren(...make(content));
    for (const words of node.querySelectorAll(".words, .fit")) fit(words);
  }

  // No text is cut by the edge: try the shorter forms, then drop words and say so with "…".
  function fit(node) {
    const fits = () => node.scrollWidth <= node.clientWidth + 1;
    for (const form of node.fits || []) {
      node.textContent = form;
      if (fits()) return;
    }
    let rest = node.textContent;
    while (!fits() && rest.length > 1) {
      rest = rest.slice(0, rest.includes(" ") ? rest.lastIndexOf(" ") : -1).replace(/[,( ]+$/, "");
      node.textContent = `${rest}…`;
    }
  }

  function drawScore(view) {
    text("w-done", view.score.done);
    flag(byId("w-done"), "digits", view.score.done === "—" ? 0 : view.score.done.length);
    text("w-target", view.score.target);
    text("w-label", view.score.label);
    text("w-plan", view.score.plan);
    text("w-forecast", view.score.forecast);
    fill("w-plate", view.score.mark, (it) => {
      const node = mark(it);
      node.dataset.size = it[1].length > 13 ? "small" : it[1].length > 9 ? "middle" : "large";
      return [node];
    });
  }

  function hourColumn(hour) {
    const area = element("div", "bar-area");
    const bar = element("div", "bar");
    bar.style.height = `${hour.height * 100}%`;
    if (hour.phase !== "future") area.append(bar);
    if (hour.tick !== null) {
      const tick = element("div", "tick");
      tick.style.bottom = `${hour.tick * 100}%`;
      area.append(tick);
    }
    const number = element("b", "hour-number", hour.number);
    if (hour.isLow) number.prepend(element("i", "shape down"));
    const column = element("div", "hour", area, number, element("span", "hour-label", hour.label));
    column.dataset.phase = hour.phase;
    column.dataset.level = hour.level;
    column.dataset.digits = hour.number.length;
    return column;
  }

  function nowLine([head, what, reason]) {
    const detail = element("span", "fit", reason ? `${what}, ${reason}` : what);
    detail.fits = reason ? [`${what}, ${reason}`] : [what];
    return [element("span", "label", head), detail];
  }

  function strip({ stages, rows, hidden }) {
    const node = byId("w-strip");
    node.dataset.mode = "table";
    node.style.setProperty("--stages", stages.length);
    node.style.setProperty("--lines", rows.length);
    node.dataset.dense = rows.length > 2;
    const head = [element("span", "corner", hidden ? `+${hidden}` : "")].concat(
      stages.map((stage) => element("span", "stage fit", stage)));
    return head.concat(...rows.map((row) => [element("b", "line fit", row.name)].concat(
      row.cells.map((it) => mark(it, "cell")))));
  }

  // Too many stages for their words: only what is not running is named, the rest is counted.
  function stripAsList({ stages, rows, hidden }) {
    const lines = rows.flatMap((row) => {
      const named = row.cells.map(([shape, texts, plate], at) =>
        [shape, `${[].concat(texts)[0]} ${stages[at]}`, plate]);
      const loud = ["red", "amber", "stale-outline", "outline"].flatMap((plate) =>
        named.filter((it) => it[2] === plate));
      const rest = named.length - loud.length;
      const chips = loud.map((it) => mark(it, "cell"));
      if (rest) chips.push(mark(["dot", `${rest} running`, "none"], "cell"));
      return [element("b", "line fit", row.name), element("div", "chips", ...chips)];
    });
    if (hidden) lines[lines.length - 1].append(element("span", "more-lines", `+${hidden} lines`));
    return lines;
  }

  function dropChips(row) {
    const chips = [...row.children];
    let dropped = 0;
    while (row.scrollWidth > row.clientWidth + 1 && chips.length > 2) {
      chips.splice(-2 - (dropped > 0), 1)[0].remove();
      dropped += 1;
      if (dropped === 1) {
        chips.at(-1).before(element("span", "more"));
        chips.splice(-1, 0, chips.at(-1).previousSibling);
      }
      row.querySelector(".more").textContent = `+${dropped}`;
    }
  }

  function drawStrip(stations) {
    fill("w-strip", stations, strip);
    const node = byId("w-strip");
    if (node.dataset.mode === "list") return;
    const isCut = [...node.querySelectorAll(".cell .words")].some((it) => it.textContent.endsWith("…"));
    if (!isCut) return;
    node.dataset.mode = "list";
    node.replaceChildren(...stripAsList(stations));
    node.querySelectorAll(".chips").forEach(dropChips);
  }

  function stopRow(stop) {
    const name = element("span", "part fit", stop.name);
    return element("div", "stop", name, mark(stop.mark, "right"));
  }

  function draw(view, isLost) {
    const root = byId("wall");
    flag(root, "lost", isLost);
    flag(root, "drawn", true);
    for (const node of root.querySelectorAll("[data-block]")) {
      flag(node, "state", view.blocks[node.dataset.block].state);
    }
    drawScore(view);
    for (const name of ["name", "shift", "note", "clock", "zone"]) text(`w-${name}`, view[name]);
    fill("w-data", view.data, (it) => [mark(it)]);
    if (view.history) fill("w-history", view.history, history);
    else fill("w-history", view.lacking, (it) => (it ? [mark(it)] : []));
    fill("w-bars", view.hours, (hours) => hours.map(hourColumn));
    fill("w-now", view.now, nowLine);
    drawStrip(view.stations);
    fill("w-stops-mark", view.stopsMark, (it) => (it ? [mark(it)] : []));
    fill("w-stop-rows", view.stops.length ? view.stops : view.stopsEmpty, (stops) =>
      Array.isArray(stops) ? stops.map(stopRow) : [element("span", "label", stops)]);
    text("w-fpy-title", view.firstPass.title);
    fill("w-fpy-value", [view.firstPass.value, view.firstPass.level], ([value, level]) => {
      const node = element("b", "value", value);
      node.dataset.plate = level === "amber" || level === "red" ? level : "none";
      node.dataset.digits = value.length;
      return [node];
    });
    fill("w-fpy-note", view.firstPass.note, (it) => [mark(it)]);
    text("w-next-title", view.next.title);
    fill("w-next-value", [view.next.value, view.next.isLate], ([value, isLate]) => {
      const node = element("b", "value", value);
      node.dataset.digits = value.length + (isLate ? 1 : 0); // its triangle takes a place too
      return isLate ? [element("i", "shape triangle late"), node] : [node];
    });
    text("w-takt", view.next.foot);
  }

  function history(it) {
    if (!it) return [];
    const bar = element("progress", "history");
    bar.max = 1;
    bar.value = it.ratio;
    bar.setAttribute("aria-label", "History loaded");
    return [bar, element("span", "label", it.text)];
  }

  // A wall must neither sleep nor show a mouse pointer, and shifts by a few pixels (see 20-wall.css).
  function keepAwake() {
    const lock = () => {
      if (!document.hidden && navigator.wakeLock) navigator.wakeLock.request().catch(() => {});
    };
    document.addEventListener("visibilitychange", lock);
    lock();
    let timer = 0;
    const rest = () => {
      document.body.classList.remove("resting");
      clearTimeout(timer);
      timer = setTimeout(() => document.body.classList.add("resting"), REST_MS);
    };
    document.addEventListener("mousemove", rest);
    rest();
  }

  window.rackline.pages.wall = () => {
    let snap = null;
    let lost = null;
    let shownAt = 0;
    let isReady = false;
    const show = () => {
      if (!snap || !isReady) return;
      shownAt = performance.now();
      draw(window.rackline.wallView(snap, window.rackline.live.now(), lost), lost !== null);
    };
    const say = (name, reason) => {
      text("w-name", name);
      text("w-shift", reason);
      flag(byId("wall"), "drawn", true);
    };
    keepAwake();
    window.addEventListener("resize", () => {
      for (const node of document.querySelectorAll(".wall *")) delete node.signature;
      show();
    });
    document.fonts.load("600 20px Inter").finally(() => {
      isReady = true; // texts are measured to fit, so the font must be here first
      show();
    });
    return {
      changed(states) {
        snap = states.values().next().value.blocks;
        show();
      },
      lost(seconds) {
        const isTurn = (seconds === null) !== (lost === null);
        lost = seconds;
        if (!snap && lost !== null) say("Connecting…", "");
        if (isTurn || performance.now() - shownAt >= 950) show();
      },
      refused(reason) {
        say("No such plant", reason.trim());
      },
    };
  };
})();
