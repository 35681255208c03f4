//! A segment's columns, opened once for as long as the segment lives.

use std::sync::Arc;

use tantivy::{
    DocId, SegmentReader,
    columnar::{BytesColumn, Cardinality, Column, ColumnValues, StrColumn},
    fieldnorm::FieldNormReader,
};
use uuid::Uuid;

use super::{
    Error,
    card::Card,
    names::Names,
    person::{self, Person},
    schema::{Fields, column},
};
use crate::{domain::query::Number, domain::texts};

/// A column with one value per document.
pub type Numbers<T> = Arc<dyn ColumnValues<T>>;

/// The columns of values that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Skills,
    Tags,
    City,
    Company,
    Keywords,
}

impl Counted {
    pub const ALL: [Self; 5] = [Self::Skills, Self::Tags, Self::City, Self::Company, Self::Keywords];

    fn column(self) -> &'static str {
        match self {
            Self::Skills => column::SKILLS,
            Self::Tags => column::TAGS,
            Self::City => column::CITY,
            Self::Company => column::COMPANY,
            Self::Keywords => column::KEYWORDS,
        }
    }
}

/// Values of a document as numbers of the segment's own dictionary, and what these are in [`Names`].
pub struct Words {
    /// None of the segment's documents has any when it is missing.
    pub column: Option<StrColumn>,
    pub names: Vec<u32>,
}

/// The columns of a segment.
pub struct Columns {
    tenant: BytesColumn,
    id_high: Numbers<u64>,
    id_low: Numbers<u64>,
    words: [Words; Counted::ALL.len()],
    pub tags_until: Column<i64>,
    /// By document.
    pub people: Arc<[Person]>,
    pub created: Numbers<i64>,
    pub updated: Numbers<i64>,
    card: BytesColumn,
    pub lengths: [FieldNormReader; texts::FIELDS.len()],
}

impl Columns {
    /// Opens a segment's columns.
    pub fn open(segment: &SegmentReader, fields: &Fields, names: &Names) -> Result<Self, Error> {
        let columns = segment.fast_fields();
        let unsigned = |name| Ok::<_, Error>(one_each(columns.u64(name)?, 0));
        let signed = |name| Ok::<_, Error>(one_each(columns.i64(name)?, 0));
        let bytes =
            |name| Ok::<_, Error>(columns.bytes(name)?.unwrap_or_else(|| BytesColumn::empty(segment.max_doc())));
        let mut words = Vec::with_capacity(Counted::ALL.len());
        for counted in Counted::ALL {
            words.push(open_words(columns.str(counted.column())?, names)?);
        }
        let mut lengths = Vec::with_capacity(texts::FIELDS.len());
        for field in fields.texts {
            lengths.push(segment.get_fieldnorms_reader(field)?);
        }
        let tags_until = columns.column_opt(column::TAGS_UNTIL)?;
        Ok(Self {
            tenant: bytes(column::TENANT)?,
            id_high: unsigned(column::ID_HIGH)?,
            id_low: unsigned(column::ID_LOW)?,
            words: words.try_into().map_err(|_| Error::Broken("columns are missing".to_owned()))?,
            tags_until: tags_until.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())),
            people: person::read(segment)?,
            created: signed(column::CREATED)?,
            updated: signed(column::UPDATED)?,
            card: bytes(column::CARD)?,
            lengths: lengths.try_into().map_err(|_| Error::Broken("lengths are missing".to_owned()))?,
        })
    }

    /// The values of one kind.
    pub fn words(&self, of: Counted) -> &Words {
        &self.words[of as usize]
    }

    /// The person.
    pub fn id(&self, doc: DocId) -> Uuid {
        Uuid::from_u64_pair(self.id_high.get_val(doc), self.id_low.get_val(doc))
    }

    /// The number of the document's tenant among those of [`Self::tenants`].
    pub fn tenant(&self, doc: DocId) -> Option<usize> {
        self.tenant.ords().first(doc).and_then(|ord| usize::try_from(ord).ok())
    }

    /// The tenants of the segment.
    pub fn tenants(&self) -> Result<Vec<Uuid>, Error> {
        let mut tenants = Vec::with_capacity(self.tenant.num_terms());
        let mut stream = self.tenant.dictionary().stream()?;
        while stream.advance() {
            tenants.push(Uuid::from_slice(stream.key()).map_err(|_| Error::Broken("no tenant's id".to_owned()))?);
        }
        Ok(tenants)
    }

    /// What is packed of a person.
    pub fn person(&self, doc: DocId) -> &Person {
        // The segment has as many documents as it has people.
        &self.people[doc as usize]
    }

    /// The numbers that ranges are about.
    pub fn number(&self, number: Number) -> Box<dyn Fn(DocId) -> i64 + Send> {
        let packed = |of: fn(&Person) -> i64| -> Box<dyn Fn(DocId) -> i64 + Send> {
            let people = Arc::clone(&self.people);
            Box::new(move |doc| of(&people[doc as usize]))
        };
        let column = |values: &Numbers<i64>| -> Box<dyn Fn(DocId) -> i64 + Send> {
            let values = Arc::clone(values);
            Box::new(move |doc| values.get_val(doc))
        };
        match number {
            Number::Years => packed(|person| person.years.into()),
            Number::Engagement => packed(|person| person.engagement.into()),
            Number::LastActivity => packed(|person| person.last_activity),
            Number::Created => column(&self.created),
            Number::Updated => column(&self.updated),
        }
    }

    /// What a hit shows.
    pub fn card(&self, doc: DocId) -> Result<Card, Error> {
        let mut bytes = Vec::new();
        if let Some(ord) = self.card.ords().first(doc) {
            self.card.ord_to_bytes(ord, &mut bytes)?;
        }
        Ok(postcard::from_bytes(&bytes)?)
    }
}

/// Every document has a value, so the column needs no index in front of its values.
pub fn one_each<T>(column: Column<T>, missing: T) -> Numbers<T>
where
    T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + Default + 'static,
{
    if column.get_cardinality() == Cardinality::Full { column.values } else { column.first_or_default_col(missing) }
}

fn open_words(column: Option<StrColumn>, names: &Names) -> Result<Words, Error> {
    let mut numbers = Vec::new();
    if let Some(column) = &column {
        numbers.reserve(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            let name = std::str::from_utf8(stream.key()).map_err(|_| Error::Broken("a value is no text".to_owned()))?;
            numbers.push(names.number(name));
        }
    }
    Ok(Words { column, names: numbers })
}
