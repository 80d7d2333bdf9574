//! The calendar: units and movable feasts.
