use super::*;

fn point(id: &str, text: &str, value: v1::point::Value) -> v1::Point {
    v1::Point { id: id.to_owned(), text: text.to_owned(), value: Some(value), ..v1::Point::default() }
}

fn date(value: &str, begin: &str, end: &str) -> v1::point::Value {
    v1::point::Value::Date(v1::DateValue {
        r#type: "DATE".to_owned(),
        value: value.to_owned(),
        begin: begin.to_owned(),
        end: end.to_owned(),
    })
}

fn source(role: &str, name: &str) -> v1::Source {
    v1::Source { role: role.to_owned(), name: name.to_owned(), ..v1::Source::default() }
}

fn claims() -> Vec<v1::Claim> {
    let record = v1::point::Value::Record(v1::Record {
        rank: 1,
        direction: "FIRST".to_owned(),
        of: "Aufenthalt".to_owned(),
        span: "P24Y".to_owned(),
        implied: "2000".to_owned(),
        ..v1::Record::default()
    });
    let money = v1::point::Value::Figure(v1::Figure {
        kind: "MONEY".to_owned(),
        value: "12400000000".to_owned(),
        unit: "EUR".to_owned(),
        ..v1::Figure::default()
    });
    vec![
        v1::Claim {
            name: "articles/k3f/claims/1".to_owned(),
            quote: "Es war nach Angaben der Agentur sein erster Aufenthalt seit 24 Jahren, den er im September plante.".to_owned(),
            points: vec![
                point("p1", "erster Aufenthalt seit 24 Jahren", record),
                point("p2", "im September", date("2023-09", "2023-09-01", "2023-10-01")),
            ],
            sources: vec![source("PUBLICATION", "Zeitung"), source("SPEAKER", "Maria Beispiel"), source("RELAY", "Agentur")],
            modality: "REPORTED".to_owned(),
            check_worthiness: 0.72,
            check_worthiness_reasons: vec!["carries a record".to_owned()],
            state: "UNREVIEWED".to_owned(),
            origin: "EXTRACTED".to_owned(),
            language: "de".to_owned(),
            ..v1::Claim::default()
        },
        v1::Claim {
            name: "articles/k3f/claims/2".to_owned(),
            quote: "Das Werk kostet 12,4 Milliarden Euro,\n東京タワーより高い。".to_owned(),
            points: vec![point("p1", "12,4 Milliarden Euro", money)],
            modality: "ASSERTED".to_owned(),
            check_worthiness: 1.0,
            state: "VERIFIED".to_owned(),
            ..v1::Claim::default()
        },
    ]
}

fn shown(width: usize, wide: bool, table: impl Fn(&Look) -> String) -> String {
    anstream::adapter::strip_str(&table(&Look { width, wide, colored: false })).to_string()
}

