-- Bearer tokens: who may call, and as what. Of a token itself only its SHA-256 hash is here; a token is 256 bits of chance, so
-- that there is nothing to guess and no salt is needed.
--
-- A version before this one does not know the table, and asks nobody who calls.

CREATE TABLE token (
    token_id       text COLLATE "C" NOT NULL,
    hash           text COLLATE "C" NOT NULL,
    -- Whom a call with it is recorded as.
    subject        text NOT NULL,
    roles          text[] NOT NULL,
    creator        text NOT NULL,
    create_time    timestamptz NOT NULL DEFAULT now(),
    expire_time    timestamptz NOT NULL,
    -- To some minutes: it is not written with each call.
    last_use_time  timestamptz,
    -- A token that is revoked stays, so that it cannot come back.
    revoke_time    timestamptz,
    revoker        text,
    CONSTRAINT token_pkey PRIMARY KEY (token_id),
    CONSTRAINT token_hash_key UNIQUE (hash),
    CONSTRAINT token_hash_form CHECK (length(hash) = 64),
    CONSTRAINT token_roles_known CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['SUBMITTER', 'READER', 'REVIEWER', 'ADMIN']),
    CONSTRAINT token_revocation_whole CHECK ((revoke_time IS NULL) = (revoker IS NULL))
);

-- The order of ListTokens.
CREATE INDEX token_by_time ON token (create_time, token_id);
