-- How lists begin is told by statistics: of very many claims, a hundredth is far more than the first page needs. As much is
-- looked at for the terms already, so that these cost nothing more.

ALTER TABLE claim_search
    ALTER COLUMN check_worthiness SET STATISTICS 400,
    ALTER COLUMN create_time SET STATISTICS 400,
    ALTER COLUMN update_time SET STATISTICS 400;
