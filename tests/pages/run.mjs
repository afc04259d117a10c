// Opens the pages of `meshveil` in Chromium as their readers do: at three widths, in both themes, by keys alone, printed, without
// scripts, with hostile names, with a thousand workloads; and compares the playground's module with the command line.
//
// node tests/pages/run.mjs MESHVEIL LARGE_CLUSTER MODULE CHROMIUM NODE_MODULES DIRECTORY
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [meshveil, largeCluster, modulePath, chromium, nodeModules, directory] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(nodeModules, "x.js"));
const { chromium: launcher } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const at = (name) => join(directory, name);
const root = resolve(import.meta.dirname, "../..");
const images = process.env.MESHVEIL_BLESS === "1" ? join(root, "docs/images") : directory;

function run(code, ...words) {
  const done = spawnSync(meshveil, words, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, MESHVEIL_KEY: KEY } });
  assert.equal(done.status, code, `${words.join(" ")}: ${done.stderr}`);
  return done.stdout;
}
const KEY = "the key of the playground, which everybody knows";

// --- pages -----------------------------------------------------------------------------------------------------------

const shop = ["shop/policy.yaml", "manifests/app", "manifests/istio-sidecar/base"];
run(0, "report", "--assert", "shop/expectations.yaml", "--sample", "docs/sample.json", ...shop, "-o", at("shop.html"));
// Without the mesh's objects everybody sees everything.
run(3, "report", "shop/policy.yaml", "manifests/app", "-o", at("open.html"));
run(0, "playground", "-o", at("playground.html"));
writeFileSync(at("faulty.yaml"), "kind: [");
run(1, "report", at("faulty.yaml"), "-o", at("faulty.html"));

const hostile = `x\\"><img src=x onerror=alert(1)><script>alert(2)</script>`;
mkdirSync(at("hostile"));
writeFileSync(at("hostile/<img src=x onerror=alert(3)>.yaml"), [
  readFileSync(join(root, "shop/policy.yaml"), "utf8").replace("name: ssn", `name: "${hostile}"`),
  `apiVersion: example.com/v1\nkind: "${hostile}"\nmetadata: { name: "${hostile}", namespace: shop }\n`,
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: "${hostile}", namespace: shop }\nspec:\n  selector: { matchLabels: { app: "evil" } }\n  template: { metadata: { labels: { app: evil } }, spec: { serviceAccountName: "${hostile}", containers: [{ name: app, image: app }] } }\n`,
].join("\n---\n"));
const hostileBody = at("hostile.json");
writeFileSync(hostileBody, JSON.stringify({ ssn: "</pre></script><script>alert(4)</script><img src=x onerror=alert(5)>" }));
const done = spawnSync(meshveil, ["report", "--sample", hostileBody, at("hostile"), "manifests/app", "-o", at("hostile.html")], { cwd: root, encoding: "utf8" });
assert.ok([0, 1, 3].includes(done.status), done.stderr);

mkdirSync(at("large"));
writeFileSync(at("large/app.yaml"), execFileSync(largeCluster, ["1000", "200"], { maxBuffer: 1 << 28 }));
writeFileSync(at("large/policy.yaml"), execFileSync(largeCluster, ["1000", "policy"]));
run(0, "generate", at("large/policy.yaml"), "--allow-placeholder", "-o", at("large/mesh"));
run(0, "report", at("large"), "-o", at("large.html"));

// --- the module says what the command line says ------------------------------------------------------------------------

const { instance } = await WebAssembly.instantiate(readFileSync(modulePath), {});
const engine = instance.exports;
function ask(question) {
  const text = new TextEncoder().encode(JSON.stringify(question));
  const start = engine.allocate(text.length);
  new Uint8Array(engine.memory.buffer, start, text.length).set(text);
  const [at, length] = [engine.ask(), engine.length()];
  return JSON.parse(new TextDecoder().decode(new Uint8Array(engine.memory.buffer, at, length)));
}
function files(folder, fits) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path, fits) : fits(path) ? [path] : [];
  });
}
// Every policy of the repository, and every body beside it.
const policies = [...files(join(root, "shop"), (path) => path.endsWith(".yaml")), ...files(join(root, "cli/tests/cmd"), (path) => path.endsWith(".yaml")), ...files(join(root, "crates/text/src/codes/examples"), (path) => /\/policy\.yaml$/.test(path))]
  .filter((path) => (readFileSync(path, "utf8").match(/^kind: MaskingPolicy/gm) || []).length === 1);
const bodies = [join(root, "docs/sample.json"), ...files(join(root, "cli/tests/cmd/mask.in"), (path) => path.endsWith(".json"))];
let compared = 0;
for (const policy of policies) {
  for (const body of bodies) {
    const answer = ask({ policy: readFileSync(policy, "utf8"), sample: readFileSync(body, "utf8") });
    assert.equal(answer.error, undefined, policy);
    for (const view of answer.views) {
      const as = view.caller === null ? [] : ["--as", view.caller];
      const said = spawnSync(meshveil, ["mask", "--policy", policy, ...as, "--key-env", "MESHVEIL_KEY", body], { encoding: "utf8", env: { ...process.env, MESHVEIL_KEY: KEY } });
      const own = view.refused === undefined ? view.pieces.map(([text]) => text).join("") : null;
      assert.equal(own, said.status === 0 ? said.stdout : null, `${policy} ${body} ${view.caller}: ${view.refused} ${said.stderr}`);
      compared += 1;
    }
  }
}
assert.ok(compared >= 20, `${compared} views`);
assert.equal(`meshveil ${ask({ policy: "", sample: "" }).version}`, run(0, "--version").trim());
{
  const manifests = files(join(root, "manifests/app"), (path) => path.endsWith(".yaml")).map((path) => readFileSync(path, "utf8")).join("\n---\n");
  const answer = ask({ policy: readFileSync(join(root, "shop/policy.yaml"), "utf8"), sample: "{}", manifests });
  const wide = JSON.parse(run(3, "simulate", "--wide", "--output", "json", "shop/policy.yaml", "manifests/app"));
  const forms = {};
  for (const row of answer.access[0].classes) for (const source of row.sources) forms[source] = Object.fromEntries(row.cells);
  for (const row of wide.matrix[0].sources) {
    for (const [field, cell] of Object.entries(row.fields)) assert.equal(forms[row.source][field], cell.form + (cell.exceeds ? "!" : ""));
  }
}
console.log(`the module and the command line agree on ${compared} views of ${policies.length} policies`);

// --- in the browser ----------------------------------------------------------------------------------------------------

const browser = await launcher.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"] });

async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: options.width || 1280, height: 900 }, colorScheme: options.theme || "light", javaScriptEnabled: options.scripts !== false });
  const page = await context.newPage();
  const url = pathToFileURL(at(name)).href;
  const faults = [];
  page.on("request", (request) => { if (request.url().split("#")[0] !== url) faults.push(`request: ${request.url().slice(0, 100)}`); });
  page.on("console", (message) => { if (message.type() === "error") faults.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(url + (options.hash || ""));
  if (options.scripts !== false) await page.waitForSelector("html[data-ready=true]");
  return { page, close: async () => { assert.deepEqual(faults, [], name); await context.close(); } };
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map((one) => `${one.impact} ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
  assert.deepEqual(found.filter((text) => /^(serious|critical)/.test(text)), [], name);
}

