// Says what a decision would do while it is being written. Without scripts the page says it for every case.
for (const form of document.querySelectorAll("form[data-decides]")) {
  const done = form.querySelector("[data-done]");
  const upheld = form.querySelector("[data-upheld]");
  const written = new Intl.NumberFormat(document.documentElement.lang);
  const says = (outcome, typed) => {
    if (outcome === "refused") return done.dataset.refused;
    if (outcome !== "upheld") return done.dataset.choose;
    if (!typed) return done.dataset.remedy;
    const points = Number(typed.replace(/\D/g, ""));
    if (!points) return done.dataset.nothing;
    const limit = form.dataset.limit;
    const second = limit && points > Number(limit) ? `${done.dataset.second} ` : "";
    return second + done.dataset.points.replace("{}", written.format(points));
  };
  const show = () => {
    const outcome = form.elements.outcome.value;
    upheld.hidden = outcome === "refused";
    done.textContent = says(outcome, form.elements.points.value.trim());
  };
  form.addEventListener("input", show);
  show();
}
