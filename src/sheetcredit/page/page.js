"use strict";
// The page works without this script but for the list of findings and the charts: it sorts, filters and draws.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const say = (code, details = {}) =>
    Object.entries(details).reduce((text, [name, value]) => text.replace(`{${name}}`, value), data.words[code]);
  // Searched without accents: nobody types all of them.
  const folded = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  const words = (text) => folded(text).split(/\s+/).filter(Boolean);
  const at = (id) => document.getElementById(id);
  for (const form of document.querySelectorAll("form.js")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // Light and dark: as the system says, until the button says otherwise.
  const theme = at("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.hidden = false;
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  prefersDark.addEventListener("change", showTheme);
  showTheme();

  // A table sorted by a click, Enter or Space on a header; empty cells stay last.
  const collator = new Intl.Collator(data.locale, { numeric: true });
  function sortable(table) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, place) => {
      if (!header.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      header.setAttribute("aria-sort", "none");
      const numeric = header.dataset.sort === "number";
      button.addEventListener("click", () => {
        const down = header.getAttribute("aria-sort") === "ascending";
        for (const other of headers) if (other.dataset.sort) other.setAttribute("aria-sort", "none");
        header.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...table.tBodies[0].rows].map((row) => {
          const cell = row.cells[place];
          return [numeric ? cell.dataset.value : cell.textContent.trim(), row];
        });
        const sign = down ? -1 : 1;
        keyed.sort(([a], [b]) => {
          if (a === "" || b === "") return (a === "") - (b === "");
          return sign * (numeric ? Number(a) - Number(b) : collator.compare(a, b));
        });
        table.tBodies[0].append(...keyed.map(([, row]) => row));
      });
    });
  }

  const offices = at("office-table");
  sortable(offices);
  const officeRows = [...offices.tBodies[0].rows].map((row) => [row, folded(row.textContent)]);
  function filterOffices() {
    const wanted = words(at("office-search").value), state = at("office-state").value;
    let shown = 0;
    for (const [row, text] of officeRows) {
      const fits = (!state || row.dataset.state === state) && wanted.every((part) => text.includes(part));
      row.hidden = !fits;
      shown += fits;
    }
    at("office-count").textContent = say("offices-shown", { shown, total: officeRows.length });
  }
  at("office-search").addEventListener("input", filterOffices);
  at("office-state").addEventListener("input", filterOffices);
  filterOffices();
  // A tile of the map leads to its office, also where a filter hides that one.
  document.querySelector(".map").addEventListener("click", (event) => {
    const tile = event.target.closest("a");
    const row = tile && document.querySelector(tile.getAttribute("href"));
    if (row?.hidden) {
      at("office-search").value = at("office-state").value = "";
      filterOffices();
    }
    row?.focus({ preventScroll: true });
  });

  if (data.findings.length) listFindings();

  function listFindings() {
    const CODE = 0, SEVERITY = 1, STATUS = 2, OFFICE = 3, FILE = 4, LINK = 5, PLACE = 6, TEXT = 7, REMEDY = 8, EXPLANATION = 9;
    const STEP = 100;
    const texts = data.findings.map((one) =>
      folded([one[CODE], one[OFFICE], one[FILE], one[PLACE], one[TEXT], one[REMEDY], one[EXPLANATION]].join(" ")));
    const body = at("finding-table").tBodies[0], more = at("finding-more");
    let fitting = [], shown = 0;

    function choices(id, field, label = (value) => value) {
      const counts = new Map();
      for (const one of data.findings) counts.set(one[field], (counts.get(one[field]) ?? 0) + 1);
      const order = [...counts].sort(([a], [b]) => collator.compare(a, b));
      for (const [value, count] of order) at(id).add(new Option(`${label(value)} (${count})`, value));
      at(id).addEventListener("input", filter);
    }
    const severity = (value) => say(`severity-${value}`);
    choices("finding-severity", SEVERITY, severity);
    choices("finding-code", CODE);
    choices("finding-office", OFFICE);
    at("finding-search").addEventListener("input", filter);
    more.addEventListener("click", () => {
      const first = shown;
      show(shown + STEP);
      body.rows[first]?.querySelector("a")?.focus();
    });
    addEventListener("beforeprint", () => show(fitting.length));
    filter();

    function filter() {
      const wanted = words(at("finding-search").value);
      const chosen = [[SEVERITY, "finding-severity"], [CODE, "finding-code"], [OFFICE, "finding-office"]]
        .map(([field, id]) => [field, at(id).value]).filter(([, value]) => value);
      fitting = data.findings.filter((one, place) =>
        chosen.every(([field, value]) => one[field] === value) && wanted.every((part) => texts[place].includes(part)));
      body.replaceChildren();
      shown = 0;
      show(STEP);
    }

    function show(upTo) {
      body.append(...fitting.slice(shown, upTo).map(line));
      shown = Math.min(Math.max(upTo, shown), fitting.length);
      at("finding-count").textContent = say("findings-shown", { shown, fitting: fitting.length, total: data.findings.length });
      more.hidden = shown >= fitting.length;
      more.textContent = say("more", { count: Math.min(STEP, fitting.length - shown) });
    }

    function line(one) {
      const row = document.createElement("tr");
      const cell = (className, ...parts) => {
        const made = row.insertCell();
        if (className) made.className = className;
        made.append(...parts);
      };
      const small = (text) => Object.assign(document.createElement("small"), { textContent: text });
      const chip = document.createElement("span");
      chip.className = `chip s-${{ error: "missing", query: "late", note: "provisional" }[one[SEVERITY]]}`;
      chip.textContent = severity(one[SEVERITY]);
      cell("", chip, ...(one[STATUS] === "open" ? [] : [document.createElement("br"), small(say(`status-${one[STATUS]}`))]));
      cell("", one[CODE]);
      cell("", one[OFFICE]);
      const file = document.createElement(one[LINK] ? "a" : "span");
      file.textContent = one[FILE] || one[PLACE];
      if (one[LINK]) file.href = one[LINK];
      cell("from", file, ...(one[FILE] && one[PLACE] ? [document.createElement("br"), one[PLACE]] : []));
      const notes = [one[REMEDY], one[EXPLANATION] && say("explained-as", { text: one[EXPLANATION] })].filter(Boolean);
      cell("what", one[TEXT], ...notes.flatMap((text) => [document.createElement("br"), small(text)]));
      return row;
    }
  }

  // Charts. Their colours are those of the text, so that they follow light, dark and paper by themselves.
  const number = (percent) => new Intl.NumberFormat(data.locale,
    percent ? { style: "percent", maximumFractionDigits: 2 } : { maximumFractionDigits: 0 });
  const axis = (percent) => new Intl.NumberFormat(data.locale,
    percent ? { style: "percent", maximumFractionDigits: 2 } : {});
  for (const chart of data.charts) {
    const told = number(chart.percent), marks = chart.rows.filter((row) => row.mark !== undefined);
    const longest = Math.max(...chart.rows.map((row) => row.label.length));
    const shorten = (text) => (text.length > 30 ? `${text.slice(0, 29)}…` : text);
    const most = Math.max(...chart.rows.map((row) => Math.max(row.value, row.mark ?? 0)));
    const drawn = Plot.plot({
      width: 640,
      height: 62 + 24 * chart.rows.length,
      marginTop: 8,
      marginBottom: 46,
      marginLeft: 24 + 6.4 * Math.min(longest, 30),
      marginRight: 74,
      ariaLabel: `${chart.title}: ${chart.rows.map((row) => `${row.label} ${told.format(row.value)}`).join("; ")}`,
      style: { fontFamily: "inherit", fontSize: "12px" },
      x: { label: chart.mark ? `▌ ${chart.value}   ┃ ${chart.mark}` : chart.value, grid: true, ticks: 5, labelArrow: "none", labelOffset: 40,
           tickFormat: (value) => axis(chart.percent).format(value), domain: [0, most || 1] },
      y: { label: null, domain: chart.rows.map((row) => row.label), tickFormat: shorten, tickSize: 0 },
      marks: [
        Plot.barX(chart.rows, { x: "value", y: "label", fill: "var(--bar)" }),
        Plot.tickX(marks, { x: "mark", y: "label", stroke: "var(--mark)", strokeWidth: 3, insetTop: -2, insetBottom: -2 }),
        Plot.text(chart.rows, { x: (row) => Math.max(row.value, row.mark ?? 0), y: "label", text: (row) => told.format(row.value),
                                textAnchor: "start", dx: 5, fill: "var(--ink)" }),
        Plot.ruleX([0]),
      ],
    });
    // The drawing is one picture with one description; its parts have none of their own.
    for (const part of drawn.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    drawn.setAttribute("role", "img");
    document.querySelector(`#chart-${chart.id} .drawn`).append(drawn);
  }
})();
