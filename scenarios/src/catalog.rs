//! The bundled catalogue: sagas with their contracts, machines, profiles and defects, as texts.

/// The bundled files by name, relative to the catalogue's folder.
pub const FILES: &[(&str, &str)] = &[
    ("machines.yaml", include_str!("../catalog/machines.yaml")),
    ("order-fulfilment.saga.yaml", include_str!("../catalog/order-fulfilment.saga.yaml")),
    ("participants.yaml", include_str!("../catalog/participants.yaml")),
    ("platform.yaml", include_str!("../catalog/platform.yaml")),
    ("quote-to-order.saga.yaml", include_str!("../catalog/quote-to-order.saga.yaml")),
    ("tmf622-order.saga.yaml", include_str!("../catalog/tmf622-order.saga.yaml")),
];

/// The text of a bundled file.
#[must_use]
pub fn get(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

/// The names under which bundled sagas and scenarios can be run.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter_map(|(file, _)| file.strip_suffix(".saga.yaml").or_else(|| file.strip_suffix(".scenario.yaml")))
}

/// All bundled files as owned texts.
pub(crate) fn texts() -> Vec<(String, String)> {
    FILES.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
}
