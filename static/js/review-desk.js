// Keys of the review desk: 1 accept, 2 correct, 3 not billable, 4 second opinion, N a note, Esc out of a field.
const place = document.getElementById("review-item");
const find = (selector) => place.querySelector(selector);
let sent = false;

function open(field) {
  const panel = find("#correct");
  panel.hidden = false;
  find("[data-open]").setAttribute("aria-expanded", "true");
  panel.querySelector(field ?? "[data-plate-input]").focus();
}

place.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.open) open();
  if (button.dataset.plate) {
    find("[data-plate-input]").value = button.dataset.plate;
    find("[data-plate-input]").focus();
  }
  // What can't be accepted as it stands asks for what is missing instead of failing.
  if (button.dataset.needs && !find("[data-plate-input]").value) {
    event.preventDefault();
    event.stopPropagation();
    open();
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !find("[data-review]")) return;
  const typing = event.target.matches("input, textarea, select");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const button = find(`[data-key="${CSS.escape(event.key)}"]`);
  if (button && !sent) {
    event.preventDefault();
    button.click();
  }
  const field = find(`[data-key-focus="${CSS.escape(event.key.toLowerCase())}"]`);
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

// One answer an item: a key held down must not answer the next one unseen.
place.addEventListener("htmx:beforeRequest", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
place.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
});
place.addEventListener("htmx:afterRequest", () => { sent = false; });
place.addEventListener("htmx:afterSwap", () => {
  const wrong = find(".desk-error");
  if (wrong) open();
  else find("#review-head")?.closest("section").scrollIntoView({ block: "nearest" });
});
