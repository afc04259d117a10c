"""The programs: the command line for each platform, and the filter. No path of the machine is left in them."""

import os
import pathlib
import sys

from release import ROOT, Release, run
from targets import Target


def remapped() -> list[str]:
    """Options of rustc by which sources have the same names wherever they are built."""
    cargo = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    sysroot = pathlib.Path(run(["rustc", "--print", "sysroot"], cwd=ROOT, capture=True).strip())
    names = {cargo: "/cargo", sysroot: "/rust", ROOT: "/meshveil"}
    # Of two prefixes that fit the later one counts: the sources may be below the home of cargo.
    return [f"--remap-path-prefix={path}={name}" for path, name in names.items()]


def command_line(release: Release, target: Target, playground: pathlib.Path) -> pathlib.Path:
    """Builds `meshveil` for a platform; zig links it, so no other compiler or library of that platform is needed."""
    environment = {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(remapped()),
        "CARGO_TARGET_DIR": str(release.target_dir),
        "MESHVEIL_PLAYGROUND": str(playground),
        "SOURCE_DATE_EPOCH": str(release.epoch),
        # The programs of the environment that `make` set up: `cargo-zigbuild` looks for its own zig there.
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    build = ["cargo", "zigbuild", "--profile", release.profile, "--locked", "--package", "meshveil"]
    run([*build, "--target", target.triple], cwd=ROOT, env=environment)
    return built(release, target.triple, release.profile) / f"meshveil{target.suffix}"


def module(release: Release, package: str, profile: str, triple: str) -> pathlib.Path:
    """Builds a module. Its options of the target, such as SIMD, come from `.cargo/config.toml`, so ours are added there."""
    options = ", ".join(f"'{option}'" for option in remapped())
    build = ["cargo", "build", "--profile", profile, "--locked", "--target", triple, "--package", package]
    settings = ["--config", f"target.'cfg(all())'.rustflags=[{options}]"]
    # Any of these would take the place of the settings.
    for name in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"):
        os.environ.pop(name, None)
    run([*build, *settings], cwd=ROOT, env={"CARGO_TARGET_DIR": str(release.target_dir)})
    return built(release, triple, profile) / f"{package.replace('-', '_')}.wasm"


def filter_module(release: Release) -> pathlib.Path:
    """What proxies load."""
    return module(release, "meshveil-filter", "filter", "wasm32-wasip1")


def playground(release: Release) -> pathlib.Path:
    """The engine for pages, which the command line carries."""
    return module(release, "meshveil-playground", "playground", "wasm32-unknown-unknown")


def built(release: Release, triple: str, profile: str) -> pathlib.Path:
    """Where cargo puts programs."""
    return release.target_dir / triple / ("debug" if profile == "dev" else profile)
