// What every page has: the light and dark toggle, and suggestions for filters.
"use strict";

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `zb_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

for (const input of document.querySelectorAll("[data-suggest]")) {
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(input), 150);
  });
}

if (document.querySelector("[data-computing]")) setTimeout(() => location.reload(), 2000);

// A search that ran out of time goes on by itself, until a page is full or all has been looked through.
async function searchOn(pager) {
  const body = document.querySelector("main tbody");
  const full = 50;
  for (let link = pager.querySelector("[data-on]"); link && body.rows.length < full; link = pager.querySelector("[data-on]")) {
    const answer = await fetch(link.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    body.append(...page.querySelectorAll("main tbody tr"));
    pager.replaceChildren(...page.querySelector(".pager").children);
  }
  document.querySelector("main .empty").hidden = body.rows.length > 0;
}

const pager = document.querySelector("main .pager:has([data-on])");
if (pager) searchOn(pager);

async function suggest(input) {
  const query = new URLSearchParams({ field: input.dataset.suggest, begin: input.value });
  const answer = await fetch(`/suggest?${query}`);
  if (!answer.ok) return;
  const options = (await answer.json()).map((value) => {
    const option = document.createElement("option");
    option.value = value;
    return option;
  });
  document.getElementById(`l-${input.dataset.suggest}`).replaceChildren(...options);
}
