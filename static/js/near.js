// The map beside the list, and the list by distance. The reader's place never leaves the phone.

const data = JSON.parse(document.getElementById("map-data").textContent);
const roadUrl = document.getElementById("near-script").dataset.roadUrl;

function draw() {
  const map = L.map("map", { attributionControl: Boolean(data.tiles), zoomSnap: 0.25, scrollWheelZoom: false });
  if (data.tiles) {
    L.tileLayer(data.tiles, { attribution: data.attribution, maxZoom: 18 }).addTo(map);
  }
  const lines = data.roads.map((road) => {
    const line = L.polyline(road.line, { weight: 6 }).bindTooltip(road.words, { className: "road-name", sticky: true });
    line.on("click", () => { window.location = roadUrl.replace("CODE", encodeURIComponent(road.code)); });
    return [road, line.addTo(map)];
  });
  if (lines.length === 0) {
    map.setView([29.85, 114.32], 13);
    return;
  }
  map.fitBounds(L.featureGroup(lines.map(([, line]) => line)).getBounds(), { padding: [16, 16] });
  const paint = () => {
    for (const [road, line] of lines) {
      const path = line.getElement();
      if (path) {
        for (const name of ["stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"]) {
          path.removeAttribute(name);
        }
        path.setAttribute("class", `leaflet-interactive road-line level-${road.level} dash-${road.level}`);
        path.setAttribute("aria-hidden", "true"); // the list says the same and comes first
      }
    }
  };
  paint();
  map.on("zoomend moveend", paint);
}

if (window.L && document.getElementById("map")) {
  draw();
}

// Metres between two places in WGS-84; flat enough for a town.
function metres(one, other) {
  const east = (one[0] - other[0]) * 111_320 * Math.cos((one[1] * Math.PI) / 180);
  return Math.hypot(east, (one[1] - other[1]) * 110_540);
}

const button = document.querySelector("[data-by-distance]");
const list = document.querySelector("[data-near]");
if (button && list && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const rows = [...list.children].map((row) => {
        const place = row.dataset.place.split(",").map(Number);
        return [place[0] && place[1] ? metres(place, [coords.longitude, coords.latitude]) : Infinity, row];
      });
      rows.sort((a, b) => a[0] - b[0]);
      for (const [away, row] of rows) {
        const said = row.querySelector("[data-distance]");
        if (said && Number.isFinite(away)) {
          said.textContent = away < 950 ? ` · ${Math.round(away / 50) * 50} m` : ` · ${(away / 1000).toFixed(1)} km`;
        }
        list.append(row);
      }
    },
    () => {
      const said = document.querySelector("[data-distance-said]");
      said.textContent = said.dataset.denied;
    },
    { maximumAge: 60_000, timeout: 8_000 },
  ));
}
