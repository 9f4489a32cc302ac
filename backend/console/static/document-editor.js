// Lines, marks and insertions of a document that is written in a text area. The checking is the server's: it comes back
// as a list of mistakes, each with its line and column, and is painted here.
const INDENT = /^[ \t]*(- )?/;

class DocumentEditor {
  constructor(frame) {
    this.frame = frame;
    this.area = frame.querySelector("textarea");
    this.marks = frame.querySelector(".editor__marks");
    this.gutter = frame.querySelector(".editor__gutter");
    frame.classList.add("editor--live");
    this.area.addEventListener("input", () => this.draw());
    this.area.addEventListener("scroll", () => this.follow());
    this.area.addEventListener("keydown", (event) => this.pressed(event));
    this.area.form.addEventListener("answered", () => this.draw());
    document.addEventListener("click", (event) => this.clicked(event));
    this.draw();
  }

  mistakes() {
    const places = document.querySelectorAll("[data-line]");
    return [...places].map((one) => ({ line: Number(one.dataset.line), column: Number(one.dataset.column) }));
  }

  draw() {
    const lines = this.area.value.split("\n");
    const byLine = new Map(this.mistakes().map(({ line, column }) => [line, column]));
    this.gutter.replaceChildren(
      ...lines.map((_, index) => {
        const number = document.createElement("span");
        number.textContent = index + 1;
        if (byLine.has(index + 1)) number.className = "editor__wrong";
        return number;
      }),
    );
    this.marks.replaceChildren(
      ...lines.map((line, index) => (byLine.has(index + 1) ? marked(line, byLine.get(index + 1)) : plain(line))),
    );
    this.follow();
  }

  follow() {
    this.marks.scrollTop = this.area.scrollTop;
    this.marks.scrollLeft = this.area.scrollLeft;
    this.gutter.scrollTop = this.area.scrollTop;
  }

  pressed(event) {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const before = this.area.value.slice(0, this.area.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const indent = INDENT.exec(line)[0].replace("- ", "  ");
    if (!indent) return;
    event.preventDefault();
    this.write(`\n${indent}`);
  }

  clicked(event) {
    const place = event.target.closest("[data-line] a");
    if (place) {
      event.preventDefault();
      const { line, column } = place.closest("[data-line]").dataset;
      this.goTo(Number(line), Number(column));
    }
    const example = event.target.closest("button[data-insert]");
    if (example) this.insert(document.getElementById(example.dataset.insert).textContent);
  }

  goTo(line, column) {
    const lines = this.area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const caret = Math.min(start + Math.max(column, 1) - 1, this.area.value.length);
    this.area.focus();
    this.area.setSelectionRange(caret, caret);
    this.show(line);
  }

  show(line) {
    const height = Number.parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 5) * height);
    this.frame.scrollIntoView({ block: "nearest" });
  }

  // An example begins with the name of its section: an item goes to the end of that section where there is one, a whole
  // section that is there already is shown instead.
  insert(text) {
    const [header, ...items] = text.replace(/\n$/, "").split("\n");
    const section = header.slice(0, header.indexOf(":") + 1);
    const lines = this.area.value.split("\n");
    const found = lines.findIndex((line) => line.startsWith(section));
    if (found < 0) {
      this.put(this.area.value.trimEnd().length, `${this.area.value.trim() ? "\n" : ""}${[header, ...items].join("\n")}`);
    } else if (items[0]?.startsWith("  ") && header === section) {
      this.put(lines.slice(0, end(lines, found)).join("\n").length, `\n${items.join("\n")}`);
    } else {
      this.goTo(found + 1, 1);
    }
  }

  put(at, text) {
    this.area.focus();
    this.area.setSelectionRange(at, at);
    this.write(text);
    this.show(this.area.value.slice(0, at).split("\n").length + 1);
  }

  // As if typed, so that it can be undone.
  write(text) {
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

// The line after the last one of the section that begins here; comments and empty lines belong to what follows.
function end(lines, start) {
  let after = start + 1;
  for (let index = start + 1; index < lines.length && !/^[^\s#-]/.test(lines[index]); index += 1) {
    if (lines[index].trim() && !lines[index].startsWith("#")) after = index + 1;
  }
  return after;
}

function plain(line) {
  return document.createTextNode(`${line}\n`);
}

// The word at the column is marked; a place after the text marks its end.
function marked(line, column) {
  const row = document.createElement("span");
  row.className = "editor__line";
  const from = Math.min(Math.max(column - 1, 0), line.length);
  const length = /^(\w+|\S|\s|$)/.exec(line.slice(from))[0].length;
  const word = document.createElement("mark");
  word.textContent = line.slice(from, from + length) || " ";
  row.append(line.slice(0, from), word, `${line.slice(from + length)}\n`);
  return row;
}

for (const frame of document.querySelectorAll("[data-editor]")) new DocumentEditor(frame);
