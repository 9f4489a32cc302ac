// A button that copies what it stands beside, and says so.
for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const lines = [...document.querySelectorAll(button.dataset.copies)].map((one) => one.textContent.trim());
    await navigator.clipboard.writeText(lines.join("\n"));
    button.querySelector("span:last-child").textContent = button.dataset.copied;
  });
}
