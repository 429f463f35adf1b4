//! What exhaustive search finds of planted bugs, and after how many plans.

use std::time::Instant;

use fault_models::{Driver, Profile};
use scenarios::campaign::Depth;
use scenarios::catalog;
use scenarios::definition::Defect;

use super::{jobs, simulation};

/// The plans that an exhaustive search runs up to the end of the first workload that breaks, and how many faults break it, of
/// the kinds that the bug needs; `None`: no workload breaks.
pub fn plans_to_catch(defect: &Defect, faults: usize) -> Option<(u64, usize)> {
    let mut profile = Profile::new("needs");
    for slug in &defect.needs {
        profile.set(&slug.value, 100, 4).expect("a defect needs kinds that there are");
    }
    let simulation = simulation(defect, (profile, Driver::Uniform));
    let (depth, mut plans) = (Depth { faults, persistent: false, jobs: jobs(), exact: false }, 0);
    for workload in simulation.workloads() {
        let levels = simulation.exhaustive_over(vec![workload], 0..1, depth, (&|| false, &|_| ())).exploration.levels;
        plans += levels.iter().map(|level| level.run).sum::<u64>();
        if let Some(broken) = levels.iter().position(|level| level.broken > 0) {
            return Some((plans, broken));
        }
    }
    None
}

/// What exhaustive search finds of each bug of up to two faults.
pub fn table(names: &[String]) {
    println!("| planted bug | faults | plans | faults found | ms |\n|---|---|---|---|---|");
    for (name, text) in catalog::DEFECTS {
        let defect = Defect::load(name, text).expect("a bundled defect");
        let faults = defect.optimum.as_ref().map_or(0, |optimum| optimum.faults.value);
        let wanted = if names.is_empty() { faults <= 2 } else { names.contains(&defect.id.value) };
        if !wanted {
            continue;
        }
        let begun = Instant::now();
        let found = plans_to_catch(&defect, faults as usize);
        let (plans, found) =
            found.map_or_else(|| ("none".to_owned(), "-".to_owned()), |(p, f)| (p.to_string(), f.to_string()));
        println!("| {} | {faults} | {plans} | {found} | {} |", defect.id.value, begun.elapsed().as_millis());
    }
}
