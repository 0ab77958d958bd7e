"use strict";
(() => {
  const tip = document.getElementById("tip");
  const show = (event) => {
    const title = event.target.closest(".map rect,.map path")?.querySelector("title");
    if (title && tip) tip.textContent = title.textContent;
  };
  for (const map of document.querySelectorAll("svg.map")) map.addEventListener("pointerover", show);
  const range = document.getElementById("case");
  if (!range) return;
  const cases = [...document.querySelectorAll("tr.case")];
  const lanes = [...document.querySelector("svg.map").querySelectorAll("g.lane")];
  const what = document.getElementById("what");
  const turn = () => {
    const row = cases[range.value - 1];
    cases.forEach((one) => one.classList.toggle("now", one === row));
    lanes.forEach((lane) => lane.classList.toggle("would-lose", !!row && lane.dataset.node === row.dataset.loses));
    const cells = row ? [...row.cells].map((cell) => cell.textContent) : [];
    what.textContent = row ? `${cells[0]} on ${cells[1]} (${cells[2]}): ${cells[3]} movable` : "as predicted";
  };
  range.addEventListener("input", turn);
  document.querySelectorAll(".scripted").forEach((part) => { part.hidden = false; });
})();
