# syntax=docker/dockerfile:1
# The service and its client in one small image: no shell, no package manager, nobody is root.
#
#     docker build --tag claimdesk .
#     docker run --rm claimdesk --version

# The oldest Rust that claimdesk builds with; Cargo.toml says the same.
ARG RUST_VERSION=1.95

FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /src
COPY . .
# Crates and what was compiled stay between builds, but in no layer; so the program is copied out in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --bin claimdesk \
    && install -D -m 0755 target/release/claimdesk /out/claimdesk

# libc, libgcc and the usual certificate authorities.
FROM gcr.io/distroless/cc-debian12:nonroot AS run
COPY --from=build /out/claimdesk /usr/local/bin/claimdesk
COPY LICENSE /usr/share/doc/claimdesk/LICENSE
# A number, so that an orchestrator can tell that it is not root.
USER 65532:65532
WORKDIR /
# Outside of a container only what is published can be reached. On such an address the service asks for credentials over TLS,
# or must be told not to: docs/configuration.md.
ENV CLAIMDESK_LISTEN=0.0.0.0:7878 \
    CLAIMDESK_METRICS_LISTEN=0.0.0.0:9187 \
    CLAIMDESK_LOG_FORMAT=json
EXPOSE 7878 9187
STOPSIGNAL SIGTERM
# With TLS, name the service as its certificate does: CLAIMDESK_SERVER=https://NAME:7878, and CLAIMDESK_CA_CERT.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/claimdesk", "health", "--timeout", "4s"]
ENTRYPOINT ["/usr/local/bin/claimdesk"]
CMD ["serve"]
