//! Where the time of SubmitArticle goes: one caller, and what PostgreSQL says of each statement.

use sqlx::Executor as _;

use crate::{
    generator::{Call, closed},
    report::Report,
    room::{Room, SERVED, WARM_UP},
};

/// Prints the mean time of a call, and of what it consists.
pub(crate) async fn print(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    if !room.cluster.counts_statements() {
        report.note("no profile: this PostgreSQL does not count statements (pg_stat_statements)");
        return Ok(());
    }
    let mut connection = room.cluster.connect(SERVED).await?;
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
    let sql = format!("ALTER DATABASE {SERVED} SET pg_stat_statements.track_planning = on");
    connection.execute(sqlx::AssertSqlSafe(sql)).await?;
    room.restart().await?;
    let extract = closed(&room.callers, Call::Extract, 1, WARM_UP, room.watched()).await?.whole()?;
    closed(&room.callers, Call::Submit, 1, WARM_UP, room.watched()).await?.whole()?;
    connection.execute("SELECT pg_stat_statements_reset()").await?;
    let submit = closed(&room.callers, Call::Submit, 1, room.lasting, room.watched()).await?.whole()?;
    report.row("SubmitArticle, one caller", &submit);
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let calls = submit.took.len() as f64;
    let rows: Vec<(String, f64)> = sqlx::query_as(
        "SELECT regexp_replace(left(query, 300), '\\s+', ' ', 'g'), (total_plan_time + total_exec_time)::float8
           FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
          WHERE d.datname = current_database() AND calls >= $1 ORDER BY 2 DESC",
    )
    .bind(calls / 2.0)
    .fetch_all(&mut connection)
    .await?;
    let (all, extracting) = (submit.took.mean() / 1e3, extract.took.mean() / 1e3);
    let line = |what: &str, milliseconds: f64| {
        let share = milliseconds / all * 100.0;
        report.note(&format!("  {milliseconds:>7.2} ms {share:>5.1} %  {what}"));
    };
    line("all of a call", all);
    line("ExtractClaims instead: its messages and the extractor", extracting);
    let mut rest = all - extracting;
    for (query, milliseconds) in rows {
        rest -= milliseconds / calls;
        line(&query.chars().take(76).collect::<String>(), milliseconds / calls);
    }
    line("all else: the commit's way to the disk, round trips, parameters, seals, terms", rest);
    Ok(())
}
