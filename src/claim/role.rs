//! What a caller may do.

use super::keyword::keywords;

keywords! {
    /// What a caller may do. An administrator may do everything, a reviewer may read as well.
    Role, "role", {
        /// Send articles and claims in.
        Submitter = "SUBMITTER",
        /// Read what is stored, and follow what happens.
        Reader = "READER",
        /// Read, take claims from the queue, and decide on them.
        Reviewer = "REVIEWER",
        /// Everything, with what cannot be taken back, and who else may do what.
        Admin = "ADMIN",
    }
}

/// A set of roles.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// No role at all.
    pub const NONE: Self = Self(0);

    /// The set of these.
    #[must_use]
    pub const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < roles.len() {
            bits |= Self::bit(roles[at]);
            at += 1;
        }
        Self(bits)
    }

    const fn bit(role: Role) -> u8 {
        match role {
            Role::Submitter => 1,
            Role::Reader => 2,
            Role::Reviewer => 4,
            Role::Admin => 8,
        }
    }

    /// Whether a role is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    /// Whether both sets have a role in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no role in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        [Role::Submitter, Role::Reader, Role::Reviewer, Role::Admin]
            .into_iter()
            .filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | Self::bit(role)))
    }
}

impl std::fmt::Display for Roles {
    /// The roles with commas.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> = self.iter().map(Role::as_str).collect();
        f.pad(&words.join(","))
    }
}

impl std::fmt::Debug for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let roles: Roles = ["reviewer", "SUBMITTER"].iter().flat_map(|word| word.parse::<Role>()).collect();
        assert_eq!(roles, Roles::of(&[Role::Submitter, Role::Reviewer]));
        assert_eq!(roles.to_string(), "SUBMITTER,REVIEWER");
        assert!(roles.contains(Role::Reviewer) && !roles.contains(Role::Admin));
        assert!(roles.meets(Roles::of(&[Role::Reviewer, Role::Admin])));
        assert!(!roles.meets(Roles::of(&[Role::Reader])) && !roles.meets(Roles::NONE));
        assert!(Roles::NONE.is_empty());
    }
}
