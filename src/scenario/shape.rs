//! What a scenario may contain, as plain shapes: groups of fields, choices between variants, numbers, texts, lists.
//!
//! Read once from the JSON schema that the parameter structs describe themselves with, so that no field is listed twice.
//! Used to check what was typed (`check`) and to explain fields (`fields`). Knows nothing of values' meaning.

use crate::scenario::ScenarioFile;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The kind of value a field takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// A whole number within these ends.
    Whole {
        /// Smallest value of its type.
        low: i64,
        /// Largest value of its type.
        high: u64,
    },
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A text in quotes.
    Text,
    /// Any number of values of one shape.
    List(Box<Shape>),
    /// A value that may be left out.
    Optional(Box<Shape>),
    /// Named fields: the name of a group in the catalogue.
    Group(String),
    /// One of several variants: the name of a choice in the catalogue.
    Choice(String),
}

/// A field of a group.
#[derive(Clone, Debug)]
pub(crate) struct FieldShape {
    /// Its name.
    pub(crate) name: String,
    /// Its documentation: unit, meaning, source.
    pub(crate) doc: String,
    /// Its kind of value.
    pub(crate) shape: Shape,
    /// Its default, `None` if it must be given.
    pub(crate) default: Option<Value>,
}

/// A variant of a choice.
#[derive(Clone, Debug)]
pub(crate) struct VariantShape {
    /// Its name.
    pub(crate) name: String,
    /// Its documentation.
    pub(crate) doc: String,
    /// What stands in its parentheses.
    pub(crate) payload: Payload,
}

/// What stands in a variant's parentheses.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// Nothing, and no parentheses.
    Nothing,
    /// Named fields.
    Fields(Vec<FieldShape>),
    /// One value.
    Single(Shape),
}

/// All groups and choices of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    groups: BTreeMap<String, Vec<FieldShape>>,
    choices: BTreeMap<String, Vec<VariantShape>>,
}

/// Name of the group that is the whole scenario.
const ROOT: &str = "ScenarioFile";

impl Catalogue {
    /// The catalogue of this version of the program.
    pub(crate) fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| Self::read(&schemars::schema_for!(ScenarioFile).to_value()))
    }

    /// The shape of a whole scenario.
    pub(crate) fn root() -> Shape {
        Shape::Group(ROOT.to_owned())
    }

    /// Fields of a group.
    pub(crate) fn group(&self, name: &str) -> &[FieldShape] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// Variants of a choice.
    pub(crate) fn choice(&self, name: &str) -> &[VariantShape] {
        self.choices.get(name).map_or(&[], Vec::as_slice)
    }

    fn read(schema: &Value) -> Self {
        let mut catalogue = Self::default();
        let empty = Map::new();
        let definitions = schema.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
        // Choices first: whether a reference leads to a group or to a choice is known from its own definition.
        for (name, definition) in definitions.iter().chain([(&ROOT.to_owned(), schema)]) {
            if definition.get("oneOf").is_some() || definition.get("enum").is_some() {
                catalogue.choices.insert(name.clone(), read_variants(definition, definitions));
            } else {
                catalogue.groups.insert(name.clone(), read_fields(definition, definitions));
            }
        }
        catalogue
    }
}

/// A shape in words, as it follows "expected".
pub(crate) fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Whole { low: 0, .. } => "a whole number, 0 or more".to_owned(),
        Shape::Whole { .. } => "a whole number".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Text => "a text in quotes".to_owned(),
        Shape::List(item) => match item.as_ref() {
            Shape::Text => "a list of texts: [\"…\", …]".to_owned(),
            Shape::Group(_) => "a list: [(…), …]".to_owned(),
            _ => "a list of numbers: […]".to_owned(),
        },
        Shape::Optional(inner) => describe(inner),
        Shape::Group(_) => "fields in parentheses: (field: value, …)".to_owned(),
        Shape::Choice(name) => {
            let variants: Vec<String> = Catalogue::get().choice(name).iter().map(variant_sketch).collect();
            format!("one of {}", variants.join(", "))
        }
    }
}

