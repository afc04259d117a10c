// Times whole exchanges of two builds of the filter in V8, taken alternately, and prints microseconds and their ratio.
// Usage: node --no-liftoff run.mjs BASE.wasm NOW.wasm [ROUNDS]
//
// --no-liftoff has V8 compile everything with its optimizing compiler at once: without it a result says how far V8 had got.
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";

import { Filter, lines } from "./proxy.mjs";

/** How long one measurement takes, in milliseconds. */
const SPAN = 20;
const SIZES = [0, 1_400, 10_000, 100_000];
const PLAN = {
  version: 1,
  fields: ["$..ssn", "$..email", "$..card.number"].map((path, index) => ({ name: `f${index}`, paths: [path], mask: "redact" })),
  callers: [],
  others: "masked",
};
const REQUEST = lines([[":method", "GET"], [":path", "/customers"], [":authority", "test"], [":scheme", "http"]]);
const RESPONSE = lines([
  [":status", "200"],
  ["content-type", "application/json"],
  ["server", "test"],
  ["date", "Thu, 01 Jan 1970 00:00:00 GMT"],
]);
const SECRET = "078-05-1120";

function customer(index) {
  const card = { number: "4111111111111111", expires: "2028-01" };
  return { id: `c-${1000 + index}`, name: "Anna Smith", ssn: SECRET, email: "a.b@example.com", active: true, balance: index * 7.5, card };
}

/** A list of customers of about `size` bytes. */
function document(size) {
  const customers = [];
  for (let length = 2; length < size; length += JSON.stringify(customers.at(-1)).length + 1) customers.push(customer(customers.length));
  return new TextEncoder().encode(JSON.stringify(customers));
}

function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[sorted.length >> 1];
}

const [base, now, rounds = "15"] = process.argv.slice(2);
if (now === undefined || !(Number(rounds) >= 1)) {
  console.error("usage: node --no-liftoff run.mjs BASE.wasm NOW.wasm [ROUNDS]");
  process.exit(1);
}
const filters = await Promise.all(
  [base, now].map(async (file) => new Filter(await WebAssembly.compile(await readFile(file)), PLAN)),
);

console.log("| response | base, µs | now, µs | base / now |\n| --- | ---: | ---: | ---: |");
for (const size of SIZES) {
  const body = document(size);
  const bodies = filters.map((filter) => new TextDecoder().decode(filter.respond(REQUEST, RESPONSE, body)));
  if (bodies[0] !== bodies[1] || bodies[1].includes(SECRET)) throw new Error(`${size} bytes: the two bodies differ, or are not masked`);
  const span = (filter, count) => {
    const start = performance.now();
    for (let turn = 0; turn < count; turn += 1) filter.respond(REQUEST, RESPONSE, body);
    return (performance.now() - start) / count;
  };
  const count = Math.ceil(SPAN / span(filters[1], 20));
  const times = [[], []];
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const turn of [round % 2, 1 - (round % 2)]) times[turn].push(span(filters[turn], count));
  }
  const ratio = median(times[0].map((time, round) => time / times[1][round]));
  const [was, is] = times.map((list) => (median(list) * 1000).toFixed(2));
  console.log(`| ${body.length} bytes | ${was} | ${is} | ${ratio.toFixed(3)} |`);
}
