//! What a step says of the machine.

/// Whether a step has something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// The machine is as the step leaves it.
    Done,
    /// It would change something.
    ToDo {
        /// What is to be.
        to_be: String,
        /// How it is undone.
        undo: &'static str,
    },
    /// It looks once the steps before it are done.
    Later,
    /// It cannot be done by a program: the user is told what to do.
    ByUser(&'static str),
    /// Nothing may be done from here on, for the reason that the item says.
    Blocked {
        /// What to do about it.
        hint: &'static str,
    },
}

impl ItemState {
    /// The first word of a line, and of `--json`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo { .. } => "to do",
            Self::Later => "later",
            Self::ByUser(_) => "yours",
            Self::Blocked { .. } => "stop",
        }
    }
}

/// What a step says before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The name of the step.
    pub step: &'static str,
    /// What is, as a clause without a full stop.
    pub is: String,
    /// Whether the step has something to do.
    pub state: ItemState,
}

impl Item {
    pub(super) fn done(step: &'static str, is: impl Into<String>) -> Self {
        let is = is.into();
        let state = ItemState::Done;
        Self { step, is, state }
    }

    pub(super) fn to_do(
        step: &'static str,
        is: impl Into<String>,
        to_be: impl Into<String>,
        undo: &'static str,
    ) -> Self {
        let to_be = to_be.into();
        let state = ItemState::ToDo { to_be, undo };
        Self {
            state,
            ..Self::done(step, is)
        }
    }

    pub(super) fn later(step: &'static str, is: impl Into<String>) -> Self {
        Self {
            state: ItemState::Later,
            ..Self::done(step, is)
        }
    }

    pub(super) fn blocked(step: &'static str, is: impl Into<String>, hint: &'static str) -> Self {
        Self {
            state: ItemState::Blocked { hint },
            ..Self::done(step, is)
        }
    }

    /// Whether nothing may be done from here on.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        matches!(self.state, ItemState::Blocked { .. })
    }

    /// What the user is told to do, as no program can.
    #[must_use]
    pub const fn by_user(&self) -> Option<&'static str> {
        match self.state {
            ItemState::ByUser(hint) => Some(hint),
            _ => None,
        }
    }

    /// Whether the step would change something, as far as that is known.
    #[must_use]
    pub const fn is_to_do(&self) -> bool {
        matches!(self.state, ItemState::ToDo { .. } | ItemState::Later)
    }
}
