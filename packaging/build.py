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


def command_line(release: Release, target: Target) -> pathlib.Path:
    """Builds `meshveil` for a platform; zig links it, so no other compiler or library of that platform is needed."""
    environment = {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(remapped()),
        "CARGO_TARGET_DIR": str(release.target_dir),
        "SOURCE_DATE_EPOCH": str(release.epoch),
        # The programs of the environment that `make` set up: `cargo-zigbuild` looks for its own zig there.
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    build = ["cargo", "zigbuild", "--profile", release.profile, "--locked", "--package", "meshveil"]
    run([*build, "--target", target.triple], cwd=ROOT, env=environment)
    return built(release, target.triple, release.profile) / f"meshveil{target.suffix}"


def filter_module(release: Release) -> pathlib.Path:
    """Builds the filter. Its options of the target, such as SIMD, come from `.cargo/config.toml`, so ours are added there."""
    options = ", ".join(f"'{option}'" for option in remapped())
    build = ["cargo", "build", "--profile", "filter", "--locked", "--target", "wasm32-wasip1", "--package", "meshveil-filter"]
    settings = ["--config", f"target.'cfg(all())'.rustflags=[{options}]"]
    # Any of these would take the place of the settings.
    without = {name: value for name, value in os.environ.items() if name not in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")}
    os.environ.clear()
    os.environ.update(without)
    run([*build, *settings], cwd=ROOT, env={"CARGO_TARGET_DIR": str(release.target_dir)})
    return built(release, "wasm32-wasip1", "filter") / "meshveil_filter.wasm"


def built(release: Release, triple: str, profile: str) -> pathlib.Path:
    """Where cargo puts programs."""
    return release.target_dir / triple / ("debug" if profile == "dev" else profile)
