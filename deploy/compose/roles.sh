#!/usr/bin/env bash
# Makes the two roles that claimdesk needs, and its database: one role owns the schema, the other serves from it. PostgreSQL's
# image runs it once, when its data folder is new; docs/operations.md says what each role may do.
set -euo pipefail

secrets=${SECRETS:-/run/secrets}

# psql puts the passwords in as literals; they never stand on a command line.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
\set owner_password \`cat $secrets/owner\`
\set service_password \`cat $secrets/service\`
CREATE ROLE claimdesk_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE claimdesk_service LOGIN PASSWORD :'service_password';
CREATE DATABASE claimdesk OWNER claimdesk_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE claimdesk FROM PUBLIC;
GRANT CONNECT ON DATABASE claimdesk TO claimdesk_service;
SQL
