//! All SQL.

pub mod cells;
pub mod facts;
pub mod generations;
pub mod keys;
pub mod risk;
pub mod roots;
pub mod subjects;
