//! Secrets from environment variables, or from anything else that can be asked for a value by role.

use super::{Revealed, SecretError, SecretValue, Secrets};
use std::collections::BTreeMap;
use std::env::VarError;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What stands before the role, in capitals, in the name of a variable.
const PREFIX: &str = "KNOCK_SECRET_";

/// How many generations of a secret stay revealable. A request that another instance prepared with the generation
/// before goes out with that one and is refused by the provider, which says more than a placeholder on the wire.
const GENERATIONS_KEPT: usize = 2;

/// Answers a question about a role.
type Ask<T> = Box<dyn Fn(&str) -> T + Send + Sync>;

/// A secret, if there is one; or why it cannot be read, as what continues the sentence "the secret …".
pub type Found = Result<Option<String>, String>;

/// Where secrets come from.
pub struct Source {
    read: Ask<Found>,
    place: Ask<String>,
}

impl Source {
    /// `read` gives the secret of a role. `place` says in words where an operator puts it: "set
    /// `KNOCK_SECRET_GHL_TOKEN`".
    pub fn new(
        read: impl Fn(&str) -> Found + Send + Sync + 'static,
        place: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            read: Box::new(read),
            place: Box::new(place),
        }
    }
}

/// The secret of role `ghl_token` is the variable `KNOCK_SECRET_GHL_TOKEN`, or whatever another [`Source`] says.
///
/// The source is asked once for each role and again when the provider has refused what it gave.
pub struct EnvironmentSecrets {
    source: Source,
    roles: Vec<String>,
    held: Mutex<BTreeMap<String, Vec<Generation>>>,
}

struct Generation {
    number: u64,
    placeholder: String,
    value: SecretValue,
}

impl EnvironmentSecrets {
    /// Reads the environment. `roles` are those that the manifest declares; the component gets no other.
    pub fn new(roles: impl IntoIterator<Item = String>) -> Self {
        Self::with_source(roles, Self::environment(|role| read_variable(&Self::variable(role))))
    }

    /// Takes the secrets themselves, by role.
    pub fn given(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let secrets: BTreeMap<_, _> = secrets.into_iter().collect();
        let roles: Vec<_> = secrets.keys().cloned().collect();
        Self::with_source(roles, Self::environment(move |role| Ok(secrets.get(role).cloned())))
    }

    fn environment(read: impl Fn(&str) -> Found + Send + Sync + 'static) -> Source {
        Source::new(read, |role| format!("set `{}`", Self::variable(role)))
    }

    /// Asks `source` for the secret of a role.
    pub fn with_source(roles: impl IntoIterator<Item = String>, source: Source) -> Self {
        Self {
            source,
            roles: roles.into_iter().collect(),
            held: Mutex::default(),
        }
    }

    /// The variable that holds the secret of a role.
    pub fn variable(role: &str) -> String {
        format!("{PREFIX}{}", role.to_ascii_uppercase())
    }

    /// A secret that the host uses itself, and that may be left out, as what it is. What is wrong with it must be said
    /// without quoting it.
    pub fn own<T>(&self, role: &str) -> Result<Option<T>, SecretError>
    where
        T: FromStr,
        T::Err: Display,
    {
        let found = self.find(role)?.map(|value| value.expose().parse());
        found.transpose().map_err(|wrong| self.unusable(role, &wrong))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Generation>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, role: &str) -> Result<SecretValue, SecretError> {
        if !self.roles.iter().any(|declared| declared == role) {
            return Err(SecretError::Missing(format!(
                "the manifest declares no secret for role `{role}`"
            )));
        }
        self.find(role)?.ok_or_else(|| {
            let place = (self.source.place)(role);
            SecretError::Missing(format!("no secret for role `{role}`: {place}"))
        })
    }

    fn find(&self, role: &str) -> Result<Option<SecretValue>, SecretError> {
        let found = (self.source.read)(role)
            .map_err(|why| SecretError::Unusable(format!("the secret for role `{role}` {why}")))?;
        let value = found.map(SecretValue::new).transpose();
        value.map_err(|wrong| self.unusable(role, &wrong))
    }

    fn unusable(&self, role: &str, wrong: &dyn Display) -> SecretError {
        let place = (self.source.place)(role);
        SecretError::Unusable(format!("the secret for role `{role}` {wrong}: {place}"))
    }
}

impl Secrets for EnvironmentSecrets {
    fn get(&self, role: &str) -> Result<String, SecretError> {
        let mut held = self.held();
        if let Some(current) = held.get(role).and_then(|generations| generations.last()) {
            return Ok(current.placeholder.clone());
        }
        let value = self.read(role)?;
        let placeholder = placeholder(role, 1)?;
        held.insert(
            role.to_owned(),
            vec![Generation {
                number: 1,
                placeholder: placeholder.clone(),
                value,
            }],
        );
        Ok(placeholder)
    }

