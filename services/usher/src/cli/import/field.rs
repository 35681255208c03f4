//! Quotes in CSV, as the servers and the parser of rows read them.

/// Where within a field one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Before its first byte.
    Begins,
    /// Outside of quotes, where a quote is a character as any other.
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of them, or the first of two that stand for one.
    Quote,
}

impl Field {
    /// Behind a byte.
    pub fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) | (Self::Begins | Self::Quote, b'"') => Self::Quoted,
            (_, b',' | b'\r' | b'\n') => Self::Begins,
            (_, _) => Self::Plain,
        }
    }
}
