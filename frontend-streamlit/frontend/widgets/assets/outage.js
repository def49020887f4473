// Asks the dashboard whether a service has stopped answering, even while the page's own script waits.
const AGAIN_MS = 1000;
const LONGEST_PRESS_MS = 5000;
const LOST = "This page has lost its connection to the dashboard. It goes on by itself when the connection is back.";

// The banner moves the page. A button that moves away while it is pressed is not clicked.
let isPressed = false;
for (const [name, pressed] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
  addEventListener(name, () => { isPressed = pressed; }, { capture: true });
}

async function untilReleased() {
  const end = Date.now() + LONGEST_PRESS_MS;
  // The click comes just after the release, before the next timer.
  while (isPressed && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
}

class Outage {
  constructor(root, path) {
    this.box = root.querySelector(".outage");
    this.path = path;
    this.version = "";
    this.listen();
  }

  async listen() {
    while (!this.ended) {
      if (document.hidden) await this.pause();
      else await this.hear();
    }
  }

  pause() { return new Promise((done) => setTimeout(done, AGAIN_MS)); }

  async hear() {
    try {
      this.listening = new AbortController();
      const answer = await fetch(`${this.path}?known=${this.version}`, { signal: this.listening.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { version, words } = await answer.json();
      this.version = version;
      await this.show(words);
    } catch {
      if (this.ended) return;
      await this.show(LOST);
      await this.pause();
    }
  }

  async show(words) {
    await untilReleased();
    if (this.ended) return;
    const isOver = !words && !this.box.hidden;
    this.box.textContent = words;
    this.box.hidden = !words;
    // The page makes room, so that the banner covers nothing.
    document.documentElement.classList.toggle("outage", Boolean(words));
    if (isOver) this.trigger("over", this.version);
  }

  end() {
    this.ended = true;
    this.listening?.abort();
  }
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".outage");
  if (!shown.has(box)) shown.set(box, new Outage(parentElement, data.path));
  const outage = shown.get(box);
  outage.trigger = setTriggerValue;
  return () => outage.end();
}
