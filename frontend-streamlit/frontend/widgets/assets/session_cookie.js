// Exchanges one-time codes for the cookie, and brings a sign-out to the other tabs of this browser.
const sent = new Set();
const tabs = new BroadcastChannel("session");
let isSignedIn = false;

// A tab that starts anew, without the cookie, shows nothing of the person who has signed out.
tabs.onmessage = () => { if (isSignedIn) location.reload(); };

export default function ({ data, setTriggerValue }) {
  isSignedIn = data.is_signed_in;
  if (!data.code || sent.has(data.code)) return;
  sent.add(data.code);
  fetch(data.path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code: data.code }) })
    .then((answer) => { if (answer.ok && data.has_signed_out) tabs.postMessage("signed out"); })
    .finally(() => setTriggerValue("done", data.code));
}
