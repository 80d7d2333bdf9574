-- Versions of an article: which texts stood at an address one after the other, and what became of their claims.
--
-- A version before this one leaves all of it alone; the articles that it stores meanwhile are added by
-- src/store/version.rs as the service starts.

-- The addresses of articles: whoever stores a text for one locks its row, so that its versions come one after the other.
-- Like the table of requests, it is not led by the article: which article stands there is what it says.
CREATE TABLE address (
    -- SHA-256 of the URI, in hexadecimal.
    address_id  text COLLATE "C" NOT NULL,
    -- The article whose text was sent last.
    article_id  text COLLATE "C" NOT NULL,
    -- The number of that version; never given twice.
    number      integer NOT NULL,
    CONSTRAINT address_pkey PRIMARY KEY (address_id)
);

-- The texts of an address in the order in which they came; one that came back is there twice.
CREATE TABLE article_version (
    address_id  text COLLATE "C" NOT NULL,
    number      integer NOT NULL,
    article_id  text COLLATE "C" NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT article_version_pkey PRIMARY KEY (address_id, number)
);
CREATE INDEX article_version_by_article ON article_version (article_id, number);

-- Of what is stored already, the latest article of each address is the current one. Others of the same address stay what
-- they were: articles of their own.
INSERT INTO address (address_id, article_id, number)
SELECT DISTINCT ON (uri) encode(sha256(convert_to(uri, 'UTF8')), 'hex'), article_id, 1
  FROM article WHERE uri <> '' ORDER BY uri, create_time DESC, article_id;
INSERT INTO article_version (address_id, number, article_id, create_time)
SELECT d.address_id, 1, d.article_id, a.create_time FROM address d JOIN article a ON a.article_id = d.article_id;

ALTER TABLE claim
    -- CURRENT in the current version of an article. In one that was replaced: whether the claim is the same in the next one
    -- (KEPT), stands there with a change (CHANGED), or does not (VANISHED).
    ADD COLUMN succession text NOT NULL DEFAULT 'CURRENT',
    ADD COLUMN next_article_id text COLLATE "C",
    ADD COLUMN next_claim_id integer,
    -- The claim of the version before that this one goes on from.
    ADD COLUMN previous_article_id text COLLATE "C",
    ADD COLUMN previous_claim_id integer,
    ADD COLUMN differs_from_previous boolean NOT NULL DEFAULT false,
    -- Not held against the rows that are there: all of them have the defaults.
    ADD CONSTRAINT claim_succession_known CHECK (succession IN ('CURRENT', 'KEPT', 'CHANGED', 'VANISHED')) NOT VALID,
    ADD CONSTRAINT claim_next_whole CHECK ((next_article_id IS NULL) = (next_claim_id IS NULL)) NOT VALID,
    ADD CONSTRAINT claim_previous_whole CHECK ((previous_article_id IS NULL) = (previous_claim_id IS NULL)) NOT VALID;

-- The review of another version's claim that this one repeats: article, claim and review, with slashes between them.
ALTER TABLE review ADD COLUMN carried_from text COLLATE "C";

ALTER TABLE change
    DROP CONSTRAINT change_kind_known,
    ADD CONSTRAINT change_kind_known CHECK (kind IN (
        'ARTICLE_CREATED', 'ARTICLE_SUPERSEDED', 'ARTICLE_RESTORED', 'ARTICLE_DELETED',
        'CLAIM_CREATED', 'CLAIM_REVIEWED', 'CLAIM_REOPENED', 'CLAIM_SUPERSEDED', 'CLAIM_RESTORED', 'CLAIM_DELETED')) NOT VALID;
