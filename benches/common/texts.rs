//! Made-up news: sentences with dates, figures and records in German and English, of words as unevenly frequent as words are.

use fastrand::Rng;

/// How many publishers there are.
pub(crate) const PUBLISHERS: usize = 50;
/// How many names of places and of people there are.
const NAMES: usize = 8_000;

const GERMAN: [&str; 16] = [
    "Der Umsatz der Firma {name} stieg im Jahr {year} um {decimal} Prozent auf {amount} Millionen Euro.",
    "In {place} fehlten nach Angaben von {name} rund {count} Pfleger.",
    "Das {house} in {place} kostete {amount} Millionen Euro, sagte {name} am {weekday}.",
    "Am {day} wurden in {place} {count} {thing} gezählt.",
    "Es war der erste Besuch eines Ministers in {place} seit {age} Jahren.",
    "Die Zahl der {thing} sank im Jahr {year} um {decimal} Prozent.",
    "{name} verlor die Wahl in {place} mit {decimal} Prozent der Stimmen.",
    "Der Neubau am {house} von {place} soll bis {month} {year} fertig sein und {amount} Millionen Euro kosten.",
    "Die Firma {name} entließ im {month} {year} {count} Beschäftigte.",
    "Nach Angaben der Behörde starben in {place} {age} Menschen.",
    "Im {month} {year} war es in {place} so trocken wie seit {age} Jahren nicht.",
    "Ein Liter Milch kostete in {place} am {day} {decimal} Euro.",
    "{name} soll dem {house} von {place} {count} Euro gespendet haben.",
    "Seit {year} ist die Zahl der {thing} in {place} um {count} gestiegen, teilte {name} mit.",
    "Das {house} wurde {year} eröffnet und hat {count} Plätze.",
    "Im vergangenen Jahr zählte die Stadt {place} {count} Gäste.",
];
const ENGLISH: [&str; 16] = [
    "Revenue at {name} rose by {decimal} percent to {amount} million dollars in {year}.",
    "{place} was short of {count} nurses, {name} said.",
    "The {house} in {place} cost {amount} million pounds, {name} said on {weekday}.",
    "On {day}, {count} {thing} were counted in {place}.",
    "It was the first visit of a minister to {place} in {age} years.",
    "The number of {thing} fell by {decimal} percent in {year}.",
    "{name} lost the election in {place} with {decimal} percent of the vote.",
    "The new {house} of {place} will be finished by {month} {year} and cost {amount} million dollars.",
    "{name} dismissed {count} workers in {month} {year}.",
    "At least {age} people died in {place}, according to the authority.",
    "{month} {year} was the driest month in {place} in {age} years.",
    "A pint of milk cost {decimal} pounds in {place} on {day}.",
    "{name} allegedly gave {count} dollars to the {house} of {place}.",
    "Since {year} the number of {thing} in {place} has risen by {count}, {name} announced.",
    "The {house} opened in {year} and seats {count} people.",
    "Last year {place} counted {count} guests.",
];
/// What stands between the figures in the articles of the load: nothing of it can be counted.
const GERMAN_ASIDES: [&str; 8] = [
    "Warum das so ist, darüber wird in {place} schon lange und nicht immer freundlich gestritten.",
    "Viele hier halten das für eine gute Idee, andere schütteln darüber nur den Kopf.",
    "Wer durch die engen Gassen geht, ahnt von alledem wenig.",
    "Man könnte meinen, das {house} sei allen gleichgültig, doch dieser Eindruck täuscht.",
    "Ist das wirklich der richtige Weg für eine Stadt wie {place}?",
    "Vielleicht hilft es ja, einmal in Ruhe miteinander zu reden.",
    "So schön der Blick von oben auch sein mag, er erklärt die Sorgen der Leute nicht.",
    "Das wäre ein Anfang, und mehr darf von {name} wohl niemand erwarten.",
];
const ENGLISH_ASIDES: [&str; 8] = [
    "Why this is so has long been a matter of quarrels in {place}, and not always of polite ones.",
    "Many here think it a fine idea, while others can only shake their heads.",
    "Whoever walks through the narrow lanes would hardly guess any of it.",
    "One might believe that nobody cares about the {house}, but that would be a mistake.",
    "Is that really the right way for a town like {place}?",
    "Perhaps it would help to sit down and talk for once.",
    "However lovely the view from above may be, it does not explain what troubles people.",
    "That would be a beginning, and nobody should expect more of {name}.",
];
const GERMAN_HOUSES: [&str; 12] = [
    "Krankenhaus",
    "Rathaus",
    "Theater",
    "Hallenbad",
    "Stadion",
    "Museum",
    "Kraftwerk",
    "Gymnasium",
    "Hafenbecken",
    "Schloss",
    "Gefängnis",
    "Kongresszentrum",
];
const ENGLISH_HOUSES: [&str; 12] = [
    "hospital",
    "town hall",
    "theatre",
    "swimming pool",
    "stadium",
    "museum",
    "power station",
    "school",
    "harbour",
    "castle",
    "prison",
    "congress centre",
];
const GERMAN_THINGS: [&str; 12] = [
    "Unfälle",
    "Einbrüche",
    "Störche",
    "Wohnungen",
    "Windräder",
    "Lehrlinge",
    "Fahrräder",
    "Schiffe",
    "Schulkinder",
    "Konzerte",
    "Baustellen",
    "Vereine",
];
const ENGLISH_THINGS: [&str; 12] = [
    "accidents",
    "burglaries",
    "storks",
    "flats",
    "wind turbines",
    "apprentices",
    "bicycles",
    "ships",
    "pupils",
    "concerts",
    "building sites",
    "clubs",
];
const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN_DAYS: [&str; 5] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"];
const ENGLISH_DAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const SYLLABLES: [&str; 40] = [
    "ba", "bren", "dor", "el", "fal", "gar", "hal", "im", "jon", "kar", "lin", "mor", "nau", "ost", "pel",
    "qui", "ros", "sal", "tor", "ul", "ver", "wan", "zel", "mar", "kol", "brun", "stet", "gol", "her", "dun",
    "fer", "lau", "nes", "pir", "rad", "sin", "tal", "vos", "win", "ar",
];

