"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const resources = [...document.querySelectorAll(".resource")];
  const items = [...document.querySelectorAll(".architecture a[data-item]")];
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const all = document.getElementById("all");
  const boxes = [...document.querySelectorAll("input[name=effect]")];
  const texts = resources.map((resource) => resource.textContent.toLowerCase());
  let item = null;

  const refresh = () => {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const effects = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    resources.forEach((resource, n) => {
      const fits = item === null
        ? (boxes.length === 0 || effects.has(resource.dataset.effect)) && wanted.every((word) => texts[n].includes(word))
        : resource.dataset.item === item;
      resource.hidden = !fits;
      count += fits ? 1 : 0;
    });
    for (const group of document.querySelectorAll(".open, .fold")) {
      group.hidden = !group.querySelector(".resource:not([hidden])");
      if (group.tagName === "DETAILS" && (item !== null || wanted.length > 0)) group.open = true;
    }
    const name = item === null ? "" : ` of ${label(item)}`;
    shown.textContent = count === resources.length ? `${count} resources` : `${count} of ${resources.length} resources${name}`;
    all.hidden = count === resources.length;
    for (const link of items) {
      if (link.dataset.item === item) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  const label = (id) => items.find((link) => link.dataset.item === id)?.getAttribute("aria-label").split(":")[0] ?? "";

  const reveal = (resource) => {
    for (let outer = resource.parentElement; outer; outer = outer.parentElement) if (outer.tagName === "DETAILS") outer.open = true;
    const own = resource.querySelector("details");
    own.open = true;
    own.querySelector("summary").focus({ preventScroll: true });
    resource.scrollIntoView({ block: "nearest" });
  };

  const follow = () => {
    const resource = /^#r\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!resource) return;
    if (resource.hidden) reset();
    reveal(resource);
  };
  const reset = () => {
    item = null;
    search.value = "";
    for (const box of boxes) box.checked = true;
    refresh();
  };

  for (const link of items) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      item = link.dataset.item;
      refresh();
      const first = document.getElementById(link.getAttribute("href").slice(1));
      if (first) reveal(first);
      document.getElementById("resources").scrollIntoView({ block: "start" });
    });
  }
  document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", () => { item = null; refresh(); });
  for (const box of boxes) box.addEventListener("change", () => { item = null; refresh(); });
  all.addEventListener("click", () => { reset(); search.focus(); });
  window.addEventListener("hashchange", follow);

  // Where the drawing is larger than its window, the gravest change is what is seen first.
  const canvas = document.querySelector(".canvas");
  const gravest = ["destroyed", "replaced", "changed", "added"].map((effect) => canvas?.querySelector(`a.${effect} .body`)).find(Boolean);
  if (gravest) {
    const box = gravest.getBoundingClientRect();
    const view = canvas.getBoundingClientRect();
    canvas.scrollLeft += box.left - view.left - (view.width - box.width) / 2;
    canvas.scrollTop += box.top - view.top - (view.height - box.height) / 2;
  }
  refresh();
  follow();
})();
