//! The secrets of one of many connections.

use super::environment::{EnvironmentSecrets, Source, read_variable};
use super::secret_file;
use std::path::{Path, PathBuf};

/// The secrets of a connection of this name.
///
/// With a directory, the secret of role `ghl_token` of connection `austin` is the file `austin/ghl_token` in it, as
/// service managers and container platforms hand credentials over; a file that is changed counts as soon as the
/// provider refuses what stood there before. Nobody but its owner may read it, unless it is on a mount that is read-only.
/// Else it is the variable `KNOCK_SECRET_AUSTIN_GHL_TOKEN`, or, where the
/// connection is `alone`, `KNOCK_SECRET_GHL_TOKEN`.
pub fn of_connection(
    name: &str,
    alone: bool,
    directory: Option<&Path>,
    roles: impl IntoIterator<Item = String>,
) -> EnvironmentSecrets {
    let source = match directory {
        Some(directory) => in_directory(directory.join(name)),
        None => in_environment(name.to_owned(), alone),
    };
    EnvironmentSecrets::with_source(roles, source)
}

/// The other connection to which the variable of a role belongs as well, and the variable: `KNOCK_SECRET_AUSTIN_NORTH_KEY`
/// is that of role `north_key` of connection `austin`, and that of role `key` of connection `austin-north`. It belongs to
/// the one with the longer name, whether that one has such a role or not.
pub fn claimant<'n>(
    connection: &str,
    role: &str,
    connections: impl IntoIterator<Item = &'n str>,
) -> Option<(&'n str, String)> {
    let variable = variable_of(connection, role);
    let claims = |other: &&str| other.len() > connection.len() && variable.starts_with(&variable_of(other, ""));
    let other = connections.into_iter().find(claims)?;
    Some((other, variable))
}

fn in_directory(directory: PathBuf) -> Source {
    let place = directory.clone();
    Source::new(
        move |role| secret_file::read(&directory.join(role)),
        move |role| format!("write it to `{}`", place.join(role).display()),
    )
}

fn in_environment(name: String, alone: bool) -> Source {
    let own = move |role: &str| variable_of(&name, role);
    let variables = move |role: &str| {
        let mut variables = vec![own(role)];
        if alone {
            variables.push(EnvironmentSecrets::variable(role));
        }
        variables
    };
    let read = variables.clone();
    Source::new(
        move |role| {
            let mut found = read(role).into_iter().map(|variable| read_variable(&variable));
            found.find(|found| *found != Ok(None)).unwrap_or(Ok(None))
        },
        move |role| format!("set `{}`", variables(role).join("` or `")),
    )
}

/// The variable of a role of a connection.
fn variable_of(connection: &str, role: &str) -> String {
    EnvironmentSecrets::variable(&format!("{}_{role}", variable_part(connection)))
}

/// A name as part of a variable's name.
fn variable_part(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::Endpoint;
    use crate::secrets::Secrets;
    use std::fs;

    /// Writes a file that its owner alone may read.
    fn write(file: &Path, text: &str) {
        fs::write(file, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn roles() -> Vec<String> {
        vec!["ghl_token".to_owned()]
    }

    #[test]
    fn a_secret_in_a_file_is_read_again_when_it_was_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("austin").join("ghl_token");
        let secrets = of_connection("austin", false, Some(directory.path()), roles());
        let error = secrets.get("ghl_token").unwrap_err().to_string();
        assert!(error.contains(&format!("write it to `{}`", file.display())), "{error}");
        fs::create_dir(file.parent().unwrap()).unwrap();
        write(&file, "pit-old\r\n");
        let old = secrets.get("ghl_token").unwrap();
        assert_eq!(secrets.reveal(&old).unwrap().value.expose(), "pit-old");
        write(&file, "pit-new\n");
        assert_eq!(secrets.get("ghl_token").unwrap(), old);
        let new = secrets.renew("ghl_token", &old).unwrap();
        assert_eq!(secrets.reveal(&new).unwrap().value.expose(), "pit-new");
    }

    #[cfg(unix)]
    #[test]
    fn secret_that_cannot_be_used_is_not_said_to_be_missing() {
        use crate::secrets::SecretError;
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("austin").join("ghl_token");
        fs::create_dir(file.parent().unwrap()).unwrap();
        write(&file, "pit-1234\n");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let secrets = of_connection("austin", false, Some(directory.path()), roles());
        let error = secrets.get("ghl_token").unwrap_err();
        assert!(matches!(error, SecretError::Unusable(_)), "{error}");
        let expected = format!("chmod 600 {}", file.display());
        assert!(error.to_string().contains(&expected), "{error}");
        // What the host reads for itself is read with the same care.
        write(
            &file.with_file_name("alert_url"),
            "https://hooks.example.com/T0\nand more",
        );
        let error = secrets.own::<Endpoint>("alert_url").unwrap_err().to_string();
        assert!(error.contains("more than one line") && !error.contains("T0"), "{error}");
        write(&file, "pit-1234\n");
        assert!(secrets.get("ghl_token").is_ok());
    }

    #[test]
    fn a_missing_secret_names_the_variables_that_would_hold_it() {
        let many = of_connection("no such-town", false, None, roles());
        assert_eq!(
            many.get("ghl_token").unwrap_err().to_string(),
            "no secret for role `ghl_token`: set `KNOCK_SECRET_NO_SUCH_TOWN_GHL_TOKEN`"
        );
        let alone = of_connection("nowhere", true, None, vec!["unheard_of".to_owned()]);
        assert_eq!(
            alone.get("unheard_of").unwrap_err().to_string(),
            "no secret for role `unheard_of`: set `KNOCK_SECRET_NOWHERE_UNHEARD_OF` or `KNOCK_SECRET_UNHEARD_OF`"
        );
    }

    #[test]
    fn variable_that_can_be_read_two_ways_belongs_to_the_longer_name() {
        let connections = ["austin", "austin-north", "dallas"];
        let of = |connection, role| claimant(connection, role, connections);
        let both = "KNOCK_SECRET_AUSTIN_NORTH_GHL_TOKEN".to_owned();
        assert_eq!(of("austin", "north_ghl_token"), Some(("austin-north", both)));
        assert_eq!(of("austin-north", "ghl_token"), None);
        assert_eq!(of("austin", "ghl_token"), None);
        assert_eq!(of("austin", "northern_token"), None);
        assert_eq!(of("dallas", "austin_ghl_token"), None);
    }

    #[test]
    fn what_the_host_uses_itself_may_be_left_out_and_is_not_quoted() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("austin").join("alert_url");
        let secrets = of_connection("austin", false, Some(directory.path()), Vec::new());
        let url = || secrets.own::<Endpoint>("alert_url");
        assert_eq!(url(), Ok(None));
        fs::create_dir(file.parent().unwrap()).unwrap();
        for (wrong, why) in [
            ("hooks.example.com/T0\n", "is no URL"),
            ("http://hooks.example.com/T0\n", "is not encrypted"),
            (" https://hooks.example.com/T0\n", "begins or ends with a space"),
            ("\n", "is empty"),
        ] {
            write(&file, wrong);
            let error = url().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("T0"), "{error}");
            assert!(error.contains(&format!("write it to `{}`", file.display())), "{error}");
        }
        write(&file, "https://hooks.example.com/T0\n");
        assert!(url().unwrap().is_some());
    }
}