/// An article that nobody wrote.
pub(crate) struct Story {
    pub(crate) language: &'static str,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) publish_date: String,
}

/// Makes up articles, always the same ones in the same order.
pub(crate) struct Newsroom {
    random: Rng,
    names: Vec<String>,
}

impl Newsroom {
    pub(crate) fn new() -> Self {
        let mut random = Rng::with_seed(1847);
        let names = (0..NAMES).map(|_| invented(&mut random)).collect();
        Self { random, names }
    }

    /// The next article.
    pub(crate) fn story(&mut self) -> Story {
        let german = self.random.u8(..10) < 6;
        let sentences = if german { &GERMAN } else { &ENGLISH };
        let published = (self.random.u16(2012..2025), self.random.u8(1..13), self.random.u8(1..29));
        let place = self.name();
        let mut text = String::new();
        for at in 0..self.random.usize(8..14) {
            let sentence = *self.random.choice(sentences).unwrap_or(&sentences[0]);
            text.push_str(&self.fill(sentence, &place, published.0, german));
            text.push_str(if at % 3 == 2 { "\n\n" } else { " " });
        }
        Story {
            language: if german { "de" } else { "en" },
            title: self.fill(
                if german { "Zahlen aus {place}" } else { "Numbers from {place}" },
                &place,
                published.0,
                german,
            ),
            text: text.trim_end().to_owned(),
            publish_date: format!("{}-{:02}-{:02}", published.0, published.1, published.2),
        }
    }

    /// An article of about so many bytes, at most. As in newspapers, every other sentence states nothing that can be checked.
    pub(crate) fn feature(&mut self, bytes: usize) -> Story {
        let german = self.random.u8(..2) == 0;
        let (sentences, asides) =
            if german { (&GERMAN, &GERMAN_ASIDES) } else { (&ENGLISH, &ENGLISH_ASIDES) };
        let published = (self.random.u16(2012..2025), self.random.u8(1..13), self.random.u8(1..29));
        let place = self.name();
        let mut text = String::new();
        for at in 0.. {
            let sentence = match at % 2 {
                0 => self.random.choice(sentences).copied(),
                _ => self.random.choice(asides).copied(),
            };
            let sentence = self.fill(sentence.unwrap_or_default(), &place, published.0, german);
            if text.len() + sentence.len() > bytes {
                break;
            }
            text.push_str(&sentence);
            text.push_str(if at % 4 == 3 { "\n\n" } else { " " });
        }
        let title = if german { "Was {place} bewegt" } else { "What moves {place}" };
        Story {
            language: if german { "de" } else { "en" },
            title: self.fill(title, &place, published.0, german),
            text: text.trim_end().to_owned(),
            publish_date: format!("{}-{:02}-{:02}", published.0, published.1, published.2),
        }
    }

