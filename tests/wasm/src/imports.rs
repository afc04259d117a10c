//! The functions that the module imports. Those that the filter never calls answer "unimplemented".

use anyhow::{Result, anyhow};
use wasmi::{AsContextMut, Caller, Error, ExternType, Linker, Memory, Module, Val};

use crate::Proxy;

const OK: i32 = 0;
const NOT_FOUND: i32 = 1;
const UNIMPLEMENTED: i32 = 12;
const RESPONSE_BODY: i32 = 1;
const PLUGIN_CONFIGURATION: i32 = 7;

type Host<'a> = Caller<'a, Proxy>;

fn memory(host: &Host<'_>) -> Result<Memory, Error> {
    host.get_export("memory").and_then(|export| export.into_memory()).ok_or_else(|| Error::new("no memory"))
}

fn read(host: &Host<'_>, at: i32, size: i32) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size.cast_unsigned() as usize];
    memory(host)?.read(host, at.cast_unsigned() as usize, &mut bytes).map_err(|_| Error::new("read beyond memory"))?;
    Ok(bytes)
}

fn write(host: &mut Host<'_>, at: i32, bytes: &[u8]) -> Result<(), Error> {
    memory(host)?.write(host, at.cast_unsigned() as usize, bytes).map_err(|_| Error::new("write beyond memory"))
}

/// Gives bytes to the module, in memory that it allocates.
fn give(host: &mut Host<'_>, bytes: &[u8], data: i32, size: i32) -> Result<i32, Error> {
    let length = i32::try_from(bytes.len()).map_err(|_| Error::new("too large"))?;
    let mut at = 0;
    if length > 0 {
        let allocate = host.get_export("proxy_on_memory_allocate").and_then(|export| export.into_func());
        let allocate = allocate.ok_or_else(|| Error::new("no `proxy_on_memory_allocate`"))?;
        at = allocate.typed::<i32, i32>(&*host)?.call(host.as_context_mut(), length)?;
        write(host, at, bytes)?;
    }
    write(host, data, &at.to_le_bytes())?;
    write(host, size, &length.to_le_bytes())?;
    Ok(OK)
}

