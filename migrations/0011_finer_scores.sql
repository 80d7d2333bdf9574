-- Cells of scores that have about as many claims each, however many there are: half of them are as wide as each other, and
-- half stand close together at the upper end, where most scores of short news are.
--
-- The function of before stays for services of the version before that still run; their searches by score take longer.

DROP INDEX claim_search_by_score;

CREATE FUNCTION terms_by_worth(terms tsvector, score double precision) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- The number of the cell is reckoned by multiplications alone, as src/store/search/cells.rs does it, to the last bit.
RETURN array_to_tsvector(
    ARRAY(SELECT lexeme || '@' || floor((score + score * score * score * score * score * score) * 2048)::integer
            FROM UNNEST(terms) WHERE lexeme !~ '^(ct|ut|sc|ur):')
    || ('@' || floor((score + score * score * score * score * score * score) * 2048)::integer));

CREATE INDEX claim_search_by_worth ON claim_search USING gin (terms_by_worth(terms, check_worthiness))
    WITH (gin_pending_list_limit = 512);
