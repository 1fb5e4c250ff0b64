//! Tells the engine which sources it was built from.
//!
//! Invariant: `HUTONG_ENGINE_DIGEST` depends on the sources, the manifest and the lock file alone,
//! so that two builds of one source tree name their reports alike, with or without git.
//! Never: a time stamp.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.push(root.join("Cargo.lock"));
    // A packaged crate carries the manifest as it was written under this name.
    let original = root.join("Cargo.toml.orig");
    files.push(if original.exists() { original } else { root.join("Cargo.toml") });
    println!("cargo::rustc-env=HUTONG_ENGINE_DIGEST={}", digest(&root, files));
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=Cargo.lock");
    // Facts of this build. They enter the timing file only.
    tell("HUTONG_GIT", "git", &["describe", "--always", "--dirty", "--abbrev=12"], &root);
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    tell("HUTONG_RUSTC", &rustc, &["--version"], &root);
}

/// Every Rust source and style sheet below `folder`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are readable") {
        let path = entry.expect("the sources are readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "css")
        {
            files.push(path);
        }
    }
}

/// BLAKE3 over names, lengths and contents, in order of name. Line ends are normalised, for a
/// checkout may rewrite them.
fn digest(root: &Path, files: Vec<PathBuf>) -> String {
    let mut named: Vec<(String, PathBuf)> =
        files.into_iter().map(|path| (name_of(root, &path), path)).collect();
    named.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, path) in named {
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
            .replace("\r\n", "\n");
        for part in [name.as_bytes(), text.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// The path below the root with forward slashes; the packaged manifest under its usual name.
fn name_of(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).expect("collected below the root");
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/").replace("Cargo.toml.orig", "Cargo.toml")
}

/// Sets a variable from a command's first line, and leaves it unset where the command fails.
fn tell(variable: &str, program: &str, arguments: &[&str], root: &Path) {
    let Ok(output) = Command::new(program).args(arguments).current_dir(root).output() else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    if let (true, Some(line)) = (output.status.success(), text.lines().next()) {
        println!("cargo::rustc-env={variable}={line}");
    }
}
