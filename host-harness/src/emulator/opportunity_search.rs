//! `GET /opportunities/search`.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::Outcome;
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] = &[Route::get(
    "opportunity.search",
    "/opportunities/search",
    "opportunities.readonly",
    search,
)
.location(Place::SnakeQuery)
.query(SEARCH)];

const SEARCH: &[Field] = &[
    Field::optional("status", Rule::OneOf(&["open", "won", "lost", "abandoned", "all"])),
    Field::optional("page", Rule::at_least(1.0)),
    Field::optional("limit", Rule::between(1.0, 100.0)),
    Field::optional("date", Rule::Matches("^\\d{2}-\\d{2}-\\d{4}$", is_date)),
    Field::optional("endDate", Rule::Matches("^\\d{2}-\\d{2}-\\d{4}$", is_date)),
    Field::optional(
        "order",
        Rule::OneOf(&["added_asc", "added_desc", "name_asc", "name_desc"]),
    ),
];

/// What it can be searched by: the names before `v3`, and those in it, which are those of the opportunity's fields.
const FILTERS: [(&str, &str); 5] = [
    ("id", "id"),
    ("pipeline_id", "pipelineId"),
    ("pipeline_stage_id", "pipelineStageId"),
    ("contact_id", "contactId"),
    ("assigned_to", "assignedTo"),
];

/// Finds opportunities, the newest first, which is ours when no order is asked for.
fn search(call: &mut Call<'_>) -> Outcome {
    let opportunities = call.seen_documents(DocumentKind::Opportunity);
    let mut found: Vec<&Document> = opportunities.filter(|opportunity| fits(call, opportunity)).collect();
    match call.query.get("order") {
        Some("added_asc") => {}
        Some("name_asc") => found.sort_by_key(|opportunity| name(opportunity)),
        Some("name_desc") => found.sort_by_key(|opportunity| std::cmp::Reverse(name(opportunity))),
        _ => found.reverse(),
    }
    let total = found.len();
    let limit = call.query_count("limit").unwrap_or(20);
    let page = call.query_count("page").unwrap_or(1).max(1);
    let skipped = match call.query.get("startAfterId") {
        Some(id) => found
            .iter()
            .position(|opportunity| text(opportunity, "id") == id)
            .map_or(0, |place| place + 1),
        None => (page - 1).saturating_mul(limit),
    };
    let shown = found.into_iter().skip(skipped).take(limit);
    let shown: Vec<Value> = shown.map(|opportunity| with_contact(call, opportunity)).collect();
    let is_more = skipped.saturating_add(shown.len()) < total;
    let last = shown.last().filter(|_| is_more);
    let created = last.and_then(|last| instant_ms(last.get("createdAt")?.as_str()?));
    let meta = json!({
        "total": total,
        "currentPage": page,
        "nextPage": is_more.then(|| page.saturating_add(1)),
        "prevPage": (page > 1).then(|| page - 1),
        "startAfter": created,
        "startAfterId": last.and_then(|last| last.get("id")),
    });
    Ok(json!({ "opportunities": shown, "meta": meta, "aggregations": {} }))
}

fn fits(call: &Call<'_>, opportunity: &Document) -> bool {
    let listed = FILTERS.iter().all(|(v2, v3)| {
        let wanted = call.query.get(if call.is_v3 { v3 } else { v2 });
        wanted.is_none_or(|wanted| text(opportunity, v3) == wanted)
    });
    let status = call.query.get("status").filter(|status| *status != "all");
    listed
        && status.is_none_or(|status| text(opportunity, "status") == status)
        && call
            .query
            .get("q")
            .is_none_or(|query| is_about(call, opportunity, query))
        && is_of_the_days(call, opportunity)
}

/// Whether a text is in its name, or in the name, e-mail address or phone number of its contact.
fn is_about(call: &Call<'_>, opportunity: &Document, query: &str) -> bool {
    let query = query.to_lowercase();
    let contact = call.seen().contact(text(opportunity, "contactId"));
    let of_contact = contact.into_iter().flat_map(|contact| {
        let name = Some(contact.name());
        [name, contact.email.clone(), contact.phone.clone()]
            .into_iter()
            .flatten()
    });
    let mut texts = of_contact.chain([text(opportunity, "name").to_owned()]);
    texts.any(|text| text.to_lowercase().contains(&query))
}

