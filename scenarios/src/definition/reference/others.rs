//! What each key of scenario, profile and defect files says.

use super::Part;

/// The parts of a scenario file.
pub(super) const SCENARIO: &[Part] = &[
    Part {
        format: "scenario",
        path: "",
        keys: &[
            ("scenario", "The name of the scenario."),
            ("saga", "The path of the saga, relative to this file."),
            ("start", "The virtual date at which runs begin."),
            ("orders", "What is ordered."),
            (
                "commands",
                "The commands that people give, each as a mapping from its name: `cancelItem: { item: router }`.",
            ),
            ("faults", "The fault profile, by name; `--faults` overrides it."),
            ("goals", "What must have been tried for the evidence to be enough."),
            ("fail", "Metrics whose breach is a failure."),
        ],
    },
    Part {
        format: "orders",
        path: "orders",
        keys: &[
            ("count", "How many orders there are in a run."),
            ("arrival", "When each arrives."),
            ("shared", "What they share."),
        ],
    },
    Part {
        format: "command",
        path: "commands[].COMMAND",
        keys: &[
            ("item", "The item that it is about."),
            ("at", "When it is given; at each boundary where not written."),
        ],
    },
    Part {
        format: "goals",
        path: "goals",
        keys: &[
            ("faultCells", "How much of the cells of step and fault kind must be reached."),
            ("boundaries", "At how much of the boundaries commands must be given."),
            ("faults", "How often each fault kind must have had an effect, by its slug."),
            ("invariants", "How often each invariant must have been judged, by its id."),
            ("cells", "Single cells that must be reached."),
        ],
    },
    Part {
        format: "a cell of the goals",
        path: "goals.cells[]",
        keys: &[
            ("step", "The step, compensation or consumer whose call is met."),
            ("fault", "The fault kind, by its slug."),
            ("runs", "In how many runs at least."),
        ],
    },
    Part {
        format: "a metric's limit",
        path: "fail[]",
        keys: &[("metric", "The metric, by its slug."), ("over", "Above this it is a failure.")],
    },
];

/// The parts of a profile file.
pub(super) const PROFILE: &[Part] = &[
    Part {
        format: "profile",
        path: "",
        keys: &[
            ("profile", "The name of the profile."),
            ("faults", "The kinds of faults, by slug; a kind that is not named is off."),
            ("cleanRuns", "The runs without any fault, per cent; none where not written."),
        ],
    },
    Part {
        format: "fault",
        path: "faults.FAULT",
        keys: &[
            ("weight", "How often it is injected, in hundredths per run: 25 is in every fourth run."),
            ("max", "The most in one run; no bound where not written."),
        ],
    },
];

/// The parts of a defect file.
pub(super) const DEFECT: &[Part] = &[
    Part {
        format: "defect",
        path: "",
        keys: &[
            ("defect", "The id of the planted bug."),
            ("models", "The practice that it models, in one sentence."),
            ("seen", "Where it was seen."),
            ("family", "The family of invariants that has to catch it first."),
            ("scenario", "The bundled scenario that it patches, or a file beside this one that ends with `.yaml`."),
            ("set", "The patches: a mapping from paths, as `--set` takes them, to values; `null` removes."),
            ("needs", "The fewest faults that expose it, by slug; an empty list: none."),
            ("optimum", "The size of the smallest failure."),
        ],
    },
    Part {
        format: "optimum",
        path: "optimum",
        keys: &[("faults", "The faults in it."), ("orders", "The orders in it.")],
    },
];
