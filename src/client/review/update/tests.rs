use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::{Terminal, backend::TestBackend};

use super::super::{
    message::{Answer, Effect, Message, Order, Outcome, Problem, Task, Wish},
    model::{Link, Mode, Model, Record},
    rehearsal::Rehearsal,
};
use crate::proto::v1;

fn claim(number: usize) -> v1::Claim {
    v1::Claim {
        name: format!("articles/a{}/claims/{number}", number % 2),
        quote: format!("Claim number {number}."),
        state: "UNREVIEWED".to_owned(),
        etag: "v1".to_owned(),
        points: vec![v1::Point { id: "p1".to_owned(), text: "number".to_owned(), ..v1::Point::default() }],
        ..v1::Claim::default()
    }
}

fn model(claims: usize) -> Model {
    Rehearsal::new((0..claims).map(claim).collect(), true).expect("a screen").model
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let key = |c| match c {
        '\n' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{1b}' => KeyCode::Esc,
        c => KeyCode::Char(c),
    };
    let keys = keys.chars().map(|c| KeyEvent::new(key(c), KeyModifiers::NONE));
    keys.flat_map(|key| model.update(Message::Key(key))).collect()
}

fn answer(model: &mut Model, answer: Answer) -> Vec<Effect> {
    model.update(Message::Answer(answer))
}

fn orders(effects: &[Effect]) -> Vec<&Order> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Send(order) = effect { Some(order) } else { None })
        .collect()
}

fn requests(effects: &[Effect]) -> Vec<&v1::ReviewClaimRequest> {
    let of =
        |order: &&Order| if let Task::Review(requests) = &order.task { Some(requests.len()) } else { None };
    assert!(orders(effects).iter().all(|order| of(order).is_some()));
    orders(effects)
        .into_iter()
        .flat_map(|order| if let Task::Review(requests) = &order.task { requests.as_slice() } else { &[] })
        .collect()
}

fn lease(model: &mut Model, number: usize, wish: Wish) -> Vec<Effect> {
    let lease =
        v1::Lease { claim: Some(claim(number)), token: format!("token-{number}"), ..v1::Lease::default() };
    answer(model, Answer::Leased { wish, lease: Some(Box::new(lease)) })
}

fn told(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |notice| &notice.text)
}

fn refusal(reason: &str) -> Problem {
    Problem { text: format!("no ({reason})"), reason: reason.to_owned(), away: false }
}

fn stored(order: &Order, state: &str) -> Answer {
    let outcome = |name: &str| {
        let number = name.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number");
        let claim = v1::Claim { state: state.to_owned(), etag: "v2".to_owned(), ..claim(number) };
        Outcome { name: name.to_owned(), result: Ok(claim) }
    };
    Answer::Sent { order: order.id.clone(), outcome: Ok(order.claims().map(outcome).collect()) }
}

#[test]
fn a_verdict_that_needs_a_ground_asks_for_it_and_is_then_sent() {
    let mut model = model(3);
    press(&mut model, "n");
    lease(&mut model, 1, Wish::Next);
    assert_eq!(model.selected_name(), claim(1).name);
    let effects = press(&mut model, "v");
    assert!(matches!(model.mode, Mode::Form(_)) && orders(&effects).is_empty());
    assert!(orders(&press(&mut model, "\n")).is_empty(), "nothing is sent without a ground");
    assert!(matches!(&model.mode, Mode::Form(form) if form.problem.contains("needs the address")));
    let typed = press(&mut model, "\t\tseen");
    assert!(matches!(typed.last(), Some(Effect::Keep(draft)) if draft.note == "seen"), "{typed:?}");
    let effects = press(&mut model, "\n");
    let sent = requests(&effects);
    assert_eq!((sent[0].verdict.as_str(), sent[0].note.as_str()), ("VERIFIED", "seen"));
    assert_eq!((sent[0].etag.as_str(), sent[0].lease_token.as_str()), ("v1", "token-1"));
    assert!(effects.iter().any(
        |effect| matches!(effect, Effect::Lease { wish: Wish::Next, claim, .. } if *claim == sent[0].name)
    ));
    let order = orders(&effects)[0].clone();
    let kept = model.drafts[&claim(1).name].unsent.as_ref().expect("the decision is kept until it is stored");
    assert_eq!(kept.request_id, order.id);
    answer(&mut model, stored(&order, "VERIFIED"));
    assert!(model.drafts.is_empty() && model.orders.is_empty() && model.lease.is_none());
    assert_eq!(model.selected().map(|claim| claim.state.as_str()), Some("VERIFIED"));
    assert_eq!(model.tally.count(), 1);
}