#[test]
fn claims_in_eighty_columns_stand_on_top_of_each_other() {
    insta::assert_snapshot!(shown(80, false, |look| claims_table(&claims(), look)), @r#"
    CLAIM       QUOTE                                    POINTS AND SOURCES
    1           Es war nach Angaben der Agentur sein     erster Aufenthalt seit 24
    UNREVIEWED  erster Aufenthalt seit 24 Jahren, den      Jahren → FIRST Aufenthalt
    0.72 ██▉    er im September plante.                    over P24Y ⇒ 2000
    reported                                             im September → 2023-09
                                                         SPEAKER Maria Beispiel
                                                         RELAY Agentur

    2           Das Werk kostet 12,4 Milliarden Euro,    12,4 Milliarden Euro → 12.4
    VERIFIED    東京タワーより高い。                       bn EUR
    1.00 ████
    asserted
    "#);
}

#[test]
fn claims_in_many_columns_stand_beside_each_other() {
    insta::assert_snapshot!(shown(140, false, |look| claims_table(&claims(), look)), @r#"
    CLAIM  STATE       WORTH      SAID      QUOTE                                         POINTS                               SOURCES
    1      UNREVIEWED  0.72 ██▉   reported  Es war nach Angaben der Agentur sein erster   erster Aufenthalt seit 24 Jahren →   SPEAKER Maria
                                            Aufenthalt seit 24 Jahren, den er im            FIRST Aufenthalt over P24Y ⇒ 2000    Beispiel
                                            September plante.                             im September → 2023-09               RELAY Agentur

    2      VERIFIED    1.00 ████  asserted  Das Werk kostet 12,4 Milliarden Euro,         12,4 Milliarden Euro → 12.4 bn EUR
                                            東京タワーより高い。
    "#);
}

#[test]
fn wide_shows_everything() {
    insta::assert_snapshot!(shown(160, true, |look| claims_table(&claims(), look)), @r#"
    CLAIM  STATE       WORTH      SAID      QUOTE                                         POINTS                               SOURCES            MORE
    1      UNREVIEWED  0.72 ██▉   reported  Es war nach Angaben der Agentur sein erster   erster Aufenthalt seit 24 Jahren →   PUBLICATION        + carries a record
                                            Aufenthalt seit 24 Jahren, den er im            FIRST Aufenthalt over P24Y ⇒ 2000    Zeitung          language de
                                            September plante.                               p1 RECORD                          SPEAKER Maria      origin extracted
                                                                                          im September → 2023-09                 Beispiel
                                                                                            p2 DATE 2023-09-01 … 2023-10-01    RELAY Agentur

    2      VERIFIED    1.00 ████  asserted  Das Werk kostet 12,4 Milliarden Euro,         12,4 Milliarden Euro → 12.4 bn EUR
                                            東京タワーより高い。                            p1 MONEY
    "#);
}

#[test]
fn claims_of_several_articles_bear_the_article() {
    let mut claims = claims();
    claims[1].name = "articles/b7/claims/2".to_owned();
    let table = shown(80, false, |look| claims_table(&claims, look));
    assert!(table.contains("k3f/1") && table.contains("b7/2"), "{table}");
}

#[test]
fn claims_that_are_not_stored_are_counted() {
    let claims: Vec<_> = claims()
        .into_iter()
        .map(|claim| v1::Claim { name: String::new(), state: String::new(), ..claim })
        .collect();
    let table = shown(140, false, |look| claims_table(&claims, look));
    assert!(table.starts_with("CLAIM  WORTH"), "{table}");
}

#[test]
fn articles_and_reviews_have_their_tables() {
    let article = v1::Article {
        name: "articles/k3f".to_owned(),
        publisher: "Zeitung".to_owned(),
        title: "Ein Werk".to_owned(),
        publish_date: "2024-06".to_owned(),
        claim_count: 12,
        ..v1::Article::default()
    };
    insta::assert_snapshot!(shown(80, false, |look| articles_table(std::slice::from_ref(&article), look)), @r#"
    ARTICLE  PUBLISHED  CLAIMS  PUBLISHER  TITLE
    k3f      2024-06    12      Zeitung    Ein Werk
    "#);
    let review = v1::Review {
        verdict: "DISPUTED".to_owned(),
        point_ids: vec!["p1".to_owned()],
        evidence: vec![v1::Evidence {
            uri: "https://statistik.example/2023".to_owned(),
            quote: "Es waren 11 Milliarden.".to_owned(),
            stance: "REFUTES".to_owned(),
            ..v1::Evidence::default()
        }],
        note: "Die Zahl gilt für das Jahr davor.".to_owned(),
        correction: "11 Milliarden".to_owned(),
        reviewer: "anna".to_owned(),
        create_time: Some(pbjson_types::Timestamp { seconds: 1_718_800_000, nanos: 0 }),
        ..v1::Review::default()
    };
    insta::assert_snapshot!(shown(100, false, |look| reviews_table(std::slice::from_ref(&review), look)), @r#"
    WHEN               VERDICT   REVIEWER  EVIDENCE                             NOTE
    2024-06-19 12:26Z  DISPUTED  anna      refutes                              Die Zahl gilt für das
                       on p1                 https://statistik.example/2023     Jahr davor.
                                             “Es waren 11 Milliarden.”          Correction: 11
                                                                                Milliarden
    "#);
}

#[test]
fn a_bar_is_as_long_as_the_score() {
    assert_eq!(worthiness(0.0), "0.00 ");
    assert_eq!(worthiness(0.5), "0.50 ██");
    assert_eq!(worthiness(1.0), "1.00 ████");
    assert_eq!(worthiness(f64::NAN), "0.00 ");
}
