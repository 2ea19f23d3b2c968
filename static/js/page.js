// What every page may use: running timers, confirm sheets, toasts that go, the first error in focus.

function spell(seconds, { hour, minute, second }) {
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = Math.floor(seconds % 60);
  return h > 0 ? `${h} ${hour} ${m} ${minute}` : `${m} ${minute} ${String(s).padStart(2, "0")} ${second}`;
}

// A screen reader hears the time at most once a minute; the eye sees each second.
const said = new WeakMap();

function tick() {
  for (const timer of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(timer.dataset.since)) / 1000);
    timer.textContent = spell(seconds, timer.dataset);
    const voice = timer.parentElement.querySelector("[data-timer-said]");
    const minute = Math.floor(seconds / 60);
    if (voice && said.has(timer) && said.get(timer) !== minute) {
      voice.textContent = timer.textContent;
    }
    said.set(timer, minute);
  }
}

tick();
setInterval(tick, 1000);

document.addEventListener("submit", (event) => {
  const form = event.target;
  const sheet = form.dataset.confirm && document.getElementById(form.dataset.confirm);
  if (sheet && typeof sheet.showModal === "function" && !form.dataset.agreed) {
    event.preventDefault();
    sheet.showModal();
    sheet.querySelector("[data-no]").onclick = () => sheet.close();
    sheet.querySelector("[data-yes]").onclick = () => {
      sheet.close();
      form.dataset.agreed = "yes";
      form.requestSubmit();
    };
    return;
  }
  // A second tap on a slow network must not send the form twice; the page that comes back has fresh buttons.
  if (form.method === "post") {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000);
  }
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    for (const form of document.forms) {
      delete form.dataset.sent;
      delete form.dataset.agreed;
    }
  }
});

document.querySelector("[data-focus-first]")?.focus();

for (const toast of document.querySelectorAll(".toast")) {
  setTimeout(() => toast.remove(), 6000);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
