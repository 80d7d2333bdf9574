-- Articles, their claims, and what became of them.
--
-- The article leads every key, there are no enum types, no triggers of our own and no sequences, so that the tables can
-- be spread over many machines by article. Words from closed lists are text under a named CHECK; the lists stand in
-- src/claim/.

CREATE TABLE article (
    -- Made from the URI and the text, so that the same article is the same row.
    article_id    text COLLATE "C" NOT NULL,
    uri           text NOT NULL,
    publisher     text NOT NULL,
    title         text NOT NULL,
    authors       text[] NOT NULL,
    -- As exactly as is known: YYYY, YYYY-MM or YYYY-MM-DD; empty where nothing is.
    publish_date  text COLLATE "C" NOT NULL,
    -- First and last day that the publish date can mean; empty where nothing is known.
    publish_first text COLLATE "C" NOT NULL,
    publish_last  text COLLATE "C" NOT NULL,
    language      text NOT NULL,
    body          text NOT NULL,
    -- Shown as the etag.
    version       bigint NOT NULL,
    claim_count   integer NOT NULL,
    -- The claim_id of the next claim; never given twice.
    next_claim_id integer NOT NULL,
    create_time   timestamptz NOT NULL,
    CONSTRAINT article_pkey PRIMARY KEY (article_id),
    CONSTRAINT article_id_form CHECK (article_id ~ '^[0-9a-z]{16}$'),
    CONSTRAINT article_body_not_empty CHECK (body <> ''),
    CONSTRAINT article_publish_date_whole CHECK ((publish_date = '') = (publish_first = '') AND (publish_date = '') = (publish_last = ''))
);
CREATE INDEX article_by_create_time ON article (create_time, article_id);
CREATE INDEX article_by_publish_date ON article (publish_first, article_id);
CREATE INDEX article_by_publisher ON article (publisher, create_time, article_id);

CREATE TABLE claim (
    article_id        text COLLATE "C" NOT NULL,
    claim_id          integer NOT NULL,
    quote             text NOT NULL,
    span_start        integer,
    span_end          integer,
    modality          text NOT NULL,
    check_worthiness  double precision NOT NULL,
    reasons           text[] NOT NULL,
    findings          jsonb NOT NULL,
    language          text NOT NULL,
    state             text NOT NULL,
    origin            text NOT NULL,
    version           bigint NOT NULL,
    review_count      integer NOT NULL,
    create_time       timestamptz NOT NULL,
    update_time       timestamptz NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (article_id, claim_id),
    CONSTRAINT claim_article_fkey FOREIGN KEY (article_id) REFERENCES article ON DELETE CASCADE,
    CONSTRAINT claim_id_positive CHECK (claim_id > 0),
    CONSTRAINT claim_span_whole CHECK ((span_start IS NULL) = (span_end IS NULL) AND span_start <= span_end),
    CONSTRAINT claim_modality_known CHECK (modality IN ('ASSERTED', 'REPORTED', 'ALLEGED', 'DENIED', 'PLANNED', 'PREDICTED')),
    CONSTRAINT claim_state_known CHECK (state IN ('UNREVIEWED', 'VERIFIED', 'DISPUTED', 'UNVERIFIABLE', 'DISMISSED')),
    CONSTRAINT claim_origin_known CHECK (origin IN ('EXTRACTED', 'SUBMITTED')),
    CONSTRAINT claim_check_worthiness_range CHECK (check_worthiness BETWEEN 0 AND 1)
);
CREATE INDEX claim_by_create_time ON claim (create_time, article_id, claim_id);
CREATE INDEX claim_by_update_time ON claim (update_time, article_id, claim_id);
CREATE INDEX claim_by_check_worthiness ON claim (check_worthiness, article_id, claim_id);
CREATE INDEX claim_by_state ON claim (state, create_time, article_id, claim_id);

-- What in a claim can be checked. The columns are what can be filtered by; `detail` is the whole point.
CREATE TABLE point (
    article_id  text COLLATE "C" NOT NULL,
    claim_id    integer NOT NULL,
    -- 1 is "p1".
    point_id    integer NOT NULL,
    kind        text NOT NULL,
    span_start  integer NOT NULL,
    span_end    integer NOT NULL,
    quote       text NOT NULL,
    -- The normalised value as text: a TIMEX3 value, a decimal, or what a record implies.
    value       text NOT NULL,
    -- For figures, the value and the upper end of a range (the same as the value where there is none).
    number      numeric,
    number_max  numeric,
    unit        text NOT NULL,
    -- For dates that resolve, the half-open interval, in ISO 8601.
    "begin"     text COLLATE "C",
    "end"       text COLLATE "C",
    detail      jsonb NOT NULL,
    CONSTRAINT point_pkey PRIMARY KEY (article_id, claim_id, point_id),
    CONSTRAINT point_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE,
    CONSTRAINT point_kind_known CHECK (kind IN ('DATE', 'FIGURE', 'RECORD')),
    CONSTRAINT point_span_whole CHECK (span_start <= span_end)
);

