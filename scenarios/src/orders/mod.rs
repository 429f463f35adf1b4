//! Orders from outside: payloads of other systems become orders of a scenario.

pub mod tmf622;
