// Why: ages and countdowns tick in the browser, so it needs the words of dashboard/wording.py.
// The two are held equal by a test over one table of cases. Pure functions, no page access.
(function () {
  "use strict";
  const NONE = "—";

  function pair(big, bigUnit, small, smallUnit) {
    return small ? `${big} ${bigUnit} ${small} ${smallUnit}` : `${big} ${bigUnit}`;
  }

  function age(seconds) {
    if (seconds === null || seconds === undefined) return NONE;
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return pair(hours, "h", minutes % 60, "m");
    return pair(Math.floor(hours / 24), "d", hours % 24, "h");
  }

  function timeLeft(hours) {
    if (hours === null || hours === undefined) return NONE;
    const minutes = Math.floor(hours * 60);
    if (minutes <= 0) return "Out now";
    if (minutes < 60) return `${minutes} min`;
    const whole = Math.floor(minutes / 60);
    if (whole < 24) return `${whole} h ${minutes % 60} m`;
    return `${Math.floor(whole / 24)} d ${whole % 24} h`;
  }

  function countdown(seconds) {
    if (seconds === null || seconds === undefined) return "--:--";
    const whole = Math.floor(Math.abs(seconds));
    const minutes = Math.floor(whole / 60);
    if (minutes < 100) return `${minutes}:${String(whole % 60).padStart(2, "0")}`;
    return age(whole);
  }

  function count(number) {
    if (number === null || number === undefined) return NONE;
    const size = String(Math.floor(Math.abs(number) + 0.5)).replace(/\B(?=(\d{3})+$)/g, ",");
    return number < 0 && size !== "0" ? `−${size}` : size;
  }

  // Rounded half up on whole counts; only a full score is ever called 100.0.
  function percent(part, whole) {
    if (!whole) return NONE;
    const rounded = Math.floor((part * 2000 + whole) / (2 * whole));
    const tenths = rounded === 1000 && part < whole ? 999 : rounded;
    return `${Math.floor(tenths / 10)}.${tenths % 10}%`;
  }

  function againstPlan(difference) {
    if (difference === null || difference === undefined) return "No plan";
    const size = Math.floor(Math.abs(difference) + 0.5);
    if (size === 0) return "On plan";
    return `${count(size)} ${difference < 0 ? "behind" : "ahead"}`;
  }

  const CONDITIONS = {
    running: { word: "Run", shape: "dot", plate: "none" },
    blocked: { word: "Blocked", shape: "triangle", plate: "amber" },
    starved: { word: "Starved", shape: "triangle", plate: "amber" },
    no_operator: { word: "No crew", shape: "triangle", plate: "amber" },
    engineering: { word: "Eng.", shape: "ring", plate: "outline" },
    planned_stop: { word: "PM", shape: "ring", plate: "outline" },
    not_scheduled: { word: "Idle", shape: "ring", plate: "none" },
    down: { word: "Down", shape: "square", plate: "red" },
  };
  const NO_DATA = { word: "No data", shape: "hatch", plate: "stale-outline" };

  function condition(code) {
    return CONDITIONS[code] || NO_DATA;
  }

  window.rackline.words = {
    age, timeLeft, countdown, count, percent, againstPlan, condition, NONE,
  };
})();
