//! What fails around the service, and the service itself: nothing that was acknowledged is lost or there twice, nothing is
//! half written, and everything goes on by itself. docs/faults.md tells what callers see meanwhile.

mod clock;
mod cut;
mod full;
mod load;
mod postgres_killed;
mod schema;
mod service_killed;
mod slow;
mod way;
