//! One file per verb: load, decide, save, append the event, in the transaction handed in.

pub mod create_api_key;
pub mod create_tenant;
pub mod create_user;
pub mod revoke_api_key;
pub mod update_user;
