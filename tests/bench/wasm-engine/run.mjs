// Times the cases of meshveil_bench_wasm_engine.wasm in V8 and prints GB/s, medians of interleaved rounds.
// Usage: node run.mjs MODULE.wasm [--rounds N] [--only GROUP] [--json FILE]
import { readFile, writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { WASI } from "node:wasi";

/** The shortest time that is measured, in milliseconds: many times what the clock can tell apart. */
const SPAN = 25;
/** How long a case runs before it counts, in milliseconds: V8 compiles the hot code again meanwhile. */
const WARM_UP = 300;

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

const words = process.argv.slice(2);
const file = words.shift() ?? fail("usage: node run.mjs MODULE.wasm [--rounds N] [--only GROUP] [--json FILE]");
const options = { "--rounds": "15", "--only": "", "--json": "" };
while (words.length > 0) {
  const name = words.shift();
  if (!(name in options) || words.length === 0) fail(`unknown option, or one without a value: \`${name}\``);
  options[name] = words.shift();
}
const rounds = Number(options["--rounds"]);
if (!Number.isInteger(rounds) || rounds < 1) fail(`\`--rounds ${options["--rounds"]}\`: not a number from 1`);

const wasi = new WASI({ version: "preview1" });
const module = await WebAssembly.compile(await readFile(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
wasi.initialize(instance);
const { memory, prepare, description, run } = instance.exports;
const length = prepare();
if (length === 0) fail("the module could not prepare its documents and rules");
const text = new TextDecoder().decode(new Uint8Array(memory.buffer, description(), length));
const cases = JSON.parse(text)
  .map((described, index) => ({ ...described, index, times: [] }))
  .filter(({ group }) => options["--only"] === "" || group === options["--only"]);
if (cases.length === 0) fail(`no group \`${options["--only"]}\``);

/** Runs a case `count` times; returns the milliseconds that took. */
function span(index, count) {
  const start = performance.now();
  for (let turn = 0; turn < count; turn += 1) {
    if (run(index) === 0) fail(`case ${index} failed`);
  }
  return performance.now() - start;
}

for (const one of cases) {
  const start = performance.now();
  for (let turns = 0; performance.now() - start < WARM_UP || turns < 3; turns += 1) span(one.index, 1);
  one.count = Math.max(1, Math.ceil(SPAN / (span(one.index, 3) / 3)));
}
for (let round = 0; round < rounds; round += 1) {
  for (let turn = 0; turn < cases.length; turn += 1) {
    // Each round begins with another case.
    const one = cases[(turn + round) % cases.length];
    one.times.push(span(one.index, one.count) / one.count);
  }
}

function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Gigabytes per second by group and contestant. */
const figures = {};
for (const { group, name, bytes, times } of cases) {
  (figures[group] ??= {})[name] = bytes / median(times) / 1e6;
}
for (const [group, speeds] of Object.entries(figures)) {
  const first = Object.keys(speeds)[0];
  console.log(`${group} (wasm in V8 ${process.versions.v8})`);
  for (const [name, speed] of Object.entries(speeds)) {
    console.log(`  ${name.padEnd(20)} ${speed.toFixed(3)} GB/s   ${first} is ${(speeds[first] / speed).toFixed(2)} x`);
  }
}
if (options["--json"] !== "") await writeFile(options["--json"], `${JSON.stringify(figures, null, 2)}\n`);