    fn renew(&self, role: &str, refused: &str) -> Result<String, SecretError> {
        let current = self.get(role)?;
        if current != refused {
            // Somebody else has asked about the refused one before, and this is what came of it.
            return Ok(current);
        }
        let mut held = self.held();
        let generations = held.entry(role.to_owned()).or_default();
        let (number, unchanged) = match generations.last() {
            Some(last) if last.placeholder != refused => return Ok(last.placeholder.clone()),
            Some(last) => (last.number, &last.value),
            None => return Ok(current),
        };
        let value = self.read(role)?;
        if value == *unchanged {
            return Ok(current);
        }
        let number = number + 1;
        let placeholder = placeholder(role, number)?;
        generations.push(Generation {
            number,
            placeholder: placeholder.clone(),
            value,
        });
        if generations.len() > GENERATIONS_KEPT {
            generations.remove(0);
        }
        Ok(placeholder)
    }

    fn reveal(&self, placeholder: &str) -> Option<Revealed> {
        self.held().iter().find_map(|(role, generations)| {
            let generation = generations
                .iter()
                .find(|generation| generation.placeholder == placeholder)?;
            Some(Revealed {
                role: role.clone(),
                value: generation.value.clone(),
            })
        })
    }
}

/// Reads a variable of the environment.
pub(super) fn read_variable(name: &str) -> Found {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("cannot be used: the variable `{name}` is not UTF-8")),
    }
}

/// A string that means nothing outside this process and cannot be guessed within it.
fn placeholder(role: &str, generation: u64) -> Result<String, SecretError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)
        .map_err(|error| SecretError::Unavailable(format!("the system gives no random numbers: {error}")))?;
    Ok(format!(
        "knock-placeholder.{role}.{generation}.{:032x}",
        u128::from_be_bytes(random)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn roles() -> Vec<String> {
        vec!["ghl_token".to_owned()]
    }

    fn changing(value: &Arc<Mutex<String>>) -> EnvironmentSecrets {
        let value = value.clone();
        let read = move |_: &str| Ok(Some(value.lock().unwrap().clone()));
        EnvironmentSecrets::with_source(roles(), EnvironmentSecrets::environment(read))
    }

    #[test]
    fn a_placeholder_reveals_the_secret_and_says_nothing_of_it() {
        let secrets = EnvironmentSecrets::given([("ghl_token".to_owned(), "pit-1234".to_owned())]);
        let placeholder = secrets.get("ghl_token").unwrap();
        assert!(!placeholder.contains("pit-1234"));
        assert_eq!(secrets.get("ghl_token").unwrap(), placeholder);
        let revealed = secrets.reveal(&placeholder).unwrap();
        assert_eq!(revealed.role, "ghl_token");
        assert_eq!(revealed.value.expose(), "pit-1234");
        assert!(!format!("{revealed:?} {}", revealed.value).contains("pit-1234"));
        assert!(secrets.reveal("pit-1234").is_none());
    }

    #[test]
    fn a_role_that_is_not_declared_is_never_read() {
        let secrets =
            EnvironmentSecrets::with_source(roles(), EnvironmentSecrets::environment(|_| Ok(Some("x".to_owned()))));
        let error = secrets.get("other").unwrap_err();
        assert!(matches!(error, SecretError::Missing(_)));
        assert!(error.to_string().contains("`other`"));
    }

    #[test]
    fn a_missing_secret_names_its_variable() {
        let secrets = EnvironmentSecrets::with_source(roles(), EnvironmentSecrets::environment(|_| Ok(None)));
        let error = secrets.get("ghl_token").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no secret for role `ghl_token`: set `KNOCK_SECRET_GHL_TOKEN`"
        );
    }

    #[test]
    fn a_secret_that_cannot_stand_in_a_header_is_refused_without_being_quoted() {
        for wrong in ["", "pit-12\n34", "pit 1234", " pit-1234", "pit-ü"] {
            let secrets = EnvironmentSecrets::given([("ghl_token".to_owned(), wrong.to_owned())]);
            let error = secrets.get("ghl_token").unwrap_err().to_string();
            assert!(error.contains("`KNOCK_SECRET_GHL_TOKEN`"), "{error}");
            assert!(!error.contains("pit"), "{error}");
        }
    }

    #[test]
    fn a_refused_secret_that_has_not_changed_comes_back_as_it_was() {
        let value = Arc::new(Mutex::new("old".to_owned()));
        let secrets = changing(&value);
        let first = secrets.get("ghl_token").unwrap();
        assert_eq!(secrets.renew("ghl_token", &first).unwrap(), first);
    }

    #[test]
    fn a_changed_secret_is_renewed_once_however_many_ask() {
        let value = Arc::new(Mutex::new("old".to_owned()));
        let secrets = changing(&value);
        let first = secrets.get("ghl_token").unwrap();
        *value.lock().unwrap() = "new".to_owned();
        let second = secrets.renew("ghl_token", &first).unwrap();
        assert_ne!(second, first);
        *value.lock().unwrap() = "newer".to_owned();
        assert_eq!(secrets.renew("ghl_token", &first).unwrap(), second);
        assert_eq!(secrets.get("ghl_token").unwrap(), second);
        assert_eq!(secrets.reveal(&second).unwrap().value.expose(), "new");
        assert_eq!(secrets.reveal(&first).unwrap().value.expose(), "old");
    }
}
