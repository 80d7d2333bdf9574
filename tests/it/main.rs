//! The service and its tools from outside.
