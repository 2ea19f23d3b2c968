// The map of the live page: roads as lines, coloured and patterned by how full they are. No tiles are asked for.
// htmx replaces the figures; the lines take their levels from what came with them.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const offline = document.querySelector("[data-offline]");
const roadUrl = document.getElementById("city-script").dataset.roadUrl;
const lines = new Map();

const map = L.map("map", { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false });

const shapes = L.geoJSON(read("shapes"), {
  style: { className: "road-line", color: null, weight: 6 },
  onEachFeature(feature, layer) {
    lines.set(feature.properties.code, layer);
    layer.bindTooltip("", { className: "road-name", sticky: true });
    layer.on("click", () => { window.location = roadUrl.replace("CODE", feature.properties.code); });
  },
}).addTo(map);

function paint() {
  const levels = read("levels");
  for (const [code, layer] of lines) {
    const now = levels[code];
    const path = layer.getElement?.();
    if (!now || !path) {
      continue;
    }
    // Presentation attributes of Leaflet would win over nothing: the class carries colour, width and dash.
    for (const name of ["stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"]) {
      path.removeAttribute(name);
    }
    path.setAttribute("class", `leaflet-interactive road-line level-${now.level} dash-${now.level}`);
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "link");
    path.setAttribute("aria-label", now.words);
    layer.setTooltipContent(now.words);
  }
}

function fit() {
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

document.getElementById("map").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.getAttribute("role") === "link") {
    for (const [code, layer] of lines) {
      if (layer.getElement() === event.target) {
        window.location = roadUrl.replace("CODE", code);
      }
    }
  }
});

document.body.addEventListener("htmx:afterSettle", () => {
  offline.hidden = true;
  paint();
});
for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(trouble, () => { offline.hidden = false; });
}
