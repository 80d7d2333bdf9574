//! What nobody sends who means well: broken frames, bombs, floods, silence. Each gets a clear status or a closed connection,
//! costs no more than its size, and the service answers a normal call right afterwards.

mod connections;
mod cursors;
mod fields;
mod floods;
mod frames;
mod memory;
mod wire;
