//! The classes of words that the code itself asks for.

macro_rules! well_known {
    ($($(#[$meta:meta])* $variant:ident = $name:literal,)+) => {
        /// The classes that the code itself asks for; every pack has them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::extract) enum WellKnown {
            $($(#[$meta])* $variant,)+
        }

        impl WellKnown {
            pub(super) const NAMES: &'static [&'static str] = &[$($name),+];

            /// A bit for each of some classes.
            pub(in crate::extract) const fn mask(classes: &[Self]) -> u64 {
                let (mut mask, mut at) = (0, 0);
                while at < classes.len() {
                    mask |= 1 << classes[at] as u32;
                    at += 1;
                }
                mask
            }
        }
    };
}

well_known! {
    /// A mark that can end a sentence.
    Terminal = "terminal",
    /// The full stop.
    FullStop = "full_stop",
    /// The colon.
    Colon = "colon",
    /// The comma.
    Comma = "comma",
    /// Quotation marks of all kinds.
    QuoteMark = "quote_mark",
    /// Opening brackets.
    OpenBracket = "open_bracket",
    /// Closing brackets.
    CloseBracket = "close_bracket",
    /// The slash.
    Slash = "slash",
    /// Question marks.
    QuestionMark = "question_mark",
    /// News agencies, newspapers and other relays.
    Agency = "agency",
    /// Short forms that stand before a name and never end a sentence.
    Title = "title_abbreviation",
    /// Other short forms with a full stop.
    Abbreviation = "abbreviation",
    /// Words that, with a capital, tell that a sentence begins.
    SentenceStart = "sentence_start",
    /// Roman numbers.
    Roman = "roman",
    /// Words that put a clause into the past.
    PastTense = "past_tense",
    /// Words that put a clause into the future.
    FutureTense = "future_tense",
    /// Words that put a clause into the future with what follows: "is to", "plans to".
    BeforePlan = "before_plan",
    /// What has to follow them.
    Plan = "plan",
    /// Words that put into the past what was ahead once: "had been scheduled".
    Pluperfect = "pluperfect",
    /// Words between which a clause ends.
    ClauseBreak = "clause_break",
    /// Words that express an opinion, a wish or an appeal.
    Opinion = "opinion",
    /// Words that praise or blame, and those for what somebody feels.
    Evaluative = "evaluative",
    /// Words that make a statement more emphatic.
    Emphatic = "emphatic",
    /// Words of talk: interjections, and what only a speaker or a columnist writes.
    Colloquial = "colloquial",
    /// Words that speak to whoever reads or listens.
    Address = "address",
    /// Verbs for what somebody believes, feels or insists on rather than knows.
    Belief = "belief",
    /// Forms that mostly tell what happened, or what was done.
    PastForm = "past_form",
    /// Verbs of asking.
    Asking = "asking",
    /// Words that begin a condition.
    Condition = "condition",
    /// First and second persons.
    Personal = "personal_pronoun",
    /// Words that make a statement vague.
    Vague = "vague",
    /// Finite verbs.
    FiniteVerb = "finite_verb",
    /// Quotation marks that enclose what is said.
    Quotation = "quotation",
    /// Dashes and hyphens.
    Dash = "dash",
    /// Conjunctions that begin what is said.
    ContentClause = "content_clause",
    /// Nouns of roles, which stand before a name.
    RoleNoun = "role_noun",
    /// Nouns for agencies, newspapers and broadcasters, which stand before their names.
    AgencyNoun = "agency_noun",
    /// Nouns that name what is said rather than who says it: "report".
    ReportNoun = "report_noun",
    /// Verbs and auxiliaries that tell what should or could be rather than what is.
    Modal = "modal",
    /// Those that guess at what could be: "may", "would".
    Speculative = "speculative",
    /// Sources whose word is official: governments, ministries, the police.
    Official = "official",
    /// Words of size and change: "most", "increased".
    Comparison = "comparison",
    /// Words of harm, crime, law and power: "killed", "convicted".
    Grave = "grave",
    /// Words of closed classes: articles, prepositions, conjunctions.
    Function = "function",
    /// Nouns of sources that stay unnamed.
    Anonymous = "anonymous",
    /// Days of the week.
    Weekday = "weekday",
    /// Words for a day that depends on today.
    Deictic = "deictic",
    /// Articles.
    Article = "article",
    /// Words that tell the gender of whom they mean.
    Gender = "gender",
    /// Digits that can be a year.
    YearNumber = "year_number",
    /// Signs and words that make a number negative.
    Minus = "minus",
    /// Signs and words that say that a number is not negative.
    Plus = "plus",
    /// Numbers in words.
    Numeral = "numeral",
    /// Articles that can count one.
    ArticleNumeral = "article_numeral",
    /// Letters behind a number that multiply it.
    ScaleLetter = "scale_letter",
    /// Decimal marks that are read out.
    DecimalWord = "decimal_word",
    /// Parts of one: "third".
    FractionWord = "fraction_word",
    /// Parts of one as one sign.
    FractionMark = "fraction_mark",
    /// Words between a whole number and its fraction.
    NumeralJoiner = "numeral_joiner",
    /// Nouns for one kind of thing that happens again.
    SameKind = "same_kind",
    /// Those whom a survey asked.
    Polled = "polled",
    /// Words that join a clause to another.
    JoinsClause = "joins_clause",
}
