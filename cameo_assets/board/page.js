// The page is complete without this script; the script turns its sections into views that can be sorted,
// filtered, linked to and downloaded. Numbers are read from the table cells (data-value, data-csv), so there
// is one rendering of each; only the confusion matrix is drawn here, from the data in #board-data.

const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

const board = JSON.parse(find("#board-data").textContent);
const tools = find(".tools");
const tabs = findAll("[data-tab]");
const tooltip = find("#tooltip");

// ---- state: what the address bar holds

const firstModel = board.rows.length ? (findAll("#view-overall [data-item]:not([data-kind=baseline])")[0]
  ?? find("#view-overall [data-item]")).dataset.evaluation : "";

const DEFAULTS = {
  view: "overall", reader: board.readers[0] ?? "", q: "", temperature: "", method: "", baselines: "yes", sort: "",
  evaluation: firstModel, cells: "share",
};
const state = { ...DEFAULTS };
const sorts = {}; // the order last chosen in each view, so that it survives a look at another

/** Takes what is valid from the address; a link to a row that is gone falls back to the default. */
function readAddress() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const valid = {
    view: (value) => tabs.some((tab) => tab.dataset.tab === value),
    reader: (value) => board.readers.includes(value),
    evaluation: (value) => board.rows.some((row) => row.evaluation === value),
    temperature: (value) => [...tools.temperature.options].some((option) => option.value === value),
    method: (value) => [...tools.method.options].some((option) => option.value === value),
    cells: (value) => ["share", "count"].includes(value),
    baselines: (value) => ["yes", "no"].includes(value),
  };
  for (const [key, standard] of Object.entries(DEFAULTS)) {
    const usable = key in given && (!valid[key] || valid[key](given[key]));
    state[key] = usable ? given[key] : standard;
  }
  sorts[state.view] = state.sort;
}

function writeAddress() {
  const changed = Object.entries(state).filter(([key, value]) => value !== DEFAULTS[key]);
  const hash = new URLSearchParams(changed).toString();
  history.replaceState(null, "", location.href.split("#")[0] + (hash && `#${hash}`));
}

function set(changes) {
  if (changes.view && changes.view !== state.view) changes.sort = sorts[changes.view] ?? "";
  Object.assign(state, changes);
  sorts[state.view] = state.sort;
  hideTip();
  update();
}

function update() {
  const section = showView();
  showTools(section.dataset.tools);
  filterRows();
  for (const table of findAll("table", section)) {
    sortRows(table);
    markBest(table);
  }
  if (state.view === "confusion") drawConfusion(section);
  findAll("table", section).forEach(enterGrid);
  writeAddress();
}

// ---- views

function showView() {
  for (const tab of tabs) {
    const open = tab.dataset.tab === state.view;
    tab.setAttribute("aria-selected", open);
    tab.tabIndex = open ? 0 : -1;
    find(`#view-${tab.dataset.tab}`).classList.toggle("open", open);
    // On a phone the strip of tabs is wider than the screen.
    if (open) find(".tabs").scrollLeft = tab.offsetLeft - (find(".tabs").clientWidth - tab.offsetWidth) / 2;
  }
  return find(`#view-${state.view}`);
}

function tabKeys(event) {
  const here = tabs.indexOf(event.target);
  const last = tabs.length - 1;
  const next = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here ? here - 1 : last, Home: 0, End: last };
  if (here < 0 || !(event.key in next)) return;
  event.preventDefault();
  const tab = tabs[next[event.key]];
  set({ view: tab.dataset.tab });
  tab.focus();
}

function showTools(used) {
  for (const element of findAll("[data-for]", tools)) {
    element.hidden = !element.dataset.for.split(" ").includes(used);
  }
  tools.q.value = state.q;
  tools.reader.value = state.reader;
  tools.temperature.value = state.temperature;
  tools.method.value = state.method;
  tools.cells.value = state.cells;
  tools.baselines.checked = state.baselines === "yes";
  tools.evaluation.value = state.evaluation;
}

