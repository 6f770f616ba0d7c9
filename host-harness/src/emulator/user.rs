//! How GHL shows a user.

use serde_json::{Value, json};

use super::contact::split_name;
use super::seed::User;

impl User {
    /// The user as GHL shows it.
    pub(super) fn shown(&self, location_id: &str) -> Value {
        let (first, last) = split_name(&self.name);
        json!({
            "id": self.id,
            "name": self.name,
            "firstName": first,
            "lastName": last,
            "email": self.email,
            "phone": self.phone.as_deref().unwrap_or_default(),
            "extension": "",
            "roles": {
                "type": "account",
                "role": self.role.name(),
                "locationIds": [location_id],
                "restrictSubAccount": false,
            },
            "deleted": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_shown_with_both_names_and_its_roles() {
        let user = r#"{ "id": "u", "name": "Dana Lee Whitfield", "phone": "+15125550100", "role": "admin" }"#;
        let shown = serde_json::from_str::<User>(user).unwrap().shown("here");
        assert_eq!(
            (&shown["firstName"], &shown["lastName"]),
            (&json!("Dana"), &json!("Lee Whitfield"))
        );
        assert_eq!(shown["phone"], "+15125550100");
        assert_eq!(shown["roles"]["role"], "admin");
        assert_eq!(shown["roles"]["locationIds"], json!(["here"]));
    }
}
