const sent = new Set();

export default function ({ data, setTriggerValue }) {
  if (sent.has(data.code)) return;
  sent.add(data.code);
  fetch(data.path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code: data.code }) })
    .finally(() => setTriggerValue("done", data.code));
}