function fillEvaluations() {
  for (const item of findAll("#view-overall [data-item]")) {
    if (item.dataset.reader !== board.readers[0]) continue;
    const label = find(".label", item);
    const name = find(".name", label).textContent;
    const { kind, temperature, method, evaluation } = item.dataset;
    const suffix = kind === "baseline" ? ", baseline" : temperature && `, T ${temperature}`;
    tools.evaluation.append(new Option(name + suffix + (method === "likelihood" ? ", likelihood" : ""), evaluation));
  }
}

// ---- rows

const inScope = (item) => item.dataset.reader === state.reader
  && (state.baselines === "yes" || item.dataset.kind !== "baseline");

function filterRows() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of findAll("[data-item][data-reader]")) {
    const { search, temperature, method, kind } = item.dataset;
    const warm = !state.temperature || kind === "baseline" || temperature === state.temperature;
    const asked = !state.method || kind === "baseline" || method === state.method;
    item.hidden = !(inScope(item) && warm && asked && words.every((word) => search.includes(word)));
  }
  const rows = findAll("#view-overall [data-item]").filter((item) => item.dataset.reader === state.reader);
  const shown = rows.filter((item) => !item.hidden).length;
  find("output", tools).textContent = `${shown} of ${rows.length} evaluations`;
}

/** The row of cells that an item is made of: the main table's items are bodies, with details below. */
const cellsOf = (item) => (item.rows ? item.rows[0] : item).cells;

function sortRows(table) {
  const items = findAll("[data-item]", table);
  if (!items.length) return;
  items.forEach((item, index) => { item.dataset.place ??= index; });
  const heads = findAll("thead th", table);
  for (const head of heads) head.dataset.start ??= head.getAttribute("aria-sort");
  const cut = state.sort.lastIndexOf(".");
  const [key, direction] = [state.sort.slice(0, cut), state.sort.slice(cut + 1)];
  const chosen = heads.findIndex((head) => head.dataset.key === key);
  heads.forEach((head, index) => {
    const now = direction === "asc" ? "ascending" : "descending";
    head.setAttribute("aria-sort", chosen < 0 ? head.dataset.start : index === chosen ? now : "none");
  });
  items.sort((a, b) => (chosen < 0 ? 0 : compare(a, b, chosen, direction)) || a.dataset.place - b.dataset.place);
  items[0].parentNode.append(...items);
}

function compare(a, b, index, direction) {
  const [x, y] = [a, b].map((item) => cellsOf(item)[index].dataset.value);
  if (x === "" || y === "") return (x === "") - (y === ""); // what is missing comes last, either way
  const numbers = !Number.isNaN(Number(x)) && !Number.isNaN(Number(y));
  const order = numbers ? x - y : x.localeCompare(y, "en");
  return direction === "asc" ? order : -order;
}

function sortBy(head) {
  const [asc, desc] = [`${head.dataset.key}.asc`, `${head.dataset.key}.desc`];
  const now = { ascending: asc, descending: desc }[head.getAttribute("aria-sort")];
  set({ sort: now ? (now === asc ? desc : asc) : `${head.dataset.key}.${head.dataset.first}` });
}

/** Sets the best of a column in bold. A search doesn't change what is best; hiding the baselines does. */
function markBest(table) {
  const items = findAll("[data-item]", table).filter(inScope);
  findAll("thead th", table).forEach((head, index) => {
    const cells = items.map((item) => cellsOf(item)[index]).filter((cell) => cell.dataset.value);
    const best = Math.max(...cells.map((cell) => Number(cell.dataset.value)));
    const marked = head.dataset.best === "high" && cells.length > 1;
    for (const cell of cells) cell.classList.toggle("best", marked && Number(cell.dataset.value) === best);
  });
}

function toggleDetails(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  find(".details", button.closest("[data-item]")).hidden = !open;
}