#[test]
fn whoever_signed_in_learns_the_name_with_the_first_claim() {
    let mut model = model(2);
    let taken = v1::Lease {
        claim: Some(claim(1)),
        token: "token".to_owned(),
        owner: "grace".to_owned(),
        ..v1::Lease::default()
    };
    answer(&mut model, Answer::Leased { wish: Wish::Next, lease: Some(Box::new(taken)) });
    assert_eq!(model.reviewer, "grace");
}

#[test]
fn what_needs_no_ground_is_sent_at_once() {
    for (key, verdict) in [("u", "UNVERIFIABLE"), ("x", "DISMISSED")] {
        let mut model = model(3);
        assert_eq!(requests(&press(&mut model, key))[0].verdict, verdict);
        assert!(orders(&press(&mut model, key)).is_empty(), "it is under way");
    }
}

#[test]
fn what_happens_elsewhere_is_marked_and_changes_nothing_under_the_cursor() {
    let mut model = model(5);
    press(&mut model, "jj");
    let before = model.selected().cloned().expect("a claim");
    for (number, kind) in [(2, "CLAIM_REVIEWED"), (1, "CLAIM_DELETED"), (99, "CLAIM_CREATED")] {
        let change = v1::Change {
            claim: claim(number).name,
            kind: kind.to_owned(),
            actor: "bob".to_owned(),
            ..v1::Change::default()
        };
        let now = v1::Claim { state: "DISPUTED".to_owned(), etag: "v9".to_owned(), ..claim(number) };
        let claim = if kind == "CLAIM_DELETED" { None } else { Some(now) };
        let message = v1::WatchClaimsResponse { change: Some(change), claim, ..Default::default() };
        answer(&mut model, Answer::Changed(Box::new(message)));
    }
    let after = model.selected().expect("a claim");
    assert!(Arc::ptr_eq(&before, after), "the claim is the one that was looked at");
    assert_eq!(model.current().window.cursor(), 2);
    assert_eq!(model.elsewhere[&claim(2).name].state, "DISPUTED");
    assert_eq!(model.elsewhere[&claim(1).name].state, "");
    assert_eq!(model.arrived, 1);
    assert!(orders(&press(&mut model, "x")).is_empty());
    assert!(told(&model).contains("DISPUTED by now (bob)"), "{}", told(&model));
}

#[test]
fn a_change_of_ones_own_is_no_news() {
    let mut model = model(3);
    let effects = press(&mut model, "x");
    let order = orders(&effects)[0].clone();
    let change = v1::Change {
        claim: claim(0).name,
        kind: "CLAIM_REVIEWED".to_owned(),
        actor: "ada".to_owned(),
        ..v1::Change::default()
    };
    let now = v1::Claim { state: "DISMISSED".to_owned(), etag: "v2".to_owned(), ..claim(0) };
    let message = v1::WatchClaimsResponse { change: Some(change), claim: Some(now), ..Default::default() };
    answer(&mut model, Answer::Changed(Box::new(message.clone())));
    answer(&mut model, stored(&order, "DISMISSED"));
    answer(&mut model, Answer::Changed(Box::new(message.clone())));
    assert!(model.elsewhere.is_empty());
    let effects = press(&mut model, "z");
    let outcome =
        Outcome { name: claim(0).name, result: Ok(v1::Claim { etag: "v3".to_owned(), ..claim(0) }) };
    let order = orders(&effects)[0].id.clone();
    answer(&mut model, Answer::Sent { order, outcome: Ok(vec![outcome]) });
    answer(&mut model, Answer::Changed(Box::new(message)));
    assert!(model.elsewhere.is_empty(), "not even where it comes late");
}