// Every fault is told, not only the first.
const failures = [];
async function step(name, run) {
  try { await run(); } catch (error) { failures.push(`${name}: ${error.message}\n${JSON.stringify(error.actual ?? null)}`); }
}

for (const name of ["shop.html", "open.html", "playground.html", "hostile.html", "faulty.html"]) {
  for (const width of [1280, 768, 360]) {
    for (const theme of ["light", "dark"]) {
      await step(`${name} ${width} ${theme}`, async () => {
      const { page, close } = await open(name, { width, theme });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${name} at ${width}: ${overflow} pixels too wide`);
      await accessible(page, `${name} ${width} ${theme}`);
      if (name === "open.html") await page.screenshot({ path: join(width === 1280 ? images : directory, `report-${width}-${theme}.png`) });
      await close();
      });
    }
  }
}

// By keys alone.
await step("keys", async () => {
  const { page, close } = await open("open.html");
  const active = () => page.evaluate(() => { const e = document.activeElement; return { tag: e.tagName, id: e.id, text: e.textContent.slice(0, 40), href: e.getAttribute && e.getAttribute("href") }; });
  await page.keyboard.press("/");
  assert.equal((await active()).id, "search");
  await page.keyboard.type("frontend");
  await page.waitForTimeout(200);
  assert.ok(await page.locator("tr.class:visible").count() >= 1);
  await page.keyboard.press("Escape");
  await page.keyboard.press("]");
  const first = await active();
  assert.match(first.id, /^cell-/);
  await page.keyboard.press("ArrowRight");
  assert.notEqual((await active()).text + (await active()).id + (await active()).href, "");
  await page.keyboard.press("ArrowLeft");
  assert.equal((await active()).id, first.id, "arrows lead back");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.startsWith("#why-"));
  assert.ok(await page.locator("tr.why:visible .chain li").count() > 0, "the reasons are shown");
  await page.screenshot({ path: join(images, "report-why.png") });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.hash.startsWith("#cell-"));
  assert.equal((await active()).id, first.id, "Escape leads back");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help[open]").count() === 1);
  await page.keyboard.press("Escape");
  // The map's lines can be reached and lead to rows.
  for (let at = 0; at < 400; at += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.closest("svg.map") !== null))) break;
  }
  const line = await active();
  assert.match(String(line.href), /^#row-/, "a line of the map has the focus");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.startsWith("#row-"));
  assert.equal((await active()).tag, "TR");
  await close();
});

// Printed: reasons are there, the playground is not.
await step("print", async () => {
  const { page, close } = await open("shop.html");
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator("tr.why").first().isVisible());
  assert.ok(!(await page.locator("#playground").isVisible()));
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20_000 && pdf.subarray(0, 4).toString() === "%PDF");
  await close();
});

// In grey the forms differ by lightness, darker being more exposed, and each has a sign and a word.
await step("grey", async () => {
  const { page, close } = await open("shop.html");
  const grey = await page.evaluate(() => Object.fromEntries(["clear", "partial", "masked", "denied"].map((form) => {
    const [r, g, b] = getComputedStyle(document.querySelector(`.legend .f-${form}`)).backgroundColor.match(/\d+/g).map(Number);
    return [form, 0.2126 * r + 0.7152 * g + 0.0722 * b];
  })));
  assert.ok(grey.clear + 40 < grey.partial && grey.partial + 15 < grey.masked && grey.masked + 10 < grey.denied, JSON.stringify(grey));
  await close();
});

// Without scripts matrix and reasons are there.
await step("without scripts", async () => {
  const { page, close } = await open("open.html", { scripts: false });
  assert.ok(await page.locator("table.matrix").first().isVisible());
  await page.locator("td.more a").first().click();
  assert.ok(await page.locator("tr.why .chain li").first().isVisible());
  await close();
});

// A thousand workloads: ready within a second.
await step("large", async () => {
  const { page, close } = await open("large.html");
  const ready = await page.evaluate(() => performance.now());
  const entry = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  const elements = await page.evaluate(() => document.getElementsByTagName("*").length);
  console.log(`1,000 workloads: ${statSync(at("large.html")).size} bytes, ${elements} elements, interactive after ${Math.round(entry)} ms (asked at ${Math.round(ready)} ms)`);
  assert.ok(elements < 20_000, `${elements} elements`);
  await close();
});

// The playground: each edit changes every view, findings lead to lines, the address holds the state, nothing leaves.
await step("playground", async () => {
  const { page, close } = await open("playground.html");
  await page.waitForSelector("html[data-answered=true]");
  const views = () => page.locator("#views .view").allTextContents();
  const before = await views();
  assert.equal(before.length, 3);
  assert.match(before[1], /\*6789/);
  assert.ok(await page.locator("#views mark").count() > 3);
  await page.screenshot({ path: join(images, "playground.png") });
  await page.locator("#body").fill('{"ssn":"111-22-3333"}');
  await page.waitForFunction(() => document.querySelector("#views").textContent.includes("3333"));
  await page.locator("#policy").fill((await page.locator("#policy").inputValue()).replace("mask: email", "mask: emial"));
  await page.waitForSelector("#faults-here li.error");
  await page.locator("#faults-here button").first().click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "policy");
  const selected = await page.evaluate(() => { const e = document.activeElement; return e.value.slice(e.selectionStart, e.selectionEnd); });
  assert.match(selected, /emial/);
  await page.locator("#share").click();
  await page.waitForFunction(() => location.hash.startsWith("#play="));
  const hash = await page.evaluate(() => location.hash);
  await close();
  const again = await open("playground.html", { hash });
  await again.page.waitForSelector("#faults-here li.error");
  assert.match(await again.page.locator("#body").inputValue(), /111-22-3333/);
  // Whatever a script tried, the page's policy lets nothing out.
  const blocked = await again.page.evaluate(() => fetch("https://example.com/").then(() => "let out", () => "blocked"));
  assert.equal(blocked, "blocked");
  await again.page.context().close();
});
await browser.close();
for (const failure of failures) console.error(failure);
assert.equal(failures.length, 0, `${failures.length} of the pages' tests failed`);
console.log("three widths, two themes, keys, print, grey, without scripts, a thousand workloads, playground: as they should be; no request left");
