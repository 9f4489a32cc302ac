// A form that is being sent shows it and cannot be sent twice. Without scripts the form works all the same.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "1";
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (!button) return;
  button.classList.add("is-busy");
  button.setAttribute("aria-busy", "true");
});

// A page brought back by the browser's "back" is ready to be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll(".is-busy")) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-busy");
    }
  }
});