// ---- confusion

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const percent = (part, whole) => (whole ? (100 * part) / whole : null);
const whole = (value) => Math.round(value).toLocaleString("en");

function drawConfusion(section) {
  const place = find("[data-testid=confusion]", section);
  if (!place) return;
  const row = board.rows.find(({ evaluation, reader }) => evaluation === state.evaluation && reader === state.reader);
  place.replaceChildren(row ? confusionTable(row.confusion)
    : make("p", { class: "empty" }, "This reader has not read this evaluation."));
}

function confusionTable({ labels, counts }) {
  const answers = [...labels, "unresolved"];
  const across = (text, css) => make("th", { scope: "col", class: css, "data-key": text }, make("span", {}, text));
  const head = make("tr", {}, make("th", { scope: "col", class: "who" }, "true emotion"),
    ...answers.map((text, index) => across(text, index < labels.length ? "across" : "across apart")),
    across("recall %", "across apart"), across("utterances", "across"));
  const body = labels.map((label, index) => confusionRow(label, index, counts[index], answers));
  return make("table", { class: "confusion" }, make("thead", {}, head), make("tbody", {}, ...body));
}

function confusionRow(label, index, counts, answers) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cells = counts.map((count, column) => {
    const part = percent(count, total);
    const shown = part === null ? "–" : !count ? "·" : state.cells === "count" ? whole(count) : part.toFixed(0);
    const tip = `${label} answered as ${answers[column]}\n${whole(count)} of ${whole(total)}`
      + (part === null ? "" : ` (${part.toFixed(1)} %)`);
    const css = ["heat", column === index && "hit", column === counts.length - 1 && "apart", !count && "zero"];
    return make("td", {
      class: css.filter(Boolean).join(" "), style: `--heat:${Math.sqrt((part ?? 0) / 100).toFixed(3)}`,
      "data-tip": tip, "data-value": total ? count : "",
    }, shown);
  });
  const recall = percent(counts[index], total);
  return make("tr", { "data-item": "" }, make("th", { scope: "row", class: "who" }, label), ...cells,
    make("td", { class: "apart", "data-value": recall ?? "" }, recall === null ? "–" : recall.toFixed(1)),
    make("td", { "data-value": total }, whole(total)));
}

// ---- tooltips, and the arrow keys that reach them: one stop of the Tab key for a table, not hundreds

function showTip(cell) {
  tooltip.textContent = cell.dataset.tip;
  tooltip.hidden = false;
  cell.setAttribute("aria-describedby", "tooltip");
  const box = cell.getBoundingClientRect();
  const left = box.left + box.width / 2 - tooltip.offsetWidth / 2;
  const above = box.top - tooltip.offsetHeight - 6;
  const room = document.documentElement.clientWidth - tooltip.offsetWidth - 8;
  tooltip.style.left = `${Math.max(8, Math.min(left, room))}px`;
  tooltip.style.top = `${above > 8 ? above : box.bottom + 6}px`;
}

function hideTip() {
  tooltip.hidden = true;
  find("[aria-describedby=tooltip]")?.removeAttribute("aria-describedby");
}

/** Makes the first visible cell with a tip the way into its table. */
function enterGrid(table) {
  const cells = findAll("td[data-tip]", table);
  if (!cells.length) return;
  table.setAttribute("role", "grid");
  for (const cell of cells) cell.tabIndex = -1;
  const first = cells.find((cell) => !cell.closest("[data-item]").hidden);
  if (first) first.tabIndex = 0;
}

