//! What each key of a participants file says.

use super::Part;

/// The parts of a participants file.
pub(super) const PARTS: &[Part] = &[
    Part {
        format: "system",
        path: "SYSTEM",
        keys: &[
            ("limits", "How much it takes."),
            ("pools", "Shared pools with their sizes, from which operations take one each."),
            ("operations", "Its operations, by name."),
        ],
    },
    Part { format: "limits", path: "SYSTEM.limits", keys: &[("rate", "The requests per time that it takes.")] },
    Part {
        format: "operation",
        path: "SYSTEM.operations.OPERATION",
        keys: &[
            ("creates", "The list to which it adds a record, readable in rules as `SYSTEM.LIST`."),
            ("undoes", "The operation of the same system whose effect it undoes."),
            ("updates", "The operation of the same system whose record it changes without undoing it."),
            ("to", "The state of the record after it; the usual one of its effect where not written."),
            ("fields", "The fields of the record beside `id`, `key`, `state` and `createdAt`, with their types."),
            ("effect", "What it does to the world; needed where it creates records."),
            ("dedup", "How repeated requests are recognised."),
            ("queryable", "How it can be asked for an outcome; an empty list: not at all. By key where not written."),
            ("queryLag", "How old the answer to a question may be."),
            ("amount", "Where it takes the amount from, if it moves money."),
            ("assignsIdBeforeDedup", "Whether it makes a new id before it looks for a repetition."),
            ("reply", "How it answers."),
            ("callbacks", "The callbacks that may follow."),
            ("partialEffect", "Whether it may do a part of its work and fail."),
            ("lateEffect", "How long after the request its effect may still happen; not at all where not written."),
            ("effectPossible", "The failures that may follow the effect; a part of `failures`."),
            ("failures", "The failures with which it may end."),
            ("rejections", "The business reasons that a refusal may give; `onReject` of a step names them."),
            ("latency", "How long it takes; 200ms and 2s where not written."),
            ("whenAbsent", "What an undo does when there is nothing to undo."),
            ("history", "What an undo leaves behind."),
            ("pool", "The pool of its system from which it takes one."),
        ],
    },
    Part {
        format: "dedup",
        path: "SYSTEM.operations.OPERATION.dedup",
        keys: &[
            ("by", "By what repeated requests are recognised."),
            ("constraint", "How the record of a key is kept unique."),
            ("window", "How long a key is remembered; for ever where not written."),
            ("onKeyConflict", "What a known key with another payload gets."),
            ("onDuplicate", "What a repetition gets."),
            ("record", "When the key is recorded."),
        ],
    },
    Part {
        format: "callbacks",
        path: "SYSTEM.operations.OPERATION.callbacks",
        keys: &[
            ("max", "How many copies of one callback there may be."),
            ("id", "Whether copies carry the same id."),
            ("afterGiveUp", "Whether one may come after the caller gave up, its effect with it."),
        ],
    },
    Part {
        format: "lateEffect",
        path: "SYSTEM.operations.OPERATION.lateEffect",
        keys: &[("maxDelay", "How long after the request its effect may still happen.")],
    },
    Part {
        format: "latency",
        path: "SYSTEM.operations.OPERATION.latency",
        keys: &[
            ("p50", "Half of the answers come within this."),
            ("p99", "All but one in a hundred come within this."),
        ],
    },
];
