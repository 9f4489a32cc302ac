// Says under the form what the typed points would do. Without scripts the next page says it.
const MINUS = /[\u2212\u2013\u2014]/g;

function typedPoints(text) {
  const plain = text.trim().replace(MINUS, "-");
  if (!/^[+-]? ?(\d+|\d{1,3}([ \u00a0\u202f,]\d{3})+)$/.test(plain)) return 0;
  const size = Number(plain.replace(/\D/g, ""));
  return plain.startsWith("-") ? -size : size;
}

for (const form of document.querySelectorAll("form[data-adjusts]")) {
  const input = form.elements.points;
  const output = form.querySelector("output");
  const written = new Intl.NumberFormat(document.documentElement.lang);
  const say = (words, figure) => words.replace("{}", written.format(figure));
  const show = () => {
    const points = typedPoints(input.value);
    const available = Number(form.dataset.available);
    const pays = Math.min(Math.max(points, 0), Number(form.dataset.debt));
    const lines = [];
    if (-points > available) {
      lines.push(say(output.dataset.tooMuch, available));
    } else if (points) {
      lines.push(say(output.dataset.after, available + points - pays));
      if (pays) lines.push(say(output.dataset.owed, pays));
      if (form.dataset.limit && Math.abs(points) > Number(form.dataset.limit)) lines.push(output.dataset.second);
    }
    output.hidden = lines.length === 0;
    output.replaceChildren(...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
  };
  input.addEventListener("input", show);
  show();
}
