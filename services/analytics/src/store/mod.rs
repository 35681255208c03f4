//! All SQL.

pub mod cells;
pub mod changes;
pub mod due;
pub mod facts;
pub mod generations;
pub mod insights;
pub mod keys;
pub mod risk;
pub mod roots;
pub mod subjects;
