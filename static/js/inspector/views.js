// Drawing what the page knows: tasks, strips of berths, the queue. Texts come from the server, in the reader's language.

export const words = JSON.parse(document.getElementById("words").textContent);

function make(name, { text = "", className = "", ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function clock(iso) {
  const at = new Date(iso);
  return at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function metres(one, other) {
  const north = (one.latitude - other.latitude) * 111320;
  const east = (one.longitude - other.longitude) * 111320 * Math.cos((one.latitude * Math.PI) / 180);
  return Math.hypot(north, east);
}

function away(task, at) {
  return at && task.latitude !== null ? metres(at, task) : task.distance_m;
}

export function drawTasks(list, tasks, at) {
  const known = tasks.map((task) => ({ ...task, away: away(task, at) }));
  known.sort((one, other) => (one.away ?? Infinity) - (other.away ?? Infinity));
  list.replaceChildren(...known.map((task) => {
    const far = task.away === null || task.away === undefined ? "" : fill(words.metres, { n: Math.round(task.away) });
    const since = task.since_at ? fill(words.since, { at: clock(task.since_at) }) : "";
    return make("li", {}, make("a", { href: `#check=${encodeURIComponent(task.berth)}` },
      make("span", { className: "title", text: task.berth }),
      make("span", { text: words[task.why] }),
      make("span", { className: "quiet small", text: [far, since].filter(Boolean).join(" · ") })));
  }));
}

export function drawStrips(box, strips, looked) {
  box.replaceChildren(...strips.map((strip) => make("section", { className: "stack" },
    make("h3", { text: strip.name }),
    make("ol", { className: "berths", "aria-label": strip.name }, ...strip.berths.map((berth) => {
      const seen = looked.has(berth.code) ? words.looked : "";
      const label = [berth.code, words[berth.state], seen].filter(Boolean).join(" ");
      return make("li", {}, make("a", {
        href: `#check=${encodeURIComponent(berth.code)}`, className: `berth ${berth.state}${seen ? " looked" : ""}`, "aria-label": label,
      },
      make("b", { text: words.letters[berth.state] || "·", "aria-hidden": "true" }),
      make("span", { text: berth.code.slice(-3), "aria-hidden": "true" })));
    })))));
}

function about(record) {
  return [words.types[record.type], record.item.berth, record.item.plate].filter(Boolean).join(" ");
}

export function drawQueue({ waiting, troubled }, records, { again, discard }) {
  const fresh = records.filter((record) => !record.trouble);
  waiting.replaceChildren(...fresh.slice(0, 100).map((record) => make("li", { className: "row apart" },
    make("span", { text: about(record) }),
    make("span", { className: "quiet small", text: clock(record.item.seen_at) }))));
  const wrong = records.filter((record) => record.trouble);
  troubled.replaceChildren(...wrong.map((record) => {
    const why = record.trouble.message || words.outcomes[record.trouble.outcome] || "";
    const retry = make("button", { className: "button second small", type: "button", text: words.correct });
    retry.addEventListener("click", () => again(record));
    const drop = make("button", { className: "button danger small", type: "button", text: words.discard });
    drop.addEventListener("click", () => discard(record));
    return make("li", { className: "card" }, make("p", { className: "title", text: about(record) }),
      make("p", { className: "wrong", text: why }), make("div", { className: "row" }, retry, drop));
  }));
  return { fresh: fresh.length, wrong: wrong.length };
}

export function drawResult(box, result, { slip }) {
  const tone = { owes: "bad", watched: "warn", paid: "good", exempt: "good" }[result.result] ?? "muted";
  const parts = [make("span", { className: `status ${tone}`, text: words.results[result.result] ?? result.outcome })];
  if (result.due_fen) {
    parts.push(make("p", { className: "headline", text: fill(words.yuan, { n: (result.due_fen / 100).toFixed(2) }) }));
  }
  if (result.match && result.fed === false && !result.again) {
    parts.push(make("p", { className: "note warn", text: words.unsure }));
  }
  if (result.again) {
    parts.push(make("p", { className: "quiet", text: words.again }));
  }
  if (result.against) {
    parts.push(make("p", { className: "note warn", text: words.against }));
  }
  if (slip && (result.result === "owes" || result.result === "unknown")) {
    const button = make("button", { className: "button second", type: "button", text: words.leave_slip });
    button.addEventListener("click", slip);
    parts.push(button);
  }
  box.replaceChildren(...parts);
}
