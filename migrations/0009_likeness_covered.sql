-- Which claims have a key is told by the index alone: rows that share one were written years apart, each on a page of its own.

DROP INDEX likeness_by_key;
CREATE INDEX likeness_by_key ON likeness (key, content, create_time) INCLUDE (article_id, claim_id);
DROP INDEX likeness_of_decided;
CREATE INDEX likeness_of_decided ON likeness (key, content, create_time) INCLUDE (article_id, claim_id) WHERE decided;
