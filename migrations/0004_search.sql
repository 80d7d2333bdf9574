-- Search: what claims are found and ordered by, one narrow row for each, and the words that stand in them.
--
-- The terms of a claim are made in src/store/search/: its state, its language, its words and names, the units and values of
-- its points, and so on, each a lexeme of one tsvector under one index. No extension is needed. A version before this one
-- leaves both tables alone, and what it missed is mended by src/store/search.rs,
-- and so are the claims that are there now.

CREATE TABLE claim_search (
    article_id        text COLLATE "C" NOT NULL,
    claim_id          integer NOT NULL,
    -- What lists are ordered by, as in the claim.
    check_worthiness  double precision NOT NULL,
    create_time       timestamptz NOT NULL,
    update_time       timestamptz NOT NULL,
    terms             tsvector NOT NULL,
    CONSTRAINT claim_search_pkey PRIMARY KEY (article_id, claim_id),
    CONSTRAINT claim_search_claim_fkey FOREIGN KEY (article_id, claim_id) REFERENCES claim ON DELETE CASCADE
);
-- How often each term is there is what a search is planned by.
ALTER TABLE claim_search ALTER COLUMN terms SET STATISTICS 400;
CREATE INDEX claim_search_by_create_time ON claim_search (create_time, article_id, claim_id);
CREATE INDEX claim_search_by_update_time ON claim_search (update_time, article_id, claim_id);
CREATE INDEX claim_search_by_check_worthiness ON claim_search (check_worthiness, article_id, claim_id);
-- New rows wait in a list that every search reads through; a short one costs it little.
CREATE INDEX claim_search_by_term ON claim_search USING gin (terms) WITH (gin_pending_list_limit = 512);

-- The words that stand in claims or in names, each once for a language ('' for names): inflections and compounds of a word
-- are looked for here, and only those found in claims. It grows as vocabularies do, far more slowly than the claims; the
-- article cannot lead it, and where tables are spread by article it is kept whole on each machine.
CREATE TABLE word (
    language  text COLLATE "C" NOT NULL,
    -- In lower case, without marks on letters.
    plain     text COLLATE "C" NOT NULL,
    -- Besides, an umlaut written as two letters is one letter.
    form      text COLLATE "C" NOT NULL,
    stem      text COLLATE "C" NOT NULL,
    -- All pieces of three letters of these.
    pieces    text[] COLLATE "C" NOT NULL,
    CONSTRAINT word_pkey PRIMARY KEY (language, plain)
);
CREATE INDEX word_by_form ON word (language, form);
CREATE INDEX word_by_stem ON word (language, stem);
CREATE INDEX word_by_piece ON word USING gin (pieces) WITH (gin_pending_list_limit = 256);

-- How far the claims that were there before have got their row; gone when they all have.
CREATE TABLE claim_search_backlog (
    article_id  text COLLATE "C" NOT NULL,
    claim_id    integer NOT NULL
);
INSERT INTO claim_search_backlog (article_id, claim_id) SELECT '', 0 WHERE EXISTS (SELECT FROM claim);
