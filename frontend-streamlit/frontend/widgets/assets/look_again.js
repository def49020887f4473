// Asks the page's script to look again after a while.
const timers = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  clearTimeout(timers.get(parentElement));
  timers.set(parentElement, setTimeout(() => setTriggerValue("look", performance.now()), 1000 * data.seconds));
  return () => clearTimeout(timers.get(parentElement));
}
