const TINTS = ["#0f766e", "#1d4ed8", "#be185d", "#b45309", "#0369a1", "#4d7c0f", "#9333ea", "#57534e"];
const STATES = {
  o: { sign: "", word: "Open" },
  s: { sign: "✓", word: "Your choice" },
  g: { sign: "…", word: "On going (being bought)" },
  b: { sign: "×", word: "Booked" },
  m: { sign: "★", word: "Yours" },
  q: { sign: "Q", word: "You are in the queue" },
};
const ROWS_AT_ONCE = 25;
const CHECK_MS = 4000, LOOK_MS_WITHOUT_STREAM = 20000, SAID_OLD_AFTER_MS = 6000;
const OLD = "This map may be out of date: its connection is lost. It is being restored.";

class SeatMap {
  constructor(root) {
    this.root = root;
    this.sections = root.querySelector(".sections");
    this.about = root.querySelector(".about");
    this.age = root.querySelector(".age");
    this.selected = new Set();
    this.buttons = [];
    this.grid = [];
    this.current = 0;
    this.choice = new ChoiceBar(root, this);
    this.zoom = new MapZoom(root);
    this.stream = new MapStream(
      { map: (seen) => this.hearMap(seen), changes: (seen) => this.hearChanges(seen), sale: (seen) => { this.sale = seen.status; } },
      { changed: () => this.showAge(), visible: () => { if (this.data.owner) this.look(); } },
    );
    this.listen();
    this.drawLegend();
  }

  listen() {
    const seatOf = (event) => event.target.closest?.("[data-i]");
    this.sections.addEventListener("click", (event) => { const b = seatOf(event); if (b) this.choose(Number(b.dataset.i)); });
    this.sections.addEventListener("keydown", (event) => this.move(event));
    this.sections.addEventListener("mouseover", (event) => { const b = seatOf(event); if (b) this.about.textContent = this.describe(Number(b.dataset.i)); });
    this.sections.addEventListener("focusin", (event) => { const b = seatOf(event); if (b) this.focusOn(Number(b.dataset.i)); });
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.send = setStateValue;
    this.ask = setTriggerValue;
    this.data = data;
    this.most = data.most;
    this.mine = new Set(data.mine);
    this.queued = new Set(data.queued);
    this.kept = new KeptChoice(data.event, data.owner);
    if (data.version !== this.version) this.build(data);
    // What the stream has brought is newer than what the page's script has read.
    this.states = this.isStreamed ? this.inDrawingOrder(this.streamed.states) : [...data.states];
    if (data.revision !== this.revision) this.takeOver(data);
    this.paint();
    this.choice.update(data);
    this.stream.follow(data.changes);
    this.checks ??= setInterval(() => this.check(), CHECK_MS);
  }

  // While a request is under way, its seats stay chosen although they are no longer open.
  get holds() { return this.data.waiting || this.choice.busy; }

  get isStreamed() { return this.stream.isLive && this.streamed?.layout === this.version; }

  hearMap({ layout, states }) {
    this.streamed = { layout, states: [...states] };
    this.stream.live();
    if (!this.isStreamed) return;
    this.states = this.inDrawingOrder(this.streamed.states);
    this.paint();
    this.choice.draw();
  }

  hearChanges(changes) {
    const changed = Object.entries(changes).flatMap(([state, seats]) => seats.map((at) => [state, at]));
    for (const [state, at] of changed) this.streamed.states[at] = state;
    if (!this.isStreamed) return;
    const drawn = changed.map(([state, at]) => {
      const i = this.drawnAt[at];
      this.states[i] = state;
      return i;
    });
    this.dropLost();
    drawn.forEach((i) => this.paintSeat(i));
    this.choice.draw();
    // Only the page's script knows what has become of the viewer's own booking or queue.
    if (drawn.some((i) => this.mine.has(i) || this.queued.has(i))) this.look();
  }

  inDrawingOrder(states) {
    const drawn = [];
    states.forEach((state, at) => { drawn[this.drawnAt[at]] = state; });
    return drawn;
  }

  look() {
    this.lookedAt = performance.now();
    this.ask("look", this.lookedAt);
  }

