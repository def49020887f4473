const TINTS = ["#0f766e", "#1d4ed8", "#be185d", "#b45309", "#0369a1", "#4d7c0f", "#9333ea", "#57534e"];
const STATES = {
  o: { sign: "", word: "Open" },
  s: { sign: "✓", word: "Your choice" },
  g: { sign: "…", word: "On going (being bought)" },
  b: { sign: "×", word: "Booked" },
  m: { sign: "★", word: "Yours" },
  q: { sign: "Q", word: "You are in the queue" },
};
// A target needs 24 pixels (WCAG 2.2, 2.5.8), so the map scrolls if not all seats fit.
const SMALLEST = 24, LARGEST = 44, FINGER = 28, ROOMY = 34;

class SeatMap {
  constructor(root) {
    this.root = root;
    this.map = root.querySelector(".map");
    this.sections = root.querySelector(".sections");
    this.about = root.querySelector(".about");
    this.viewport = root.querySelector(".viewport");
    this.selected = new Set();
    this.buttons = [];
    this.grid = [];
    this.current = 0;
    this.choice = new ChoiceBar(root, this);
    this.listen();
    this.drawLegend();
  }

  listen() {
    const seatOf = (event) => event.target.closest?.("[data-i]");
    this.sections.addEventListener("click", (event) => { const b = seatOf(event); if (b) this.choose(Number(b.dataset.i)); });
    this.sections.addEventListener("keydown", (event) => this.move(event));
    this.sections.addEventListener("mouseover", (event) => { const b = seatOf(event); if (b) this.about.textContent = this.describe(Number(b.dataset.i)); });
    this.sections.addEventListener("focusin", (event) => { const b = seatOf(event); if (b) this.focusOn(Number(b.dataset.i)); });
    this.root.querySelector(".zoom").addEventListener("click", (event) => {
      const step = event.target.dataset.zoom;
      if (step === "fit") this.fit();
      if (step === "in") this.resize(this.size * 1.25);
      if (step === "out") this.resize(this.size / 1.25);
    });
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.send = setStateValue;
    this.ask = setTriggerValue;
    this.most = data.most;
    this.kept = new KeptChoice(data.event, data.owner);
    // While a request is under way, its seats stay chosen although they are no longer open.
    this.holds = data.waiting || this.choice.busy;
    if (data.version !== this.version) this.build(data);
    if (data.revision !== this.revision) this.takeOver(data);
    this.paint(data.states);
    this.choice.update(data);
  }

  // A new map starts with the choice that this tab has kept, unless the server has changed the choice since then.
  takeOver(data) {
    const isNewHere = this.revision === undefined, isNewThere = data.revision === 0 && !data.selected.length;
    const kept = isNewHere ? this.kept.read() : null;
    const isKept = kept && (isNewThere || kept.revision === data.revision);
    const places = isKept ? kept.places : data.selected.map((i) => this.facts[i].place);
    const look = (place) => data.states[this.indexes.get(place)];
    const stays = (place) => look(place) === "o" || (this.holds && this.indexes.has(place));
    this.revision = data.revision;
    this.selected = new Set(places.filter(stays).map((place) => this.indexes.get(place)));
    // A seat that has become the viewer's own was booked, not lost.
    this.sayLost(places.filter((place) => !stays(place) && look(place) !== "m"));
    if (String([...this.selected].sort()) === String([...data.selected].sort())) this.keep();
    else this.sendSelection();
  }

  build(data) {
    this.version = data.version;
    this.revision = undefined;
    this.selected.clear();
    this.buttons = [];
    this.grid = [];
    this.rowOf = [];
    this.facts = [];
    this.indexes = new Map();
    const all = document.createDocumentFragment();
    data.sections.forEach((section, index) => all.append(this.buildSection(section, TINTS[index % TINTS.length])));
    this.sections.replaceChildren(all);
    this.states = "";
    this.current = 0;
    this.buttons[0]?.setAttribute("tabindex", "0");
    this.fit();
  }

  buildSection(section, tint) {
    const box = element("div", "section");
    box.setAttribute("role", "rowgroup");
    box.style.setProperty("--tint", tint);
    box.setAttribute("aria-label", `${section.name}, ${section.price}`);
    // A grid may hold rows and groups of rows, but no headings.
    const title = element("div", "title");
    title.append(element("span", "tint"), document.createTextNode(section.name + " "), element("small", "", "· " + section.price));
    box.append(title);
    for (const row of section.rows) box.append(this.buildRow(section, row));
    return box;
  }

  buildRow(section, row) {
    const line = element("div", "row");
    line.setAttribute("role", "row");
    line.append(element("span", "label", row.row));
    const indexes = [];
    for (const [position, number] of row.numbers.entries()) {
      const i = this.buttons.length;
      const button = element("button", "seat o", number);
      button.type = "button";
      button.dataset.i = i;
      button.tabIndex = -1;
      button.setAttribute("role", "gridcell");
      const place = `${section.name}${row.row ? ", row " + row.row : ""}, seat ${number}`;
      this.buttons.push(button);
      this.indexes.set(place, i);
      this.facts.push({
        number,
        place,
        price: row.prices?.[position] ?? section.price,
        amount: row.amounts?.[position] ?? section.amount,
        section: section.name,
        spot: row.prefix + number,
      });
      this.rowOf.push(this.grid.length);
      indexes.push(i);
      line.append(button);
    }
    this.grid.push(indexes);
    line.append(element("span", "label", row.row));
    return line;
  }

