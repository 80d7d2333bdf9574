-- One copy of the seed: :pass of :passes, each later than the one before.

DROP TABLE IF EXISTS seed.copy;
-- The identifier of an article and its shard, as src/store/article.rs makes them.
CREATE TABLE seed.copy AS
SELECT named.*, p.publisher, p.terms AS publisher_terms, get_byte(sha256(convert_to(article_id, 'UTF8')), 0) % 32 AS shard,
       timestamptz ':first' + interval ':days days'
           * ((:pass * (SELECT count(*) FROM seed.ranked) + rank) / (:passes.0 * (SELECT count(*) FROM seed.ranked)))
           - create_time AS shift
  FROM (SELECT old, rank, create_time, uri, old_uri, old_publisher,
               (SELECT string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
                                         1 + substring(bits FROM 1 + 5 * at FOR 5)::bit(5)::integer, 1), '' ORDER BY at)
                  FROM generate_series(0, 15) AS at) AS article_id,
               -- The first publisher has far more than the last.
               floor(power((SELECT count(*) FROM seed.publisher) + 1.0,
                           substring(bits FROM 60 FOR 20)::bit(20)::integer / 1048576.0))::bigint AS number
          FROM (SELECT article_id AS old, rank, create_time, uri || '/' || :pass AS uri, uri AS old_uri,
                       publisher AS old_publisher,
                       ('x' || encode(substr(sha256(convert_to(uri || '/' || :pass, 'UTF8') || '\x00'::bytea
                                                    || convert_to(body, 'UTF8')), 1, 10), 'hex'))::bit(80) AS bits
                  FROM seed.ranked) AS hashed) AS named
  JOIN seed.publisher p ON p.number = named.number;
ANALYZE seed.copy;

:tables

INSERT INTO public.claim_search (article_id, claim_id, check_worthiness, create_time, update_time, terms)
SELECT article_id, claim_id, check_worthiness, create_time, update_time,
       terms || publisher_terms || array_to_tsvector(ARRAY['ur:' || uri] || :time_terms)
  FROM (SELECT x.article_id, s.claim_id, s.check_worthiness, s.create_time + x.shift AS create_time,
               s.update_time + x.shift AS update_time, s.terms, x.publisher_terms, x.uri
          FROM seed.bare s JOIN seed.copy x ON x.old = s.article_id) AS t;
