// What this device keeps: receipts that wait for a connection, and the last receipts of this till.

import { NotKept } from "./errors.js";

const NAME = "molva-till";
const VERSION = 1;

let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", { keyPath: "number" });
      request.result.createObjectStore("receipts", { keyPath: "number" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new NotKept(request.error?.message));
  });
  opening.catch(() => (opening = null));
  return opening;
}

/** The outcome of one request of the database. */
export function outcome(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new NotKept(request.error?.message));
  });
}

/**
 * Run `work` with the named stores, all of it or nothing; returns what it returned, once it is on the disk. `work` may
 * wait for outcomes of the database and for nothing else.
 */
export async function transact(mode, names, work) {
  const database = await open();
  const transaction = database.transaction(names, mode, { durability: "strict" });
  const committed = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(new NotKept(transaction.error?.message));
  });
  const result = await work(...names.map((name) => transaction.objectStore(name)));
  await committed;
  return result;
}
