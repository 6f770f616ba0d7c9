//! `/users/…`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route, Since};
use super::seed::User;

pub(super) const ROUTES: &[Route] = &[
    Route::get("user.list", "/users/", "users.readonly", list)
        .since(Since::V2Only)
        .location(Place::Query),
    Route::get("user.search", "/users/search", "users.readonly", search).query(SEARCH),
    Route::get("user.get", "/users/{userId}", "users.readonly", get),
];

const SEARCH: &[Field] = &[
    Field::optional("skip", Rule::at_least(0.0)),
    Field::optional("limit", Rule::at_least(1.0)),
    Field::optional("sortDirection", Rule::OneOf(&["asc", "desc"])),
    Field::optional("enabled2waySync", Rule::Flag),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let location = &call.store.location.id;
    let users = call.store.users.iter().map(|user| user.shown(location));
    Ok(json!({ "users": users.collect::<Vec<Value>>() }))
}

/// Finds users of the company by what they are called and what they are, ordered by name.
fn search(call: &mut Call<'_>) -> Outcome {
    let location = &call.store.location;
    // That another company is refused in the same words is ours.
    if call.query.get("companyId") != Some(&location.company_id) {
        return Err(Refusal::unauthorized("E01 - Unauthorized request"));
    }
    let here = call.query.get("locationId").is_none_or(|id| id == location.id);
    if !here {
        return Err(Refusal::foreign_location());
    }
    let mut users: Vec<&User> = call.store.users.iter().filter(|user| fits(call, user)).collect();
    users.sort_by_key(|user| user.name.to_lowercase());
    if call.query.get("sortDirection") == Some("desc") {
        users.reverse();
    }
    let count = users.len();
    let skip = call.query_count("skip").unwrap_or(0);
    let limit = call.query_count("limit").unwrap_or(25);
    let page = users.into_iter().skip(skip).take(limit);
    let page: Vec<Value> = page.map(|user| user.shown(&location.id)).collect();
    Ok(json!({ "users": page, "count": count }))
}

fn fits(call: &Call<'_>, user: &User) -> bool {
    let named = |query: &str| {
        let query = query.to_lowercase();
        let texts = [&user.name, &user.email, user.phone.as_ref().unwrap_or(&user.email)];
        texts.iter().any(|text| text.to_lowercase().contains(&query))
    };
    let listed = |ids: &str| ids.split(',').any(|id| id.trim() == user.id);
    call.query.get("query").is_none_or(named)
        && call.query.get("ids").is_none_or(listed)
        && call.query.get("role").is_none_or(|role| role == user.role.name())
        && call.query.get("type").is_none_or(|kind| kind == "account")
}

fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.store.user(call.id());
    let user = user.ok_or_else(|| Refusal::missing("User", call.id()))?;
    Ok(user.shown(&call.store.location.id))
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::json;

    #[test]
    fn users_are_listed_before_v3_alone() {
        let mut trial = Trial::demo();
        let path = format!("/users/?locationId={}", Seed::DEMO_LOCATION);
        assert_eq!(trial.get(&path).body["users"].as_array().unwrap().len(), 3);
        let v3 = trial.v3("GET", &path, None);
        assert_eq!((v3.status, &v3.body["message"]), (404, &json!("Cannot GET /users/")));
    }

    #[test]
    fn users_are_searched_in_a_company() {
        let mut trial = Trial::demo();
        for target in ["/users/search", "/users/search?companyId=elsewhere"] {
            let answer = trial.get(target);
            let words = json!("E01 - Unauthorized request");
            assert_eq!((answer.status, &answer.body["message"]), (401, &words));
        }
        let ids = format!("ids={},{}", Seed::RILEY, Seed::DANA);
        let here = format!("locationId={}", Seed::DEMO_LOCATION);
        for (query, names, count) in [
            (here.as_str(), vec!["Dana", "Marcus", "Riley"], 3),
            ("query=BELL", vec!["Marcus"], 1),
            (&ids, vec!["Dana", "Riley"], 2),
            ("sortDirection=desc&limit=1&skip=1", vec!["Marcus"], 3),
            ("role=admin", vec![], 0),
        ] {
            let answer = trial.get(&format!("/users/search?companyId={}&{query}", Seed::DEMO_COMPANY));
            let users = answer.body["users"].as_array().unwrap().iter();
            let found: Vec<_> = users.map(|user| user["firstName"].as_str().unwrap()).collect();
            assert_eq!((found, &answer.body["count"]), (names, &json!(count)), "{query}");
        }
        let foreign = format!("/users/search?companyId={}&locationId=elsewhere", Seed::DEMO_COMPANY);
        assert_eq!(trial.get(&foreign).status, 403);
    }

    #[test]
    fn a_user_is_shown_without_an_envelope() {
        let mut trial = Trial::demo();
        assert_eq!(
            trial.get(&format!("/users/{}", Seed::DANA)).body["name"],
            "Dana Whitfield"
        );
        let answer = trial.get("/users/nobody");
        assert_eq!(answer.body["error"], "User with id nobody not found");
    }
}
