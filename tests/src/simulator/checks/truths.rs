//! What is planted against the intervals that the reports give for it.
