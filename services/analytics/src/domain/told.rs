//! A fact with whose it is.

use uuid::Uuid;

use super::fact::Fact;

/// A fact, with the person and the job that its root belongs to, where the event names them.
#[derive(Debug, Clone)]
pub struct Told {
    pub fact: Fact,
    pub person: Option<Uuid>,
    pub job: Option<Uuid>,
}

impl Told {
    /// With what its kind has to say.
    pub fn with(mut self, say: impl FnOnce(&mut Fact)) -> Self {
        say(&mut self.fact);
        self
    }
}
