// Search, filters, keys and the theme of a page. Without it everything is there, and every address works.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The theme: as the system has it until somebody chooses.
  const theme = one("#theme");
  if (theme) {
    theme.addEventListener("click", () => {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
    });
  }

  const tables = all("table.matrix");
  const search = one("#search");
  const field = one("#field");
  const only = one("#only");
  const tools = one(".tools[hidden]");
  if (tools) tools.hidden = false;

  // Filters narrow rows and columns; nothing is taken out of the page.
  const texts = new Map(all("tr.class").map((row) => [row, (row.textContent + " " + (row.nextElementSibling || row).textContent).toLowerCase()]));
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [row, text] of texts) {
      const cells = all("td.f", row).filter((cell) => !field.value || cell.dataset.field === field.value);
      const fits = {
        "": () => true,
        more: () => cells.some((cell) => cell.classList.contains("more")),
        open: () => cells.some((cell) => /f-(clear|partial|masked|unknown)/.test(cell.className)),
        "f-unknown": () => cells.some((cell) => cell.classList.contains("f-unknown")),
      }[only.value]();
      row.hidden = !fits || !words.every((word) => text.includes(word));
    }
    for (const cell of all("[data-field]")) cell.hidden = Boolean(field.value) && cell.dataset.field !== field.value;
    start();
  }
  if (search) {
    let pause = 0;
    search.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(filter, 80); });
    field.addEventListener("change", filter);
    only.addEventListener("change", filter);
  }

  // One cell of each matrix is in the tab order; arrows move it.
  const links = (row) => all("td.f:not([hidden]) a", row);
  const rows = (table) => all("tr.class:not([hidden])", table);
  function start() {
    for (const table of tables) {
      const cells = rows(table).flatMap(links);
      for (const link of all("td.f a", table)) link.tabIndex = -1;
      if (cells.length) cells[0].tabIndex = 0;
    }
  }
  function go(link) {
    if (!link) return;
    for (const other of all('td.f a[tabindex="0"]', link.closest("table"))) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  }
  function move(link, down, right) {
    const lines = rows(link.closest("table"));
    const at = lines.indexOf(link.closest("tr"));
    const column = links(lines[at]).indexOf(link) + right;
    const line = lines[at + down];
    if (line) go(links(line)[Math.max(0, Math.min(column, links(line).length - 1))]);
  }

  // Where the last question came from, for the way back.
  let asked = null;
  const isTyping = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  const help = one("#help");
  const keys = one("#keys");
  if (keys) keys.addEventListener("click", () => help.showModal());

  document.addEventListener("click", (event) => {
    const link = event.target.closest("td.f a");
    if (link) asked = link;
  });
  function back() {
    if (location.hash.startsWith("#why-")) {
      const from = asked || one(`a[href="${location.hash}"]`);
      history.replaceState(null, "", location.pathname + location.search);
      // Only a move to another address lets go of the target.
      location.hash = from ? from.id : "matrix";
      if (from) go(from);
      return true;
    }
    return false;
  }
  function toExceeding(step) {
    const cells = all("tr.class:not([hidden]) td.more:not([hidden]) a");
    if (!cells.length) return;
    const at = cells.indexOf(document.activeElement);
    go(cells[at < 0 ? (step > 0 ? 0 : cells.length - 1) : (at + step + cells.length) % cells.length]);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const active = document.activeElement;
    if (isTyping(active)) {
      if (event.key === "Escape" && active === search) { search.value = ""; filter(); active.blur(); }
      return;
    }
    if (help && help.open) return;
    const cell = active && active.closest ? active.closest("td.f a") : null;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (cell && steps[event.key]) { move(cell, ...steps[event.key]); event.preventDefault(); }
    else if (event.key === "/" && search) { search.focus(); event.preventDefault(); }
    else if (event.key === "?" && help) { help.showModal(); event.preventDefault(); }
    else if (event.key === "[" || event.key === "]") toExceeding(event.key === "]" ? 1 : -1);
    else if (event.key === "Escape" && back()) event.preventDefault();
  });

  // A place inside something folded is unfolded, and the focus goes to what was asked for.
  function show() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const row = target.closest("tr.class") || (target.closest("tr.why") || target).previousElementSibling;
    if (row && row.hidden) { search.value = ""; field.value = ""; only.value = ""; filter(); }
    if (target.tabIndex >= -1 && target.hasAttribute("tabindex")) target.focus({ preventScroll: false });
  }
  addEventListener("hashchange", show);
  addEventListener("beforeprint", () => { for (const box of all("details")) { box.dataset.was = box.open; box.open = true; } });
  addEventListener("afterprint", () => { for (const box of all("details")) box.open = box.dataset.was === "true"; });
  if (tables.length) start();
  show();
  document.documentElement.dataset.ready = "true";
})();
