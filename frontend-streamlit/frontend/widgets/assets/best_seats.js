// Asks for the best seats together. The server puts them into the choice of the seat map.
const SEND_AGAIN_MS = 3000;

const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
const newName = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

class BestSeats {
  constructor(form) {
    this.form = form;
    this.request = null;
    this.drawn = "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  part(name) { return this.form.querySelector(name); }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    if (this.request && data.answered === this.request.id) this.end();
    this.drawOptions(data);
    this.draw(data.text);
  }

  drawOptions({ most, prices }) {
    const text = JSON.stringify([most, prices]);
    if (this.drawn === text) return;
    this.drawn = text;
    const number = this.part(".number"), price = this.part(".price");
    const chosen = number.value || "2", wanted = price.value;
    number.replaceChildren(...Array.from({ length: most }, (_, i) => option(String(i + 1), String(i + 1))));
    number.value = chosen;
    price.replaceChildren(option("", "any"), ...prices.slice(0, -1).map(({ amount, text }) => option(String(amount), "up to " + text)));
    price.value = wanted;
    if (price.selectedIndex < 0) price.value = "";
    this.part(".priced").hidden = prices.length < 2;
  }

  draw(text) {
    const said = this.part(".said"), button = this.part("button"), busy = this.request !== null;
    button.textContent = busy ? "Choosing…" : "Choose";
    button.setAttribute("aria-disabled", String(busy));
    if (!busy && said.textContent !== text) said.textContent = text;
  }

  ask() {
    if (this.request) return;
    const price = this.part(".price").value;
    this.request = { id: newName(), number: Number(this.part(".number").value), max_price: price === "" ? null : Number(price), sends: 0 };
    this.transmit();
    // A message that was lost with a broken connection is sent again; the server recognises the request by its id.
    this.timer = setInterval(() => this.transmit(), SEND_AGAIN_MS);
    this.part(".said").textContent = "";
    this.draw("");
  }

  transmit() {
    this.request.sends += 1;
    this.send("asked", { ...this.request });
  }

  end() {
    this.stop();
    // Otherwise the browser would send it again to a restarted dashboard.
    this.send("asked", null);
  }

  stop() {
    clearInterval(this.timer);
    this.request = null;
  }
}

const controls = new WeakMap();

export default function (component) {
  const form = component.parentElement.querySelector(".best");
  if (!controls.has(form)) controls.set(form, new BestSeats(form));
  const control = controls.get(form);
  control.update(component);
  return () => control.stop();
}
