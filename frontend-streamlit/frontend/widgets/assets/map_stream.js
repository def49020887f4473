// Listens to the changes of a seat map, which the client service sends (docs/adr/0038). It is lost while the tab is hidden, too.
const AGAIN_SECONDS = [1, 2, 5, 10, 20];
// The service sends something at least every 5 seconds. A cut network sends no error.
const SILENCE_MS = 16000;

class MapStream {
  // `heard` has a function for each kind of event; `changed` is called when the connection is made or lost, and `visible`
  // when the viewer comes back to the tab.
  constructor(heard, { changed, visible }) {
    this.heard = heard;
    this.changed = changed;
    this.isLive = false;
    this.lostAt = performance.now();
    this.failures = 0;
    this.onVisibility = () => {
      // The time in which nobody looked does not count.
      this.lostAt = performance.now();
      this.open();
      if (!document.hidden) visible();
    };
  }

  follow(url) {
    if (url === this.url) return;
    this.url = url;
    document.addEventListener("visibilitychange", this.onVisibility);
    this.open();
  }

  open() {
    this.end();
    if (document.hidden) return;
    this.source = new EventSource(this.url);
    this.source.onerror = () => this.lose();
    this.source.addEventListener("alive", () => this.hear());
    for (const [kind, apply] of Object.entries(this.heard)) {
      this.source.addEventListener(kind, (event) => {
        this.hear();
        apply(JSON.parse(event.data));
      });
    }
    this.hear();
  }

  hear() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), SILENCE_MS);
  }

  live() {
    this.failures = 0;
    this.isLive = true;
    this.changed();
  }

  lose() {
    this.end();
    const seconds = AGAIN_SECONDS[Math.min(this.failures, AGAIN_SECONDS.length - 1)];
    this.failures += 1;
    // At random, so that those who lost it at the same moment do not come back at the same moment.
    this.timer = setTimeout(() => this.open(), 1000 * seconds * (0.5 + Math.random()));
  }

  end() {
    clearTimeout(this.timer);
    this.source?.close();
    if (!this.isLive) return;
    this.isLive = false;
    this.lostAt = performance.now();
    this.changed();
  }

  close() {
    this.url = undefined;
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.end();
  }
}