#[test]
fn what_is_refused_leaves_the_draft() {
    let mut model = model(3);
    press(&mut model, ":note because\n");
    let effects = press(&mut model, "d");
    let order = orders(&effects)[0].clone();
    answer(&mut model, Answer::Sent { order: order.id, outcome: Err(refusal("ETAG_MISMATCH")) });
    let draft = &model.drafts[&claim(0).name];
    assert_eq!((draft.note.as_str(), &draft.unsent), ("because", &None));
    assert!(told(&model).contains("ETAG_MISMATCH"));
    assert!(orders(&press(&mut model, "z")).is_empty(), "there is nothing to take back");
}

#[test]
fn a_lease_that_ran_out_keeps_no_decision_back_where_nobody_took_the_claim() {
    let mut model = model(3);
    lease(&mut model, 0, Wish::This);
    let effects = press(&mut model, "x");
    let order = orders(&effects)[0].clone();
    let refused = |order: &Order, reason| {
        let outcome = Outcome { name: claim(0).name, result: Err(refusal(reason)) };
        Answer::Sent { order: order.id.clone(), outcome: Ok(vec![outcome]) }
    };
    let effects = answer(&mut model, refused(&order, "LEASE_LOST"));
    let again = requests(&effects);
    assert_eq!((again[0].lease_token.as_str(), again[0].etag.as_str()), ("", "v1"));
    let second = orders(&effects)[0].clone();
    assert_ne!(second.id, order.id);
    assert!(orders(&answer(&mut model, refused(&second, "LEASE_HELD"))).is_empty());
    assert!(told(&model).contains("LEASE_HELD"));
}

#[test]
fn a_claim_that_comes_late_is_given_back() {
    let mut model = model(5);
    press(&mut model, "nj");
    let effects = lease(&mut model, 4, Wish::Next);
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Release { token, .. } if token == "token-4"))
    );
    assert_eq!(model.current().window.cursor(), 1);
    press(&mut model, "nc");
    model.mode = Mode::List;
    press(&mut model, "ne");
    let effects = lease(&mut model, 4, Wish::Next);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Release { .. })), "a form is open");
}

#[test]
fn a_claim_that_is_not_listed_comes_behind_the_cursor() {
    let mut model = model(5);
    press(&mut model, "n");
    lease(&mut model, 77, Wish::Next);
    assert_eq!((model.selected_name(), model.current().window.cursor()), (claim(77).name, 1));
    press(&mut model, "s");
    let effects = lease(&mut model, 3, Wish::Another);
    assert!(effects.contains(&Effect::Release { claim: claim(77).name, token: "token-77".to_owned() }));
    assert_eq!(model.selected_name(), claim(3).name);
}

#[test]
fn marked_claims_are_decided_on_together_after_a_question() {
    let mut model = model(6);
    press(&mut model, "   ");
    press(&mut model, "M");
    assert!(model.marks.is_empty());
    press(&mut model, "g");
    let effects = press(&mut model, "x");
    answer(&mut model, stored(&orders(&effects)[0].clone(), "DISMISSED"));
    press(&mut model, "g   ");
    assert_eq!(model.marks.len(), 3);
    let effects = press(&mut model, "d\t\twhy\n");
    assert!(orders(&effects).is_empty());
    assert!(
        matches!(&model.mode, Mode::Confirm(confirm) if confirm.question
            == "DISPUTED: 2 claims. 1 more is marked that is not open, and is left out. Decide?"),
        "{:?}",
        model.mode
    );
    let effects = press(&mut model, "qy");
    let sent = requests(&effects);
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.note == "why" && request.etag == "v1"));
    let order = orders(&effects)[0].clone();
    answer(&mut model, stored(&order, "DISPUTED"));
    assert!(model.marks.is_empty() && model.drafts.is_empty());
    let effects = press(&mut model, "z");
    assert!(matches!(&orders(&effects)[0].task, Task::Reopen(names) if names.len() == 2));
}

#[test]
fn undo_brings_the_draft_back() {
    let mut model = model(3);
    press(&mut model, ":evidence https://example.org As it says\n");
    let effects = press(&mut model, "v");
    answer(&mut model, stored(&orders(&effects)[0].clone(), "VERIFIED"));
    assert!(model.drafts.is_empty());
    press(&mut model, "jj");
    let effects = press(&mut model, "z");
    assert_eq!(orders(&effects)[0].task, Task::Reopen(vec![claim(0).name]));
    assert_eq!(model.current().window.cursor(), 0);
    assert_eq!(model.drafts[&claim(0).name].evidence[0].quote, "As it says");
    answer(&mut model, stored(&orders(&effects)[0].clone(), "UNREVIEWED"));
    assert!(model.tally.summary(model.now).contains("1 taken back"));
}

