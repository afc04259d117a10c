// A proxy in memory for the filter: the host functions of proxy-wasm 0.2.1 that an exchange needs. All others answer "unimplemented".

const OK = 0;
const NOT_FOUND = 1;
const UNIMPLEMENTED = 12;
const [REQUEST, RESPONSE] = [0, 2];
const [RESPONSE_BODY, PLUGIN_CONFIGURATION] = [1, 7];
const ROOT = 1;
const CONTINUE = 0;

/** Lines of headers as proxy-wasm hands them over: the number of pairs, all lengths, then all texts, each with a zero behind it. */
function serialized(lines) {
  const texts = lines.flat().map((text) => new TextEncoder().encode(text));
  const head = new Uint32Array([lines.length, ...texts.map((text) => text.length)]);
  const body = texts.flatMap((text) => [...text, 0]);
  return Uint8Array.from([...new Uint8Array(head.buffer), ...body]);
}

/** The filter with one plan, ready for requests. */
export class Filter {
  #exports;
  #next = ROOT + 1;
  #headers = {};
  #body = new Uint8Array();

  constructor(module, plan) {
    const configuration = new TextEncoder().encode(JSON.stringify(plan));
    const buffers = { [RESPONSE_BODY]: () => this.#body, [PLUGIN_CONFIGURATION]: () => configuration };
    const defined = {
      proxy_get_buffer_bytes: (kind, start, max, data, size) => {
        if (!(kind in buffers)) return NOT_FOUND;
        const buffer = buffers[kind]();
        return this.#give(buffer.subarray(start, Math.min(buffer.length, start + (max >>> 0))), data, size);
      },
      proxy_set_buffer_bytes: (kind, start, size, at, length) => {
        if (kind !== RESPONSE_BODY || start !== 0) return NOT_FOUND;
        this.#body = this.#memory().slice(at, at + length);
        return OK;
      },
      proxy_get_header_map_pairs: (map, data, size) => this.#give(this.#headers[map] ?? new Uint8Array(4), data, size),
      proxy_log: (_, at, length) => {
        throw new Error(new TextDecoder().decode(this.#memory().slice(at, at + length)));
      },
      proxy_get_property: () => NOT_FOUND,
      proxy_remove_header_map_value: () => OK,
      proxy_replace_header_map_value: () => OK,
      proxy_add_header_map_value: () => OK,
      proxy_set_property: () => OK,
      environ_sizes_get: (count, size) => {
        const view = new DataView(this.#exports.memory.buffer);
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return OK;
      },
      environ_get: () => OK,
      random_get: (at, length) => {
        this.#memory().fill(7, at, at + length);
        return OK;
      },
    };
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = defined[name] ?? (() => UNIMPLEMENTED);
    }
    this.#exports = new WebAssembly.Instance(module, imports).exports;
    this.#exports._initialize();
    this.#exports.proxy_on_context_create(ROOT, 0);
    this.#exports.proxy_on_vm_start(ROOT, 0);
    if (this.#exports.proxy_on_configure(ROOT, configuration.length) !== 1) throw new Error("the plan is refused");
  }

  #memory() {
    return new Uint8Array(this.#exports.memory.buffer);
  }

  /** Hands bytes to the module, in memory that it allocates. */
  #give(bytes, data, size) {
    const at = bytes.length === 0 ? 0 : this.#exports.proxy_on_memory_allocate(bytes.length);
    this.#memory().set(bytes, at);
    const view = new DataView(this.#exports.memory.buffer);
    view.setUint32(data, at, true);
    view.setUint32(size, bytes.length, true);
    return OK;
  }

  /** One exchange; gives the body that the client gets. `request` and `response` are from `lines`. */
  respond(request, response, body) {
    const { count } = response;
    this.#headers = { [REQUEST]: request.bytes, [RESPONSE]: response.bytes };
    const context = this.#next;
    this.#next += 1;
    const module = this.#exports;
    module.proxy_on_context_create(context, ROOT);
    if (module.proxy_on_request_headers(context, request.count, 0) !== CONTINUE) throw new Error("the request is stopped");
    module.proxy_on_response_headers(context, count, 0);
    this.#body = body;
    module.proxy_on_response_body(context, body.length, 1);
    module.proxy_on_done(context);
    module.proxy_on_log(context);
    module.proxy_on_delete(context);
    return this.#body;
  }
}

/** Headers, made ready once. */
export function lines(pairs) {
  return { count: pairs.length, bytes: serialized(pairs) };
}