function gridKeys(event) {
  const cell = event.target.closest("td[data-tip]");
  if (!cell) return;
  const rows = findAll("tr[data-item]", cell.closest("table")).filter((row) => !row.hidden);
  const row = rows.indexOf(cell.parentElement);
  const along = (list, step) => { // the next cell with a tip: some cells hold no score
    for (let at = list.indexOf(cell) + step; at >= 0 && at < list.length; at += step) {
      if (list[at].dataset.tip) return list[at];
    }
    return null;
  };
  const column = rows.map((item) => item.cells[cell.cellIndex]);
  const target = {
    ArrowLeft: () => along([...rows[row].cells], -1), ArrowRight: () => along([...rows[row].cells], 1),
    ArrowUp: () => along(column, -1), ArrowDown: () => along(column, 1),
  }[event.key];
  if (!target) return;
  event.preventDefault();
  const next = target();
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

// ---- downloads

/** One field. A text that a spreadsheet would run as a formula is disarmed with an apostrophe. */
function field(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+@\t\r-]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table as it is seen: its rows, its order; numbers in full, and intervals as columns of their own. */
function csvOf(table) {
  const values = (cell, plain) => (cell.dataset.csv ? JSON.parse(cell.dataset.csv)
    : [cell.dataset.value ?? cell.dataset.key ?? plain]);
  const lines = [[...table.tHead.rows[0].cells].flatMap((cell) => values(cell, cell.textContent))];
  for (const item of findAll("[data-item]", table)) {
    if (!item.hidden) lines.push([...cellsOf(item)].flatMap((cell) => values(cell, cell.textContent)));
  }
  return lines.map((line) => line.map(field).join(",") + "\r\n").join("");
}

function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000); // not at once: the download may not have begun
}

function downloadCsv() {
  const table = find(`#view-${state.view} table`);
  const name = state.view === "confusion" ? `confusion-${state.evaluation}-${state.reader}` : state.view;
  if (table) download(`cameo-${name}.csv`, "text/csv;charset=utf-8", csvOf(table));
}

// ---- colours

const preferred = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (preferred.matches ? "dark" : "light")) === "dark";

function showTheme() {
  find("[data-testid=theme]").setAttribute("aria-pressed", isDark());
}

function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("cameo-theme", theme);
  } catch {
    // Storage is closed to some embedded pages; the choice then lasts as long as the page.
  }
  showTheme();
}

// ---- wiring

function moveTitles() {
  // The browser's own tooltips are the floor without a script; two at once would be one too many.
  for (const cell of findAll("td[title]")) {
    cell.dataset.tip = cell.title;
    cell.removeAttribute("title");
  }
}

function onClick(event) {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-tab]")) set({ view: on("[data-tab]").dataset.tab });
  else if (on(".sort")) sortBy(on("th"));
  else if (on(".more")) toggleDetails(on(".more"));
  else if (on("[data-testid=theme]")) toggleTheme();
  else if (on("[data-testid=csv]")) downloadCsv();
  else if (on("[data-testid=json]")) download("cameo-board.json", "application/json", find("#board-data").textContent);
}

function onTools() {
  set({
    q: tools.q.value, reader: tools.reader.value, temperature: tools.temperature.value,
    method: tools.method.value, cells: tools.cells.value, baselines: tools.baselines.checked ? "yes" : "no", evaluation: tools.evaluation.value,
  });
}

const tipped = (event) => event.target.closest?.("td[data-tip]");
document.addEventListener("click", onClick);
document.addEventListener("pointerover", (event) => (tipped(event) ? showTip(tipped(event)) : hideTip()));
document.addEventListener("focusin", (event) => (tipped(event) ? showTip(tipped(event)) : hideTip()));
document.addEventListener("scroll", () => { // moving the focus may scroll: the tip goes with its cell
  const cell = document.activeElement?.closest("td[data-tip]");
  if (cell && !tooltip.hidden) showTip(cell);
  else hideTip();
}, { capture: true, passive: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTip();
  tabKeys(event);
  gridKeys(event);
});
tools.addEventListener("input", onTools);
tools.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => { readAddress(); update(); });
preferred.addEventListener("change", showTheme);

moveTitles();
fillEvaluations();
showTheme();
readAddress();
update();
