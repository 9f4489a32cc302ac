// Without scripts the browser's own menu prints as well: the button is there only where it does something.
const holder = document.querySelector(".poster__print");
holder.hidden = false;
holder.querySelector("button").addEventListener("click", () => print());