-- Where a claim comes from, without the article itself; evidence that a review brought names the review.
CREATE TABLE source (
    article_id  text COLLATE "C" NOT NULL,
    claim_id    integer NOT NULL,
    source_id   integer NOT NULL,
    role        text NOT NULL,
    name        text NOT NULL,
    review_id   integer,
    detail      jsonb NOT NULL,
    CONSTRAINT source_pkey PRIMARY KEY (article_id, claim_id, source_id),
    CONSTRAINT source_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE,
    CONSTRAINT source_role_known CHECK (role IN ('PUBLICATION', 'SPEAKER', 'RELAY', 'EVIDENCE'))
);

CREATE TABLE review (
    article_id     text COLLATE "C" NOT NULL,
    claim_id       integer NOT NULL,
    review_id      integer NOT NULL,
    verdict        text NOT NULL,
    previous_state text NOT NULL,
    point_ids      text[] NOT NULL,
    evidence       jsonb NOT NULL,
    note           text NOT NULL,
    correction     text NOT NULL,
    reviewer       text NOT NULL,
    create_time    timestamptz NOT NULL,
    CONSTRAINT review_pkey PRIMARY KEY (article_id, claim_id, review_id),
    CONSTRAINT review_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE,
    CONSTRAINT review_verdict_known CHECK (verdict IN ('VERIFIED', 'DISPUTED', 'UNVERIFIABLE', 'DISMISSED', 'REOPENED')),
    CONSTRAINT review_previous_state_known CHECK (previous_state IN ('UNREVIEWED', 'VERIFIED', 'DISPUTED', 'UNVERIFIABLE', 'DISMISSED'))
);
CREATE INDEX review_by_create_time ON review (create_time, article_id, claim_id, review_id);

-- How far each shard of the change log has come. The last statement of each write raises its shard's position and numbers
-- the changes from it, so that the positions of a shard are without gaps and in the order of the commits.
CREATE TABLE stream_head (
    shard    integer NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT stream_head_pkey PRIMARY KEY (shard),
    CONSTRAINT stream_head_shard_range CHECK (shard BETWEEN 0 AND 31)
);
INSERT INTO stream_head (shard, position) SELECT shard, 0 FROM generate_series(0, 31) AS shard;

-- Every change of an article and its claims, with what was before and after. Nothing here refers to the rows that it
-- speaks of: the log outlives them.
CREATE TABLE change (
    article_id  text COLLATE "C" NOT NULL,
    shard       integer NOT NULL,
    position    bigint NOT NULL,
    -- NULL where the article itself changed.
    claim_id    integer,
    kind        text NOT NULL,
    before      jsonb,
    after       jsonb,
    actor       text NOT NULL,
    reason      text NOT NULL,
    change_time timestamptz NOT NULL,
    CONSTRAINT change_pkey PRIMARY KEY (article_id, position),
    CONSTRAINT change_kind_known CHECK (kind IN ('ARTICLE_CREATED', 'ARTICLE_DELETED', 'CLAIM_CREATED', 'CLAIM_REVIEWED', 'CLAIM_REOPENED', 'CLAIM_DELETED'))
);
CREATE INDEX change_by_position ON change (shard, position);
-- The log is only ever added to, also by its owner.
REVOKE UPDATE, DELETE, TRUNCATE ON change FROM CURRENT_USER;
REVOKE UPDATE, DELETE, TRUNCATE ON change FROM PUBLIC;

-- Answers to writes that named a request_id, so that a repeat gets the first answer. The one table that the article does
-- not lead: whether an id was used before must be known before the article is.
CREATE TABLE request (
    request_id  text COLLATE "C" NOT NULL,
    method      text NOT NULL,
    -- SHA-256 of the request, in hexadecimal.
    fingerprint text NOT NULL,
    -- The answer, encoded as it was sent; NULL only within the transaction that makes it.
    response    bytea,
    create_time timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_pkey PRIMARY KEY (request_id)
);
CREATE INDEX request_by_create_time ON request (create_time);
