// Shows on the phones what is being typed, and how much room is left. Without scripts the next page shows it.
for (const input of document.querySelectorAll("[data-counted]")) {
  const shown = document.querySelector(`[data-shows="${input.name}"]`);
  const words = document.getElementById(`${input.name}-words`);
  const hint = words?.textContent;
  const show = () => {
    if (shown) shown.textContent = input.value;
    if (words?.classList.contains("field__hint")) {
      words.textContent = input.value ? `${input.value.length} / ${input.maxLength}` : hint;
    }
  };
  input.addEventListener("input", show);
  show();
}