/// Whether it was created on the days asked for, in the zone of the location.
fn is_of_the_days(call: &Call<'_>, opportunity: &Document) -> bool {
    let [from, to] = ["date", "endDate"].map(|name| call.query.get(name).and_then(date));
    let created = instant_ms(text(opportunity, "createdAt")).and_then(chrono::DateTime::from_timestamp_millis);
    let created = created.map(|created| created.with_timezone(&call.store.zone).date_naive());
    from.is_none_or(|from| created >= Some(from)) && to.is_none_or(|to| created <= Some(to))
}

fn with_contact(call: &Call<'_>, opportunity: &Document) -> Value {
    let mut shown = opportunity.clone();
    if let Some(contact) = call.seen().contact(text(opportunity, "contactId")) {
        let contact = json!({
            "id": contact.id,
            "name": contact.name(),
            "companyName": contact.properties.get("companyName"),
            "email": contact.email,
            "phone": contact.phone,
            "tags": contact.tags,
        });
        shown.insert("contact".to_owned(), contact);
    }
    Value::Object(shown)
}

fn text<'a>(opportunity: &'a Document, name: &str) -> &'a str {
    opportunity.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn name(opportunity: &Document) -> String {
    text(opportunity, "name").to_lowercase()
}

fn instant_ms(text: &str) -> Option<i64> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(instant.timestamp_millis())
}

/// A date as this search has it, the month first.
fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%m-%d-%Y").ok()
}

fn is_date(text: &str) -> bool {
    date(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    fn trial() -> Trial {
        let mut seed = Seed::demo();
        let deal = |name: &str, status: &str, day: &str| {
            json!({ "id": name, "name": name, "status": status, "pipelineId": Seed::SALES, "contactId": Seed::PAT,
                    "assignedTo": Seed::DANA, "createdAt": format!("{day}T18:00:00.000Z") })
        };
        let deals = [
            deal("roof", "won", "2026-02-01"),
            deal("solar", "open", "2026-02-02"),
            deal("attic", "open", "2026-02-03"),
        ];
        let deals = deals.iter().filter_map(Value::as_object).cloned().collect();
        seed.documents.insert(DocumentKind::Opportunity, deals);
        Trial::of(seed)
    }

    fn ids(body: &Value) -> Vec<&str> {
        let found = body["opportunities"].as_array().unwrap().iter();
        found.map(|opportunity| opportunity["id"].as_str().unwrap()).collect()
    }

    #[test]
    fn opportunities_are_found_by_what_they_are() {
        let mut trial = trial();
        let of_pat = format!("contact_id={}", Seed::PAT);
        for (query, expected) in [
            (of_pat.as_str(), vec!["attic", "solar", "roof"]),
            ("status=open", vec!["attic", "solar"]),
            ("status=all&order=name_asc", vec!["attic", "roof", "solar"]),
            ("q=SOL", vec!["solar"]),
            ("q=pat%40example.com&order=added_asc", vec!["roof", "solar", "attic"]),
            ("date=02-02-2026&endDate=02-02-2026", vec!["solar"]),
            ("pipeline_id=none", vec![]),
            ("assigned_to=nobody", vec![]),
            ("id=roof", vec!["roof"]),
        ] {
            let answer = trial.get(&format!(
                "/opportunities/search?location_id={}&{query}",
                Seed::DEMO_LOCATION
            ));
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(ids(&answer.body), expected, "{query}");
        }
    }

    #[test]
    fn a_page_says_how_to_go_on() {
        let mut trial = trial();
        let path = format!("/opportunities/search?location_id={}&limit=2", Seed::DEMO_LOCATION);
        let first = trial.get(&path).body;
        assert_eq!(first["opportunities"][0]["contact"]["email"], "pat@example.com");
        assert_eq!(first["meta"]["total"], 3);
        assert_eq!(first["meta"]["nextPage"], 2);
        assert_eq!(first["meta"]["startAfterId"], "solar");
        for next in ["page=2", "startAfterId=solar"] {
            let second = trial.get(&format!("{path}&{next}")).body;
            assert_eq!(ids(&second), ["roof"]);
            assert_eq!(second["meta"]["nextPage"], Value::Null);
        }
        assert_eq!(trial.get(&format!("{path}&page=0")).status, 422);
    }

    #[test]
    fn the_words_of_v3_are_others() {
        let mut trial = trial();
        let location = Seed::DEMO_LOCATION;
        let v3 = format!("/opportunities/search?locationId={location}&pipelineId=none");
        assert_eq!(ids(&trial.v3("GET", &v3, None).body), [""; 0]);
        assert_eq!(trial.get(&v3).status, 403);
        let v2 = format!("/opportunities/search?location_id={location}&pipeline_id=none");
        assert_eq!(trial.v3("GET", &v2, None).status, 403);
    }
}