#[test]
fn a_lost_connection_shows_and_heals() {
    let mut model = model(3);
    lease(&mut model, 0, Wish::This);
    answer(&mut model, Answer::Lost);
    assert!(matches!(model.link, Link::Lost { .. }));
    let effects = press(&mut model, "x");
    assert_eq!(orders(&effects).len(), 1, "a decision is kept and sent");
    let question = press(&mut model, "q");
    assert!(question.is_empty() && matches!(model.mode, Mode::Confirm(_)), "leaving asks first");
    press(&mut model, "n");
    let effects = answer(&mut model, Answer::Connected);
    assert_eq!(model.link, Link::Up);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Count { .. })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Details { .. })));
}

#[test]
fn a_lease_is_held_longer_in_time_and_its_end_is_told() {
    let mut model = model(3);
    let at = |second| Timestamp::from_second(second).expect("a time");
    lease(&mut model, 0, Wish::This);
    let tick = |model: &mut Model, second| {
        model.now = at(second);
        model.update(Message::Tick)
    };
    assert!(tick(&mut model, 149).is_empty());
    assert!(matches!(tick(&mut model, 151).as_slice(), [Effect::Renew { token, .. }] if token == "token-0"));
    assert!(tick(&mut model, 152).is_empty(), "once is enough");
    answer(&mut model, Answer::Renewed { claim: claim(0).name, outcome: Ok(()) });
    assert!(tick(&mut model, 300).is_empty());
    assert!(!tick(&mut model, 310).is_empty());
    let away = Problem { away: true, ..refusal("") };
    answer(&mut model, Answer::Renewed { claim: claim(0).name, outcome: Err(away) });
    assert!(!tick(&mut model, 311).is_empty(), "it is tried again");
    tick(&mut model, 460);
    assert!(model.lease.is_none() && told(&model).contains("is over"));
}

#[test]
fn a_decision_of_an_earlier_session_is_sent_with_its_request_id() {
    let mut first = model(3);
    press(&mut first, ":note because\n");
    press(&mut first, "v");
    let draft = first.drafts[&claim(0).name].clone();
    let id = draft.unsent.as_ref().expect("a decision").request_id.clone();
    let mut second = model(3);
    second.drafts.insert(draft.claim.clone(), draft);
    let effects = second.begin(None);
    let sent = orders(&effects)[0];
    assert_eq!(sent.id, id);
    assert_eq!(sent, &first.orders[0], "it is the same request, so that it is stored once");
}

#[test]
fn points_are_chosen_by_their_numbers() {
    let mut model = model(1);
    press(&mut model, "1");
    assert_eq!(model.drafts[&claim(0).name].point_ids, ["p1"]);
    assert_eq!(requests(&press(&mut model, "x"))[0].point_ids, ["p1"]);
    let mut other = super::tests::model(1);
    press(&mut other, "11");
    assert!(other.drafts.is_empty());
    press(&mut other, "2");
    assert!(told(&other).contains("no point 2"));
}

fn seen_before(model: &mut Model, seen: &[(usize, &str)]) {
    let suggestion = |(number, state): &(usize, &str)| v1::Suggestion {
        claim: claim(*number).name,
        state: (*state).to_owned(),
        ..v1::Suggestion::default()
    };
    let suggestions = seen.iter().map(suggestion).collect();
    let record = Record { claim: claim(0), suggestions, ..Record::default() };
    answer(model, Answer::Details(Box::new(super::super::message::Details { record, article: None })));
}

