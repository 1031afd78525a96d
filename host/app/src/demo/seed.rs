//! The demo's devices, models, users and rows, put where the server looks for them.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use fettle_metadata::{
    Conflict, FieldRole, LabelKind, MetadataError, ModelType, NewDevice, NewDeviceType, NewField, NewModel,
    NewModelField, NewUser, PasswordHash, Registration, UserStore,
};
use fettle_series::DeviceKey;
use jiff::Timestamp;
use serde_json::Map;

use super::telemetry::{self, LABEL, MACHINES, SENSORS};
use super::{ADMIN, ANALYST, Account};
use crate::wiring::House;

/// What all machines are.
const DEVICE_TYPE: &str = "arc_welder";

/// Written into the data folder when all else is there, so that a start that was cut short is made good by the next.
/// Its text is the version of the telemetry: where that changes, the rows are made anew.
const MARKER: &str = "demo-data";
const VERSION: &str = "1\n";

/// Makes whatever of the demo is missing in `folder`. Answers how many rows were made: none where all was there.
pub async fn seed(folder: &Path, house: &House, now: Timestamp) -> anyhow::Result<usize> {
    if is_complete(folder)? {
        return Ok(0);
    }
    house
        .metadata
        .register(&registration(), now)
        .await
        .context("registering the demo's devices and models")?;
    for account in [ANALYST, ADMIN] {
        add_user(house.users.as_ref(), &account, now).await?;
    }
    let mut rows = 0;
    for machine in &MACHINES {
        let frame = tokio::task::spawn_blocking(|| telemetry::telemetry(machine)).await?;
        rows += frame.rows();
        let device = DeviceKey { device_type: DEVICE_TYPE.to_owned(), device: machine.code.to_owned() };
        house
            .series
            .write(&device, frame)
            .await
            .with_context(|| format!("writing the rows of {}", machine.code))?;
    }
    fs::write(folder.join(MARKER), VERSION).with_context(|| format!("writing {MARKER}"))?;
    Ok(rows)
}

fn is_complete(folder: &Path) -> anyhow::Result<bool> {
    match fs::read_to_string(folder.join(MARKER)) {
        Ok(version) => Ok(version == VERSION),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("reading {MARKER}")),
    }
}

fn registration() -> Registration {
    let signals = SENSORS.iter().map(|sensor| NewField {
        code: sensor.code.to_owned(),
        name: sensor.name.to_owned(),
        role: FieldRole::Signal,
        unit: Some(sensor.unit.to_owned()),
    });
    let label = NewField {
        code: LABEL.to_owned(),
        name: "Weld quality (0 good, 1 bad)".to_owned(),
        role: FieldRole::Label(LabelKind::Int),
        unit: None,
    };
    let fields: Vec<NewField> = signals.chain([label]).collect();
    let model = |code: &str, name: &str, model_type| NewModel {
        code: code.to_owned(),
        name: name.to_owned(),
        model_type,
        fields: fields.iter().map(|field| NewModelField::plain(&field.code)).collect(),
        defaults: Map::new(),
    };
    Registration {
        device_type: NewDeviceType { code: DEVICE_TYPE.to_owned(), name: "Arc welder".to_owned() },
        models: vec![
            model("welding_ai_model", "Weld quality", ModelType::AiAnalysis),
            model("welding_realtime", "Welding, live", ModelType::Realtime),
        ],
        devices: MACHINES
            .iter()
            .map(|machine| NewDevice {
                code: machine.code.to_owned(),
                name: format!("Welding machine {}", machine.code),
            })
            .collect(),
        fields,
    }
}

async fn add_user(users: &dyn UserStore, account: &Account, now: Timestamp) -> anyhow::Result<()> {
    let user = NewUser {
        username: account.username.to_owned(),
        password_hash: PasswordHash::of(account.password)?,
        role: account.role,
    };
    match users.create_user(&user, now).await {
        // Whoever changed a password since shall keep theirs.
        Ok(_) | Err(MetadataError::Conflict(Conflict::UserExists(_))) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("adding the user {}", account.username)),
    }
}