/// Defines everything that `module` imports.
pub(crate) fn define(linker: &mut Linker<Proxy>, module: &Module) -> Result<()> {
    proxy(linker)?;
    system(linker)?;
    for import in module.imports() {
        let ExternType::Func(kind) = import.ty() else { return Err(anyhow!("imports what is no function")) };
        if linker.get_definition(import.module(), import.name()).is_none() {
            linker.func_new(import.module(), import.name(), kind.clone(), |_, _, results| {
                if let Some(status) = results.first_mut() {
                    *status = Val::I32(UNIMPLEMENTED);
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

trait Definitions {
    fn get_definition(&self, module: &str, name: &str) -> Option<()>;
}

impl Definitions for Linker<Proxy> {
    fn get_definition(&self, module: &str, name: &str) -> Option<()> {
        DEFINED.iter().any(|&(of, defined)| (of, defined) == (module, name)).then_some(())
    }
}

const DEFINED: [(&str, &str); 16] = [
    ("env", "proxy_log"),
    ("env", "proxy_get_buffer_bytes"),
    ("env", "proxy_set_buffer_bytes"),
    ("env", "proxy_get_header_map_pairs"),
    ("env", "proxy_remove_header_map_value"),
    ("env", "proxy_replace_header_map_value"),
    ("env", "proxy_get_property"),
    ("env", "proxy_set_property"),
    ("env", "proxy_send_local_response"),
    ("env", "proxy_close_stream"),
    ("wasi_snapshot_preview1", "environ_sizes_get"),
    ("wasi_snapshot_preview1", "environ_get"),
    ("wasi_snapshot_preview1", "random_get"),
    ("wasi_snapshot_preview1", "fd_write"),
    ("wasi_snapshot_preview1", "proc_exit"),
    ("wasi_snapshot_preview1", "clock_time_get"),
];

fn proxy(linker: &mut Linker<Proxy>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_log",
        |mut host: Host<'_>, _level: i32, at: i32, size: i32| -> Result<i32, Error> {
            let line = String::from_utf8_lossy(&read(&host, at, size)?).into_owned();
            host.data_mut().log.push(line);
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_buffer_bytes",
        |mut host: Host<'_>, kind: i32, start: i32, max: i32, data: i32, size: i32| -> Result<i32, Error> {
            let buffer = match kind {
                RESPONSE_BODY => host.data().body.clone(),
                PLUGIN_CONFIGURATION => host.data().configuration.clone(),
                _ => return Ok(NOT_FOUND),
            };
            let start = (start.cast_unsigned() as usize).min(buffer.len());
            let end = start.saturating_add(max.cast_unsigned() as usize).min(buffer.len());
            give(&mut host, buffer.get(start..end).unwrap_or_default(), data, size)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_buffer_bytes",
        |mut host: Host<'_>, kind: i32, start: i32, size: i32, data: i32, length: i32| -> Result<i32, Error> {
            if kind != RESPONSE_BODY || start != 0 {
                return Ok(NOT_FOUND);
            }
            let bytes = read(&host, data, length)?;
            let body = &mut host.data_mut().body;
            let end = (size.cast_unsigned() as usize).min(body.len());
            body.splice(..end, bytes);
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_header_map_pairs",
        |mut host: Host<'_>, map: i32, data: i32, size: i32| -> Result<i32, Error> {
            let headers = match map {
                0 => host.data().request_headers.clone(),
                2 => host.data().response_headers.clone(),
                _ => Vec::new(),
            };
            give(&mut host, &headers, data, size)
        },
    )?;
    linker.func_wrap("env", "proxy_remove_header_map_value", |_: Host<'_>, _: i32, _: i32, _: i32| OK)?;
    linker.func_wrap(
        "env",
        "proxy_replace_header_map_value",
        |_: Host<'_>, _: i32, _: i32, _: i32, _: i32, _: i32| OK,
    )?;
    linker.func_wrap("env", "proxy_get_property", |_: Host<'_>, _: i32, _: i32, _: i32, _: i32| NOT_FOUND)?;
    linker.func_wrap("env", "proxy_set_property", |_: Host<'_>, _: i32, _: i32, _: i32, _: i32| OK)?;
    linker.func_wrap(
        "env",
        "proxy_send_local_response",
        |mut host: Host<'_>, status: i32, _: i32, _: i32, _: i32, _: i32, _: i32, _: i32, _: i32| {
            host.data_mut().local_response = Some(status.cast_unsigned());
            OK
        },
    )?;
    linker.func_wrap("env", "proxy_close_stream", |mut host: Host<'_>, _stream: i32| {
        host.data_mut().closed = true;
        OK
    })?;
    Ok(())
}

fn system(linker: &mut Linker<Proxy>) -> Result<()> {
    const WASI: &str = "wasi_snapshot_preview1";
    let entries = |host: &Host<'_>| -> Vec<String> {
        host.data().environment.iter().map(|(name, value)| format!("{name}={value}\0")).collect()
    };
    linker.func_wrap(WASI, "environ_sizes_get", move |mut host: Host<'_>, count: i32, size: i32| {
        let entries = entries(&host);
        let total: usize = entries.iter().map(String::len).sum();
        write(&mut host, count, &u32::try_from(entries.len()).unwrap_or(0).to_le_bytes())?;
        write(&mut host, size, &u32::try_from(total).unwrap_or(0).to_le_bytes())?;
        Ok::<i32, Error>(OK)
    })?;
    linker.func_wrap(WASI, "environ_get", move |mut host: Host<'_>, pointers: i32, buffer: i32| {
        let (mut pointer, mut at) = (pointers, buffer);
        for entry in entries(&host) {
            write(&mut host, pointer, &at.to_le_bytes())?;
            write(&mut host, at, entry.as_bytes())?;
            pointer += 4;
            at += i32::try_from(entry.len()).map_err(|_| Error::new("too large"))?;
        }
        Ok::<i32, Error>(OK)
    })?;
    linker.func_wrap(WASI, "random_get", |mut host: Host<'_>, at: i32, size: i32| {
        // Tests are the same every time.
        write(&mut host, at, &vec![7; size.cast_unsigned() as usize])?;
        Ok::<i32, Error>(OK)
    })?;
    linker.func_wrap(WASI, "fd_write", |mut host: Host<'_>, _fd: i32, vectors: i32, count: i32, written: i32| {
        let mut total = 0_i32;
        for vector in 0..count {
            let pair = read(&host, vectors + 8 * vector, 8)?;
            let word = |part: Option<&[u8]>| {
                part.and_then(|part| part.try_into().ok()).map(i32::from_le_bytes).ok_or_else(|| Error::new("short"))
            };
            let (at, size) = (word(pair.get(..4))?, word(pair.get(4..))?);
            let line = String::from_utf8_lossy(&read(&host, at, size)?).into_owned();
            host.data_mut().log.push(line);
            total += size;
        }
        write(&mut host, written, &total.to_le_bytes())?;
        Ok::<i32, Error>(OK)
    })?;
    linker.func_wrap(WASI, "proc_exit", |_: Host<'_>, code: i32| -> Result<(), Error> {
        Err(Error::new(format!("the module exits with {code}")))
    })?;
    linker.func_wrap(WASI, "clock_time_get", |mut host: Host<'_>, _: i32, _: i64, at: i32| {
        write(&mut host, at, &[0; 8])?;
        Ok::<i32, Error>(OK)
    })?;
    Ok(())
}
