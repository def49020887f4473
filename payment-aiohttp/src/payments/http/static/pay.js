// Makes the payment page interactive: it counts down, pays without leaving the page, and shows the outcome when it is known.
"use strict";

const invoice = document.getElementById("invoice");
const form = document.getElementById("pay");
const countdown = document.getElementById("countdown");

// The countdown follows the server's clock, not the clock of this machine.
const clockOffset = Number(invoice.dataset.now) * 1000 - Date.now();
const expiresAt = Number(invoice.dataset.expiresAt) * 1000;

const POLL_MS = 1000;
const SOON_SECONDS = 60;

function secondsLeft() {
  return Math.max(0, Math.ceil((expiresAt - (Date.now() + clockOffset)) / 1000));
}

function showCountdown() {
  const left = secondsLeft();
  const hours = Math.floor(left / 3600);
  const clock = [Math.floor((left % 3600) / 60), left % 60].map((part) => String(part).padStart(2, "0")).join(":");
  document.getElementById("deadline").textContent = "Pay within";
  countdown.textContent = hours ? `${hours}:${clock}` : clock;
  countdown.parentElement.classList.toggle("soon", left < SOON_SECONDS);
  if (left === 0) {
    location.reload();
  } else {
    setTimeout(showCountdown, 250);
  }
}

// Reloads the page when the state has changed; the server renders the new state.
async function watch() {
  try {
    const answer = await fetch(invoice.dataset.statusPath, { headers: { Accept: "application/json" }, cache: "no-store" });
    const { status, expired } = await answer.json();
    const state = expired && status === "PENDING" ? "EXPIRED" : status;
    if (answer.ok && state !== invoice.dataset.state) {
      location.reload();
      return;
    }
  } catch {
    // The connection is lost for a moment; the next poll tries again.
  }
  setTimeout(watch, POLL_MS);
}

async function pay(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" } });
    if (answer.ok || answer.status === 409) {
      location.reload();
      return;
    }
    throw new Error(String(answer.status));
  } catch {
    showError("The payment could not be started. Nothing was charged; please try again.");
    button.disabled = false;
  }
}

function showError(text) {
  let line = form.querySelector(".error");
  if (!line) {
    line = document.createElement("p");
    line.className = "error";
    line.setAttribute("role", "alert");
    form.append(line);
  }
  line.textContent = text;
}

if (countdown) {
  showCountdown();
}
if (form) {
  form.addEventListener("submit", pay);
}
if (["PENDING", "PROCESSING"].includes(invoice.dataset.state)) {
  setTimeout(watch, POLL_MS);
}
