//! From a key to the drawn frame of the review screen, by the number of claims in its list.

use claimdesk::{client::Rehearsal, proto::v1};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};

const SIZES: [usize; 3] = [100, 10_000, 100_000];

fn claim(number: usize) -> v1::Claim {
    v1::Claim {
        name: format!("articles/example/claims/{number}"),
        quote: format!(
            "In the year {number} the harbour handled 2.7 million containers, 4 percent more than the year before."
        ),
        state: "UNREVIEWED".to_owned(),
        span: Some(v1::Span { start: 40_000, end: 40_100 }),
        check_worthiness: 0.9,
        ..v1::Claim::default()
    }
}

/// An article of a hundred thousand characters around the claims.
fn article() -> v1::Article {
    let text = "The ferry came late, and nobody on the pier could say why it had. ".repeat(1_500);
    v1::Article { name: "articles/example".to_owned(), text, ..v1::Article::default() }
}

fn key_to_frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key_to_frame");
    for claims in SIZES {
        let Some(mut screen) = Rehearsal::new((0..claims).map(claim).collect(), true) else { return };
        screen.put_article(article(), &[claim(1)]);
        let Ok(mut terminal) = Terminal::new(TestBackend::new(200, 60));
        let mut down = true;
        group.bench_function(BenchmarkId::from_parameter(claims), |bencher| {
            bencher.iter(|| {
                // Up and down, so that the cursor never comes to an end.
                let code = if down { KeyCode::PageDown } else { KeyCode::PageUp };
                down = !down;
                screen.press(KeyEvent::new(code, KeyModifiers::NONE));
                let Ok(_) = terminal.draw(|frame| screen.draw(frame));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, key_to_frame);
criterion_main!(benches);
