const timers = new WeakMap();

const two = (number) => String(number).padStart(2, "0");

const written = (seconds) => {
  const hours = Math.floor(seconds / 3600), minutes = Math.floor((seconds % 3600) / 60);
  return (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(seconds % 60);
};

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".countdown");
  const value = box.querySelector(".value");
  const fill = box.querySelector(".fill");
  box.querySelector(".words").textContent = data.label;
  // The server sends the remaining time, because the viewer's clock may be wrong.
  const started = performance.now();
  clearInterval(timers.get(box));
  const tick = () => {
    const left = Math.max(0, Math.ceil(data.seconds_left - (performance.now() - started) / 1000));
    value.textContent = written(left);
    fill.style.width = Math.min(100, (100 * left) / data.seconds_whole) + "%";
    box.classList.toggle("soon", left <= 60);
    if (left > 0) return;
    clearInterval(timers.get(box));
    if (data.seconds_left > 0) setTriggerValue("ended", true);
  };
  timers.set(box, setInterval(tick, 500));
  tick();
  return () => clearInterval(timers.get(box));
}
