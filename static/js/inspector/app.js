// The handheld's page: where one is, what one does, and what waits to be sent.

import { newId, open } from "./store.js";
import { cookie, Sync } from "./sync.js";
import { shrink } from "./photos.js";
import { drawQueue, drawResult, drawStrips, drawTasks, words } from "./views.js";

const page = document.getElementById("inspector");
const one = (selector, within = page) => within.querySelector(selector);
const store = await open(page.dataset.user);
let state = (await store.kept("state")) ?? { shift: null, tasks: [], strips: [] };
let at = null;
let order = Date.now();

const sync = new Sync({ store, url: page.dataset.sync, changed: settled });

// Where one is.

function watchPosition() {
  navigator.geolocation?.watchPosition(
    ({ coords }) => {
      at = { longitude: coords.longitude, latitude: coords.latitude, accuracy_m: Math.round(coords.accuracy) };
      drawTasks(one("[data-tasks]"), state.tasks, at);
    },
    () => { at = null; },
    { enableHighAccuracy: true, maximumAge: 15_000 },
  );
}

// What is known of the street: asked for while there is a network, kept for when there is none.

async function refresh() {
  const query = at ? `?longitude=${at.longitude}&latitude=${at.latitude}` : "";
  try {
    const answer = await fetch(page.dataset.state + query, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.ok) {
      state = await answer.json();
      await store.keep("state", state);
    } else if (answer.status === 401) {
      sync.trouble = "signed_out";
    }
  } catch {
    // Offline: what was kept stands.
  }
  draw();
}

// Putting something into the queue is what "done" means to the person; sending comes after.

async function queue(type, item, pictures = []) {
  const record = { client_id: newId(), type, order: (order += 1), pictures, item: { ...item, seen_at: new Date().toISOString() } };
  if (type === "scan" && at) {
    record.item = { ...record.item, ...at };
  }
  await store.put(record);
  await drawWaiting();
  page.dataset.queued = String(Number(page.dataset.queued ?? 0) + 1);
  send();
  return record.client_id;
}

function send() {
  return sync.run().then(drawWaiting);
}

const pending = new Map();

function settled(results) {
  for (const result of results) {
    const show = pending.get(result.client_id);
    if (show) {
      pending.delete(result.client_id);
      show(result);
    }
  }
}

let drawing = 0;

async function drawWaiting() {
  const turn = (drawing += 1);
  const records = await store.all();
  if (turn !== drawing) {
    return; // A later reading of the queue is on its way; this one may be older than what is shown.
  }
  const count = drawQueue({ waiting: one("[data-waiting]"), troubled: one("[data-troubled]") }, records, {
    discard: async (record) => { await store.remove(record.client_id); drawWaiting(); },
    again: async (record) => { await store.remove(record.client_id); edit(record); drawWaiting(); },
  });
  const line = navigator.onLine === false || sync.trouble === "offline" ? words.offline
    : sync.trouble === "signed_out" ? words.signed_out : sync.trouble === "server" ? words.server : words.online;
  one("[data-net]").textContent = `${line} · ${words.waiting.replace("{n}", count.fresh)}`;
  one("[data-sign-in]").hidden = sync.trouble !== "signed_out";
  one("[data-wrong]").hidden = count.wrong === 0;
  one("[data-wrong]").textContent = words.wrong.replace("{n}", count.wrong);
  one("[data-nothing]").hidden = records.length > 0;
  page.dataset.waiting = String(count.fresh);
}

// A record that was refused goes back into its form, so that the person mends it instead of typing it anew.
function edit(record) {
  const form = one(record.type === "report" ? "#report-form" : "#check-form");
  for (const [name, value] of Object.entries(record.item)) {
    const field = form.elements.namedItem(name);
    if (field && "value" in field && field.type !== "file" && field.type !== "checkbox") {
      field.value = value;
    }
  }
  location.hash = record.type === "report" ? "#report" : `#check=${encodeURIComponent(record.item.berth ?? "")}`;
}

function draw() {
  const working = state.shift !== null;
  one("[data-off]").hidden = working;
  one("[data-on]").hidden = !working;
  if (working) {
    one("[data-shift-roads]").textContent = state.shift.roads.join("、");
  }
  one("[data-no-tasks]").hidden = !working || state.tasks.length > 0;
  one("[data-no-berths]").hidden = state.strips.length > 0;
  drawTasks(one("[data-tasks]"), state.tasks, at);
  store.all().then((records) => {
    const looked = new Set(records.filter((record) => record.type === "scan").map((record) => record.item.berth));
    drawStrips(one("[data-strips]"), state.strips, looked);
  });
  one("#berth-codes").replaceChildren(...state.strips.flatMap((strip) => strip.berths.map((berth) => {
    const option = document.createElement("option");
    option.value = berth.code;
    return option;
  })));
}

// The views are parts of one page: they open without a network.

