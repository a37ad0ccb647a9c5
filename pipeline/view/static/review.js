// Review: right, wrong, corrected, missed. Every decision names the version of the labels that it was made on.
"use strict";

const reader = document.getElementById("reader");
const said = document.getElementById("said");
const tokenTag = document.querySelector('meta[name="token"]');
const spoken = JSON.parse(reader.dataset.words);
const signs = { right: "✓", wrong: "✗", corrected: "✎" };
const address = `/review/${encodeURIComponent(reader.dataset.doc)}`;
let reviews = {};
let pending = null;

async function load() {
  const answer = await fetch(address);
  if (answer.ok) reviews = await answer.json();
  for (const row of rows) row.querySelector(".done").textContent = decisionsOn(row.dataset.fact).join(" ");
}

function decisionsOn(fact) {
  const found = [];
  for (const [name, { labels }] of Object.entries(reviews)) {
    for (const { review } of labels) {
      const decision = review.fact_id === fact ? review.decision : (review.rejected ?? []).includes(fact) ? "wrong" : null;
      if (decision) found.push(`${signs[decision]} ${name} ${review.when.slice(0, 10)}`);
    }
  }
  return found;
}

async function send(order) {
  const name = document.getElementById("reviewer");
  const reviewer = name.value.trim();
  if (!reviewer) {
    name.focus();
    return document.querySelector('label:has(#reviewer)').textContent.trim();
  }
  localStorage.setItem("reviewer", reviewer);
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-zhibiao-token": tokenTag.content,
      "if-match": `"${reviews[reviewer]?.version ?? "0"}"`,
    },
    body: JSON.stringify({ ...order, reviewer, sha256: reader.dataset.sha }),
  });
  if (answer.status === 412) return spoken.outdated;
  const text = await answer.text();
  if (!answer.ok) return text.startsWith("{") ? JSON.parse(text).error : text;
  await load();
  said.textContent = `${spoken[order.decision] ?? ""} ${spoken.saved}`;
  return "";
}

async function decide(row, decision) {
  const problem = await send({ decision, fact_id: row.dataset.fact });
  if (problem) said.textContent = problem;
}

function correct(row) {
  const fact = JSON.parse(row.dataset.row);
  const span = { type: "quantity", kind: row.dataset.kind, start: fact.quantity_start, end: fact.quantity_end };
  open({ decision: "corrected", fact_id: row.dataset.fact }, { ...fact, ...span });
}

function addMissed() {
  const range = selected();
  if (!range) said.textContent = spoken.select_first;
  else open({ decision: "missed" }, { type: "quantity", kind: "cardinal", comparator: "eq", aspect: "level", status: "actual", ...range });
}

function selected() {
  const selection = getSelection();
  if (selection.isCollapsed || !body.contains(selection.anchorNode) || !body.contains(selection.focusNode)) return null;
  const range = selection.getRangeAt(0);
  const found = [];
  for (const segment of body.querySelectorAll(".seg")) {
    if (!range.intersectsNode(segment)) continue;
    const text = segment.textContent;
    const left = segment.contains(range.startContainer) && range.startContainer.nodeType === 3 ? range.startOffset : 0;
    const right = segment.contains(range.endContainer) && range.endContainer.nodeType === 3 ? range.endOffset : text.length;
    const start = Number(segment.dataset.s);
    if (left < right) found.push([start + points(text.slice(0, left)), start + points(text.slice(0, right))]);
  }
  return found.length ? { start: found[0][0], end: found.at(-1)[1] } : null;
}

function points(text) {
  return [...text].length; // offsets count code points
}

const dialog = document.getElementById("edit");

function open(order, values) {
  pending = order;
  const form = document.getElementById("label");
  for (const field of form.elements) if (field.name) field.value = values[field.name] ?? "";
  form.elements.type.disabled = order.decision === "corrected";
  document.getElementById("problem").textContent = "";
  showText();
  showFields();
  dialog.showModal();
}

function showText() {
  const { start, end } = document.getElementById("label").elements;
  const inside = [...body.querySelectorAll(".seg")].map((segment) => {
    const from = Number(segment.dataset.s);
    return [...segment.textContent].filter((_, i) => from + i >= start.value && from + i < end.value).join("");
  });
  document.getElementById("chosen").textContent = inside.join("");
}

function showFields() {
  const type = document.getElementById("label").elements.type.value;
  for (const label of document.querySelectorAll("[data-for]")) label.hidden = label.dataset.for !== type;
}

async function save(event) {
  event.preventDefault();
  const form = document.getElementById("label");
  const label = {};
  for (const field of form.elements) if (field.name) label[field.name] = field.value;
  label.start = Number(label.start);
  label.end = Number(label.end);
  const problem = await send({ ...pending, label });
  if (problem) document.getElementById("problem").textContent = problem;
  else dialog.close();
}

load();
if (tokenTag) {
  document.getElementById("reviewer").value = localStorage.getItem("reviewer") ?? "";
  document.getElementById("missed").addEventListener("pointerdown", (event) => event.preventDefault());
  document.getElementById("missed").addEventListener("click", addMissed);
  document.getElementById("cancel").addEventListener("click", () => dialog.close());
  document.getElementById("label").addEventListener("submit", save);
  document.getElementById("label").addEventListener("input", (event) => {
    if (event.target.name === "type") showFields();
    if (event.target.name === "start" || event.target.name === "end") showText();
  });
  for (const row of rows) {
    for (const button of row.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => {
        if (button.dataset.do === "corrected") correct(row);
        else decide(row, button.dataset.do);
      });
    }
  }
}
