//! A host for the filter module: proxy-wasm ABI 0.2.1 as far as the filter uses it, on an interpreter.
//!
//! A compiling runtime (wasmtime) runs the cases faster but takes longer to build than they take here.

mod imports;

use anyhow::{Context, Result, anyhow, ensure};
use wasmi::{Config, Engine, Instance, Linker, Module, Store, TypedFunc, WasmParams, WasmResults};

/// The context of the plugin; exchanges follow.
const ROOT: i32 = 1;

/// What the module sees of the proxy.
#[derive(Debug, Default)]
pub(crate) struct Proxy {
    configuration: Vec<u8>,
    environment: Vec<(String, String)>,
    request_headers: Vec<u8>,
    response_headers: Vec<u8>,
    /// The chunk at hand.
    body: Vec<u8>,
    /// The stream was reset.
    closed: bool,
    /// Status of an answer in place of the upstream's.
    local_response: Option<u32>,
    log: Vec<String>,
}

/// The module, ready to be started any number of times.
#[derive(Debug)]
pub struct Filter {
    engine: Engine,
    module: Module,
}

/// The module in a VM of its own, configured.
#[derive(Debug)]
pub struct Plugin {
    store: Store<Proxy>,
    instance: Instance,
    next_context: i32,
}

/// What became of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What the client received of the body.
    pub body: Vec<u8>,
    /// The stream was reset before its end.
    pub reset: bool,
    /// Status of the answer that the filter gave in place of the upstream's.
    pub local: Option<u32>,
}

/// A header map as the ABI serialises it.
fn serialized(lines: &[(&str, &str)]) -> Vec<u8> {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = u32::try_from(lines.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    for (name, value) in lines {
        bytes.extend(length(name));
        bytes.extend(length(value));
    }
    for text in lines.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend(text.as_bytes());
        bytes.push(0);
    }
    bytes
}

impl Filter {
    /// Reads a module.
    ///
    /// # Errors
    /// It is not WebAssembly.
    pub fn new(module: &[u8]) -> Result<Self> {
        // Fuel counts instructions.
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, module).context("the module cannot be read")?;
        Ok(Self { engine, module })
    }
}

impl Plugin {
    /// Starts a VM and hands over the configuration.
    ///
    /// # Errors
    /// When the module cannot be run, traps, or refuses the configuration: the last log line says why.
    pub fn start(filter: &Filter, configuration: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let Filter { engine, module } = filter;
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let proxy = Proxy { configuration: configuration.as_bytes().to_vec(), environment, ..Proxy::default() };
        let mut store = Store::new(engine, proxy);
        store.set_fuel(u64::MAX)?;
        let mut linker = Linker::new(engine);
        imports::define(&mut linker, module)?;
        let instance = linker.instantiate_and_start(&mut store, module)?;
        let mut plugin = Self { store, instance, next_context: ROOT + 1 };
        plugin.call::<(), ()>("_initialize", ())?;
        plugin.call::<(i32, i32), ()>("proxy_on_context_create", (ROOT, 0))?;
        ensure!(plugin.call::<(i32, i32), i32>("proxy_on_vm_start", (ROOT, 0))? == 1, "the VM does not start");
        let size = i32::try_from(configuration.len())?;
        if plugin.call::<(i32, i32), i32>("proxy_on_configure", (ROOT, size))? != 1 {
            let line = plugin.store.data().log.last().cloned().unwrap_or_default();
            return Err(anyhow!("{line}"));
        }
        Ok(plugin)
    }

    /// How many units of work the module has done so far: about one an instruction, more for copies of memory.
    ///
    /// # Errors
    /// Never: fuel is counted in every VM.
    pub fn work(&self) -> Result<u64> {
        Ok(u64::MAX - self.store.get_fuel()?)
    }

    /// Everything the module has logged.
    #[must_use]
    pub fn log(&self) -> &[String] {
        &self.store.data().log
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, parameters: P) -> Result<R> {
        let function: TypedFunc<P, R> = self.instance.get_typed_func(&self.store, name)?;
        function.call(&mut self.store, parameters).with_context(|| format!("`{name}` trapped"))
    }

    /// One exchange: a GET, and a 200 whose body comes in these chunks.
    ///
    /// # Errors
    /// When the module traps.
    pub fn respond<'a>(
        &mut self,
        headers: &[(&str, &str)],
        chunks: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Response> {
        let context = self.next_context;
        self.next_context += 1;
        let request = [(":method", "GET"), (":path", "/"), (":authority", "test"), (":scheme", "http")];
        let mut response = vec![(":status", "200")];
        response.extend_from_slice(headers);
        let proxy = self.store.data_mut();
        (proxy.closed, proxy.local_response) = (false, None);
        proxy.request_headers = serialized(&request);
        proxy.response_headers = serialized(&response);
        self.call::<(i32, i32), ()>("proxy_on_context_create", (context, ROOT))?;
        self.call::<(i32, i32, i32), i32>("proxy_on_request_headers", (context, 4, 0))?;
        if !self.has_ended() {
            let count = i32::try_from(response.len())?;
            self.call::<(i32, i32, i32), i32>("proxy_on_response_headers", (context, count, 0))?;
        }
        let mut body = Vec::new();
        // The last call of a body may be empty; it is the one that says so.
        for (chunk, is_last) in chunks.into_iter().map(|chunk| (chunk, 0)).chain([(&[][..], 1)]) {
            if self.has_ended() {
                break;
            }
            self.store.data_mut().body = chunk.to_vec();
            let size = i32::try_from(chunk.len())?;
            self.call::<(i32, i32, i32), i32>("proxy_on_response_body", (context, size, is_last))?;
            if !self.has_ended() {
                body.append(&mut self.store.data_mut().body);
            }
        }
        let (reset, local) = (self.store.data().closed, self.store.data().local_response);
        self.call::<i32, i32>("proxy_on_done", context)?;
        self.call::<i32, ()>("proxy_on_log", context)?;
        self.call::<i32, ()>("proxy_on_delete", context)?;
        Ok(Response { body, reset, local })
    }

    fn has_ended(&self) -> bool {
        self.store.data().closed || self.store.data().local_response.is_some()
    }
}
