//! Identity: what a run's bytes depend on, as one digest.

use super::plan::PlannedRun;

/// Digest of the sources, the manifest and the lock file that this engine was built from.
pub const ENGINE: &str = env!("HUTONG_ENGINE_DIGEST");

/// The revision it was built from, where the build knew one. For `timing.json` only.
pub const GIT: Option<&str> = option_env!("HUTONG_GIT");

/// The compiler it was built with, where the build knew it. For `timing.json` only.
pub const RUSTC: Option<&str> = option_env!("HUTONG_RUSTC");

/// Names the results of one file: same hash, same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunHash([u8; 32]);

impl RunHash {
    /// The hash of a resolved scenario under a seed, with name and digest of each file that it
    /// reads, and with the runs planned for it.
    pub fn new(
        resolved: &str,
        seed: u64,
        inputs: &[(String, String)],
        planned: &[PlannedRun],
    ) -> Self {
        Self::by(ENGINE, (resolved, seed), inputs, planned)
    }

    /// The same under an engine with this digest: another engine, another hash.
    pub fn by(
        engine: &str,
        (resolved, seed): (&str, u64),
        inputs: &[(String, String)],
        planned: &[PlannedRun],
    ) -> Self {
        let mut hasher = Parts::default();
        hasher.part(b"hutong.run/1").part(engine.as_bytes());
        hasher.part(resolved.as_bytes()).part(&seed.to_le_bytes());
        for (name, digest) in inputs {
            hasher.part(name.as_bytes()).part(digest.as_bytes());
        }
        for run in planned {
            hasher.part(run.policy_name.as_bytes()).part(&run.replication.to_le_bytes());
        }
        Self(*hasher.0.finalize().as_bytes())
    }

    /// The hash of what is settled from files: every option as text, and name and digest of each
    /// file.
    pub fn of_settlement(options: &[String], inputs: &[(String, String)]) -> Self {
        let mut hasher = Parts::default();
        hasher.part(b"hutong.settle/1").part(ENGINE.as_bytes());
        for option in options {
            hasher.part(option.as_bytes());
        }
        hasher.part(b"inputs");
        for (name, digest) in inputs {
            hasher.part(name.as_bytes()).part(digest.as_bytes());
        }
        Self(*hasher.0.finalize().as_bytes())
    }

    /// The whole hash in hexadecimal.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// The first twelve digits: the name of the folder.
    pub fn folder(&self) -> String {
        self.hex()[..12].to_owned()
    }
}

/// Hashes parts with their lengths, so that no two lists of parts run together.
#[derive(Default)]
struct Parts(blake3::Hasher);

impl Parts {
    fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }
}
