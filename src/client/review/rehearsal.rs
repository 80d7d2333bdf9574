//! The screen without a terminal and without a service, to measure what a key costs.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::Frame;

use super::{
    article::ArticleText,
    config::{Config, SavedFilter},
    keymap::Keymap,
    message::Message,
    model::Model,
    theme::Theme,
    view,
    window::Window,
};
use crate::proto::v1;

/// A screen whose list is loaded, and whose effects come to nothing.
#[derive(Debug)]
pub struct Rehearsal {
    pub(super) model: Model,
}

impl Rehearsal {
    /// A screen with these claims in its list, in colours where `colored` says so; nothing where the usual keys make no sense,
    /// which a test excludes.
    #[must_use]
    pub fn new(claims: Vec<v1::Claim>, colored: bool) -> Option<Self> {
        let config = Config {
            tabs: vec![SavedFilter::open("")],
            keymap: Keymap::new(&BTreeMap::new()).ok()?,
            theme: Theme::new(&BTreeMap::new(), colored).ok()?,
            lease: None,
            advance: true,
        };
        let mut model = Model::new(config, "ada", Duration::from_secs(300), Timestamp::UNIX_EPOCH);
        model.tabs[0].window = Window::whole(claims);
        Some(Self { model })
    }

    /// The article of claims of the list.
    pub fn put_article(&mut self, article: v1::Article, claims: &[v1::Claim]) {
        self.model.put_article(Arc::new(ArticleText::new(article, claims)));
    }

    /// Presses a key.
    pub fn press(&mut self, key: KeyEvent) {
        drop(self.model.update(Message::Key(key)));
    }

    /// Draws the screen.
    pub fn draw(&mut self, frame: &mut Frame) {
        view::draw(frame, &mut self.model);
    }
}
