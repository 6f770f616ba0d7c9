//! How the effect of an operation is found when its answer was lost.

/// How the effect of an operation is found when its answer was lost.
#[derive(Debug)]
pub struct ReadBack {
    /// Key of the operation that shows it.
    pub by: &'static str,
    /// What that one is asked: its field, and the field of the input that says it.
    pub with: &'static [(&'static str, &'static str)],
    /// Whether it is asked for the time around `startTime` of the input, as `startTime` and `endTime` in milliseconds.
    pub around: bool,
    /// Where its answer has the candidates, dotted: a list, or one object; empty: the answer itself.
    pub found_in: &'static str,
    /// The field of a candidate with its id.
    pub id: &'static str,
    /// What tells ours from others.
    pub told_by: ToldBy,
}

/// What tells the effect of our request from what others did.
#[derive(Clone, Copy, Debug)]
pub enum ToldBy {
    /// The reference that was added to this text field.
    Reference(&'static str),
    /// These fields are as they were sent, and nothing else that was sent differs: the provider takes no second one like
    /// that, or it would be as good.
    Same(&'static [&'static str]),
    /// Everything that was sent and is shown is as it was sent.
    Written,
}

impl ReadBack {
    /// In words: `event.list, by its reference in description`.
    pub fn words(&self) -> String {
        let by = self.by;
        match self.told_by {
            ToldBy::Reference(name) => format!("`{by}`, by the reference in `{name}`"),
            ToldBy::Same(names) => format!("`{by}`, by `{}`", names.join("`, `")),
            ToldBy::Written => format!("`{by}`, by all that was written"),
        }
    }
}