/// A variant as it is written, its payload left open.
pub(crate) fn variant_sketch(variant: &VariantShape) -> String {
    match variant.payload {
        Payload::Nothing => variant.name.clone(),
        Payload::Fields(_) | Payload::Single(_) => format!("{}(…)", variant.name),
    }
}

fn text_of(value: &Value, key: &str) -> String {
    // Doc comments keep their line breaks; a field's text is one paragraph.
    value.get(key).and_then(Value::as_str).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read_fields(definition: &Value, definitions: &Map<String, Value>) -> Vec<FieldShape> {
    let required: Vec<&str> =
        definition.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = definition.get("properties").and_then(Value::as_object);
    let read = |(name, property): (&String, &Value)| {
        let shape = read_shape(property, definitions);
        let fallback = matches!(shape, Shape::Optional(_)).then_some(Value::Null);
        let default = property.get("default").cloned().or(fallback).filter(|_| !required.contains(&name.as_str()));
        FieldShape { name: name.clone(), doc: text_of(property, "description"), shape, default }
    };
    properties.into_iter().flatten().map(read).collect()
}

fn read_variants(definition: &Value, definitions: &Map<String, Value>) -> Vec<VariantShape> {
    let named = |name: &str, doc, payload| VariantShape { name: name.to_owned(), doc, payload };
    let mut variants = Vec::new();
    for name in definition.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        variants.push(named(name, String::new(), Payload::Nothing));
    }
    for variant in definition.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let doc = text_of(variant, "description");
        for name in variant.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            variants.push(named(name, doc.clone(), Payload::Nothing));
        }
        if let Some(name) = variant.get("const").and_then(Value::as_str) {
            variants.push(named(name, doc.clone(), Payload::Nothing));
        }
        for (name, property) in variant.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let payload = match read_shape(property, definitions) {
                Shape::Group(group) if group.is_empty() => Payload::Fields(read_fields(property, definitions)),
                Shape::Group(group) => {
                    Payload::Fields(definitions.get(&group).map(|group| read_fields(group, definitions)).unwrap_or_default())
                }
                single => Payload::Single(single),
            };
            variants.push(named(name, doc.clone(), payload));
        }
    }
    variants
}

/// The shape of one property; a group without name stands for fields given in place.
fn read_shape(property: &Value, definitions: &Map<String, Value>) -> Shape {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or(reference).to_owned();
        let choice = definitions.get(&name).is_some_and(|found| found.get("oneOf").is_some() || found.get("enum").is_some());
        return if choice { Shape::Choice(name) } else { Shape::Group(name) };
    }
    if let Some(options) = property.get("anyOf").and_then(Value::as_array) {
        let given = options.iter().find(|option| option.get("type").and_then(Value::as_str) != Some("null"));
        return Shape::Optional(Box::new(given.map_or(Shape::Number, |given| read_shape(given, definitions))));
    }
    match property.get("type") {
        Some(Value::Array(kinds)) => {
            let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("number");
            Shape::Optional(Box::new(plain_shape(kind, property, definitions)))
        }
        Some(Value::String(kind)) => plain_shape(kind, property, definitions),
        _ => Shape::Number,
    }
}

fn plain_shape(kind: &str, property: &Value, definitions: &Map<String, Value>) -> Shape {
    match kind {
        "integer" => {
            let (low, high) = match property.get("format").and_then(Value::as_str) {
                Some("uint8") => (0, u64::from(u8::MAX)),
                Some("uint16") => (0, u64::from(u16::MAX)),
                Some("uint32") => (0, u64::from(u32::MAX)),
                Some("int32") => (i32::MIN.into(), i32::MAX as u64),
                Some("int64") => (i64::MIN, i64::MAX as u64),
                _ => (0, u64::MAX),
            };
            // A bound of the field's own, where it names one.
            let most = property.get("maximum").and_then(Value::as_u64);
            Shape::Whole { low, high: most.map_or(high, |most| high.min(most)) }
        }
        "boolean" => Shape::Flag,
        "string" => Shape::Text,
        "array" => {
            let item = property.get("items").map_or(Shape::Number, |items| read_shape(items, definitions));
            Shape::List(Box::new(item))
        }
        "object" => Shape::Group(String::new()),
        _ => Shape::Number,
    }
}
