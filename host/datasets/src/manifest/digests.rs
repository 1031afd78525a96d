//! Digests of a manifest's content, whole and in parts.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Content, Manifest};

impl Content {
    /// The sha256 of this as JSON without spaces, members in their order, in hex.
    pub fn digest(&self) -> String {
        sha256(self)
    }

    /// The same of each part, by a name for it.
    pub fn part_digests(&self) -> BTreeMap<String, String> {
        let mut parts = BTreeMap::from([
            ("request".to_owned(), sha256(&self.request)),
            ("model".to_owned(), sha256(&self.model)),
            ("split".to_owned(), sha256(&self.split)),
            ("label".to_owned(), sha256(&self.label)),
            ("features".to_owned(), sha256(&self.features)),
            ("schema".to_owned(), sha256(&self.schema)),
            ("table_digest".to_owned(), self.table_digest.clone()),
        ]);
        for (place, step) in self.steps.iter().enumerate() {
            parts.insert(format!("steps[{place}]: {} {}", step.kind, step.method), sha256(step));
        }
        for device in &self.devices {
            parts.insert(format!("devices: {}", device.device_code), sha256(device));
        }
        parts
    }
}

impl Manifest {
    /// The parts of the content that are not what they were when the manifest was written.
    pub fn altered_parts(&self) -> Vec<String> {
        if self.content.digest() == self.digest {
            return Vec::new();
        }
        let now = self.content.part_digests();
        let altered = now.iter().filter(|(name, digest)| self.parts.get(*name) != Some(*digest));
        let mut altered: Vec<String> = altered.map(|(name, _)| name.clone()).collect();
        altered.extend(self.parts.keys().filter(|name| !now.contains_key(*name)).cloned());
        if altered.is_empty() {
            altered.push("content".to_owned());
        }
        altered
    }
}

fn sha256(part: &impl Serialize) -> String {
    // These types are maps with text keys all the way down, so that writing them does not fail.
    let json = serde_json::to_vec(part).unwrap_or_default();
    hex::encode(Sha256::digest(&json))
}