function route() {
  const [name, argument = ""] = (location.hash.slice(1) || "tasks").split("=");
  const views = [...page.querySelectorAll("[data-view]")];
  const shown = views.find((view) => view.dataset.view === name) ?? views[0];
  for (const view of views) {
    view.hidden = view !== shown;
  }
  for (const link of document.querySelectorAll(".tabs a")) {
    link.toggleAttribute("aria-current", link.hash === `#${shown.dataset.view}`);
    if (link.hash === `#${shown.dataset.view}`) {
      link.setAttribute("aria-current", "page");
    }
  }
  if (shown.dataset.view === "check" && argument) {
    one("#check-form").elements.berth.value = decodeURIComponent(argument);
    one("[data-check-result]").replaceChildren();
  }
  if (shown.dataset.view === "tasks" || shown.dataset.view === "berths") {
    draw();
  }
}

function files(form) {
  const chosen = [...(form.querySelector("input[type=file]")?.files ?? [])];
  return Promise.all(chosen.map(shrink));
}

function text(form, name) {
  return form.elements.namedItem(name).value.trim();
}

function say(form, message) {
  const box = form.querySelector("[data-wrong-here]");
  box.textContent = message;
  box.hidden = message === "";
}

function given(form, names) {
  return Object.fromEntries(names.map((name) => [name, text(form, name)]).filter(([, value]) => value !== ""));
}

const forms = {
  "shift-form": async (form) => {
    const roads = [...form.querySelectorAll("input:checked")].map((box) => box.value);
    if (roads.length === 0) {
      say(form, words.choose_road);
      return;
    }
    await queue("shift_start", { roads: roads.join(","), ...(at ?? {}) });
    state = { ...state, shift: { roads, started_at: new Date().toISOString() } };
    await store.keep("state", state);
    draw();
    await send();
    await refresh();
  },
  "shift-end": async () => {
    await queue("shift_end", {});
    state = { ...state, shift: null };
    await store.keep("state", state);
    draw();
  },
  "check-form": async (form) => {
    const empty = form.elements.empty.checked;
    if (text(form, "berth") === "" && !at) {
      say(form, words.choose_berth);
      return;
    }
    const item = { ...given(form, ["berth", "plate", "plate_color"]), empty };
    if (empty) {
      delete item.plate;
    }
    const pictures = await files(form);
    const box = one("[data-check-result]");
    box.textContent = words.kept;
    const slip = () => leaveSlip(item);
    const clientId = await queue("scan", item, pictures);
    pending.set(clientId, (result) => drawResult(box, result, { slip: item.plate && item.berth ? slip : null }));
    form.reset();
    form.elements.berth.value = item.berth ?? "";
  },
  "plate-form": async (form) => {
    const box = one("[data-plate-result]");
    const body = new FormData(form);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      });
      const said = await answer.json();
      if (answer.ok) {
        drawResult(box, said, { slip: null });
      } else {
        box.replaceChildren();
        say(form, said.message);
      }
    } catch {
      box.textContent = words.plate_offline;
    }
  },
  "report-form": async (form) => {
    const item = given(form, ["kind", "berth", "road", "plate", "device", "note"]);
    const pictures = await files(form);
    if (item.plate && pictures.length < 2) {
      say(form, words.two_pictures);
      return;
    }
    await queue("report", { ...item, ...(at ? { longitude: at.longitude, latitude: at.latitude } : {}) }, pictures);
    form.reset();
    one("[data-report-result]").textContent = words.kept;
  },
};

async function leaveSlip(item) {
  const clientId = newId();
  const record = { client_id: clientId, type: "slip", order: (order += 1), pictures: [], item: {
    berth: item.berth, plate: item.plate, plate_color: item.plate_color || "unknown", seen_at: new Date().toISOString() } };
  await store.put(record);
  await send();
  const waiting = (await store.all()).some((each) => each.client_id === clientId);
  if (waiting) {
    one("[data-check-result]").append(words.slip_later);
  } else {
    location.assign(page.dataset.slip.replace("CLIENT", clientId));
  }
}

page.addEventListener("submit", async (event) => {
  const work = forms[event.target.id];
  if (work) {
    event.preventDefault();
    event.stopPropagation();
    if (event.target.querySelector("[data-wrong-here]")) {
      say(event.target, "");
    }
    await work(event.target);
  }
});

// A reader at the server may know the plate; the person confirms it all the same.
one("#check-form input[type=file]").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  const field = one("#check-form").elements.plate;
  if (!file || field.value !== "" || navigator.onLine === false) {
    return;
  }
  try {
    const body = new FormData();
    body.append("picture", await shrink(file), "plate.jpg");
    const answer = await fetch(page.dataset.read, {
      method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
    });
    const guess = answer.ok ? await answer.json() : { plate: "" };
    if (guess.plate && field.value === "") {
      field.value = guess.plate;
      one("#check-form").elements.plate_color.value = guess.color;
    }
  } catch {
    // No network: the person reads it.
  }
});

one("[data-sync-now]").addEventListener("click", send);
window.addEventListener("hashchange", route);
window.addEventListener("online", () => { sync.trouble = ""; send().then(refresh); });
window.addEventListener("offline", drawWaiting);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { send().then(refresh); } });
setInterval(send, 20_000);
setInterval(refresh, 60_000);

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(page.dataset.worker, { scope: page.dataset.scope }).catch(() => {});
  // Asked for, so that a full phone does not throw the queue away.
  navigator.storage?.persist?.();
}

route();
draw();
await drawWaiting();
page.dataset.ready = "yes";
watchPosition();
await send();
await refresh();
