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

function turnRow(row) {
  choose(row);
  row.querySelector(".row").focus({ preventScroll: true }); // so that it is read out, and Tab goes on from there
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
  if (!found) return;
  const row = rows.find((r) => r.dataset.fact === found[1]);
  if (row) choose(row);
  else if (document.querySelector("[rel=prev], [rel=next]")) location.replace(`/fact/${encodeURIComponent(found[1])}`);
}

// Marks by keyboard: every place where one begins, in the order of the text.
const marks = [...body.querySelectorAll("[data-f]")].filter((segment) => segment.dataset.l);
let mark = -1;

function turnMark(step) {
  if (!marks.length) return;
  mark = Math.min(Math.max(mark + step, 0), marks.length - 1);
  chooseMark(marks[mark]);
  marks[mark].scrollIntoView({ block: "nearest" });
}

body.addEventListener("click", (event) => {
  const segment = event.target.closest("[data-f]");
  if (!segment || !getSelection().isCollapsed) return;
  mark = marks.indexOf(segment);
  chooseMark(segment);
});
for (const row of rows) row.querySelector(".row").addEventListener("click", () => choose(row));
addEventListener("hashchange", fromAddress);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const at = rows.indexOf(current());
  if (event.key === "j" && rows[at + 1]) turnRow(rows[at + 1]);
  else if (event.key === "k" && at > 0) turnRow(rows[at - 1]);
  else if (event.key === "n") turnMark(1);
  else if (event.key === "p") turnMark(-1);
  else if (event.key === "Enter" && at >= 0 && !event.target.closest("button, a")) goTo(rows[at]);
  else if (event.key === "Escape") {
    clear();
    history.replaceState(null, "", location.pathname + location.search);
  }
});
fromAddress();
