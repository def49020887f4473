// Hears from the dashboard when a service stops answering, independently of what the page's own script waits for.
const AGAIN_MS = 1000;
const LOST = "This page has lost its connection to the dashboard. It goes on by itself when the connection is back.";

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
      this.hearing = new AbortController();
      const answer = await fetch(`${this.path}?known=${this.version}`, { signal: this.hearing.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { version, words } = await answer.json();
      this.version = version;
      this.show(words);
    } catch {
      if (this.ended) return;
      this.show(LOST);
      await this.pause();
    }
  }

  show(words) {
    if (this.ended) return;
    const isOver = !words && !this.box.hidden;
    this.box.textContent = words;
    this.box.hidden = !words;
    // The page makes room, so that nothing hides behind the banner.
    document.documentElement.classList.toggle("outage", Boolean(words));
    if (isOver) this.tell("over", this.version);
  }

  end() {
    this.ended = true;
    this.hearing?.abort();
  }
}

const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".outage");
  if (!shown.has(box)) shown.set(box, new Outage(parentElement, data.path));
  const outage = shown.get(box);
  outage.tell = setTriggerValue;
  return () => outage.end();
}
