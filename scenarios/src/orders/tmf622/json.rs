//! JSON as a tree of bounded size. Numbers stay text, a repeated key is an error.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::view::{child_path, shorten};
use super::{ORDER_BYTES_MAX, ORDER_VALUES_MAX, OrderError};

/// The key under which `serde_json` hands out the text of a number when it keeps it.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// A JSON value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// Parses a payload; the parser itself bounds the depth.
pub(super) fn parse(bytes: &[u8], file: &str) -> Result<Json, OrderError> {
    if bytes.len() > ORDER_BYTES_MAX {
        return Err(OrderError::TooLarge { file: file.to_string(), bytes: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let progress = Progress { path: RefCell::new(Vec::new()), left: Cell::new(ORDER_VALUES_MAX) };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let tree = Tree(&progress).deserialize(&mut deserializer);
    let ended = tree.and_then(|tree| deserializer.end().map(|()| tree));
    ended.map_err(|error| {
        let message = error.to_string();
        // serde_json appends the place, which is given apart.
        let message = message.split(" at line ").next().unwrap_or(&message).to_string();
        let path = progress.shown_path();
        OrderError::Json { file: file.to_string(), line: error.line(), column: error.column(), path, message }
    })
}

enum PathStep {
    Key(String),
    Index(usize),
}

impl PathStep {
    fn appended_to(&self, path: &str) -> String {
        match self {
            PathStep::Key(key) => child_path(path, &shorten(key)),
            PathStep::Index(index) => format!("{path}[{index}]"),
        }
    }
}

/// Where the parser is, and how many values it may still read. On an error the path stays where it happened.
struct Progress {
    path: RefCell<Vec<PathStep>>,
    left: Cell<u32>,
}

impl Progress {
    /// The path for a message; what is nested deeper than an order ever is adds nothing to it.
    fn shown_path(&self) -> String {
        let steps = self.path.borrow();
        let path = steps.iter().take(16).fold(String::new(), |path, step| step.appended_to(&path));
        match steps.len() {
            0 => "the top level".to_string(),
            1..=16 => path,
            _ => path + "...",
        }
    }
}

struct Tree<'a>(&'a Progress);

impl Tree<'_> {
    fn enter(&self, step: PathStep) -> Tree<'_> {
        self.0.path.borrow_mut().push(step);
        Tree(self.0)
    }

    fn leave(&self) {
        self.0.path.borrow_mut().pop();
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let Some(left) = self.0.left.get().checked_sub(1) else {
            return Err(D::Error::custom(format!("more than {ORDER_VALUES_MAX} values")));
        };
        self.0.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string().into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string().into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.enter(PathStep::Index(values.len())))? {
            self.leave();
            values.push(value);
        }
        self.leave();
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == NUMBER_KEY {
                return Ok(Json::Number(map.next_value::<String>()?.into()));
            }
            let entered = self.enter(PathStep::Key(key.clone()));
            if entries.contains_key(&key) {
                return Err(A::Error::custom("the key stands here twice"));
            }
            let value = map.next_value_seed(entered)?;
            self.leave();
            entries.insert(key, value);
        }
        Ok(Json::Object(entries))
    }
}
