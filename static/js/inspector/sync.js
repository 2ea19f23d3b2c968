// Sending what waits, oldest first. Every record has an id of its own, so sending it twice is harmless.

import { base64 } from "./photos.js";

const ITEMS = 100;
const BYTES = 2_000_000;

export class Sync {
  constructor({ store, url, changed }) {
    this.store = store;
    this.url = url;
    this.changed = changed;
    this.running = null;
    this.limit = ITEMS;
    this.trouble = "";
  }

  // One at a time, over all tabs of this phone.
  run() {
    this.running ??= this.locked().finally(() => { this.running = null; });
    return this.running;
  }

  locked() {
    const work = () => this.drain();
    return navigator.locks ? navigator.locks.request("openberth-sync", work) : work();
  }

  async drain() {
    for (;;) {
      const batch = await this.batch();
      if (batch.length === 0) {
        return;
      }
      const answer = await this.send(batch);
      if (answer === "smaller") {
        continue;
      }
      if (answer === null) {
        return;
      }
      await this.settle(batch, answer.results);
      this.changed(answer.results);
    }
  }

  async batch() {
    const found = [];
    let bytes = 0;
    for (const record of await this.store.all()) {
      if (record.trouble) {
        continue;
      }
      bytes += 500 + record.pictures.reduce((sum, blob) => sum + blob.size * 1.4, 0);
      if (found.length >= this.limit || (found.length > 0 && bytes > BYTES)) {
        break;
      }
      found.push(record);
    }
    return found;
  }

  async send(batch) {
    const items = [];
    for (const record of batch) {
      const pictures = await Promise.all(record.pictures.map(async (blob) => ({ data: await base64(blob) })));
      items.push({ type: record.type, client_id: record.client_id, ...record.item, ...(pictures.length ? { pictures } : {}) });
    }
    let answer;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: JSON.stringify({ items }),
      });
    } catch {
      this.trouble = "offline";
      return null;
    }
    if (answer.status === 413 && this.limit > 1) {
      this.limit = Math.ceil(this.limit / 2);
      return "smaller";
    }
    if (!answer.ok) {
      this.trouble = answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect" ? "signed_out" : "server";
      return null;
    }
    this.trouble = "";
    return answer.json();
  }

  async settle(batch, results) {
    const told = new Map(results.map((result) => [result.client_id, result]));
    for (const record of batch) {
      const result = told.get(record.client_id) ?? { outcome: "rejected", message: "" };
      if (result.outcome === "accepted" || result.outcome === "duplicate") {
        await this.store.remove(record.client_id);
      } else {
        await this.store.put({ ...record, trouble: result });
      }
    }
  }
}

export function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
