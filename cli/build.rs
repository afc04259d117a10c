//! Takes the playground's module into the command line, where `MESHVEIL_PLAYGROUND` names one (`make build` does).

use std::{env, fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rustc-check-cfg=cfg(playground)");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=MESHVEIL_PLAYGROUND");
    let Some(path) = env::var_os("MESHVEIL_PLAYGROUND").filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&path);
    println!("cargo:rerun-if-changed={}", path.display());
    let module = fs::read(path).map_err(|error| {
        format!("cannot read the module that MESHVEIL_PLAYGROUND names: {error}; `make playground` builds it")
    })?;
    // Without a name or a time: two builds give the same bytes.
    let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
    compressed.write_all(&module)?;
    let out = env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    fs::write(Path::new(&out).join("playground.wasm.gz"), compressed.finish()?)?;
    println!("cargo:rustc-cfg=playground");
    Ok(())
}
