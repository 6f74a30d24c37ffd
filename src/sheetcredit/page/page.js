"use strict";
// The page works without this script but for the list of findings, the offices after the first fifty and the
// charts: it sorts, filters and draws. What nobody looks at is not drawn, so that the page of a nation opens at once.
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

  // Findings and libraries are packed (deflate, base64): twenty thousand findings are less than a megabyte then. It is
  // done by the time that somebody prints. A browser of before 2020 cannot unpack.
  async function unpacked(id) {
    const bytes = Uint8Array.from(atob(at(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }

  // A long list: of the items that fit the filters (`find`) the first fifty stand in the table, and more when they
  // are asked for. Paper gets all of them. What stands there at first is what `find` would give.
  function longList({ body, more, told, find, total, count, rowOf }) {
    let fitting = null, shown = body.rows.length;
    const tell = (all) => {
      count(shown, all);
      more.hidden = shown >= all;
      more.textContent = say(told, { count: Math.min(data.step, all - shown) });
    };
    const show = (upTo) => {
      fitting ??= find();
      body.append(...fitting.slice(shown, upTo).map(rowOf));
      shown = Math.min(Math.max(upTo, shown), fitting.length);
      tell(fitting.length);
    };
    more.addEventListener("click", () => {
      const first = shown;
      show(shown + data.step);
      const row = body.rows[first];
      (row?.querySelector("a") ?? row)?.focus();
    });
    addEventListener("beforeprint", () => show(Infinity));
    tell(total);
    return {
      show,
      refresh() {
        fitting = null;
        shown = 0;
        body.replaceChildren();
        show(data.step);
      },
    };
  }

  // The offices: sorted by a click, Enter or Space on a header, empty cells last.
  const collator = new Intl.Collator(data.locale, { numeric: true });
  listOffices();
  if (data.findings) listFindings();

  function listOffices() {
    const table = at("office-table"), body = table.tBodies[0];
    let rows = null;
    const texts = new Map();
    const list = longList({
      body, more: at("office-more"), told: "more-offices", total: data.offices, find: fitting, rowOf: (row) => row,
      count: (_, all) => { at("office-count").textContent = say("offices-shown", { shown: all, total: data.offices }); },
    });

    // Those after the first fifty are text until somebody sorts, filters, prints or asks for more.
    function all() {
      if (rows === null) {
        const rest = document.createElement("template");
        rest.innerHTML = data.officeRows.join("");
        rows = [...body.rows, ...rest.content.children];
      }
      return rows;
    }

    function fitting() {
      const wanted = words(at("office-search").value), state = at("office-state").value;
      const textOf = (row) => texts.get(row) ?? texts.set(row, folded(row.textContent)).get(row);
      return all().filter((row) =>
        (!state || row.dataset.state === state) && wanted.every((part) => textOf(row).includes(part)));
    }
    at("office-search").addEventListener("input", list.refresh);
    at("office-state").addEventListener("input", list.refresh);

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
        const keyed = all().map((row) => {
          const cell = row.cells[place];
          return [numeric ? cell.dataset.value : cell.textContent.trim(), row];
        });
        const sign = down ? -1 : 1;
        keyed.sort(([a], [b]) => {
          if (a === "" || b === "") return (a === "") - (b === "");
          return sign * (numeric ? Number(a) - Number(b) : collator.compare(a, b));
        });
        rows = keyed.map(([, row]) => row);
        list.refresh();
      });
    });

    // A tile of the map leads to its office, also where a filter hides that one or it is not in the table yet.
    document.querySelector(".map").addEventListener("click", (event) => {
      const tile = event.target.closest("a");
      if (!tile) return;
      const id = tile.getAttribute("href").slice(1);
      if (!at(id)) {
        at("office-search").value = at("office-state").value = "";
        list.refresh();
        list.show(all().findIndex((row) => row.id === id) + 1);
      }
      at(id).focus({ preventScroll: true });
    });
  }

  async function listFindings() {
    const CODE = 0, SEVERITY = 1, STATUS = 2, OFFICE = 3, FILE = 4, LINK = 5, PLACE = 6, TEXT = 7, REMEDY = 8, EXPLANATION = 9;
    const table = at("finding-table");
    const findings = await unpacked("findings-packed").catch(() => null);
    if (!findings) {
      at("finding-count").textContent = say("old-browser");
      table.removeAttribute("aria-busy");
      return;
    }
    const texts = new Map();
    const textOf = (one) => texts.get(one) ?? texts.set(one,
      folded([one[CODE], one[OFFICE], one[FILE], one[PLACE], one[TEXT], one[REMEDY], one[EXPLANATION]].join(" "))).get(one);
    const severity = (value) => say(`severity-${value}`);
    const list = longList({
      body: table.tBodies[0], more: at("finding-more"), told: "more-findings", total: findings.length, find: fitting, rowOf: line,
      count(shown, all) {
        at("finding-count").textContent = say("findings-shown", { shown, fitting: all, total: findings.length });
      },
    });

    function choices(id, field, label = (value) => value) {
      const counts = new Map();
      for (const one of findings) counts.set(one[field], (counts.get(one[field]) ?? 0) + 1);
      const order = [...counts].sort(([a], [b]) => collator.compare(a, b));
      at(id).append(...order.map(([value, count]) => new Option(`${label(value)} (${count})`, value)));
      at(id).addEventListener("input", list.refresh);
    }
    choices("finding-severity", SEVERITY, severity);
    choices("finding-code", CODE);
    choices("finding-office", OFFICE);
    at("finding-search").addEventListener("input", list.refresh);
    list.show(data.step);
    table.removeAttribute("aria-busy");

    function fitting() {
      const wanted = words(at("finding-search").value);
      const chosen = [[SEVERITY, "finding-severity"], [CODE, "finding-code"], [OFFICE, "finding-office"]]
        .map(([field, id]) => [field, at(id).value]).filter(([, value]) => value);
      return findings.filter((one) =>
        chosen.every(([field, value]) => one[field] === value) && wanted.every((part) => textOf(one).includes(part)));
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

  // Charts, each when it comes into view, and all of them on paper; the libraries that draw them run when the first
  // is drawn. Their colours are those of the text, so that they follow light, dark and paper by themselves.
  const undrawn = new Map();
  let libraries = [];
  const inView = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "400px" });
  addEventListener("beforeprint", () => [...undrawn.keys()].forEach(draw));
  if (data.charts.length || data.trends) drawCharts();

  function draw(place) {
    if (!undrawn.has(place)) return;
    for (const text of libraries.splice(0)) {
      const script = document.createElement("script");
      script.textContent = text; // the page's policy knows it by its hash
      document.head.append(script);
      script.remove();
    }
    place.replaceChildren(undrawn.get(place)());
    undrawn.delete(place);
    inView.unobserve(place);
  }

  // What will be drawn at a place of the page; in place of what is drawn there already.
  function drawLater(place, picture) {
    undrawn.set(place, picture);
    inView.unobserve(place);
    inView.observe(place);
  }

  async function drawCharts() {
    try {
      libraries = await unpacked("libraries-packed");
    } catch {
      for (const table of document.querySelectorAll("#charts details")) table.open = true;
      return;
    }
    for (const chart of data.charts) drawLater(document.querySelector(`#chart-${chart.id} .drawn`), () => bars(chart));
    if (data.trends) showTrends(await unpacked("trends-packed"));
  }

  // The periods side by side, of the branch or of one office.
  function showTrends({ branch, offices }) {
    const FUNDING = 0, BALANCE = 1, OVERDUE = 2, DEPOSITS = 3;
    const { periods, counted, expected } = data.trends;
    const choice = at("trend-office"), table = at("trend-table"), ofBranch = [...table.tBodies[0].rows];
    choice.append(...offices.map(([code, name]) => new Option(name, code)));
    choice.addEventListener("input", show);
    show();

    function show() {
      const office = offices.find(([code]) => code === choice.value);
      const series = office ? office[2] : branch;
      const ratios = periods.map((_, place) =>
        (series[BALANCE][place] ? (series[OVERDUE][place] ?? 0) / series[BALANCE][place] : null));
      const whole = (place) => Boolean(office) || counted[place] >= expected;
      const lines = { balance: series[BALANCE], overdue: series[OVERDUE], "overdue-ratio": ratios,
                      funding: series[FUNDING], deposits: series[DEPOSITS] };
      for (const [name, values] of Object.entries(lines)) {
        const figure = at(`trend-${name}`), percent = name === "overdue-ratio";
        const points = periods.map((period, place) => ({ period, value: values[place], whole: whole(place) }))
          .filter((point) => point.value !== null);
        const title = `${figure.querySelector("figcaption").textContent}, ${choice.selectedOptions[0].textContent}`;
        drawLater(figure.querySelector(".drawn"), () => line(title, points, periods, percent));
      }
      if (office) table.tBodies[0].replaceChildren(...periods.map((period, place) => row(period, place, series, ratios)).reverse());
      else table.tBodies[0].replaceChildren(...ofBranch);
    }

    function row(period, place, series, ratios) {
      const made = document.createElement("tr");
      made.append(Object.assign(document.createElement("th"), { scope: "row", textContent: period }));
      const told = (value, percent = false) => (value === null ? "" : numberOf(percent).format(value));
      const present = series.some((values) => values[place] !== null);
      for (const text of [present ? "1/1" : "0/1", ...series.map((values) => told(values[place])), told(ratios[place], true)]) {
        Object.assign(made.insertCell(), { className: "n", textContent: text });
      }
      return made;
    }
  }

  function numberOf(percent) {
    return new Intl.NumberFormat(data.locale, percent ? { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 0 });
  }
  function axisOf(percent) {
    return new Intl.NumberFormat(data.locale, percent ? { style: "percent", maximumFractionDigits: 2 } : {});
  }

  // The drawing is one picture with one description; its parts have none of their own.
  function onePicture(picture) {
    for (const part of picture.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    picture.setAttribute("role", "img");
    return picture;
  }

  function line(title, points, periods, percent) {
    const told = numberOf(percent), step = Math.ceil(periods.length / 10);
    return onePicture(Plot.plot({
      width: 640,
      height: 254,
      marginLeft: 76,
      marginRight: 20,
      marginTop: 24,
      ariaLabel: `${title}: ${points.map((point) => `${point.period} ${told.format(point.value)}`).join("; ")}`,
      style: { fontFamily: "inherit", fontSize: "12px" },
      x: { type: "point", domain: periods, label: null, ticks: periods.filter((_, place) => (periods.length - 1 - place) % step === 0) },
      y: { label: null, grid: true, ticks: 5, nice: true, zero: percent, tickFormat: (value) => axisOf(percent).format(value) },
      marks: [
        Plot.lineY(points, { x: "period", y: "value", stroke: "var(--bar)", strokeWidth: 2.5 }),
        Plot.dot(points, { x: "period", y: "value", r: 4, stroke: "var(--bar)", strokeWidth: 2,
                           fill: (point) => (point.whole ? "var(--bar)" : "var(--paper)") }),
        Plot.text(points.slice(-1), { x: "period", y: "value", text: (point) => told.format(point.value), dy: -12,
                                      textAnchor: "end", dx: 8, fill: "var(--ink)", fontWeight: 600 }),
      ],
    }));
  }

  function bars(chart) {
    const told = numberOf(chart.percent), marks = chart.rows.filter((row) => row.mark !== undefined);
    const longest = Math.max(...chart.rows.map((row) => row.label.length));
    const shorten = (text) => (text.length > 30 ? `${text.slice(0, 29)}…` : text);
    const most = Math.max(...chart.rows.map((row) => Math.max(row.value, row.mark ?? 0)));
    return onePicture(Plot.plot({
      width: 640,
      height: 62 + 24 * chart.rows.length,
      marginTop: 8,
      marginBottom: 46,
      marginLeft: 24 + 6.4 * Math.min(longest, 30),
      marginRight: 74,
      ariaLabel: `${chart.title}: ${chart.rows.map((row) => `${row.label} ${told.format(row.value)}`).join("; ")}`,
      style: { fontFamily: "inherit", fontSize: "12px" },
      x: { label: chart.mark ? `▌ ${chart.value}   ┃ ${chart.mark}` : chart.value, grid: true, ticks: 5, labelArrow: "none", labelOffset: 40,
           tickFormat: (value) => axisOf(chart.percent).format(value), domain: [0, most || 1] },
      y: { label: null, domain: chart.rows.map((row) => row.label), tickFormat: shorten, tickSize: 0 },
      marks: [
        Plot.barX(chart.rows, { x: "value", y: "label", fill: "var(--bar)" }),
        Plot.tickX(marks, { x: "mark", y: "label", stroke: "var(--mark)", strokeWidth: 3, insetTop: -2, insetBottom: -2 }),
        Plot.text(chart.rows, { x: (row) => Math.max(row.value, row.mark ?? 0), y: "label", text: (row) => told.format(row.value),
                                textAnchor: "start", dx: 5, fill: "var(--ink)" }),
        Plot.ruleX([0]),
      ],
    }));
  }
})();
