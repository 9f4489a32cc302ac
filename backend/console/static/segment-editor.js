// What the editor of segments does by itself: the words of a choice follow its boxes, a code follows the name, and a
// choice closes when the reader goes on.
const form = document.getElementById("segment-form");

form.addEventListener("input", (event) => {
  const choice = event.target.closest(".choice");
  if (!choice) return;
  const labels = [...choice.querySelectorAll("input:checked")].map((box) => box.parentElement.querySelector("[data-label]").textContent);
  const chosen = choice.querySelector(".choice__chosen");
  chosen.dataset.none ??= chosen.textContent;
  chosen.textContent = labels.join(", ") || "…";
});

document.addEventListener("click", (event) => {
  for (const choice of document.querySelectorAll(".choice[open]")) {
    if (!choice.contains(event.target)) choice.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const choice = event.target.closest?.(".choice[open]");
  if (!choice) return;
  choice.open = false;
  choice.querySelector("summary").focus();
});
