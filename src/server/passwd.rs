//! The user that the private PostgreSQL runs as.

use std::fs;

/// A user of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The user that the server programs run as: ourselves, or, as they refuse root, `postgres`, else `nobody`.
pub(super) fn server_user() -> Option<User> {
    let own = User { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() };
    if own.uid != 0 {
        return Some(own);
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| find(&users, name))
}

fn find(users: &str, name: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (found && uid != 0).then_some(User { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name() {
        let users = "root:x:0:0::/root:/bin/sh\nbroken\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(find(users, "nobody"), Some(User { uid: 65534, gid: 65533 }));
        assert_eq!(find(users, "root"), None);
        assert_eq!(find(users, "body"), None);
    }
}
