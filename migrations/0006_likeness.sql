-- By what a claim is found that says the same as another, or the same with another figure: see src/claim/likeness.rs.
--
-- A version before this one leaves it alone; what it misses is added by src/store/likeness.rs to claims that
-- were decided on.

CREATE TABLE likeness (
    article_id  text COLLATE "C" NOT NULL,
    claim_id    integer NOT NULL,
    number      smallint NOT NULL,
    -- A hash of what the points are of, without figures, and of one of the claim's words.
    key         bigint NOT NULL,
    -- A hash of the values of all points.
    content     bigint NOT NULL,
    create_time timestamptz NOT NULL,
    -- Whether the claim is decided on: those that are would not be found among very many that are not.
    decided     boolean NOT NULL,
    CONSTRAINT likeness_pkey PRIMARY KEY (article_id, claim_id, number),
    CONSTRAINT likeness_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE
);
CREATE INDEX likeness_by_key ON likeness (key, content, create_time);
CREATE INDEX likeness_of_decided ON likeness (key, content, create_time) WHERE decided;

-- Which way of making likenesses the claim's were made in; 0 where it has none.
ALTER TABLE claim ADD COLUMN likeness smallint NOT NULL DEFAULT 0;
CREATE INDEX claim_without_likeness ON claim (article_id, claim_id) WHERE likeness = 0 AND state <> 'UNREVIEWED';

-- The claim that a decision rested on, decided on before: article and claim, with a slash between them.
ALTER TABLE review ADD COLUMN based_on text COLLATE "C";
