//! How rows are found when there are many.

use super::*;
use crate::inbox::accept::KNOWN;
use crate::inbox::alert::{NEXT_TO_TELL, TO_TELL};
use crate::inbox::finish::LET_FOLLOW;
use crate::inbox::look::BACKLOG;
use crate::inbox::take::{MAY_BEGIN, NEXT_CONNECTION, NEXT_DUE, TAKE_BACK};

/// So many are done, and one in ten waits.
const EVENTS: usize = 20_000;

fn full_desk() -> Desk {
    let desk = Desk::new();
    desk.connection("austin");
    let fill = format!(
        "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {EVENTS})
         INSERT INTO events (connection, configuration, id, fingerprint, subject, trigger, event, bulk, received_ms,
             status, due_ms, holds_place, attempts, changed_ms)
         SELECT 1, 1, 'visit-' || n, 'a', 'pin-' || n, 'knocker.lead_booked', '{{}}', 0, n,
             iif(n % 10, 'done', 'waiting'), n, 1, 0, n FROM counted"
    );
    desk.inbox
        .file
        .write(move |database, _| database.execute_batch(&fill))
        .unwrap();
    desk
}

#[test]
fn what_is_asked_all_the_time_reads_an_index_and_never_all_events() {
    let desk = full_desk();
    let hot = [
        TAKE_BACK,
        NEXT_CONNECTION,
        MAY_BEGIN,
        NEXT_DUE,
        KNOWN,
        BACKLOG,
        LET_FOLLOW,
        TO_TELL,
        NEXT_TO_TELL,
    ];
    for analyzed in [false, true] {
        for sql in hot {
            let plan = plan(&desk, sql);
            let reads_all = |step: &String| step.starts_with("SCAN") && step.contains("events");
            assert!(!plan.iter().any(reads_all), "analyzed {analyzed}: {sql}\n{plan:#?}");
            assert!(
                !plan.iter().any(|step| step.contains("TEMP B-TREE")),
                "{sql}\n{plan:#?}"
            );
        }
        desk.inbox
            .file
            .write(|database, _| database.execute_batch("ANALYZE"))
            .unwrap();
    }
}

#[test]
fn what_has_to_go_on_where_rows_are_damaged_reads_indexes_alone() {
    let desk = full_desk();
    let all = "SELECT number FROM events INDEXED BY events_by_status";
    let standing = "SELECT number FROM events INDEXED BY events_by_standing WHERE connection = ?1 AND status = ?2";
    for sql in [NEXT_CONNECTION, NEXT_DUE, BACKLOG, all, standing] {
        let plan = plan(&desk, sql);
        let reads_rows = |step: &String| step.contains("events") && !step.contains("COVERING INDEX");
        assert!(!plan.iter().any(reads_rows), "{sql}\n{plan:#?}");
    }
}

/// How SQLite goes about a query.
fn plan(desk: &Desk, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let plan = desk.inbox.file.read(|transaction| {
        let mut explain = transaction.prepare(&sql)?;
        let mut rows = explain.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            steps.push(row.get::<_, String>("detail")?);
        }
        Ok(steps)
    });
    plan.unwrap().0
}
