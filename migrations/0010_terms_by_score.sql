-- Claims by score and term at once: in the order of scores, what fits lies anywhere among the claims, and to find it by the
-- terms alone takes longer the more claims there are.
--
-- Each term of a claim stands in this index with the cell of its score, as src/store/search/cells.rs has them; and the cell
-- by itself. Left out are terms of what scores have nothing to do with, or of what few claims have in common.

CREATE FUNCTION terms_by_score(terms tsvector, score double precision) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(
    ARRAY(SELECT lexeme || '@' || floor(score * 1024)::integer
            FROM UNNEST(terms) WHERE lexeme !~ '^(ct|ut|sc|ur):')
    || ('@' || floor(score * 1024)::integer));

CREATE INDEX claim_search_by_score ON claim_search USING gin (terms_by_score(terms, check_worthiness))
    WITH (gin_pending_list_limit = 512);