  paint(states) {
    this.states = states;
    const lost = this.holds ? [] : [...this.selected].filter((i) => states[i] !== "o");
    lost.forEach((i) => this.selected.delete(i));
    this.sayLost(lost.map((i) => this.facts[i].place));
    if (lost.length) this.keep();
    for (let i = 0; i < this.buttons.length; i++) this.paintSeat(i);
  }

  sayLost(places) {
    if (!places.length) return;
    const what = places.length === 1 ? "A seat that you had chosen is" : "Seats that you had chosen are";
    this.choice.say(`${what} no longer open: ${places.join("; ")}.`);
  }

  paintSeat(i) {
    const look = this.selected.has(i) ? "s" : this.states[i];
    const button = this.buttons[i];
    if (button.dataset.look === look) return;
    button.dataset.look = look;
    button.className = "seat " + (look === "s" ? "o selected" : look);
    button.textContent = STATES[look].sign || this.facts[i].number;
    button.setAttribute("aria-label", this.describe(i));
    button.setAttribute("aria-selected", look === "s" ? "true" : "false");
  }

  describe(i) {
    const look = this.selected.has(i) ? "s" : this.states[i];
    const hint = look === "g" || look === "b" ? " – select to queue for it" : "";
    return `${this.facts[i].place} – ${this.facts[i].price} – ${STATES[look].word.toLowerCase()}${hint}`;
  }

  choose(i) {
    this.focusOn(i);
    if (this.choice.busy) return this.choice.say("Your seats are being booked. Please wait for the answer.");
    if (!this.choice.data.can_choose && this.states[i] === "o") return this.choice.say(this.choice.data.hint);
    if (this.states[i] !== "o") return this.send("wanted", { id: newName(), version: this.version, seat: i });
    if (!this.selected.has(i) && this.selected.size >= this.most) {
      return this.choice.say(`At most ${this.most} seats in one booking. Take one off first.`);
    }
    if (!this.selected.delete(i)) this.selected.add(i);
    this.change();
    this.about.textContent = this.describe(i);
  }

  clear() {
    this.selected.clear();
    this.change();
    this.buttons[this.current].focus();
  }

  change() {
    this.choice.say("");
    this.buttons.forEach((_, i) => this.paintSeat(i));
    this.choice.draw();
    this.sendSelection();
  }

  sendSelection() {
    this.keep();
    this.send("selection", { version: this.version, revision: this.revision, seats: [...this.selected] });
  }

  // Kept by their places: staff may add and remove seats meanwhile, which changes the numbers of all others.
  keep() { this.kept.write({ revision: this.revision, places: [...this.selected].map((i) => this.facts[i].place) }); }

  chosen() { return [...this.selected].sort((a, b) => a - b).map((i) => this.facts[i]); }

  focusOn(i) {
    this.buttons[this.current]?.setAttribute("tabindex", "-1");
    this.current = i;
    this.buttons[i].setAttribute("tabindex", "0");
    this.about.textContent = this.describe(i);
  }

  move(event) {
    const row = this.grid[this.rowOf[this.current]];
    const place = row.indexOf(this.current);
    const steps = {
      ArrowLeft: () => row[Math.max(0, place - 1)],
      ArrowRight: () => row[Math.min(row.length - 1, place + 1)],
      ArrowUp: () => this.inRow(this.rowOf[this.current] - 1),
      ArrowDown: () => this.inRow(this.rowOf[this.current] + 1),
      Home: () => row[0],
      End: () => row[row.length - 1],
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    this.buttons[steps[event.key]()].focus();
  }

  inRow(wanted) {
    const row = this.grid[Math.max(0, Math.min(this.grid.length - 1, wanted))];
    const x = this.buttons[this.current].getBoundingClientRect().left;
    const distance = (i) => Math.abs(this.buttons[i].getBoundingClientRect().left - x);
    return row.reduce((best, i) => (distance(i) < distance(best) ? i : best));
  }

  fit() {
    const longest = Math.max(1, ...this.grid.map((row) => row.length));
    const smallest = matchMedia("(pointer: coarse), (max-width: 640px)").matches ? FINGER : SMALLEST;
    this.resize(Math.max(smallest, Math.min(ROOMY, (this.viewport.clientWidth - 80) / (longest * 1.16))));
    this.viewport.scrollLeft = (this.viewport.scrollWidth - this.viewport.clientWidth) / 2;
  }

  resize(size) {
    this.size = Math.max(SMALLEST, Math.min(LARGEST, size));
    this.map.style.setProperty("--seat", this.size.toFixed(1) + "px");
  }

  close() {
    this.choice.stop();
  }

  drawLegend() {
    const legend = this.root.querySelector(".legend");
    for (const [look, { sign, word }] of Object.entries(STATES)) {
      const item = element("li");
      const seat = element("span", "seat " + (look === "s" ? "o selected" : look), sign || "1");
      seat.setAttribute("aria-hidden", "true");
      item.append(seat, document.createTextNode(word));
      legend.append(item);
    }
  }
}

const maps = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  const shown = root.querySelector(".map");
  if (!maps.has(shown)) maps.set(shown, new SeatMap(root));
  const map = maps.get(shown);
  map.update(component);
  return () => map.close();
}
