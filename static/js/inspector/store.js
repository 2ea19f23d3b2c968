// The handheld's memory: what waits to be sent (with its pictures), and the last known state of the street.
// IndexedDB survives a restart of the phone. A record leaves only when the server has told its outcome.

const QUEUE = "queue";
const KEPT = "kept";

export function open(user) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(`openberth-inspector-${user}`, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(QUEUE, { keyPath: "client_id" }).createIndex("order", "order");
      asked.result.createObjectStore(KEPT);
    };
    asked.onsuccess = () => resolve(new Store(asked.result));
    asked.onerror = () => reject(asked.error);
  });
}

class Store {
  constructor(db) {
    this.db = db;
  }

  // Resolves only when the transaction is on the disk, not when the request is answered.
  act(name, mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.db.transaction(name, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  put(record) {
    return this.act(QUEUE, "readwrite", (store) => store.put(record));
  }

  remove(clientId) {
    return this.act(QUEUE, "readwrite", (store) => store.delete(clientId));
  }

  all() {
    return this.act(QUEUE, "readonly", (store) => store.index("order").getAll());
  }

  keep(name, value) {
    return this.act(KEPT, "readwrite", (store) => store.put(value, name));
  }

  kept(name) {
    return this.act(KEPT, "readonly", (store) => store.get(name));
  }
}

export function newId() {
  // randomUUID needs a secure context; so does the service worker, but a plain-HTTP trial should still queue.
  if (crypto.randomUUID) {
    return crypto.randomUUID();
  }
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
