"use strict";
(function () {
  const all = (where, what) => Array.from(where.querySelectorAll(what));

  // --- charts: drawn from the tables beside them, so that every number stands once ------------------------------
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (cell) => { const text = cell.textContent.trim(); return /^-?[0-9]+([.][0-9]+)?$/.test(text) ? Number(text) : null; };
  const drawn = [];

  function show(figure) {
    const table = document.getElementById(figure.dataset.table);
    const rows = all(table.tBodies[0], "tr:not(.strong)");
    const heads = all(table.tHead, "th");
    const columns = figure.dataset.columns.split(",").map(Number);
    const stacked = Boolean(figure.dataset.stacked);
    const plot = figure.querySelector(".plot");
    figure.hidden = false;
    plot.style.height = 40 + rows.length * (stacked || columns.length === 1 ? 28 : 20 * columns.length) + "px";
    const chart = echarts.init(plot, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio) });
    const draw = () => {
      const ink = colour("--ink"), names = columns.map((_, at) => (stacked ? "--step-" : "--bar-") + (at + 1));
      const narrow = plot.clientWidth < 480;
      chart.setOption({
        animation: false,
        aria: { enabled: false },
        textStyle: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily },
        grid: { left: 4, right: stacked ? 12 : 56, top: 4, bottom: 4, containLabel: true },
        xAxis: { type: "value", minInterval: stacked ? 1 : 0, axisLabel: { color: ink, hideOverlap: true }, splitLine: { lineStyle: { color: colour("--line") } } },
        yAxis: {
          type: "category", inverse: true, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--line") } },
          axisLabel: { color: ink, interval: 0, width: narrow ? 84 : 180, overflow: "truncate" },
          data: rows.map((row) => row.cells[Number(figure.dataset.label)].textContent.trim()),
        },
        series: columns.map((column, at) => ({
          type: "bar", name: heads[column].textContent, stack: stacked ? "all" : undefined, barGap: "10%", silent: true,
          itemStyle: { color: colour(names[at]), borderColor: ink, borderWidth: 0.5 },
          label: { show: !stacked, position: "right", color: ink, formatter: (one) => one.data.text },
          data: rows.map((row) => ({ value: number(row.cells[column]), text: row.cells[column].textContent.trim() })),
        })),
      }, true);
      const legend = figure.querySelector(".legend");
      legend.replaceChildren(...columns.map((column, at) => swatch(heads[column].textContent, colour(names[at]), ink)));
    };
    draw();
    drawn.push({ chart, plot, draw });
  }

  function swatch(name, fill, edge) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg"), box = document.createElementNS(space, "rect");
    svg.setAttribute("viewBox", "0 0 10 10");
    svg.setAttribute("aria-hidden", "true");
    for (const [key, value] of Object.entries({ x: 0.5, y: 0.5, width: 9, height: 9, fill, stroke: edge })) box.setAttribute(key, value);
    svg.append(box);
    const item = document.createElement("li");
    item.append(svg, name);
    return item;
  }

  const redraw = (width) => drawn.forEach((one) => { one.chart.resize(width ? { width } : { width: "auto" }); one.draw(); });
  if (window.echarts) all(document, "figure.chart").forEach(show);
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(redraw, 100); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());

  // --- printing: all that is folded is opened, and folded again ---------------------------------------------------
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = all(document, "details:not([open])");
    folded.forEach((one) => { one.open = true; });
    redraw(640);
  });
  window.addEventListener("afterprint", () => { folded.forEach((one) => { one.open = false; }); folded = []; redraw(); });

  // --- the tree: search, fold, and the way to an indicator --------------------------------------------------------
  const tree = document.getElementById("c-tree");
  const tools = tree.querySelector(".tools"), search = document.getElementById("search"), hits = document.getElementById("hits");
  const leaves = all(tree, "details.indicator"), above = all(tree, "details.category, details.dimension");
  const texts = leaves.map((leaf) => leaf.textContent.toLowerCase().replace(/\s+/g, " "));
  tools.hidden = false;

  function look() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    leaves.forEach((leaf, at) => {
      const fits = wanted.every((word) => texts[at].includes(word));
      leaf.hidden = !fits;
      leaf.open = fits && wanted.length > 0;
      found += fits ? 1 : 0;
    });
    above.reverse().forEach((one) => {
      const empty = !one.querySelector("details.indicator:not([hidden])");
      one.hidden = empty;
      one.open = !empty && wanted.length > 0;
    });
    above.reverse();
    hits.textContent = wanted.length === 0 ? "" : found ? hits.dataset.some.replace("{number}", String(found)) : hits.dataset.none;
  }
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => { if (event.key === "Escape") { search.value = ""; look(); } });
  const fold = (open) => all(tree, "details").forEach((one) => { if (!one.hidden) one.open = open; });
  document.getElementById("unfold").addEventListener("click", () => fold(true));
  document.getElementById("fold").addEventListener("click", () => fold(false));

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches("details")) return;
    if (target.hidden) { search.value = ""; look(); }
    for (let one = target; one; one = one.parentElement.closest("details")) one.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus();
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
