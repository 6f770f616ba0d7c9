//! `/contacts/search` and `/contacts/search/duplicate`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::{Contact, email_form, phone_form};
use super::contact_filter::Filter;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] = &[
    Route::post("contact.search", "/contacts/search", "contacts.readonly", search)
        .location(Place::Body)
        .fields(SEARCH),
    Route::get(
        "contact.find_duplicate",
        "/contacts/search/duplicate",
        "contacts.readonly",
        find_duplicate,
    )
    .location(Place::Query),
];

const SEARCH: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("pageLimit", Rule::between(1.0, 500.0)),
    Field::optional("page", Rule::at_least(1.0)),
    Field::optional("searchAfter", Rule::Each(&Rule::Anything)),
    Field::optional("query", Rule::Text),
    Field::optional("filters", Rule::Each(&Rule::Table)),
    Field::optional("sort", Rule::Objects(SORT)),
];

const SORT: &[Field] = &[
    Field::required(
        "field",
        Rule::OneOf(&[
            "firstNameLowerCase",
            "lastNameLowerCase",
            "businessName",
            "dateAdded",
            "dateUpdated",
            "email",
            "dnd",
            "source",
        ]),
    ),
    Field::required("direction", Rule::OneOf(&["asc", "desc"])),
];

/// How many contacts pages reach; whoever wants more has to go on after the last one.
const PAGED: usize = 10_000;

/// By what contacts are ordered, and where each stands by it: its values, and its id.
#[derive(Debug)]
struct Order<'a>(Vec<(&'a str, bool)>);

impl<'a> Order<'a> {
    /// What the body asks for; the newest first when it asks for nothing, which is ours.
    fn of(call: &Call<'a>) -> Self {
        let sort = call.body.get("sort").and_then(Value::as_array);
        let wanted = sort.into_iter().flatten().filter_map(|by| {
            let descending = by.get("direction")?.as_str()? == "desc";
            Some((by.get("field")?.as_str()?, descending))
        });
        let mut wanted: Vec<_> = wanted.collect();
        if wanted.is_empty() {
            wanted.push(("dateAdded", true));
        }
        Self(wanted)
    }

    fn place_of(&self, contact: &Contact, shown: &Value) -> Vec<Value> {
        let values = self.0.iter().map(|(name, _)| match *name {
            "dateAdded" => contact.date_added.timestamp_millis().into(),
            "dateUpdated" => contact.date_updated.timestamp_millis().into(),
            name => shown.get(name).cloned().unwrap_or_default(),
        });
        values.chain([contact.id.as_str().into()]).collect()
    }