#[test]
fn a_decision_can_rest_on_each_claim_seen_before() {
    let mut model = model(1);
    press(&mut model, "l");
    assert!(told(&model).contains("still being looked up"));
    seen_before(&mut model, &[]);
    press(&mut model, "lA");
    assert!(told(&model).contains("Nothing that says the same") && model.drafts.is_empty());
    seen_before(&mut model, &[(7, "VERIFIED"), (8, "DISPUTED")]);
    press(&mut model, "l");
    assert_eq!(model.drafts[&claim(0).name].based_on, claim(7).name);
    press(&mut model, "ll");
    assert!(model.drafts.is_empty(), "behind the last is none");
    press(&mut model, "ll");
    lease(&mut model, 0, Wish::This);
    let effects = press(&mut model, "v");
    let sent = requests(&effects);
    assert_eq!((sent[0].verdict.as_str(), sent[0].based_on.as_str()), ("VERIFIED", claim(8).name.as_str()));
}

#[test]
fn what_was_seen_before_is_accepted_with_its_verdict() {
    for (keys, number, verdict) in [("", 7, "DISPUTED"), ("ll", 8, "VERIFIED")] {
        let mut model = model(1);
        seen_before(&mut model, &[(7, "DISPUTED"), (8, "VERIFIED")]);
        press(&mut model, keys);
        lease(&mut model, 0, Wish::This);
        let effects = press(&mut model, "A");
        let sent = requests(&effects);
        let expected = (verdict, claim(number).name);
        assert_eq!((sent[0].verdict.as_str(), sent[0].based_on.clone()), expected, "{keys}");
        assert!(requests(&press(&mut model, "A")).is_empty(), "it is under way");
    }
}

#[test]
fn a_search_lists_anew_and_the_empty_one_takes_it_back() {
    let mut model = model(3);
    let effects = press(&mut model, "/say \"so\"\n");
    let filter = r#"text : "say \"so\"""#;
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::List { filter: it, .. } if it == filter)),
        "{effects:?}"
    );
    let stale = Answer::Listed {
        tab: 0,
        generation: 0,
        page: 0,
        claims: vec![Arc::new(claim(9))],
        next: String::new(),
    };
    answer(&mut model, stale);
    assert!(model.selected().is_none(), "the answer to the question before is not taken");
    press(&mut model, "/");
    for _ in 0..9 {
        model.update(Message::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE)));
    }
    press(&mut model, "\n");
    assert_eq!(model.current().filter(), "");
}

#[test]
fn the_cursor_returns_to_its_claim_after_a_refresh() {
    let mut model = model(3);
    press(&mut model, "jj");
    press(&mut model, "r");
    let claims = [0, 1, 5, 2].map(|number| Arc::new(claim(number))).to_vec();
    let generation = model.current().generation;
    answer(&mut model, Answer::Listed { tab: 0, generation, page: 0, claims, next: String::new() });
    assert_eq!(model.selected_name(), claim(2).name);
}

#[test]
fn details_that_differ_from_the_list_are_told() {
    let mut model = model(2);
    let record = Record { claim: v1::Claim { etag: "v2".to_owned(), ..claim(0) }, ..Record::default() };
    answer(&mut model, Answer::Details(Box::new(super::super::message::Details { record, article: None })));
    assert!(model.elsewhere.contains_key(&claim(0).name));
}

#[test]
fn a_key_and_its_frame_cost_the_same_with_a_hundred_thousand_claims() {
    let cost = |claims: usize| {
        let mut model = model(claims);
        let mut terminal = Terminal::new(TestBackend::new(100, 30)).expect("a terminal");
        press(&mut model, "jjj");
        let before = model.current().window.looked_at();
        press(&mut model, "j");
        terminal.draw(|frame| super::super::view::draw(frame, &mut model)).expect("a frame");
        model.current().window.looked_at() - before
    };
    let few = cost(1_000);
    assert!(few < 60, "{few} claims were looked at");
    assert_eq!(cost(100_000), few);
}

#[test]
fn the_screen_fits_any_size() {
    for (width, height) in [(1, 1), (20, 4), (79, 10), (300, 80)] {
        let mut model = model(50);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        for keys in
            ["", "v", "\u{1b}", "c", "\u{1b}", "?", "\u{1b}", ":note a long note that goes on\u{1b}", "   x"]
        {
            press(&mut model, keys);
            if matches!(model.mode, Mode::Away) {
                model.write_here("articles/a0/claims/0");
            }
            terminal.draw(|frame| super::super::view::draw(frame, &mut model)).expect("a frame");
        }
    }
}
