//! Columns of a Parquet file without Arrow: written as snappy-compressed pages with dictionaries, read back by name.
//!
//! Files are byte-identical for identical columns: no clock, no random value, and no version of a library goes into them.

use crate::report::ReportError;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

/// Most rows in one row group: keeps the memory of readers and writers bounded.
const ROWS_PER_GROUP: usize = 1 << 18;

/// A column of a table; all columns of a table have the same length.
pub(super) enum Column {
    /// Whole numbers that fit 32 bits.
    Int(Vec<i32>),
    /// Whole numbers.
    Long(Vec<i64>),
    /// Names, as positions in a list of them.
    Name { names: Vec<String>, rows: Vec<u16> },
    /// Numbers that may be unknown.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<bool>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Int(rows) => rows.len(),
            Self::Long(rows) => rows.len(),
            Self::Name { rows, .. } => rows.len(),
            Self::Number(rows) => rows.len(),
            Self::Flag(rows) => rows.len(),
        }
    }

    fn schema(&self, name: &str) -> Result<TypePtr, ReportError> {
        let (physical, repetition) = match self {
            Self::Int(_) => (PhysicalType::INT32, Repetition::REQUIRED),
            Self::Long(_) => (PhysicalType::INT64, Repetition::REQUIRED),
            Self::Name { .. } => (PhysicalType::BYTE_ARRAY, Repetition::REQUIRED),
            Self::Number(_) => (PhysicalType::DOUBLE, Repetition::OPTIONAL),
            Self::Flag(_) => (PhysicalType::BOOLEAN, Repetition::REQUIRED),
        };
        let mut builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        if matches!(self, Self::Name { .. }) {
            builder = builder.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8);
        }
        Ok(Arc::new(builder.build()?))
    }
}

