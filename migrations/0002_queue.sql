-- The queue: the claims that wait for a decision, and who has taken one of them for a time.
--
-- A row is there exactly as long as its claim is UNREVIEWED: it comes and goes in the transaction that changes the state.
-- It holds no more than what claims are taken by, so that it stays small beside the claims; a version before this one
-- leaves it alone, and what it missed is mended by src/store/queue.rs.

CREATE TABLE queue (
    article_id        text COLLATE "C" NOT NULL,
    claim_id          integer NOT NULL,
    check_worthiness  double precision NOT NULL,
    create_time       timestamptz NOT NULL,
    -- Who has decided since the claim was last opened, where one decision is not enough.
    reviewers         text[] NOT NULL DEFAULT '{}',
    -- The lease; over by itself when its time has come.
    lease_owner       text,
    lease_token       text,
    lease_expire_time timestamptz,
    CONSTRAINT queue_pkey PRIMARY KEY (article_id, claim_id),
    CONSTRAINT queue_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE,
    CONSTRAINT queue_lease_whole CHECK ((lease_owner IS NULL) = (lease_token IS NULL) AND (lease_owner IS NULL) = (lease_expire_time IS NULL))
);

INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
SELECT article_id, claim_id, check_worthiness, create_time FROM claim WHERE state = 'UNREVIEWED';

-- The order in which claims are taken: what is worth most, then what is oldest.
CREATE INDEX queue_by_worth ON queue (check_worthiness DESC, create_time, article_id, claim_id);
