//! Ways to follow people up, compared on the same people.