/// A table to be written: named columns, and texts about the whole table.
pub(super) struct Table {
    pub(super) columns: Vec<(Cow<'static, str>, Column)>,
    pub(super) notes: Vec<(&'static str, String)>,
}

impl Table {
    /// The table as the bytes of a Parquet file.
    pub(super) fn to_parquet(&self) -> Result<Vec<u8>, ReportError> {
        let fields = self.columns.iter().map(|(name, column)| column.schema(name)).collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(Type::group_type_builder("rows").with_fields(fields).build()?);
        let notes = self.notes.iter().map(|(key, text)| KeyValue::new((*key).to_owned(), text.clone())).collect();
        let properties = WriterProperties::builder()
            .set_created_by("longgame".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(notes))
            .build();
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
        let rows = self.columns.first().map_or(0, |(_, column)| column.len());
        for start in (0..rows).step_by(ROWS_PER_GROUP) {
            let span = start..(start + ROWS_PER_GROUP).min(rows);
            let mut group = writer.next_row_group()?;
            for (name, column) in &self.columns {
                let mut place = group.next_column()?.ok_or_else(|| missing(name))?;
                write_span(name, place.untyped(), column, span.clone())?;
                place.close()?;
            }
            group.close()?;
        }
        writer.close()?;
        Ok(bytes)
    }
}

fn missing(column: &str) -> ReportError {
    ReportError::Column { column: column.to_owned() }
}

fn write_span(
    name: &str,
    writer: &mut ColumnWriter<'_>,
    column: &Column,
    span: std::ops::Range<usize>,
) -> Result<(), ReportError> {
    match (column, writer) {
        (Column::Int(rows), ColumnWriter::Int32ColumnWriter(writer)) => writer.write_batch(&rows[span], None, None)?,
        (Column::Long(rows), ColumnWriter::Int64ColumnWriter(writer)) => writer.write_batch(&rows[span], None, None)?,
        (Column::Flag(rows), ColumnWriter::BoolColumnWriter(writer)) => writer.write_batch(&rows[span], None, None)?,
        (Column::Name { names, rows }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
            let words: Vec<ByteArray> = names.iter().map(|name| ByteArray::from(name.as_str())).collect();
            let texts: Vec<ByteArray> = rows[span].iter().map(|row| words[usize::from(*row)].clone()).collect();
            writer.write_batch(&texts, None, None)?
        }
        (Column::Number(rows), ColumnWriter::DoubleColumnWriter(writer)) => {
            let finite = |value: &Option<f64>| value.filter(|number| number.is_finite());
            let known: Vec<f64> = rows[span.clone()].iter().filter_map(finite).collect();
            let levels: Vec<i16> = rows[span].iter().map(|value| i16::from(finite(value).is_some())).collect();
            writer.write_batch(&known, Some(&levels), None)?
        }
        _ => return Err(missing(name)),
    };
    Ok(())
}

/// A Parquet file read back column by column.
pub(super) struct Columns {
    reader: SerializedFileReader<File>,
}

impl Columns {
    /// Opens a file.
    pub(super) fn open(file: File) -> Result<Self, ReportError> {
        Ok(Self { reader: SerializedFileReader::new(file)? })
    }

    /// A text about the whole table.
    pub(super) fn note(&self, key: &str) -> Option<&str> {
        let notes = self.reader.metadata().file_metadata().key_value_metadata()?;
        notes.iter().find(|note| note.key == key)?.value.as_deref()
    }

    /// A column of whole numbers that fit 32 bits.
    pub(super) fn ints(&self, name: &str) -> Result<Vec<i32>, ReportError> {
        known(name, self.values::<Int32Type>(name)?)
    }

    /// A column of whole numbers.
    pub(super) fn longs(&self, name: &str) -> Result<Vec<i64>, ReportError> {
        known(name, self.values::<Int64Type>(name)?)
    }

    /// A column of yes or no.
    pub(super) fn flags(&self, name: &str) -> Result<Vec<bool>, ReportError> {
        known(name, self.values::<BoolType>(name)?)
    }

    /// A column of numbers that may be unknown.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, ReportError> {
        self.values::<DoubleType>(name)
    }

    /// A column of names, as positions in `names`.
    pub(super) fn names(&self, name: &'static str, names: &[String]) -> Result<Vec<u16>, ReportError> {
        let texts = known(name, self.values::<ByteArrayType>(name)?)?;
        let position = |(row, text): (usize, &ByteArray)| {
            let found = names.iter().position(|known| known.as_bytes() == text.data());
            found.map(|position| position as u16).ok_or_else(|| ReportError::UnknownName {
                row,
                what: name,
                value: String::from_utf8_lossy(text.data()).into_owned(),
            })
        };
        texts.iter().enumerate().map(position).collect()
    }

    fn values<T: DataType>(&self, name: &str) -> Result<Vec<Option<T::T>>, ReportError> {
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let index = schema.columns().iter().position(|column| column.name() == name).ok_or_else(|| missing(name))?;
        let description = schema.column(index);
        if description.physical_type() != T::get_physical_type() || description.max_rep_level() > 0 {
            return Err(missing(name));
        }
        let mut all = Vec::new();
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group)?;
            let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| missing(name))?;
            let mut reader = parquet::column::reader::get_typed_column_reader::<T>(group.get_column_reader(index)?);
            let (mut values, mut levels) = (Vec::new(), Vec::new());
            let (read, ..) = reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            if read != rows {
                return Err(missing(name));
            }
            if description.max_def_level() == 0 {
                all.extend(values.into_iter().map(Some));
            } else {
                let mut values = values.into_iter();
                all.extend(levels.iter().map(|level| if *level == description.max_def_level() { values.next() } else { None }));
            }
        }
        Ok(all)
    }
}

fn known<T>(name: &str, values: Vec<Option<T>>) -> Result<Vec<T>, ReportError> {
    values.into_iter().collect::<Option<Vec<T>>>().ok_or_else(|| missing(name))
}
