// The size of the seats on the map, by its buttons, by a wheel with the control key, and by two fingers.
// A target needs 24 pixels (WCAG 2.2, 2.5.8), so the map scrolls if not all seats fit.
const SMALLEST = 24, LARGEST = 44, FINGER = 28, ROOMY = 34;
const STEP = 1.25, WHEEL_PIXELS = 300;

class MapZoom {
  constructor(root) {
    this.map = root.querySelector(".map");
    this.viewport = root.querySelector(".viewport");
    this.sections = root.querySelector(".sections");
    root.querySelector(".zoom").addEventListener("click", (event) => {
      const step = event.target.dataset.zoom;
      if (step === "fit") this.fit();
      if (step === "in") this.resize(this.size * STEP);
      if (step === "out") this.resize(this.size / STEP);
    });
    // Browsers make the same event of two fingers on a touch pad.
    this.viewport.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.resizeAt(event, this.size * Math.exp(-event.deltaY / WHEEL_PIXELS));
    }, { passive: false });
    this.viewport.addEventListener("touchmove", (event) => this.pinch(event), { passive: false });
    this.viewport.addEventListener("touchend", () => { this.pinched = undefined; });
  }

  // Makes a hall fit whose longest row has so many seats.
  show(longest) {
    this.longest = longest;
    this.sections.style.setProperty("--longest", longest);
    this.fit();
  }

  fit() {
    const smallest = matchMedia("(pointer: coarse), (max-width: 640px)").matches ? FINGER : SMALLEST;
    this.resize(Math.max(smallest, Math.min(ROOMY, (this.viewport.clientWidth - 80) / (this.longest * 1.16))));
    this.viewport.scrollLeft = (this.viewport.scrollWidth - this.viewport.clientWidth) / 2;
  }

  resize(size) {
    this.size = Math.max(SMALLEST, Math.min(LARGEST, size));
    this.map.style.setProperty("--seat", this.size.toFixed(1) + "px");
  }

  // What is under the pointer stays there.
  resizeAt({ clientX, clientY }, size) {
    const under = this.sections.getRootNode().elementFromPoint(clientX, clientY);
    const anchor = under?.closest(".seat, .row, .section") ?? this.sections;
    const before = anchor.getBoundingClientRect();
    this.resize(size);
    const after = anchor.getBoundingClientRect();
    this.viewport.scrollLeft += after.left + ((clientX - before.left) / before.width) * after.width - clientX;
    this.viewport.scrollTop += after.top + ((clientY - before.top) / before.height) * after.height - clientY;
  }

  pinch(event) {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [one, other] = event.touches;
    const distance = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    this.pinched ??= { distance, size: this.size };
    const middle = { clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 };
    this.resizeAt(middle, (this.pinched.size * distance) / this.pinched.distance);
  }
}
