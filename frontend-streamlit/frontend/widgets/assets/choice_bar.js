// The bar with the chosen seats, their price and the button Book. The browser draws it, so that it follows the map at once.
const SEND_AGAIN_MS = 3000, LOOK_MS = 1000;
const ASKING = "Asking the organizer to hold your seats…";

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const written = (amount, { sign, group, point, digits }) => {
  const unit = 10 ** digits;
  const whole = String(Math.floor(amount / unit)).replace(/\B(?=(\d{3})+(?!\d))/g, group);
  return sign + whole + (digits ? point + String(amount % unit).padStart(digits, "0") : "");
};

// Writes Stalls A3, A4, Balcony C1: only the first seat of a section has the section's name.
const named = (seats) =>
  seats.map(({ section, spot }, i) => (section === seats[i - 1]?.section ? spot : `${section} ${spot}`)).join(", ");

// The browser makes the id of the request, so that the same request sent twice makes one booking.
const newName = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

class ChoiceBar {
  constructor(root, map) {
    this.map = map;
    this.box = root.querySelector(".choice");
    this.request = null;
    this.data = null;
    this.part("book").addEventListener("click", () => this.book());
    this.part("clear").addEventListener("click", () => this.map.clear());
  }

  part(name) { return this.box.querySelector("." + name); }

  get busy() { return this.request !== null; }

  update(data) {
    this.data = data;
    if (this.request && data.answered === this.request.id) this.endRequest();
    this.drawMessage(data.message);
    this.draw();
  }

  say(text) {
    const notice = this.part("notice");
    // The text is emptied first, so that screen readers read the same text again.
    notice.textContent = "";
    notice.textContent = text;
    notice.classList.remove("again");
    void notice.offsetWidth;
    if (text) notice.classList.add("again");
  }

  draw() {
    const seats = this.map.chosen(), { money, can_book: canBook, hint, waiting } = this.data;
    const sum = this.part("sum"), book = this.part("book");
    this.box.classList.toggle("empty", !seats.length);
    this.drawAlone(this.data.alone);
    if (!seats.length) return sum.replaceChildren(...this.hintParts(hint));
    const total = written(seats.reduce((all, seat) => all + seat.amount, 0), money);
    const counted = seats.length === 1 ? "1 seat" : `${seats.length} seats`;
    sum.replaceChildren(element("strong", "", `${counted}, ${total}`), ` · ${named(seats)}`);
    if (!canBook) sum.append(` · ${hint}`);
    book.textContent = this.busy ? ASKING : waiting ? "Waiting for the outcome…" : `Book for ${total}`;
    book.classList.toggle("busy", this.busy);
    book.setAttribute("aria-disabled", String(this.busy || waiting || !canBook));
    this.part("clear").hidden = this.busy;
  }

  // The warning is about the choice that the server knows; the viewer may have changed it since then.
  drawAlone(alone) {
    const box = this.part("alone");
    const isAbout = alone && !this.busy && String(alone.about) === String([...this.map.selected].sort((a, b) => a - b));
    const text = isAbout ? JSON.stringify(alone) : "";
    if ((box.dataset.shown ?? "") === text) return;
    box.dataset.shown = text;
    const hadFocus = box.matches(":focus-within");
    box.textContent = isAbout ? alone.text : "";
    if (hadFocus) this.part("book").focus();
    if (!isAbout || !alone.can_move) return;
    const move = element("button", "", "Move my seats");
    move.type = "button";
    move.addEventListener("click", () => this.map.send("move", { id: newName() }));
    box.append(" ", move);
  }

  hintParts(hint) {
    return this.data.can_book ? [element("strong", "", `Choose up to ${this.map.most} seats.`), " " + hint] : [hint];
  }

  drawMessage(message) {
    const box = this.part("message"), text = JSON.stringify(message);
    if (box.dataset.shown === text) return;
    box.dataset.shown = text;
    box.className = "message " + (message?.tone ?? "");
    box.textContent = message?.text ?? "";
    if (!message?.booking && !message?.to_bookings) return;
    const link = element("a", "", message.link);
    link.href = message.booking ? "booking?id=" + encodeURIComponent(message.booking) : "bookings";
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.map.ask("go", message.booking || "bookings");
    });
    box.append(" ", link);
  }

  book() {
    if (this.busy || this.data.waiting || !this.data.can_book || !this.map.chosen().length) return;
    this.request = { id: newName(), version: this.map.version, seats: [...this.map.selected], sends: 0 };
    this.say("");
    this.send();
    this.timer = setInterval(() => this.follow(), LOOK_MS);
    this.draw();
  }

  send() {
    this.request.sends += 1;
    this.request.sentAt = performance.now();
    const { id, version, seats, sends } = this.request;
    this.map.send("request", { id, version, seats, sends });
  }

  follow() {
    // A message that was lost with a broken connection is sent again; the server recognises the request by its id.
    if (this.data.seen === this.request.id) this.map.ask("look", performance.now());
    else if (performance.now() - this.request.sentAt > SEND_AGAIN_MS) this.send();
  }

  endRequest() {
    this.stop();
    // Otherwise the browser would send it again to a restarted dashboard.
    this.map.send("request", null);
  }

  stop() {
    clearInterval(this.timer);
    this.request = null;
  }
}

// The choice survives a reload of the page, but another person who signs in does not get it.
class KeptChoice {
  constructor(event, owner) {
    this.key = "choice:" + event;
    this.owner = owner;
  }

  read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key));
      return Array.isArray(kept?.places) && ["", this.owner].includes(kept.owner) ? kept : null;
    } catch {
      return null;
    }
  }

  write(choice) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ ...choice, owner: this.owner }));
    } catch { /* Without storage, a reload loses the choice. */ }
  }
}
