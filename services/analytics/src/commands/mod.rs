//! What changes figures, each in a transaction handed in.

pub mod change;
pub mod erase;
pub mod generations;
pub mod look;
pub mod reassign;
pub mod take_down;
pub mod train;
