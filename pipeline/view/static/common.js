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