    fn compare(&self, one: &[Value], other: &[Value]) -> Ordering {
        let descending = self.0.iter().map(|(_, descending)| *descending).chain([false]);
        let pairs = one.iter().zip(other).zip(descending);
        let mut orders = pairs.map(|((one, other), descending)| match descending {
            false => compare(one, other),
            true => compare(other, one),
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.to_string().cmp(&other.to_string()),
    }
}

fn search(call: &mut Call<'_>) -> Outcome {
    let filters = call.body.get("filters").and_then(Value::as_array);
    let filters = filters.into_iter().flatten().map(Filter::read);
    let filters = filters.collect::<Result<Vec<_>, _>>()?;
    let order = Order::of(call);
    let query = call.text("query").unwrap_or_default().to_lowercase();
    let contacts = call
        .seen()
        .contacts()
        .map(|contact| (contact, contact.shown_in(call.is_v3)));
    let found =
        contacts.filter(|(_, shown)| is_about(shown, &query) && filters.iter().all(|filter| filter.lets(shown)));
    let mut found: Vec<_> = found
        .map(|(contact, shown)| (order.place_of(contact, &shown), shown))
        .collect();
    found.sort_by(|(one, _), (other, _)| order.compare(one, other));
    let total = found.len();
    let limit = count(call, "pageLimit").unwrap_or(1);
    let skipped = match (
        call.body.get("searchAfter").and_then(Value::as_array),
        count(call, "page"),
    ) {
        (Some(_), Some(_)) => return refuse("page should not be given with searchAfter"),
        (Some(after), _) if after.len() != order.0.len() + 1 => {
            return refuse("searchAfter must be what a contact of the page before has");
        }
        (Some(after), _) => found.partition_point(|(place, _)| order.compare(place, after).is_le()),
        (None, page) => (page.unwrap_or(1) - 1).saturating_mul(limit),
    };
    if call.body.get("searchAfter").is_none() && skipped.saturating_add(limit) > PAGED {
        return refuse("no more than 10000 contacts can be had by page; use searchAfter");
    }
    let page = found.into_iter().skip(skipped).take(limit);
    let page = page.map(|(place, mut shown)| {
        if let Value::Object(fields) = &mut shown {
            // A search says `address` where everything else says `address1`.
            let address = fields.get("address1").cloned().unwrap_or_default();
            fields.insert("address".to_owned(), address);
            fields.insert("searchAfter".to_owned(), place.into());
        }
        shown
    });
    Ok(json!({ "contacts": page.collect::<Vec<Value>>(), "total": total }))
}

/// The words are ours: GHL's were not recorded.
fn refuse(words: &str) -> Outcome {
    Err(Refusal::invalid_fields(vec![words.to_owned()]))
}

/// A number of the body that is a count.
fn count(call: &Call<'_>, name: &str) -> Option<usize> {
    let number = call.body.get(name)?.as_u64()?;
    usize::try_from(number).ok()
}

/// Whether a contact has a text in its name, e-mail address, phone number or company.
fn is_about(shown: &Value, query: &str) -> bool {
    let texts = ["name", "email", "phone", "companyName"];
    let mut texts = texts.iter().filter_map(|name| shown.get(*name)?.as_str());
    query.is_empty() || texts.any(|text| text.to_lowercase().contains(query))
}

fn find_duplicate(call: &mut Call<'_>) -> Outcome {
    let email = call.query.get("email").map(email_form);
    let phone = call.query.get("number").map(phone_form);
    if email.is_none() && phone.is_none() {
        return refuse("number or email should not be empty");
    }
    let matching = call.seen().contacts_matching(email.as_deref(), phone.as_deref());
    Ok(match matching.first() {
        Some((contact, field)) => json!({ "contact": contact.shown_in(call.is_v3), "matchingField": field }),
        // What GHL says when there is none was not recorded.
        None => json!({ "contact": null }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Answer, Trial};
    use crate::emulator::{Seed, SeedContact};

    /// Five contacts, of which the last were added later.
    fn trial() -> Trial {
        let mut seed = Seed::demo();
        seed.contacts.clear();
        let mut trial = Trial::of(seed);
        for (name, city) in [
            ("Ann", "Austin"),
            ("Bob", "Waco"),
            ("Cy", "Austin"),
            ("Di", "Dallas"),
            ("Ed", "Austin"),
        ] {
            let email = format!("{name}@example.com");
            let body = json!({ "locationId": Seed::DEMO_LOCATION, "name": name, "email": email,
                               "address1": "1 Elm St", "city": city });
            assert_eq!(trial.post("/contacts/", body).status, 201);
            trial.now_ms += 1_000;
        }
        trial
    }

    fn search(trial: &mut Trial, more: Value) -> Answer {
        let mut body = json!({ "locationId": Seed::DEMO_LOCATION, "pageLimit": 2 });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        trial.post("/contacts/search", body)
    }

    fn names(answer: &Answer) -> Vec<String> {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let contacts = answer.body["contacts"].as_array().unwrap().iter();
        contacts
            .map(|contact| contact["name"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn pages_follow_one_another_by_number_and_by_what_came_last() {
        let mut trial = trial();
        for (order, expected) in [
            (json!([]), vec![["Ed", "Di"], ["Cy", "Bob"]]),
            (
                json!([{ "field": "firstNameLowerCase", "direction": "asc" }]),
                vec![["Ann", "Bob"], ["Cy", "Di"]],
            ),
        ] {
            let first = search(&mut trial, json!({ "sort": order }));
            assert_eq!(first.body["total"], 5);
            assert_eq!(first.body["contacts"][0]["address"], "1 Elm St");
            let second = search(&mut trial, json!({ "sort": order, "page": 2 }));
            let after = &first.body["contacts"][1]["searchAfter"];
            let next = search(&mut trial, json!({ "sort": order, "searchAfter": after }));
            assert_eq!(vec![names(&first), names(&second)], expected);
            assert_eq!(names(&next), names(&second));
        }
        let last = search(&mut trial, json!({ "page": 3 }));
        assert_eq!(names(&last), ["Ann"]);
    }

    #[test]
    fn contacts_are_found_by_a_text_and_by_filters() {
        let mut trial = trial();
        assert_eq!(names(&search(&mut trial, json!({ "query": "BOB@" }))), ["Bob"]);
        let austin = json!({ "field": "city", "operator": "eq", "value": "Austin" });
        let found = search(&mut trial, json!({ "filters": [austin], "query": "n" }));
        assert_eq!(
            (names(&found), &found.body["total"]),
            (vec!["Ann".to_owned()], &json!(1))
        );
    }

    #[test]
    fn a_search_that_makes_no_sense_is_refused() {
        let mut trial = trial();
        for (body, words) in [
            (json!({ "limit": 3 }), "property limit should not exist"),
            (json!({ "pageLimit": 501 }), "pageLimit must not be greater than 500"),
            (
                json!({ "page": 1, "searchAfter": [1, "a"] }),
                "page should not be given with searchAfter",
            ),
            (
                json!({ "searchAfter": ["a"] }),
                "searchAfter must be what a contact of the page before has",
            ),
            (
                json!({ "page": 101, "pageLimit": 100 }),
                "no more than 10000 contacts can be had by page; use searchAfter",
            ),
        ] {
            let answer = search(&mut trial, body);
            assert_eq!((answer.status, &answer.body["message"]), (422, &json!([words])));
        }
    }

    #[test]
    fn a_duplicate_is_found_in_the_order_of_the_setting() {
        let mut seed = Seed::demo();
        seed.contacts.push(SeedContact {
            id: Some("ann".into()),
            email: Some("ann@example.com".into()),
            ..SeedContact::default()
        });
        let mut trial = Trial::of(seed);
        let path = format!("/contacts/search/duplicate?locationId={}", Seed::DEMO_LOCATION);
        for (query, id, field) in [
            ("number=%2B15125550100", json!(Seed::PAT), json!("phone")),
            (
                "number=%2B15125550100&email=Ann%40example.com",
                json!("ann"),
                json!("email"),
            ),
            ("email=nobody%40example.com", Value::Null, Value::Null),
        ] {
            let answer = trial.get(&format!("{path}&{query}"));
            assert_eq!(answer.status, 200);
            assert_eq!(
                (&answer.body["contact"]["id"], &answer.body["matchingField"]),
                (&id, &field)
            );
        }
        assert_eq!(trial.get(&path).status, 422);
    }
}
