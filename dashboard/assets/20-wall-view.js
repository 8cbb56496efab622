// Why: what the wall says, as plain data from a snapshot and the time; no page access, so that a
// test can call it. A mark is [shape, text, plate]: state is always said in all three.
(function () {
  "use strict";
  const words = window.rackline.words;
  const STALE = "stale";
  const HOUR_MS = 3.6e6;
  const PART_ROWS = { 1: 5, 2: 5, 3: 4 };
  const FEEDS = {
    unit_step: "Racks", test_run: "Tests", defect: "Defects", genealogy: "Genealogy",
    station_state: "Stations", build: "Orders", part: "Parts", lot: "Lots", stock: "Stock",
    receipt: "Receipts", bom: "BOM", plan_hour: "Plan", demand: "Demand",
  };

  // Our own clock decides too, so that a block turns stale even while the server is away.
  function freshness(fresh, now) {
    if (!fresh || fresh.state === "missing" || !fresh.as_of_at) return { state: "missing", age: null };
    const age = (now - Date.parse(fresh.as_of_at)) / 1000;
    const isOld = fresh.state === STALE || age > fresh.allowed_lag_seconds;
    return { state: isOld ? STALE : "ok", age };
  }

  function clock(at, zone) {
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    return new Intl.DateTimeFormat("en-GB", parts).format(at);
  }

  function dataMark(snap, blocks, now, lost) {
    if (lost !== null) return ["hatch", `Connection lost ${words.age(lost)}`, STALE];
    const page = snap.freshness.page;
    const { state, age } = blocks.page;
    if (state === "missing") return ["hatch", "No data yet", STALE];
    if (state === "ok") return ["dot", `Data ${words.age(age)} ago`, "none"];
    const feed = page.fresh_count > 0 ? FEEDS[page.source.split(".").pop()] : null;
    const told = `stale ${words.age(age)}`;
    return ["hatch", [`${feed || "Data"} ${told}`, `Old data: ${told.slice(6)}`], STALE];
  }

  function scoreMark(snap, state, lost) {
    const { score, shift, next_shift: next } = snap;
    if (lost !== null) return ["hatch", "Connection lost", STALE];
    if (state === "missing") return ["hatch", "No data", STALE];
    if (state === STALE) return ["hatch", "Data stale", STALE];
    if (!shift) {
      const starts = next ? `Next shift ${clock(Date.parse(next.start_at), snap.plant.zone)}` : "No shift";
      return ["ring", starts, "outline"];
    }
    const text = words.againstPlan(score.difference);
    if (score.difference === null) return ["ring", text, "outline"];
    if (score.level === "red") return ["square", text, "red"];
    const shape = text.endsWith("behind") ? "down" : "check";
    return [shape, text, score.level === "amber" ? "amber" : "cell"];
  }

  function score(snap, blocks, lost) {
    const known = blocks.score.state !== "missing";
    const { done, target, plan_now: plan, forecast } = snap.score;
    return {
      done: known ? words.count(done) : words.NONE,
      label: snap.shift ? "racks done" : "last shift",
      target: target === null ? "" : `of ${words.count(target)}`,
      mark: scoreMark(snap, blocks.score.state, lost),
      plan: plan === null ? words.NONE : words.count(plan),
      forecast: blocks.score.state === "ok" && forecast !== null ? words.count(forecast) : words.NONE,
    };
  }

  // An hour of which old data say nothing has no number, and is low only if they cover all of it.
  function hours(snap, isFresh, isKnown) {
    const top = Math.max(1, ...snap.hours.map((hour) => Math.max(hour.done, hour.planned || 0)));
    const until = isFresh ? Infinity : Date.parse(snap.freshness.score.as_of_at);
    return snap.hours.map((hour) => {
      const begins = Date.parse(hour.hour_at);
      const told = begins < until ? words.count(hour.done) : words.NONE;
      return {
        label: hour.label,
        phase: hour.phase,
        number: hour.phase === "future" || !isKnown ? "" : told,
        height: hour.phase === "future" ? 0 : hour.done / top,
        tick: hour.planned === null ? null : hour.planned / top,
        level: isFresh ? hour.level : "normal",
        isLow: isKnown && begins + HOUR_MS <= until && ["amber", "red"].includes(hour.level),
      };
    });
  }

  // "2 down", but never "2 pm": that is an hour of the day.
  function lower(word) {
    return word === word.toUpperCase() ? word : word.toLowerCase();
  }

  function nowLine(snap, blocks, now) {
    const open = snap.open_stop;
    const fresh = snap.freshness.stations;
    if (blocks.stations.state === "missing") return ["Now:", "no station data"];
    if (blocks.stations.state !== "ok") {
      return ["Now:", `last data ${clock(Date.parse(fresh.as_of_at), snap.plant.zone)}`];
    }
    if (open) {
      const what = lower(words.condition(open.condition).word);
      const since = words.age((now - Date.parse(open.since_at)) / 1000);
      const more = open.more_count ? ` (+${open.more_count} more)` : "";
      const head = `${open.line} ${open.stage || open.station} ${what} ${since}${more}`;
      return ["Now:", head, open.reason];
    }
    if (snap.is_break) return ["Now:", "break"];
    return ["Now:", snap.shift ? "no station is stopped" : "no shift"];
  }

  function cell(cell, state) {
    const { word, shape, plate } = words.condition(state === "ok" ? cell.condition : null);
    const isPart = cell.station_count > 1 && cell.affected_count < cell.station_count;
    const texts = isPart && plate !== "none" && plate !== "stale-outline"
      ? [`${cell.affected_count} ${lower(word)}`, word] : [word];
    return [shape, texts, plate];
  }

  // More lines than rows: those with something to say first, the rest counted.
  function stations(snap, state, most) {
    const rows = snap.lines.map((line) => ({
      name: line.name.length <= 8 ? line.name : line.code,
      cells: line.cells.map((each) => cell(each, state)),
    }));
    const isLoud = (row) => row.cells.some((mark) => ["red", "amber"].includes(mark[2]));
    const shown = rows.length <= most ? rows : rows.filter(isLoud).concat(
      rows.filter((row) => !isLoud(row))).slice(0, most);
    return { stages: snap.stages, rows: shown, hidden: rows.length - shown.length };
  }

  // What cannot be told comes first, but never instead of every stop that is known.
  function partStops(snap, state, now, most) {
    const unknown = snap.unknown_stops.map(({ lines, reason }) => (
      { name: `${lines.join(", ")}: ${reason}`, mark: ["hatch", "Cannot tell", "stale-outline"] }));
    const stopping = snap.part_stops.filter((stop) => stop.stops_at !== null);
    const told = unknown.slice(0, stopping.length ? most - 1 : most);
    return told.concat(stopping.slice(0, most - told.length).map((stop) => {
      const left = (Date.parse(stop.stops_at) - now) / HOUR_MS;
      const shape = { red: "square", amber: "triangle" }[stop.level] || "dot";
      const isLoud = state === "ok" && (stop.level === "red" || stop.level === "amber");
      return { name: stop.name || stop.part, mark: [shape, words.timeLeft(left), isLoud ? stop.level : "none"] };
    }));
  }

  function noStops(snap) {
    const fresh = snap.freshness.stops;
    if (fresh.state !== "missing") return "No part runs out in sight";
    const isSetUp = snap.about_to_stop_count === null && fresh.source !== "";
    return isSetUp ? "No outlook yet" : "No stock data";
  }

  function firstPass(snap, fresh) {
    const { first_count: first, passed_count: passed, limit, level, window, excluded_count: held } = snap.first_pass;
    const excluded = held ? `, ${words.count(held)} held` : "";
    const title = `FPY last ${window}`;
    const isMissing = fresh.state === "missing";
    if (isMissing || !first) return { title, value: words.NONE, level: "none", note: ["hatch", "No data", "none"] };
    if (fresh.state === STALE) {
      return { title, value: words.percent(passed, first), level: "none", note: ["hatch", `Stale ${words.age(fresh.age)}`, STALE] };
    }
    if (level === "none") {
      return { title, value: `${passed}/${first}`, level, note: ["ring", "too few to judge", "none"] };
    }
    const bound = words.percent(Math.round(limit * 1000), 1000).replace(/\.0%$/, "%");
    const isLow = level !== "normal";
    const note = isLow ? ["down", `${held ? "" : "under "}${bound}${excluded}`, "none"] : ["", `limit ${bound}${excluded}`, "none"];
    return { title, value: words.percent(passed, first), level, note };
  }

  function nextRack(snap, state, now) {
    const { due_at: due, takt_seconds: takt } = snap.next_rack;
    const foot = takt === null ? "No takt" : `Takt ${words.countdown(takt)}`;
    if (state !== "ok" || due === null) return { title: "Next rack", value: "--:--", isLate: false, foot };
    if (snap.is_break) return { title: "Next rack", value: "Break", isLate: false, foot };
    const left = (Date.parse(due) - now) / 1000;
    const isLate = left < 0;
    return { title: isLate ? "Next rack late" : "Next rack in", value: words.countdown(left), isLate, foot };
  }

  function history(backfill) {
    if (backfill.is_complete) return null;
    return { ratio: backfill.done_ratio, text: `History ${Math.floor(backfill.done_ratio * 100)}%` };
  }

  // What the numbers lack because records wait in quarantine: all of it where there is room.
  function lacking({ lacks }) {
    if (!lacks.length) return null;
    const held = lacks.map((text) => text.split(/ excludes? /).pop());
    const more = held.length > 1 ? ` +${held.length - 1}` : "";
    return ["hatch", [lacks.join("; "), `${held.join(", ")} held`, `${held[0]} held${more}`], "none"];
  }

  function view(snap, now, lost) {
    const names = ["page", "score", "stations", "stops", "first_pass"];
    const blocks = Object.fromEntries(
      names.map((name) => [name, freshness(snap.freshness[name], now)]));
    const rows = Math.min(4, snap.lines.length);
    return {
      blocks,
      name: snap.plant.name,
      shift: snap.shift ? `${snap.shift.name} ${snap.shift.hours_label}` : "No shift",
      note: snap.plant.is_illustrative ? "Illustrative data" : "",
      data: dataMark(snap, blocks, now, lost),
      history: history(snap.backfill),
      lacking: lacking(snap),
      clock: clock(now, snap.plant.zone),
      zone: snap.plant.zone_label,
      score: score(snap, blocks, lost),
      hours: hours(snap, blocks.score.state === "ok" && lost === null, blocks.score.state !== "missing"),
      now: nowLine(snap, blocks, now),
      stations: stations(snap, blocks.stations.state, rows),
      stops: partStops(snap, lost === null ? blocks.stops.state : STALE, now, PART_ROWS[rows] || 3),
      stopsMark: blocks.stops.state === STALE
        ? ["hatch", `Stale ${words.age(blocks.stops.age)}`, STALE] : null,
      stopsEmpty: noStops(snap),
      firstPass: firstPass(snap, blocks.first_pass),
      next: nextRack(snap, lost === null ? blocks.score.state : STALE, now),
    };
  }

  window.rackline.wallView = view;
})();