    /// One of the names; the first are far more frequent than the last.
    fn name(&mut self) -> String {
        let at = rank(&mut self.random, NAMES);
        self.names[at].clone()
    }

    fn fill(&mut self, sentence: &str, place: &str, published: u16, german: bool) -> String {
        let mut text = String::new();
        let mut rest = sentence;
        while let Some((before, slot)) = rest.split_once('{') {
            text.push_str(before);
            let Some((slot, behind)) = slot.split_once('}') else { break };
            text.push_str(&self.value(slot, place, published, german));
            rest = behind;
        }
        text + rest
    }

    fn value(&mut self, slot: &str, place: &str, published: u16, german: bool) -> String {
        let of = |random: &mut Rng, de: &[&str], en: &[&str]| {
            random.choice(if german { de } else { en }).copied().unwrap_or_default().to_owned()
        };
        let random = &mut self.random;
        let mark = if german { ',' } else { '.' };
        match slot {
            "place" => place.to_owned(),
            "year" => (published - u16::try_from(rank(random, 12)).unwrap_or(0)).to_string(),
            "month" => of(random, &GERMAN_MONTHS, &ENGLISH_MONTHS),
            "weekday" => of(random, &GERMAN_DAYS, &ENGLISH_DAYS),
            "house" => of(random, &GERMAN_HOUSES, &ENGLISH_HOUSES),
            "thing" => of(random, &GERMAN_THINGS, &ENGLISH_THINGS),
            "age" => random.u8(3..90).to_string(),
            "count" => random.u16(20..9_999).to_string(),
            "decimal" => format!("{}{mark}{}", random.u8(1..40), random.u8(1..10)),
            "amount" => format!("{}{mark}{}", rank(random, 900) + 1, random.u8(1..10)),
            "day" => {
                let (day, year) = (random.u8(1..29), published - u16::try_from(rank(random, 4)).unwrap_or(0));
                match (german, of(random, &GERMAN_MONTHS, &ENGLISH_MONTHS)) {
                    (true, month) => format!("{day}. {month} {year}"),
                    (false, month) => format!("{month} {day}, {year}"),
                }
            }
            _ => {
                let first = ["Anna", "Peter", "Maria", "Jonas", "Clara", "Simon"][random.usize(..6)];
                format!("{first} {}", self.name())
            }
        }
    }
}

/// A word that one claim in some dozens to hundreds has.
pub(crate) fn word(random: &mut Rng) -> &'static str {
    let words = [&GERMAN_HOUSES, &ENGLISH_HOUSES, &GERMAN_THINGS, &ENGLISH_THINGS][random.usize(..4)];
    words[random.usize(..words.len())].split(' ').next_back().unwrap_or_default()
}

/// A place in a list of so many; each is about as frequent as its place is small.
fn rank(random: &mut Rng, length: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small numbers"
    )]
    let rank = (length as f64 + 1.0).powf(random.f64()) as usize;
    rank.saturating_sub(1).min(length - 1)
}

fn invented(random: &mut Rng) -> String {
    let mut name = String::new();
    for _ in 0..random.usize(2..5) {
        name.push_str(SYLLABLES[random.usize(..SYLLABLES.len())]);
    }
    name[..1].to_uppercase() + &name[1..]
}

/// The publishers in the order of their names, which is that of their shares of the claims: the first has 18 of a hundred, the
/// last one of two hundred.
pub(crate) fn publishers() -> Vec<String> {
    let mut names: Vec<_> = (0..PUBLISHERS).map(publisher).collect();
    names.sort_unstable();
    names
}

/// The name of a publisher.
pub(crate) fn publisher(number: usize) -> String {
    let mut random = Rng::with_seed(number as u64);
    format!("{} Tagblatt {number}", invented(&mut random))
}
