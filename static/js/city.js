// The live page: roads as lines, coloured and patterned by how full they are, and the figures beside them. News comes
// as server-sent events; where they can't be heard the page asks every ten seconds. No tiles are asked for.

const data = JSON.parse(document.getElementById("city-data").textContent);
const script = document.getElementById("city-script").dataset;
const english = document.documentElement.lang.startsWith("en");
const age = document.querySelector("[data-age]");
const clock = document.querySelector("[data-at]");
const panel = document.getElementById("road-panel");
const lines = new Map();
const city = data.snapshot;

const QUIET_MS = 15000; // three of the stream's heartbeats of figures
const POLL_MS = 10000;

// ---- the map

const map = L.map("map", { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
const shapes = L.geoJSON(data.shapes, {
  style: { className: "road-line", color: null, weight: 6 },
  onEachFeature(feature, layer) {
    lines.set(feature.properties.code, layer);
    layer.bindTooltip("", { className: "road-name", sticky: true });
    layer.on("click", () => openRoad(feature.properties.code));
  },
}).addTo(map);

function paintRoad(code, layer) {
  const now = city.roads[code];
  const path = layer.getElement?.();
  if (!now || !path) {
    return;
  }
  // Presentation attributes of Leaflet would win over nothing: the class carries colour, width and dash.
  for (const name of ["stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"]) {
    path.removeAttribute(name);
  }
  const closed = now.notice === "closed";
  const word = data.words[closed ? "closed" : now.level];
  const said = english
    ? `${data.names[code]}: ${now.occupied} / ${now.berths}, ${word}`
    : `${data.names[code]}：${now.occupied} / ${now.berths}，${word}`;
  path.setAttribute("class", `leaflet-interactive road-line level-${now.level} dash-${closed ? "closed" : now.level}`);
  path.setAttribute("tabindex", "0");
  path.setAttribute("role", "button");
  path.setAttribute("aria-label", said);
  layer.setTooltipContent(said);
}

function paint() {
  lines.forEach((layer, code) => paintRoad(code, layer));
}

function fit() {
  map.invalidateSize();
  const bounds = shapes.getBounds();
  if (bounds.isValid()) {
    map.fitBounds(bounds, { padding: [16, 16] });
  } else {
    map.setView([29.85, 114.32], 13);
  }
}

fit();
paint();
map.on("zoomend moveend", paint);
window.addEventListener("resize", fit);

document.getElementById("map").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") {
    for (const [code, layer] of lines) {
      if (layer.getElement() === event.target) {
        event.preventDefault();
        openRoad(code);
      }
    }
  }
});

// ---- a road's strip of berths

let opened = "";
let back = null;

async function openRoad(code, { quietly = false } = {}) {
  if (!quietly) {
    back = document.activeElement;
  }
  opened = code;
  const answer = await fetch(script.roadUrl.replace("CODE", encodeURIComponent(code)));
  if (!answer.ok || answer.status === 204 || opened !== code) {
    return;
  }
  panel.innerHTML = await answer.text();
  panel.hidden = false;
  if (!quietly) {
    panel.querySelector("h2")?.focus();
  }
}

function closeRoad() {
  opened = "";
  panel.hidden = true;
  back?.focus?.();
}

panel.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-road]")) {
    closeRoad();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened) {
    closeRoad();
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-road]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openRoad(link.dataset.road);
    panel.scrollIntoView({ block: "nearest" });
  }
});

// ---- news

let heard = Date.now();
let polling = false;

function say(state) {
  age.dataset.state = state;
  age.textContent = age.dataset[state] ?? "";
}

function state() {
  if (Date.now() - heard > QUIET_MS + (polling ? POLL_MS : 0)) {
    return "lost";
  }
  if (!city.fresh) {
    return "late";
  }
  return polling ? "polling" : "live";
}

function apply(news) {
  heard = Date.now();
  if (news.roads) {
    const touched = Object.keys(news.roads);
    Object.assign(city.roads, news.roads);
    for (const code of news.gone ?? []) {
      delete city.roads[code];
    }
    for (const code of touched) {
      if (lines.has(code)) {
        paintRoad(code, lines.get(code));
      }
    }
    if (opened && touched.includes(opened)) {
      openRoad(opened, { quietly: true });
    }
    // The two numbers that follow each car are reckoned here: the others come every few seconds.
    const all = Object.values(city.roads);
    show("occupied", all.reduce((sum, road) => sum + road.occupied, 0).toLocaleString("en"));
    show("free", all.reduce((sum, road) => sum + road.free, 0).toLocaleString("en"));
  }
  for (const [name, words] of Object.entries(news.figures ?? {})) {
    if (!["occupied", "free"].includes(name)) {
      show(name, words[english ? "en" : "zh-hans"]);
    }
  }
  if ("fresh" in news) {
    city.fresh = news.fresh;
  }
  if (news.at) {
    clock.dateTime = news.at;
    clock.textContent = news.at.slice(11, 19);
  }
  say(state());
}

function show(name, words) {
  const place = document.querySelector(`[data-figure="${name}"]`);
  if (place && place.textContent !== words) {
    place.textContent = words;
  }
}

async function poll() {
  try {
    const answer = await fetch(script.pollUrl, { headers: { Accept: "application/json" } });
    if (answer.status === 401) {
      window.location = `${script.signIn}?next=${encodeURIComponent(window.location.pathname)}`;
      return;
    }
    if (answer.ok) {
      apply(await answer.json());
    }
  } catch {
    // The next turn tries again; meanwhile the page says that its data is old.
  }
}

function listen() {
  if (!data.stream || !("EventSource" in window)) {
    polling = true;
    return;
  }
  const source = new EventSource(data.stream);
  for (const name of ["snapshot", "roads", "figures"]) {
    source.addEventListener(name, (event) => {
      polling = false;
      apply(JSON.parse(event.data));
    });
  }
  source.addEventListener("error", () => {
    polling = true;
    if (source.readyState === EventSource.CLOSED) {
      // Refused for good (an old pass): the polling leads on.
      source.close();
    }
  });
}

listen();
setInterval(() => {
  if (polling) {
    poll();
  }
}, POLL_MS);
setInterval(() => say(state()), 1000);
