# Builds the one program, its explorer bundled in, into a small image that has no shell and does not run as root:
#
#   docker build -t newsroom .
#   docker run -p 8080:8080 -v newsroom:/data newsroom serve --demo
#
# Dependencies are compiled in a layer of their own, from the manifests and empty sources. Against a cache mount, that layer
# goes to and comes from a registry like any other, so that a builder without a disk of its own has it too; against a
# tool such as cargo-chef, there is nothing to compile before one can compile.

FROM node:22-bookworm-slim AS explorer
WORKDIR /explorer
COPY explorer/package.json explorer/package-lock.json explorer/.npmrc ./
RUN npm ci
COPY explorer ./
RUN npm run build

# The workspace with its manifests alone. It comes out the same while they do, whatever becomes of the sources, and so does
# the layer below that copies it.
FROM rust:1.95-slim-bookworm AS manifests
WORKDIR /newsroom
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY migrations migrations
COPY tests tests
RUN find . -mindepth 2 -type f ! -name Cargo.toml ! -name lib.rs ! -name main.rs ! -name build.rs \
        ! -path '*/benches/*.rs' -delete \
    && find . -mindepth 2 -type f -name '*.rs' -exec sh -c 'for file; do echo "fn main() { }" > "$file"; done' stub {} + \
    && find . -depth -type d -empty -delete

FROM rust:1.95-slim-bookworm AS program
WORKDIR /newsroom
COPY --from=manifests /newsroom ./
RUN cargo build --release --locked --package newsroom
COPY crates crates
COPY migrations migrations
COPY data data
COPY explorer explorer
COPY --from=explorer /explorer/dist explorer/dist
# Cargo goes by times, and a file's time here is its checkout's: older than what was just built from empty sources.
RUN find crates migrations -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package newsroom \
    && mkdir /empty

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Newsroom" \
      org.opencontainers.image.description="A headless GraphQL content API for the newsroom of an international organisation" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/newsroom/
COPY --from=program /newsroom/target/release/newsroom /usr/local/bin/newsroom
COPY --from=program --chown=65532:65532 /empty /data
ENV NEWSROOM_LISTEN=0.0.0.0:8080 \
    NEWSROOM_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# Distroless calls it nonroot.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/usr/local/bin/newsroom", "health"]
ENTRYPOINT ["/usr/local/bin/newsroom"]
CMD ["serve"]
