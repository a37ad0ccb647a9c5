// Rows and their places: choosing a row lights up its slots, choosing a mark shows its rows.
"use strict";

const rows = [...document.querySelectorAll("#facts > li[data-fact]")];
const body = document.getElementById("body");
const segmentsOf = new Map();
for (const segment of body.querySelectorAll("[data-f]")) {
  for (const slot of segment.dataset.f.split(" ")) {
    const fact = slot.slice(0, slot.lastIndexOf(":"));
    if (!segmentsOf.has(fact)) segmentsOf.set(fact, new Set());
    segmentsOf.get(fact).add(segment);
  }
}

function current() {
  return rows.find((row) => row.classList.contains("current"));
}

function clear() {
  for (const row of rows) {
    row.classList.remove("current", "hit");
    row.querySelector(".detail").hidden = true;
    row.querySelector(".row").setAttribute("aria-expanded", "false");
  }
  for (const segment of body.querySelectorAll(".on")) segment.classList.remove("on");
}

function choose(row, { scrollText = true } = {}) {
  clear();
  row.classList.add("current");
  row.querySelector(".detail").hidden = false;
  row.querySelector(".row").setAttribute("aria-expanded", "true");
  for (const segment of segmentsOf.get(row.dataset.fact) ?? []) segment.classList.add("on");
  history.replaceState(null, "", `#fact=${row.dataset.fact}`);
  row.scrollIntoView({ block: "nearest" });
  if (scrollText) goTo(row);
}

function goTo(row) {
  const at = JSON.parse(row.dataset.row).quantity_start;
  const segment = body.querySelector(`[data-s="${at}"]`);
  if (segment) segment.scrollIntoView({ block: matchMedia("(max-width: 999px)").matches ? "start" : "center" });
}

function chooseMark(segment) {
  const facts = new Set(segment.dataset.f.split(" ").map((slot) => slot.slice(0, slot.lastIndexOf(":"))));
  const hits = rows.filter((row) => facts.has(row.dataset.fact));
  const shown = current();
  const next = hits[(hits.indexOf(shown) + 1) % hits.length];
  choose(next, { scrollText: false });
  for (const row of hits) row.classList.add("hit");
}

function fromAddress() {
  const found = /^#fact=(.+)$/.exec(decodeURIComponent(location.hash));
  const row = found && rows.find((r) => r.dataset.fact === found[1]);
  if (row) choose(row);
}

body.addEventListener("click", (event) => {
  const segment = event.target.closest("[data-f]");
  if (segment && getSelection().isCollapsed) chooseMark(segment);
});
for (const row of rows) row.querySelector(".row").addEventListener("click", () => choose(row));
addEventListener("hashchange", fromAddress);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const at = rows.indexOf(current());
  if (event.key === "j" && rows[at + 1]) choose(rows[at + 1]);
  else if (event.key === "k" && at > 0) choose(rows[at - 1]);
  else if (event.key === "Enter" && at >= 0 && !event.target.closest("button, a")) goTo(rows[at]);
  else if (event.key === "Escape") {
    clear();
    history.replaceState(null, "", location.pathname + location.search);
  }
});
fromAddress();
