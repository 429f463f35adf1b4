//! What a consumer remembers of what it handled: the inbox, and how far it is with each aggregate. Durable.

use sim_core::{Duration, Time};

use crate::message::BusinessEvent;

/// How far a consumer is with the events of one source about one order.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Place {
    version: u16,
    /// When the event that it handled last happened, as its emitter's clock tells.
    told: Time,
    /// When it handled it; the start of the run: never.
    at: Time,
}

/// The inbox rows and positions of a consumer.
#[derive(Debug, Default, Hash)]
pub(super) struct Position {
    /// By source and number, one microsecond after the moment at which an event was handled.
    handled: Vec<Vec<Time>>,
    /// By source and order.
    places: Vec<Place>,
    orders: usize,
}

impl Clone for Position {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.handled.clone_from(&from.handled);
        self.places.clone_from(&from.places);
        self.orders = from.orders;
    }
}

impl Position {
    pub(super) fn reset(&mut self, sources: usize, orders: usize) {
        self.handled.resize_with(sources, Vec::new);
        self.handled.iter_mut().for_each(Vec::clear);
        self.places.clear();
        self.places.resize(sources * orders, Place::default());
        self.orders = orders;
    }

    /// Whether an inbox row stands for this event; `by_id`: the inbox knows events by their number alone.
    pub(super) fn remembers(&self, event: BusinessEvent, by_id: bool, now: Time, window: Duration) -> bool {
        let source = if by_id { 0 } else { usize::from(event.source) };
        let row = self.handled.get(source).and_then(|rows| rows.get(usize::from(event.number)));
        row.is_some_and(|&at| at != Time::START && now <= at + window)
    }

    /// Writes the inbox row of an event.
    pub(super) fn remember(&mut self, event: BusinessEvent, by_id: bool, now: Time) {
        let source = if by_id { 0 } else { usize::from(event.source) };
        let Some(rows) = self.handled.get_mut(source) else { return };
        let number = usize::from(event.number);
        if rows.len() <= number {
            rows.resize(number + 1, Time::START);
        }
        rows[number] = now + Duration::micros(1);
    }

    fn ix(&self, event: BusinessEvent) -> usize {
        usize::from(event.source) * self.orders + usize::from(event.order)
    }

    /// The version up to which the aggregate was handled, and when its last event happened.
    pub(super) fn of(&self, event: BusinessEvent) -> (u16, Time) {
        self.places.get(self.ix(event)).map_or((0, Time::START), |place| (place.version, place.told))
    }

    /// Whether the position of the aggregate was kept so long ago that it is purged with its inbox rows.
    pub(super) fn is_purged(&self, event: BusinessEvent, now: Time, window: Duration) -> bool {
        self.places.get(self.ix(event)).is_some_and(|place| place.at != Time::START && now > place.at + window)
    }

    /// Moves the position on to an event.
    pub(super) fn advance(&mut self, event: BusinessEvent, told: Time, now: Time) {
        let ix = self.ix(event);
        if let Some(place) = self.places.get_mut(ix) {
            place.version = place.version.max(event.version);
            place.told = place.told.max(told);
            place.at = now + Duration::micros(1);
        }
    }
}
