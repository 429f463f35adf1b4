//! What the commands do, for library users too: load, simulate, judge, report.

mod check;
mod evidence;
mod exhaustive;
mod explain;
mod failure;
mod guided;
mod inputs;
mod merge;
mod mutants;
mod order;
mod remedy;
mod replay;
mod selfcheck;
mod sharded;
mod shrink;
mod side_by_side;
mod story;
mod subject;

pub use check::check;
pub use inputs::{inputs_of, refuse_to_overwrite};
pub use merge::merge;
pub use mutants::mutants;
pub use replay::replay;
pub use selfcheck::selfcheck;
pub use shrink::shrink;
pub use subject::faults_of;
