//! Who may give which role: nobody gives more than they have, and the suite's own role is never given.

use chassis::{Error, Result};
use usher_proto::accounts::v1::Role;

/// From the most to the least; a role may give itself and what follows.
const ORDER: [Role; 6] =
    [Role::Owner, Role::Admin, Role::Recruiter, Role::HiringManager, Role::Interviewer, Role::ReadOnly];

/// Refuses a grant of `given` by somebody who is `giver`.
pub fn check(giver: Role, given: Role) -> Result<()> {
    let rank = |role: Role| ORDER.iter().position(|known| *known == role);
    match (rank(giver), rank(given)) {
        (Some(giver), Some(given)) if giver <= given => Ok(()),
        _ => Err(Error::permission_denied("ROLE_TOO_HIGH", "you can not give a role above your own")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_more_than_they_have() {
        assert!(check(Role::Owner, Role::Owner).is_ok());
        assert!(check(Role::Admin, Role::Recruiter).is_ok());
        assert!(check(Role::Admin, Role::Owner).is_err());
        for giver in ORDER {
            assert!(check(giver, Role::Service).is_err());
            assert!(check(giver, Role::Unspecified).is_err());
            assert!(check(Role::Service, giver).is_err());
        }
    }
}