  // Asks the page's script what the stream does not bring: another layout, another state of the sale, an outcome.
  check() {
    this.showAge();
    if (document.hidden) return;
    const isOther = this.stream.isLive && (this.streamed.layout !== this.version || (this.sale ?? this.data.sale) !== this.data.sale);
    const isOld = !this.stream.isLive && performance.now() - Math.max(this.lookedAt ?? 0, this.stream.lostAt) > LOOK_MS_WITHOUT_STREAM;
    if (isOther || isOld || this.data.waiting) this.look();
  }

  showAge() {
    const isOld = !this.stream.isLive && performance.now() - this.stream.lostAt > SAID_OLD_AFTER_MS;
    const text = isOld && !document.hidden ? OLD : "";
    if (this.age.textContent !== text) this.age.textContent = text;
  }

  // A new map starts with the choice that this tab has kept, unless the server has changed the choice since then.
  takeOver(data) {
    const isNewHere = this.revision === undefined, isNewThere = data.revision === 0 && !data.selected.length;
    const kept = isNewHere ? this.kept.read() : null;
    const isKept = kept && (isNewThere || kept.revision === data.revision);
    const places = isKept ? kept.places : data.selected.map((i) => this.facts[i].place);
    const look = (place) => this.stateOf(this.indexes.get(place));
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
    // The index in drawing order of each seat in the order of the service's map.
    this.drawnAt = [];
    this.indexes = new Map();
    const all = document.createDocumentFragment();
    data.sections.forEach((section, index) => all.append(this.buildSection(section, TINTS[index % TINTS.length])));
    this.sections.replaceChildren(all);
    this.current = 0;
    this.buttons[0]?.setAttribute("tabindex", "0");
    this.zoom.show(Math.max(1, ...this.grid.map((row) => row.length)));
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
    for (let first = 0; first < section.rows.length; first += ROWS_AT_ONCE) {
      box.append(this.buildRows(section, section.rows.slice(first, first + ROWS_AT_ONCE)));
    }
    return box;
  }

  // Rows that the browser lays out and paints together, only while they are in sight.
  buildRows(section, rows) {
    const box = element("div", "rows");
    box.setAttribute("role", "presentation");
    box.style.setProperty("--count", rows.length);
    box.append(...rows.map((row) => this.buildRow(section, row)));
    return box;
  }

  buildRow(section, row) {
    const line = element("div", "row");
    line.setAttribute("role", "row");
    line.append(element("span", "label", row.row));
    const indexes = [];
    for (const [position, number] of row.numbers.entries()) {
      const i = this.buttons.length;
      this.drawnAt[row.source + position] = i;
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

  paint() {
    this.dropLost();
    for (let i = 0; i < this.buttons.length; i++) this.paintSeat(i);
  }

  dropLost() {
    const lost = this.holds ? [] : [...this.selected].filter((i) => this.states[i] !== "o");
    if (!lost.length) return;
    lost.forEach((i) => this.selected.delete(i));
    this.sayLost(lost.map((i) => this.facts[i].place));
    this.keep();
  }

  // How a seat looks to this viewer, unless they have chosen it; an open seat looks the same to all.
  stateOf(i) {
    const state = this.states[i];
    if (state === "o" || state === undefined) return state;
    return this.mine.has(i) ? "m" : this.queued.has(i) ? "q" : state;
  }

  lookOf(i) { return this.selected.has(i) ? "s" : this.stateOf(i); }

  sayLost(places) {
    if (!places.length) return;
    const what = places.length === 1 ? "A seat that you had chosen is" : "Seats that you had chosen are";
    this.choice.say(`${what} no longer open: ${places.join("; ")}.`);
  }

  paintSeat(i) {
    const look = this.lookOf(i);
    const button = this.buttons[i];
    if (button.dataset.look === look) return;
    button.dataset.look = look;
    button.className = "seat " + (look === "s" ? "o selected" : look);
    button.textContent = STATES[look].sign || this.facts[i].number;
    button.setAttribute("aria-label", this.describe(i));
    button.setAttribute("aria-selected", look === "s" ? "true" : "false");
  }

  describe(i) {
    const look = this.lookOf(i);
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
    this.change([i]);
    this.about.textContent = this.describe(i);
  }

  clear() {
    const cleared = [...this.selected];
    this.selected.clear();
    this.change(cleared);
    this.buttons[this.current].focus();
  }

  change(seats) {
    this.choice.say("");
    seats.forEach((i) => this.paintSeat(i));
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

  close() {
    this.choice.stop();
    this.stream.close();
    clearInterval(this.checks);
    this.checks = undefined;
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
