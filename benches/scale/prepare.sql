-- What the service has stored becomes the seed; its copies go into tables of their own, made by the same migrations.

-- The seed's terms but for those of the time and of the address, which differ from copy to copy, and of the publisher.
CREATE TABLE seed.bare AS
SELECT article_id, claim_id, check_worthiness, create_time, update_time,
       ts_delete(terms, ARRAY(SELECT lexeme FROM UNNEST(terms) WHERE lexeme ~ '^(ct|ut|ur|pu|pn):')) AS terms
  FROM seed.claim_search;

-- The publishers, with the terms that the service gives their claims.
CREATE TABLE seed.publisher AS
SELECT row_number() OVER (ORDER BY publisher) AS number, publisher,
       array_to_tsvector(ARRAY(SELECT lexeme FROM UNNEST(terms) WHERE lexeme ~ '^(pu|pn):')) AS terms
  FROM (SELECT DISTINCT ON (a.publisher) a.publisher, t.terms
          FROM seed.article a JOIN seed.claim_search t ON t.article_id = a.article_id
         ORDER BY a.publisher) AS one;

CREATE TABLE seed.ranked AS
SELECT article_id, uri, publisher, body, create_time, row_number() OVER (ORDER BY create_time, article_id) - 1 AS rank
  FROM seed.article;

-- The seal of a change over the one before it, as src/claim/seal.rs makes it, so that it runs along a window.
CREATE FUNCTION seed.seal(previous text, head text, tail text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN RETURN encode(sha256(convert_to(head || previous || tail, 'UTF8')), 'hex'); END $$;
CREATE AGGREGATE seed.sealed(text, text) (SFUNC = seed.seal, STYPE = text, INITCOND = '');

-- A change with its parts of what is sealed that are written in one form: see seal.rs.
CREATE TABLE seed.sealing (
    article_id text COLLATE "C", position bigint, claim_id integer, kind text, before jsonb, after jsonb, actor text,
    reason text, change_time timestamptz, head text, middle text, tail text
);
