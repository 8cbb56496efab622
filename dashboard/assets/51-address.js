// Why: the address is a page's state. Controls write it and it fills the controls, both here: the
// server is asked once for a change, for what the page then shows. A choice adds to the history;
// what is typed replaces the address, so that Back leads to before, not through every letter.
// What an address may hold is dashboard/address.py's to say; here a value that a field's own list
// does not know leaves the control at its default, and the server says so.
(function () {
  "use strict";
  const PASSED = ["theme", "at"]; // no filters: they stay as they are
  const MAY_BE_BLANK = ["search", "date", "hidden"];

  function isDate(text) {
    const at = new Date(`${text}T00:00Z`);
    return text.length === 10 && !Number.isNaN(+at) && at.toISOString().startsWith(text);
  }

  function allows(field, value) {
    if (field.control === "date") return isDate(value);
    return field.values === null || field.values.includes(value);
  }

  const last = (query, name) => query.getAll(name).pop() || "";

  // What each control shows at an address.
  function shownAt(fields, search) {
    const query = new URLSearchParams(search);
    return fields.map((field) => {
      const asked = last(query, field.name);
      const value = asked && allows(field, asked) ? asked : field.default;
      return value || (field.control === "date" ? null : "");
    });
  }

  // The address of what the controls show, defaults left out.
  function searchOf(fields, values, search) {
    const query = new URLSearchParams();
    fields.forEach((field, at) => {
      const value = values[at] || field.default;
      if (value !== field.default) query.append(field.name, value);
    });
    const before = new URLSearchParams(search);
    for (const name of PASSED) if (last(before, name)) query.append(name, last(before, name));
    return String(query) && `?${query}`;
  }

  // Go to an address of this page without loading it anew.
  function go(href, { replacing = false } = {}) {
    history[replacing ? "replaceState" : "pushState"]({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  const same = () => window.dash_clientside.no_update;

  Object.assign(window.rackline, { address: { shownAt, searchOf }, go });
  Object.assign(window.dash_clientside.rackline, {
    writeAddress(...values) {
      const fields = values.pop();
      const told = window.dash_clientside.callback_context.triggered;
      const names = told.map(({ prop_id: id }) => id.slice(0, id.lastIndexOf(".")));
      const moved = fields.map((field, at) => [field, values[at]])
        .filter(([field]) => names.includes(field.id));
      // A select told a value it does not know has emptied itself: nobody chose that.
      const isChosen = moved.some(([{ control }, value]) => value || MAY_BE_BLANK.includes(control));
      const wanted = searchOf(fields, values, location.search);
      const shown = searchOf(fields, shownAt(fields, location.search), location.search);
      if (!isChosen || wanted === shown) return same();
      const replacing = moved.every(([{ control }]) => control === "search");
      go(location.pathname + wanted + location.hash, { replacing });
      return same();
    },
    readAddress(search, fields, ...values) {
      return shownAt(fields, search).map((value, at) => (value === values[at] ? same() : value));
    },
  });
})();
