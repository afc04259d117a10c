// The playground: the module in this page answers, and nothing leaves it.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const [policy, body, manifests] = ["#policy", "#body", "#manifests"].map(one);
  const [engine, gutter, faults, views, access] = ["#engine", "#gutter", "#faults-here", "#views", "#access"].map(one);
  const names = JSON.parse(one("#start").textContent);

  const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const encode = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  async function through(bytes, stream) {
    const written = new Blob([bytes]).stream().pipeThrough(stream);
    return new Uint8Array(await new Response(written).arrayBuffer());
  }

  let module = null;
  async function load() {
    const bytes = await through(decode(one("#module").textContent), new DecompressionStream("gzip"));
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return instance.exports;
  }
  // A question goes into the module's memory, and the answer comes out of it.
  async function ask(question) {
    module ||= load();
    const exports = await module;
    const text = new TextEncoder().encode(JSON.stringify(question));
    // Memory may grow, and its buffer then is another one: it is asked for after each call.
    const start = exports.allocate(text.length);
    new Uint8Array(exports.memory.buffer, start, text.length).set(text);
    const [at, length] = [exports.ask(), exports.length()];
    return JSON.parse(new TextDecoder().decode(new Uint8Array(exports.memory.buffer, at, length)));
  }

  const made = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  function toLine(line) {
    const lines = policy.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    policy.focus();
    policy.setSelectionRange(start, start + (lines[line - 1] || "").length);
  }
  function showGutter(findings) {
    const wrong = new Set(findings.map((finding) => finding.line));
    gutter.replaceChildren(...policy.value.split("\n").map((_, at) => made("span", `${wrong.has(at + 1) ? "!" : ""}${at + 1}\n`, wrong.has(at + 1) ? "wrong" : "")));
  }
  function showFindings(findings) {
    faults.replaceChildren(...findings.map((finding) => {
      const item = made("li", undefined, finding.severity);
      item.append(made("strong", finding.severity), " ", made("code", finding.code), " ", finding.message, " ");
      if (finding.line) {
        const link = made("button", `line ${finding.line}`);
        link.type = "button";
        link.addEventListener("click", () => toLine(finding.line));
        item.append(link);
      }
      if (finding.help) item.append(made("p", finding.help, "help"));
      return item;
    }));
  }
  function showViews(answered) {
    views.replaceChildren(...answered.map((view) => {
      const box = made("article", undefined, "view");
      const who = view.caller === null ? "an unlisted caller" : view.caller;
      box.append(made("h3", who));
      if (view.refused !== undefined) { box.append(made("p", view.refused, "refused")); return box; }
      const text = made("pre", undefined, "body");
      text.tabIndex = 0;
      text.setAttribute("role", "group");
      text.setAttribute("aria-label", who);
      text.append(...view.pieces.map(([piece, masked]) => (masked ? made("mark", piece) : piece)));
      box.append(text);
      return box;
    }));
  }
  function showAccess(answered) {
    access.replaceChildren(...answered.flatMap((matrix) => {
      const list = made("ul");
      list.append(...matrix.classes.map((row) => made("li", `${row.sources.join(", ")}: ${row.cells.map(([name, form]) => `${name} ${form}`).join(", ")}`)));
      return [made("h3", `to ${matrix.workload}`), list];
    }));
  }

  let last = null;
  async function run(withManifests) {
    const question = { policy: policy.value, sample: body.value, manifests: withManifests ? manifests.value : "" };
    try {
      const started = performance.now();
      const answer = await ask(question);
      if (answer.error) throw new Error(answer.error);
      last = answer;
      showGutter(answer.findings);
      showFindings(answer.findings);
      showViews(answer.views);
      if (withManifests) showAccess(answer.access);
      engine.textContent = `meshveil ${answer.version}, module ${one("#module").dataset.digest.slice(0, 12)}, answered in ${Math.round(performance.now() - started)} ms`;
      document.documentElement.dataset.answered = "true";
    } catch (error) {
      engine.textContent = `The engine did not answer: ${error.message}`;
    }
  }

  // Views follow every key; who reaches what after a pause.
  let pause = 0;
  function changed() {
    run(false);
    clearTimeout(pause);
    pause = setTimeout(() => { if (manifests.value.trim()) run(true); }, 400);
  }
  for (const area of [policy, body, manifests]) area.addEventListener("input", changed);
  policy.addEventListener("scroll", () => { gutter.scrollTop = policy.scrollTop; });

  const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;
  one("#copy").addEventListener("click", async () => {
    const lines = (last ? last.views : []).map((view) => {
      const as = view.caller === null ? "" : ` --as ${quoted(view.caller)}`;
      const wanted = view.refused !== undefined ? `# ${view.refused}` : `# gives: ${view.pieces.map(([text]) => text).join("").replace(/\s+/g, " ").slice(0, 2000)}`;
      return `meshveil mask --policy policy.yaml${as} body.json\n${wanted}`;
    });
    const expected = last ? last.expectations : [];
    const text = `${lines.join("\n")}\n# expectations.yaml, for meshveil simulate --assert\nexpect:\n${expected.map((line) => `  - ${line}`).join("\n")}\n`;
    try { await navigator.clipboard.writeText(text); engine.textContent = "Copied."; } catch { engine.textContent = text; }
  });
  one("#share").addEventListener("click", async () => {
    const state = new TextEncoder().encode(JSON.stringify({ policy: policy.value, body: body.value, manifests: manifests.value }));
    location.hash = `play=${encode(await through(state, new CompressionStream("gzip")))}`;
  });

  async function begin() {
    [policy.value, body.value] = [names.policy, names.sample];
    if (location.hash.startsWith("#play=")) {
      try {
        const text = location.hash.slice(6).replace(/-/g, "+").replace(/_/g, "/");
        const state = JSON.parse(new TextDecoder().decode(await through(decode(text), new DecompressionStream("gzip"))));
        [policy.value, body.value, manifests.value] = [state.policy, state.body, state.manifests].map((text) => String(text ?? ""));
      } catch { engine.textContent = "The address holds no state that can be read."; return; }
    }
    showGutter([]);
    // Alone on a page it answers at once; in a report when it is looked at.
    const section = one("#playground");
    if (!one("#matrix")) { changed(); return; }
    new IntersectionObserver((entries, observer) => {
      if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); changed(); }
    }).observe(section);
  }
  begin();
})();
