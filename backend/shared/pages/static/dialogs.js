// A dialog opens without scripts as a popover. With them it is modal: what lies behind cannot be reached, and the focus
// returns to the button that opened it.
for (const opener of document.querySelectorAll("button[popovertarget]")) {
  const dialog = document.getElementById(opener.getAttribute("popovertarget"));
  if (!(dialog instanceof HTMLDialogElement)) continue;
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
  for (const closer of dialog.querySelectorAll("[data-closes]")) {
    closer.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
  // A click beside it closes it, as it closes a popover.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

// A dialog in which something was wrong comes back open; without scripts it stands in the page.
const returned = document.querySelector("dialog[data-returned]");
if (returned) {
  returned.close();
  returned.showModal();
}
