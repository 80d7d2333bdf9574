//! Lists that come in pages.

use super::{
    error::Error,
    output::{Answer, Printer, say},
};

const USUAL_LIMIT: u32 = 50;
const LARGEST_PAGE: u32 = 1000;

/// How much of a list to show.
#[derive(Debug, clap::Args)]
pub(super) struct Paging {
    /// Show at most so many; 50 where absent.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: Option<u32>,
    /// Ask the service for so many at a time.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,
    /// Show all of them.
    #[arg(long)]
    all: bool,
}

/// An answer that is a page of a list.
pub(super) trait Page: Answer + Default {
    /// Hands the things in it over.
    fn take(&mut self) -> Vec<Self::Item>;
    /// A page of these things.
    fn of(items: Vec<Self::Item>, next_page_token: String) -> Self;
    /// Where the next page begins; empty on the last.
    fn next(&self) -> &str;
}

impl Paging {
    /// Everything, for lists that nobody wants to see a part of.
    pub(super) fn everything() -> Self {
        Self { limit: None, page_size: None, all: true }
    }

    /// Gets and writes the list; `fetch` gets a page of a size from a token on.
    pub(super) fn print<P: Page>(
        &self,
        printer: &mut Printer,
        what: &str,
        mut fetch: impl FnMut(u32, String) -> Result<P, Error>,
    ) -> Result<(), Error> {
        let (streams, mut collected, mut count) = (printer.streams(), Vec::new(), 0);
        let rest = self.each(&mut fetch, |items| {
            count += items.len();
            if streams {
                return printer.answer(&P::of(items, String::new()));
            }
            collected.extend(items);
            Ok(())
        })?;
        if !streams {
            printer.answer(&P::of(collected, rest.clone()))?;
        }
        match (count, rest.as_str()) {
            (0, _) => say(&format!("There are no {what}.")),
            (_, "") => {}
            (count, _) => {
                say(&format!("The first {count} {what}; there are more: --limit NUMBER or --all shows them."))
            }
        }
        Ok(())
    }

    /// Gets the list.
    pub(super) fn collect<P: Page>(
        &self,
        mut fetch: impl FnMut(u32, String) -> Result<P, Error>,
    ) -> Result<Vec<P::Item>, Error> {
        let mut collected = Vec::new();
        self.each(&mut fetch, |items: Vec<P::Item>| {
            collected.extend(items);
            Ok(())
        })?;
        Ok(collected)
    }

    /// Goes through the pages, and says where the list goes on behind the limit.
    fn each<P: Page>(
        &self,
        fetch: &mut impl FnMut(u32, String) -> Result<P, Error>,
        mut take: impl FnMut(Vec<P::Item>) -> Result<(), Error>,
    ) -> Result<String, Error> {
        let mut left = if self.all { u32::MAX } else { self.limit.unwrap_or(USUAL_LIMIT) };
        let mut token = String::new();
        loop {
            let size = self.page_size.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE).min(left);
            let mut page = fetch(size, token.clone())?;
            let next = page.next().to_owned();
            let items = page.take();
            left = left.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
            take(items)?;
            // A service that gives the same token for ever must not hold us for ever.
            if next.is_empty() || next == token || left == 0 {
                return Ok(next);
            }
            token = next;
        }
    }
}

/// Declares which answers are pages.
macro_rules! pages {
    ($($page:ident { $items:ident },)+) => {
        $(impl Page for crate::proto::v1::$page {
            fn take(&mut self) -> Vec<Self::Item> {
                std::mem::take(&mut self.$items)
            }

            #[allow(clippy::needless_update, reason = "some of the answers have more fields")]
            fn of($items: Vec<Self::Item>, next_page_token: String) -> Self {
                Self { $items, next_page_token, ..Self::default() }
            }

            fn next(&self) -> &str {
                &self.next_page_token
            }
        })+
    };
}

pages! {
    ListArticlesResponse { articles },
    ListClaimsResponse { claims },
    ListReviewsResponse { reviews },
    ListChangesResponse { changes },
    ListTokensResponse { tokens },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1;

    /// Seven claims, as a service would page them.
    fn page(size: u32, token: String) -> Result<v1::ListClaimsResponse, Error> {
        let from: u32 = token.parse().unwrap_or(0);
        let to = (from + size.min(3)).min(7);
        let claim = |number: u32| v1::Claim { name: number.to_string(), ..v1::Claim::default() };
        let next = if to < 7 { to.to_string() } else { String::new() };
        Ok(v1::ListClaimsResponse {
            claims: (from..to).map(claim).collect(),
            next_page_token: next,
            total_size: 0,
        })
    }

    fn listed(limit: Option<u32>, page_size: Option<u32>, all: bool) -> (usize, String) {
        let mut count = 0;
        let paging = Paging { limit, page_size, all };
        let rest = paging.each(&mut page, |items: Vec<v1::Claim>| {
            count += items.len();
            Ok(())
        });
        (count, rest.expect("pages"))
    }

    #[test]
    fn stops_at_the_limit_and_knows_where_the_list_goes_on() {
        assert_eq!(listed(None, None, false), (7, String::new()));
        assert_eq!(listed(None, Some(2), true), (7, String::new()));
        assert_eq!(listed(Some(5), None, false), (5, "5".to_owned()));
        assert_eq!(listed(Some(5), Some(2), false), (5, "5".to_owned()));
        assert_eq!(listed(Some(7), None, false), (7, String::new()));
    }
}
