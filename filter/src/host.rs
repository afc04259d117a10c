//! The proxy itself: host calls of proxy-wasm ABI 0.2.1.
//!
//! Not through `proxy_wasm::hostcalls`, because its functions panic on every status they do not expect and on names that
//! are not UTF-8, and copy a header map line by line.
#![expect(unsafe_code, reason = "host calls are foreign functions")]

use meshveil_exchange::host::{Headers, Host, HostError, Level, Map};

const OK: u32 = 0;
const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const PLUGIN_CONFIGURATION: u32 = 7;
const RESPONSE_STREAM: u32 = 1;
const COUNTER: u32 = 0;
const NO_GRPC_STATUS: i32 = -1;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, text: *const u8, size: usize) -> u32;
    fn proxy_get_buffer_bytes(kind: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_buffer_bytes(kind: u32, start: usize, size: usize, data: *const u8, data_size: usize) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_get_property(path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_close_stream(stream: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, by: i64) -> u32;
}

/// The Envoy this VM runs in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envoy;

impl Envoy {
    /// The plugin configuration, byte for byte.
    #[must_use]
    pub fn plugin_configuration(self) -> Option<Vec<u8>> {
        buffer(PLUGIN_CONFIGURATION, usize::MAX)
    }
}

/// Takes what the host allocated in this VM. `Ok(None)`: the call went well and gave nothing.
fn received(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Option<Vec<u8>>, HostError> {
    let mut data = std::ptr::null_mut();
    let mut size = 0;
    if call(&raw mut data, &raw mut size) != OK {
        return Err(HostError);
    }
    if data.is_null() || size == 0 {
        return Ok(None);
    }
    // SAFETY: on success the host has allocated `size` bytes by `proxy_on_memory_allocate` (a boxed slice of exactly
    // that size from the global allocator), filled them all, and given them up.
    Ok(Some(unsafe { Vec::from_raw_parts(data, size, size) }))
}

fn done(status: u32) -> Result<(), HostError> {
    if status == OK { Ok(()) } else { Err(HostError) }
}

fn buffer(kind: u32, max: usize) -> Option<Vec<u8>> {
    // SAFETY: both pointers are valid for writes during the call.
    received(|data, size| unsafe { proxy_get_buffer_bytes(kind, 0, max, data, size) }).ok().flatten()
}

fn chunk(kind: u32, size: usize) -> Result<Vec<u8>, HostError> {
    let body = buffer(kind, size).ok_or(HostError)?;
    if body.len() == size { Ok(body) } else { Err(HostError) }
}

const fn number(map: Map) -> u32 {
    match map {
        Map::Request => 0,
        Map::Response => 2,
        Map::ResponseTrailers => 3,
    }
}

impl Host for Envoy {
    fn headers(&self, map: Map) -> Result<Headers, HostError> {
        // SAFETY: both pointers are valid for writes during the call.
        let bytes = received(|data, size| unsafe { proxy_get_header_map_pairs(number(map), data, size) })?;
        Headers::from_serialized(bytes.unwrap_or_default()).ok_or(HostError)
    }

    fn remove_header(&self, map: Map, name: &str) -> Result<(), HostError> {
        // SAFETY: pointer and length are of one live slice.
        done(unsafe { proxy_remove_header_map_value(number(map), name.as_ptr(), name.len()) })
    }

    fn set_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        // SAFETY: pointers and lengths are of two live slices.
        done(unsafe {
            proxy_replace_header_map_value(number(map), name.as_ptr(), name.len(), value.as_ptr(), value.len())
        })
    }

    fn add_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        // SAFETY: pointers and lengths are of two live slices.
        done(unsafe { proxy_add_header_map_value(number(map), name.as_ptr(), name.len(), value.as_ptr(), value.len()) })
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        let path = path.join("\0");
        // SAFETY: the path is a live slice; both pointers are valid for writes during the call.
        received(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) }).ok().flatten()
    }

    fn set_property(&self, name: &str, value: &[u8]) {
        // SAFETY: pointers and lengths are of two live slices. The status is of no consequence: see the trait.
        let _ = unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) };
    }

    fn request_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        chunk(REQUEST_BODY, size)
    }

    fn response_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        chunk(RESPONSE_BODY, size)
    }

    fn replace_response_body(&self, size: usize, body: &[u8]) -> Result<(), HostError> {
        // SAFETY: pointer and length are of one live slice.
        done(unsafe { proxy_set_buffer_bytes(RESPONSE_BODY, 0, size, body.as_ptr(), body.len()) })
    }

    fn send_response(
        &self,
        status: u32,
        details: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(), HostError> {
        let lines = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let headers = Headers::from_lines(lines);
        let headers = headers.serialized();
        // SAFETY: pointers and lengths are of live slices.
        done(unsafe {
            proxy_send_local_response(
                status,
                details.as_ptr(),
                details.len(),
                body.as_ptr(),
                body.len(),
                headers.as_ptr(),
                headers.len(),
                NO_GRPC_STATUS,
            )
        })
    }

    fn reset_response(&self) -> Result<(), HostError> {
        // SAFETY: takes no pointer.
        done(unsafe { proxy_close_stream(RESPONSE_STREAM) })
    }

    fn define_counter(&self, name: &str) -> Option<u32> {
        let mut id = 0;
        // SAFETY: the name is a live slice; `id` is valid for writes during the call.
        done(unsafe { proxy_define_metric(COUNTER, name.as_ptr(), name.len(), &raw mut id) }).ok().map(|()| id)
    }

    fn increment(&self, counter: u32, by: u64) {
        // SAFETY: takes no pointer. A lost count is of no consequence for the response.
        let _ = unsafe { proxy_increment_metric(counter, i64::try_from(by).unwrap_or(i64::MAX)) };
    }

    fn log(&self, level: Level, line: &str) {
        let level = match level {
            Level::Debug => 1,
            Level::Error => 4,
        };
        // SAFETY: pointer and length are of one live slice.
        let _ = unsafe { proxy_log(level, line.as_ptr(), line.len()) };
    }
}
