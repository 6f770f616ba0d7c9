//! The GHL in memory: several locations, each with two calendars and its own weather.

use super::error::TortureError;
use crate::emulator::{
    Calendar, CalendarKind, Clock, Ghl, Location, OpenHours, Rain, RateLimit, Seed, Server, TimeOfDay, Token,
};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A calendar that takes one visit at a time.
pub(super) const NARROW: &str = "One at a time";

/// A calendar that takes several.
pub(super) const ROOMY: &str = "Four at a time";

/// How long a request may take: claims live this much longer than the budget.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The name of a location's connection.
pub(super) fn connection(location: usize) -> String {
    format!("town{location}")
}

/// The token of a location.
pub(super) fn token(location: usize) -> String {
    format!("pit-torture-{location}")
}

/// Starts the GHL.
pub(super) async fn open(locations: usize, rain: &Rain) -> Result<Server, TortureError> {
    let locations: Result<Vec<_>, _> = (0..locations).map(|location| ghl(location, rain)).collect();
    let locations = locations.map_err(|error| TortureError::Emulator(error.to_string()))?;
    Server::bind_many((Ipv4Addr::LOCALHOST, 0), locations, Clock::system())
        .await
        .map_err(|error| TortureError::Emulator(error.to_string()))
}

fn ghl(location: usize, rain: &Rain) -> Result<Ghl, crate::emulator::SeedError> {
    let calendar = |id: &str, name: &str, per_slot| Calendar {
        per_slot,
        open_hours: vec![OpenHours {
            days: (0..=6).collect(),
            from: TimeOfDay::at_hour(0),
            to: TimeOfDay::at_hour(24),
        }],
        ..Calendar::new(id, name, CalendarKind::Event, &[])
    };
    let number = u64::try_from(location).unwrap_or_default();
    let mut ghl = Ghl::new(Seed {
        random: rain.seed.wrapping_add(number),
        location: Location {
            id: format!("town{location}000000000000000"),
            name: connection(location),
            ..Location::default()
        },
        tokens: vec![Token::of_location(&token(location))],
        calendars: vec![calendar("narrow", NARROW, 1), calendar("roomy", ROOMY, 4)],
        // What is proved here does not depend on it, and at GHL's pace 10,000 bookings would take long.
        rate_limit: RateLimit {
            max: 300,
            interval_ms: 1_000,
            daily: u32::MAX,
            ..RateLimit::default()
        },
        ..Seed::default()
    })?;
    ghl.keep_received(0);
    ghl.rain(Rain {
        seed: rain.seed.wrapping_add(number),
        ..rain.clone()
    });
    Ok(ghl)
}

/// Stops the rain everywhere.
pub(super) fn clear_up(server: &Server) {
    for location in 0..server.locations() {
        server.with_location(location, Ghl::stop_rain);
    }
}

/// Writes the configuration of every connection.
pub(super) fn write_configurations(server: &Server, settle: Duration, folder: &Path) -> Result<(), TortureError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder.to_path_buf(), source))?;
    for location in 0..server.locations() {
        let id = server.with_location(location, |ghl| ghl.location().id.clone());
        let text = format!(
            "location_id = \"{}\"\ntime_zone = \"America/Chicago\"\ncalendar_name = \"{NARROW}\"\n\
             settle_seconds = {}\nrequest_timeout_seconds = {}\n\
             # Visits fill every hour of the day.\n\
             [source]\noffsets = \"trust\"\n",
            id.unwrap_or_default(),
            settle.as_secs(),
            REQUEST_TIMEOUT.as_secs(),
        );
        let path = folder.join(format!("{}.toml", connection(location)));
        fs::write(&path, text).map_err(|source| failed(path.clone(), source))?;
    }
    Ok(())
}

fn failed(path: PathBuf, source: std::io::Error) -> TortureError {
    TortureError::Folder { path, source }
}
